"""The basis of a waiver: what an exchange's fee share came to by month, in USD, and whence.

Law: the average is over the whole months between the release and the day, at most and at least as
many as the policy says; money counts in the month in which it came, at a stored price of that
month. A price that is missing is never guessed. The database compares each receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, quotient, total, value_at
from ledger.months import last_day, next_month, parse_month
from ledger.price_checks import PriceInvalid
from ledger.price_queries import Quoted, in_force
from ledger.revenue.connector_tables import Connector
from ledger.revenue.connectors import released
from ledger.revenue.tolerances import SETTLING
from ledger.revenue.waiver_tables import WaiverBasis, WaiverReceipt
from ledger.sealing import Change

POLICY = "renewal-waiver"
QUOTE = "USD"
"""The commodity that the policy's threshold is in."""

_CAME = text("""
    SELECT to_char(l.on, 'YYYY-MM') AS period, m.document, m.bank_line, m.number AS match,
        l.commodity, m.amount + coalesce(d.amount, 0) AS amount
    FROM matches m JOIN bank_lines l ON l.id = m.bank_line
    LEFT JOIN match_differences d ON d.bank_line = m.bank_line AND d.number = m.number
        AND d.kind = ANY(:settling)
    JOIN statements s ON s.id = m.document JOIN agreements a ON a.id = s.agreement
    WHERE m.kind = 'statement' AND a.exchange = :exchange AND l.on BETWEEN :since AND :until
        AND NOT EXISTS (SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
    UNION ALL
    SELECT to_char(e.effective_date, 'YYYY-MM'), u.document, NULL, u.number, u.commodity, -u.amount
    FROM credit_uses u JOIN journal_entries e ON e.number = u.entry_number
    JOIN statements s ON s.id = u.document JOIN agreements a ON a.id = s.agreement
    WHERE u.refund IS NOT NULL AND a.exchange = :exchange
        AND e.effective_date BETWEEN :since AND :until
    ORDER BY 1, 2, 3, 4
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The whole months that count: the first day, the last day, and how many they are."""

    since: date
    until: date
    months: int


def window(released_on: date, before: date, at_most: int) -> Window:
    """Return the newest whole months between a release and a day, which is not in them.

    The month of the release counts if it was released on the first.
    """
    first = released_on if released_on.day == 1 else next_month(released_on)
    until = before.replace(day=1) - timedelta(days=1)
    after = before.replace(day=1)
    whole = (after.year - first.year) * 12 + after.month - first.month
    months = max(0, min(at_most, whole))
    back = after.year * 12 + after.month - 1 - months
    return Window(since=date(back // 12, back % 12 + 1, 1), until=until, months=months)


def reckon(
    change: Change, connector: Connector, year_from: date, *, before: date, identity: str
) -> WaiverBasis:
    """Reckon and keep what the fee share of a connector's exchange came to before a day.

    Args:
        change: the open change.
        connector: the connector whose year it is about.
        year_from: the day the year begins; the policy is that day's.
        before: the day that the months end before.
        identity: under what id the basis is kept.

    Raises:
        NotReleased: the connector was not released.
        PriceInvalid: months without a stored price of what came in; each is named.
    """
    session = change.session
    rule = policies.in_force(session, POLICY, year_from)
    found = window(released(session, connector), before, rule["at_most"])
    receipts = _receipts(session, identity, connector.exchange, found)
    came = total(each.value for each in receipts)
    threshold = Decimal(rule["usd"])
    basis = WaiverBasis(
        id=identity,
        connector=connector.id,
        year_from=year_from,
        until=found.until,
        months=found.months,
        at_least=rule["at_least"],
        total=came,
        threshold=threshold,
        above=found.months >= rule["at_least"]
        and came > CONTEXT.multiply(threshold, Decimal(found.months)),
    )
    change.add(basis)
    change.add(*receipts)
    return basis


def average(basis: WaiverBasis) -> Decimal:
    """Return the average a month in USD, rounded half to even at two decimals, to be shown."""
    return quotient(basis.total, Decimal(basis.months), 2) if basis.months else Decimal(0)


def of_id(session: Session, identity: str) -> tuple[WaiverBasis, Sequence[WaiverReceipt]]:
    """Return a basis with its receipts, oldest first."""
    rows = select(WaiverReceipt).where(WaiverReceipt.basis == identity)
    receipts = session.scalars(rows.order_by(WaiverReceipt.number)).all()
    return session.get_one(WaiverBasis, identity), receipts


def _receipts(
    session: Session, identity: str, exchange: str, found: Window
) -> list[WaiverReceipt]:
    rows = session.execute(
        _CAME,
        {
            "exchange": exchange,
            "since": found.since,
            "until": found.until,
            "settling": list(SETTLING),
        },
    ).all()
    wanted = sorted({(row.commodity, row.period) for row in rows})
    prices = {key: _price(session, *key) for key in wanted}
    missing = [key for key in wanted if prices[key] is None and key[0] != QUOTE]
    if missing:
        raise PriceInvalid(
            [
                Problem(
                    code="price_invalid",
                    place=f"price of {commodity} in {QUOTE}",
                    column="price",
                    expected=f"a stored price of {period}; it is missing",
                    mend="Load it: feeshare price load FILE, or feeshare price fetch",
                )
                for commodity, period in missing
            ]
        )
    receipts = []
    for number, row in enumerate(rows, start=1):
        quoted = prices[row.commodity, row.period]
        price = quoted.price if quoted else Decimal(1)
        receipts.append(
            WaiverReceipt(
                basis=identity,
                number=number,
                period=row.period,
                document=row.document,
                bank_line=row.bank_line,
                match=row.match,
                commodity=row.commodity,
                amount=row.amount,
                price=price,
                price_on=quoted.on if quoted else last_day(parse_month(row.period)),
                price_source=quoted.source if quoted else "",
                value=value_at(row.amount, price, MAX_SCALE),
            )
        )
    return receipts


def _price(session: Session, commodity: str, period: str) -> Quoted | None:
    """Return the last price of a month; without one, a rule of the house from before."""
    first = parse_month(period)
    here = in_force(session, commodity, QUOTE, since=first, until=last_day(first), newest=1)
    if here:
        return here[0]
    before = in_force(session, commodity, QUOTE, until=first - timedelta(days=1))
    return next((each for each in before if each.is_policy), None)
