"""Received: what counts as paid for a statement, and the exchange's credit with it.

Law: a fee counts as received, a short payment does not; what a credit of another statement pays
counts where it is used, and no more where it came in.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posted, Posting, post_one
from ledger.money import CONTEXT
from ledger.revenue.stated import Stated
from ledger.revenue.tables import Agreement
from ledger.revenue.tolerances import SETTLING
from ledger.sealing import Change

RECEIPT = "statement"
"""The kind of a match that brings money for a statement."""

ZERO = Decimal(0)

_RECEIVED = text("""
    SELECT coalesce(sum(amount), 0) FROM (
        SELECT m.amount + coalesce(d.amount, 0) AS amount FROM matches m
        LEFT JOIN match_differences d ON d.bank_line = m.bank_line AND d.number = m.number
            AND d.kind = ANY(:settling)
        WHERE m.document = :document AND m.kind = :kind AND NOT EXISTS (
            SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
        UNION ALL SELECT amount FROM credit_uses WHERE used_for = :document
        UNION ALL SELECT -amount FROM credit_uses WHERE document = :document) moved
""")

_BALANCES = text("""
    SELECT document, account, sum(amount) AS amount FROM postings
    WHERE account = ANY(:accounts) AND (CAST(:document AS text) IS NULL OR document = :document)
    GROUP BY 1, 2
""")


def received(session: Session, document: str) -> Decimal:
    """Return what counts as received for a statement: matched, with fees, and from credits."""
    found = session.scalar(
        _RECEIVED, {"document": document, "kind": RECEIPT, "settling": list(SETTLING)}
    )
    return found if isinstance(found, Decimal) else ZERO


def standing(
    session: Session, document: str | None = None
) -> Mapping[str, tuple[Decimal, Decimal]]:
    """Return what is open of each document and the exchange's credit with it, neither below zero.

    A document has one currency, its agreement's. With `document`, of that one alone.
    """
    owed, credit = Chart.RECEIVABLE_FEE_SHARE.value, Chart.EXCHANGE_CREDIT.value
    rows = session.execute(_BALANCES, {"accounts": [owed, credit], "document": document})
    found: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        found.setdefault(row.document, {})[row.account] = row.amount
    return {
        name: (amounts.get(owed, ZERO), CONTEXT.minus(amounts.get(credit, ZERO)))
        for name, amounts in found.items()
    }


def offset(change: Change, now: Stated, *, on: date, name: str) -> Posted | None:
    """Set what is open of a document and the exchange's credit with it off against each other.

    After a match was taken back its mirror stands where the match stood, whatever was restated
    since: the sum of the two is right, and one of them has to be zero.

    Args:
        change: the open change.
        now: what the document's month comes to.
        on: an open day.
        name: the entry's reference.
    """
    owed, credit = standing(change.session, now.document).get(now.document, (ZERO, ZERO))
    move = CONTEXT.subtract(max(CONTEXT.subtract(owed, credit), ZERO), owed)
    if not move:
        return None
    statement = now.statement
    exchange = change.session.get_one(Agreement, statement.agreement).exchange
    return post_one(
        change,
        JournalEntry(
            reference=name,
            effective_date=on,
            kind="offset",
            narration=f"Credit of {exchange} and what is open of {now.document} set off",
            postings=[
                Posting(account.value, amount, statement.commodity, exchange, now.document)
                for account, amount in (
                    (Chart.RECEIVABLE_FEE_SHARE, move),
                    (Chart.EXCHANGE_CREDIT, CONTEXT.minus(move)),
                )
            ],
        ),
    )
