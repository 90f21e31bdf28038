"""What is payable: due, in nobody's batch, and still owed by the books.

Law: an obligation is paid for what is due of it now, whole; what went back is no part of that.
Where the books owe another amount, nothing of it is paid until a person has looked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select, text, true
from sqlalchemy.orm import Session

from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue

_OWED = text("""
    SELECT document, -sum(balance) AS owed FROM (
        SELECT DISTINCT ON (b.account, b.commodity, b.party, b.document) b.document, b.balance
        FROM obligations o JOIN account_balances b
            ON b.account = o.payable_account AND b.commodity = o.commodity
            AND b.party = o.payee AND b.document = o.id
        WHERE o.id = ANY(:wanted)
        ORDER BY b.account, b.commodity, b.party, b.document, b.change_no DESC) newest
    GROUP BY 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclaimed:
    """An obligation that nobody has claimed; `amount` is what is due of it, above zero."""

    id: str
    payee: str
    commodity: str
    amount: Decimal


def unclaimed(session: Session, period: date, on: date) -> list[Unclaimed]:
    """Return what is due by a day, of periods up to one, and not claimed; oldest due day first."""
    moves = func.payable_moves().table_valued("obligation", "amount")
    # Beside the row and not in it: what is asked for twice in a row is summed twice.
    due = (
        select(func.sum(moves.c.amount).label("amount"))
        .where(moves.c.obligation == Obligation.id)
        .correlate(Obligation)
        .lateral()
    )
    rows = session.execute(
        select(Obligation.id, Obligation.payee, Obligation.commodity, due.c.amount)
        .join(ObligationDue, ObligationDue.obligation == Obligation.id)
        .join(due, true())
        .where(
            Obligation.period <= month_of(period),
            ObligationDue.due_on <= on,
            ~func.is_claimed(Obligation.id),
            due.c.amount > 0,
        )
        .order_by(ObligationDue.due_on, Obligation.id)
    )
    return [Unclaimed(id=row[0], payee=row[1], commodity=row[2], amount=row[3]) for row in rows]


def owed_in_books(session: Session, obligations: Collection[str]) -> dict[str, Decimal]:
    """Return what the books owe for each obligation; one never made payable is left out."""
    rows = session.execute(_OWED, {"wanted": list(obligations)})
    return {row.document: row.owed for row in rows}
