"""Purchases: HBOT bought from fee shares, each with what allowed it and what was left to spend.

A row is a purchase, with how its mandate stood at the end of its day. Law: nothing is spent beyond
a proposal's part of what the exchange had paid by then.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.money import CONTEXT
from payouts.purchases import Bought, made_until
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import ZERO, sums, ties
from reports.vote_cells import VOTE_COLUMNS, VOTE_NOTE, vote_cells

COLUMNS = (
    Column(name="purchase_id", kind=Kind.IDENTIFIER),
    Column(name="proposal_id", kind=Kind.IDENTIFIER),
    *VOTE_COLUMNS,
    Column(name="exchange", kind=Kind.IDENTIFIER),
    Column(name="purchased_on", kind=Kind.DATE),
    Column(name="fee_share_received", kind=Kind.AMOUNT, commodity_column="spent_asset"),
    Column(name="fraction", kind=Kind.RATE),
    Column(name="may_be_spent", kind=Kind.AMOUNT, commodity_column="spent_asset"),
    Column(name="spent", kind=Kind.AMOUNT, commodity_column="spent_asset", total=True),
    Column(name="spent_fee", kind=Kind.AMOUNT, commodity_column="spent_asset", total=True),
    Column(name="spent_asset", kind=Kind.IDENTIFIER),
    Column(name="spent_to_date", kind=Kind.AMOUNT, commodity_column="spent_asset"),
    Column(name="left_to_spend", kind=Kind.AMOUNT, commodity_column="spent_asset"),
    Column(name="bought", kind=Kind.AMOUNT, commodity_column="bought_asset", total=True),
    Column(name="bought_fee", kind=Kind.AMOUNT, commodity_column="bought_asset", total=True),
    Column(name="bought_asset", kind=Kind.IDENTIFIER),
    Column(name="spent_line", kind=Kind.IDENTIFIER),
    Column(name="bought_line", kind=Kind.IDENTIFIER),
    Column(name="reason", kind=Kind.TEXT),
)
NOTES = (
    "spent includes its fee; bought is what came, after the fee taken from it.",
    "fee_share_received is what the exchange paid in spent_asset since its mandate began.",
    "Figures to date are those at the end of the day of the purchase.",
    VOTE_NOTE,
)

BOOKED = """
    SELECT l.commodity, -sum(g.amount) FILTER (WHERE l.id = c.sold_line) AS spent,
        sum(g.amount) FILTER (WHERE l.id = c.bought_line) AS bought
    FROM purchases p JOIN conversions c ON c.id = p.conversion
    JOIN bank_lines l ON l.id IN (c.sold_line, c.bought_line)
    JOIN matches m ON m.bank_line = l.id AND m.kind = 'conversion' AND m.document = c.id
    JOIN bank_accounts b ON b.id = l.bank_account
    JOIN postings g ON g.entry_number = m.entry_number AND g.account = b.account
    JOIN bank_lines s ON s.id = c.sold_line
    WHERE s.on BETWEEN CAST(:since AS date) AND CAST(:until AS date)
    GROUP BY l.commodity
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the purchases of a month, or all of them."""
    limits = scope(session, asked)
    made = [
        each
        for each in made_until(session, date.max)
        if limits.since <= each.sold.on <= limits.until
    ]
    made.sort(key=lambda each: (each.sold.on, each.conversion.id))
    booked = fetch(session, BOOKED, since=limits.since, until=limits.until)
    return Report(
        name="purchases",
        title="HBOT purchases",
        columns=COLUMNS,
        rows=[cells(session, each) for each in made],
        sorted_by=("purchased_on", "purchase_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            *ties("spent beyond what may be spent", beyond(made), {}),
            *ties(
                "spent = journal entries",
                sums((each.sold.commodity, each.conversion.sold) for each in made),
                sums((row.commodity, row.spent) for row in booked if row.spent),
            ),
            *ties(
                "bought = journal entries",
                sums((each.bought.commodity, each.conversion.bought) for each in made),
                sums((row.commodity, row.bought) for row in booked if row.bought),
            ),
        ),
    )


def cells(session: Session, made: Bought) -> tuple[Cell, ...]:
    """Return the row of one purchase."""
    mandate, conversion, standing = made.mandate, made.conversion, made.standing
    return (
        conversion.id,
        mandate.proposal,
        *vote_cells(session, mandate.proposal),
        mandate.exchange,
        made.sold.on,
        standing.base,
        mandate.fraction,
        standing.allowed,
        conversion.sold,
        conversion.sold_fee,
        made.sold.commodity,
        standing.spent,
        standing.left,
        conversion.bought,
        conversion.bought_fee,
        made.bought.commodity,
        made.sold.id,
        made.bought.id,
        conversion.why,
    )


def beyond(made: Sequence[Bought]) -> dict[str, Decimal]:
    """Return by commodity how much more was spent than the proposals' parts of what came in."""
    return sums(
        (each.sold.commodity, max(CONTEXT.minus(each.standing.left), ZERO)) for each in made
    )
