"""Balances on two axes of time: effective (`as_of`) and known (`known_at`, a change's number).

By effective date a balance is the last closed month's checkpoint that was known plus the postings
since. Debits are positive, credits negative.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from ledger.months import next_month
from ledger.sealing import known_at as known_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The balance of an account in a commodity, of one party where asked for by party.

    A debit balance is positive. `party` is blank for none, or where parties are not kept apart.
    """

    account: str
    party: str
    commodity: str
    balance: Decimal


_CHECKPOINT = text("""
    SELECT c.period, c.close_no FROM period_events c
    WHERE c.event = 'closed' AND c.change_no <= :change_no
        AND c.period + interval '1 month' <= CAST(:day_after AS date)
        AND NOT EXISTS (
            SELECT 1 FROM period_events r WHERE r.period = c.period AND r.close_no = c.close_no
                AND r.event = 'reopened' AND r.change_no <= :change_no)
    ORDER BY c.period DESC LIMIT 1
""")

_BALANCES = """
    SELECT account, {party} AS party, commodity, sum(amount) AS balance FROM (
        SELECT account, party, commodity, balance AS amount FROM balance_checkpoints
        WHERE period = CAST(:period AS date) AND close_no = :close_no
        UNION ALL
        SELECT account, coalesce(party, ''), commodity, sum(amount) FROM postings
        WHERE entry_number <= :entry_last
            AND effective_date >= CAST(:since AS date) AND effective_date <= CAST(:until AS date)
        GROUP BY 1, 2, 3
    ) moved
    GROUP BY 1, 2, 3 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3
"""

# From each party and document straight to the one before, by the index: what lies between are
# balances of earlier changes, of which there are as many as changes.
_NEWEST = """
    WITH RECURSIVE newest AS (
        (SELECT party, document, balance FROM account_balances
            WHERE account = :account AND commodity = :commodity
            ORDER BY party DESC, document DESC, change_no DESC LIMIT 1)
        UNION ALL
        SELECT before.* FROM newest CROSS JOIN LATERAL (
            SELECT party, document, balance FROM account_balances b
            WHERE account = :account AND commodity = :commodity
                AND (b.party, b.document) < (newest.party, newest.document)
            ORDER BY b.party DESC, b.document DESC, b.change_no DESC LIMIT 1) before)
    SELECT sum(balance) FROM newest
"""


def balances(
    session: Session,
    *,
    as_of: date | None = None,
    known_at: int | None = None,
    by_party: bool = False,
) -> list[Balance]:
    """Return every balance that is not zero, ordered by account, party and commodity.

    Args:
        session: a session.
        as_of: the last effective day to count; all days if blank.
        known_at: the number of the change up to which the books are read; all if blank.
        by_party: keep parties apart.
    """
    known = known_change(session, known_at)
    until = as_of or date.max
    checkpoint = session.execute(
        _CHECKPOINT,
        {
            "change_no": known.number,
            "day_after": date.max
            if until == date.max
            else date.fromordinal(until.toordinal() + 1),
        },
    ).one_or_none()
    since = date.min
    if checkpoint is not None:
        since = next_month(checkpoint.period)
    rows = session.execute(
        text(_BALANCES.format(party="party" if by_party else "''")),
        {
            "period": checkpoint.period if checkpoint else None,
            "close_no": checkpoint.close_no if checkpoint else None,
            "entry_last": known.entry_last,
            "since": since,
            "until": until,
        },
    )
    return [_balance(row) for row in rows.mappings()]


def summed(session: Session, *, until: date, entry_last: int) -> list[Balance]:
    """Return the balances by party at the end of a day, from postings alone, not zeros.

    No checkpoint is read, so that what is compared with one does not come from it.
    """
    rows = session.execute(
        text("""
            SELECT account, coalesce(party, '') AS party, commodity, sum(amount) AS balance
            FROM postings WHERE entry_number <= :entry_last AND effective_date <= :until
            GROUP BY 1, 2, 3 HAVING sum(amount) <> 0 ORDER BY 1, 2, 3
        """),
        {"entry_last": entry_last, "until": until},
    )
    return [_balance(row) for row in rows.mappings()]


def frozen(session: Session, period: date, close_no: int) -> list[Balance]:
    """Return the balances by party that a close of a month froze."""
    rows = session.execute(
        text("""
            SELECT account, party, commodity, balance FROM balance_checkpoints
            WHERE period = :period AND close_no = :close_no ORDER BY 1, 2, 3
        """),
        {"period": period, "close_no": close_no},
    )
    return [_balance(row) for row in rows.mappings()]


def document_balance(
    session: Session, account: str, document: str, commodity: str, *, party: str | None = None
) -> Decimal:
    """Return what an account holds for one document now, a debit positive.

    What the open change has posted counts, so that its next step sees it. `party` narrows it to
    one party; without it all parties count.
    """
    found = session.scalar(
        text("""
            SELECT sum(amount) FROM postings
            WHERE document = :document AND account = :account AND commodity = :commodity
                AND (CAST(:party AS text) IS NULL OR party = :party)
        """),
        {"account": account, "commodity": commodity, "document": document, "party": party},
    )
    return found if isinstance(found, Decimal) else Decimal(0)


def account_balance(session: Session, account: str, commodity: str) -> Decimal:
    """Return what an account holds now over all parties and documents, a debit positive."""
    found = session.scalar(text(_NEWEST), {"account": account, "commodity": commodity})
    return found if isinstance(found, Decimal) else Decimal(0)


def _balance(row: RowMapping) -> Balance:
    return Balance(
        account=row["account"],
        party=row["party"],
        commodity=row["commodity"],
        balance=row["balance"],
    )
