"""What is payable: due, in nobody's batch, and still owed by the books.

Law: an obligation is paid for what the books owe for it; where part was forfeited or reversed,
nothing of it is paid until a person has looked.
"""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, exists, select, text
from sqlalchemy.orm import Session

from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from payouts.tables import ClaimRelease, ObligationClaim

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


def unclaimed(session: Session, period: date, on: date) -> Sequence[Obligation]:
    """Return what is due by a day, of periods up to one, and not claimed; oldest due day first."""
    claimed = (
        exists()
        .where(
            ObligationClaim.obligation == Obligation.id,
            ~exists().where(
                and_(
                    ClaimRelease.obligation == ObligationClaim.obligation,
                    ClaimRelease.attempt == ObligationClaim.attempt,
                )
            ),
        )
        .correlate(Obligation)
    )
    return session.scalars(
        select(Obligation)
        .join(ObligationDue, ObligationDue.obligation == Obligation.id)
        .where(Obligation.period <= month_of(period), ObligationDue.due_on <= on, ~claimed)
        .order_by(ObligationDue.due_on, Obligation.id)
    ).all()


def owed_in_books(session: Session, obligations: Collection[str]) -> dict[str, Decimal]:
    """Return what the books owe for each obligation; one never made payable is left out."""
    rows = session.execute(_OWED, {"wanted": list(obligations)})
    return {row.document: row.owed for row in rows}
