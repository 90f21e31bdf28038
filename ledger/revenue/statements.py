"""Statements: staged from a file (`staging`), then accepted into the books or turned away.

Law: nothing posts until a person accepts, and nobody accepts what was not reviewed (`review`). The
newest version that was accepted for an agreement and a month is in force; it posts its difference
to the one before, or the whole of it if it is a part of the month. What was accepted can be taken
back, never edited.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import Conflict, UnknownReference
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.periods import open_date
from ledger.revenue import review
from ledger.revenue.agreements import terms_on
from ledger.revenue.stated import Stated, accepted, rejected, stated
from ledger.revenue.tables import (
    Agreement,
    Statement,
    StatementAcceptance,
    StatementRejection,
    StatementWaiver,
    StatementWithdrawal,
)
from ledger.sealing import Change


def named(session: Session, identity: str) -> Statement:
    """Return a statement by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Statement, identity)
    if found is None:
        raise UnknownReference("statement", identity, mend="See: feeshare review")
    return found


def waiting(session: Session) -> Sequence[Statement]:
    """Return the statements that are staged and neither accepted nor rejected, by id."""
    return session.scalars(
        select(Statement).where(~accepted(), ~rejected()).order_by(Statement.period, Statement.id)
    ).all()


def accept(change: Change, identity: str) -> tuple[StatementAcceptance, bool]:
    """Accept a staged statement: post what the exchange owes us; say whether that was new.

    A later version of a month posts the difference to the one in force. The entry is dated the
    last day of its month, or the first open day if that is closed.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was rejected.
        NeedsReview: rows are in quarantine, warnings were not acknowledged.
        BadInput: its figures, as corrected, contradict the terms or the file's own total.
        DatabaseRefused: a later version was accepted.
    """
    session = change.session
    statement = named(session, identity)
    known = session.get(StatementAcceptance, identity)
    if known is not None:
        return known, False
    if session.get(StatementRejection, identity) is not None:
        raise Conflict(f"Statement {identity} was rejected.", mend="Import the right file.")
    before = stated(session, statement.agreement, statement.period)
    terms = terms_on(session, statement.agreement, last_day(parse_month(statement.period)))
    figure = review.require_reviewed(session, statement, terms)
    narration = f"Fee share {statement.period} of {terms.agreement.id}"
    if before is None:
        before = Stated(
            document=identity, in_force={}, statement=statement, written_off=Decimal(0)
        )
    elif review.adds(session, statement):
        figure = CONTEXT.add(before.amount, figure)
        narration += f", another part of {before.document}"
    else:
        narration += f", restated from {plain(before.amount)}"
    entry = _post_difference(
        change,
        replace(before, statement=statement),
        figure,
        exchange=terms.agreement.exchange,
        reference=f"statement:{identity}",
        narration=narration,
    )
    acceptance = StatementAcceptance(
        statement=identity,
        accepted_by=change.actor,
        terms_version=terms.terms.version,
        entry_number=entry.number if entry is not None else None,
    )
    change.add(acceptance)
    return acceptance, True


def withdraw(change: Change, identity: str, *, reason: str) -> tuple[StatementWithdrawal, bool]:
    """Take an accepted statement back: post its figure out again; say whether that was new.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was not accepted, or is not the version in force.
    """
    session = change.session
    statement = named(session, identity)
    known = session.get(StatementWithdrawal, identity)
    if known is not None:
        return known, False
    now = stated(session, statement.agreement, statement.period)
    if now is None or identity not in now.in_force:
        raise Conflict(
            f"Statement {identity} is not in force."
            + (f" {now.statement.id} is." if now is not None else " It was never accepted."),
            mend=f"Turn it away: feeshare review reject {identity} --reason …"
            if now is None
            else "",
        )
    entry = _post_difference(
        change,
        now,
        CONTEXT.subtract(now.amount, now.in_force[identity]),
        exchange=session.get_one(Agreement, statement.agreement).exchange,
        reference=f"statement-withdrawn:{identity}",
        narration=f"Statement {identity} taken back: {reason}",
    )
    withdrawal = StatementWithdrawal(
        statement=identity,
        withdrawn_by=change.actor,
        reason=reason,
        entry_number=entry.number if entry is not None else None,
    )
    change.add(withdrawal)
    return withdrawal, True


def _post_difference(
    change: Change,
    before: Stated,
    amount: Decimal,
    *,
    exchange: str,
    reference: str,
    narration: str,
) -> Posted | None:
    """Post what a month comes to now less what it came to; nothing if that is the same.

    What was received beyond the new figure is the exchange's credit; a higher figure uses such
    a credit up first.
    """
    statement = before.statement
    difference = CONTEXT.subtract(amount, before.amount)
    if difference == 0:
        return None
    if before.written_off:
        raise Conflict(
            f"{plain(before.written_off)} {statement.commodity} of {before.document} is written "
            "off; what it states cannot change under that.",
            mend=f"Take it back first: feeshare write-off undo {before.document} --reason …",
        )
    owed = document_balance(
        change.session, Chart.RECEIVABLE_FEE_SHARE.value, before.document, statement.commodity
    )
    credit = -document_balance(
        change.session, Chart.EXCHANGE_CREDIT.value, before.document, statement.commodity
    )
    to_credit = min(difference, credit) if difference > 0 else min(owed + difference, Decimal(0))
    on, relates_to = open_date(change.session, last_day(parse_month(statement.period)))
    parts = {
        Chart.RECEIVABLE_FEE_SHARE: CONTEXT.subtract(difference, to_credit),
        Chart.EXCHANGE_CREDIT: to_credit,
        Chart.INCOME_FEE_SHARE: CONTEXT.minus(difference),
    }
    return post_one(
        change,
        JournalEntry(
            reference=reference,
            effective_date=on,
            kind="statement",
            narration=narration,
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[
                Posting(account.value, part, statement.commodity, exchange, before.document)
                for account, part in parts.items()
                if part
            ],
        ),
    )


def reject(change: Change, identity: str, *, reason: str) -> bool:
    """Turn a staged statement away; say whether that was new.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was accepted.
    """
    session = change.session
    named(session, identity)
    if session.get(StatementRejection, identity) is not None:
        return False
    if session.get(StatementAcceptance, identity) is not None:
        raise Conflict(
            f"Statement {identity} was accepted; it is in the books.",
            mend=f"Take it back: feeshare review undo {identity} --reason …",
        )
    change.add(StatementRejection(statement=identity, rejected_by=change.actor, reason=reason))
    return True


def waive(change: Change, agreement: str, period: str, *, reason: str) -> bool:
    """Record that no statement will come for an agreement and month; say whether that was new.

    Raises:
        UnknownReference: no agreement has this id.
    """
    session = change.session
    if session.get(Agreement, agreement) is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    if session.get(StatementWaiver, (agreement, period)) is not None:
        return False
    change.add(
        StatementWaiver(agreement=agreement, period=period, waived_by=change.actor, reason=reason)
    )
    return True
