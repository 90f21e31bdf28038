"""Stretches: account statements that follow on each other, held against the lines in the books.

Law: over a stretch, the recorded lines make exactly the difference of the balances. So no line of
the statements is missing, and none is there twice under another id.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.bank_tables import AccountStatement, BankLine
from ledger.errors import Conflict
from ledger.money import CONTEXT, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Days between two statements of an account whose balances do not meet."""

    before: AccountStatement
    after: AccountStatement

    def sentence(self) -> str:
        """Return the gap in words."""
        return (
            f"{self.after.bank_account}: no statement leads from "
            f"{plain(self.before.closing)} {self.before.commodity} on {self.before.until} to "
            f"{plain(self.after.opening)} {self.after.commodity} on {self.after.since}"
        )


class LinesDiffer(Conflict):
    """The lines of an account are not what its statements say: some are missing or doubled."""

    code = "bank_lines_differ"

    def __init__(self, first: AccountStatement, last: AccountStatement, found: Decimal) -> None:
        self.first = first
        self.last = last
        self.found = found
        stated = CONTEXT.subtract(last.closing, first.opening)
        super().__init__(
            f"From {first.since} to {last.until}, the statements of {first.bank_account} move its "
            f"balance by {plain(stated)} {first.commodity}, and its lines by {plain(found)}.",
            mend="Lines are there twice under two ids, or a statement of these days is missing: "
            "import all statements of these days together.",
        )


def require_lines(session: Session, accounts: Iterable[str]) -> None:
    """Require that the lines of accounts are what their statements say.

    Raises:
        LinesDiffer: they are not.
    """
    for difference in differences(session, accounts):
        raise difference


def differences(session: Session, accounts: Iterable[str] | None = None) -> Iterator[LinesDiffer]:
    """Yield where the lines of accounts, or of all, are not what their statements say."""
    if accounts is None:
        accounts = session.scalars(select(AccountStatement.bank_account).distinct())
    for stretch in (
        it for account in sorted(set(accounts)) for it in of_account(session, account)
    ):
        found = _sum_of_lines(session, stretch)
        starts, ends = _starts(stretch), _last(stretch)
        if not any(
            CONTEXT.subtract(end.closing, start.opening) == found
            for start in starts
            for end in ends
        ):
            yield LinesDiffer(starts[0], ends[-1], found)


def gaps(session: Session, *, until: date | None = None, account: str | None = None) -> list[Gap]:
    """Return where balances do not meet from one statement to the next, up to a day."""
    accounts = session.scalars(select(AccountStatement.bank_account).distinct())
    found = []
    for each in sorted([account] if account else accounts):
        for before, after in pairwise(of_account(session, each)):
            same = before[0].commodity == after[0].commodity
            if same and (until is None or after[0].since <= until):
                found.append(Gap(before=_last(before)[-1], after=after[0]))
    return found


def of_account(session: Session, account: str) -> list[list[AccountStatement]]:
    """Return an account's statements, each list those that follow on each other without a gap.

    They do if their days overlap, or one opens with what another closed with.
    """
    found: list[list[AccountStatement]] = []
    ends: list[AccountStatement] = []
    for statement in session.scalars(
        select(AccountStatement)
        .where(AccountStatement.bank_account == account)
        .order_by(AccountStatement.commodity, AccountStatement.since, AccountStatement.until)
    ):
        if not _follows(ends, statement):
            found.append([])
            ends = []
        found[-1].append(statement)
        ends = _last([*ends, statement])
    return found


def _follows(ends: Sequence[AccountStatement], statement: AccountStatement) -> bool:
    if not ends or ends[0].commodity != statement.commodity:
        return False
    return statement.since <= ends[0].until or statement.opening in {it.closing for it in ends}


def _starts(stretch: Sequence[AccountStatement]) -> list[AccountStatement]:
    """Return the statements that a stretch may begin with.

    That is one of those with the first day, or, where a bank dates an entry back, the one before.
    """
    first = [each for each in stretch if each.since == stretch[0].since]
    return first + [
        each
        for each in stretch
        for later in first
        if each.closing == later.opening and each.until <= later.until and each not in first
    ]


def _last(statements: Sequence[AccountStatement]) -> list[AccountStatement]:
    """Return the statements with the last day: those that a stretch may end with."""
    last_day = max(each.until for each in statements)
    return [each for each in statements if each.until == last_day]


def _sum_of_lines(session: Session, stretch: Sequence[AccountStatement]) -> Decimal:
    found = session.scalar(
        select(func.coalesce(func.sum(BankLine.amount), 0)).where(
            BankLine.bank_account == stretch[0].bank_account,
            BankLine.commodity == stretch[0].commodity,
            BankLine.on.between(stretch[0].since, _last(stretch)[0].until),
        )
    )
    return Decimal(found or 0)
