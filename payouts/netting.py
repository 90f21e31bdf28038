"""Netting: what a payee owes back is taken off what is paid next, line by line.

Law: an obligation is paid whole; what the payee owes for earlier documents is taken off the line,
and settled with it. A payee who owes more than is due is not paid, and both stay open until more
is due.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.money import CONTEXT, plain, total
from payouts.ending_tables import PayoutLineOffset

OWED_BACK = (
    Chart.RECEIVABLE_PAYEE.value,
    Chart.RECEIVABLE_PAYEE_OVERPAID.value,
    Chart.RECEIVABLE_REBATE_OVERPAID.value,
)
"""Accounts of what payees owe: paid twice, or paid before a month was restated."""

_OWED_BACK = text("""
    SELECT party, account, document, commodity,
        balance - offsets_under_way(party, account, document, commodity) AS owed
    FROM (
        SELECT DISTINCT ON (account, commodity, party, document) *
        FROM account_balances WHERE account = ANY(:accounts) AND party = ANY(:payees)
        ORDER BY account, commodity, party, document, change_no DESC) newest
    WHERE balance > 0 ORDER BY change_no, account, document
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """What is taken off a line for a document of which the payee owes something back."""

    account: str
    document: str
    amount: Decimal


OwedBack = Mapping[tuple[str, str], Sequence[Offset]]
"""What each payee owes back of each commodity and is not taken off a live line, oldest first."""


def owed_back(session: Session, payees: Collection[str]) -> OwedBack:
    """Return what payees owe back, by payee and commodity, less what live lines take off."""
    found: dict[tuple[str, str], list[Offset]] = defaultdict(list)
    wanted = {"accounts": list(OWED_BACK), "payees": list(payees)}
    for row in session.execute(_OWED_BACK, wanted):
        if row.owed > 0:
            found[row.party, row.commodity].append(
                Offset(account=row.account, document=row.document, amount=row.owed)
            )
    return found


def net(due: Decimal, owed: Sequence[Offset]) -> Decimal:
    """Return what is left to pay of what is due; zero or less if the payee owes as much."""
    return CONTEXT.subtract(due, total(each.amount for each in owed))


def offset_of(row: PayoutLineOffset) -> Offset:
    """Return an offset as it is frozen in a line."""
    return Offset(account=row.account, document=row.document, amount=row.amount)


def offset_fields(offsets: Sequence[Offset]) -> list[str | None]:
    """Return the fields by which a line's offsets go into a hash, their number first."""
    fields: list[str | None] = [str(len(offsets))]
    for offset in sorted(offsets, key=lambda it: (it.account, it.document)):
        fields += [offset.account, offset.document, plain(offset.amount)]
    return fields
