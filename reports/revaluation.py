"""Revaluation: every balance at closing prices, and what conversions gained by then.

Law: quantities are the books', values are a view of them that posts nothing. What has no price,
or only a stale one, has no value: it is marked and left out of totals, never zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities, policies, prices
from ledger.accounts import Chart, type_of
from ledger.balances import balances
from ledger.money import CONTEXT, fixed, total, value_at
from ledger.price_checks import checks
from reports.price_days import closing_day
from reports.query import Asked, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import sums, ties
from reports.trial_balance import by_account

COLUMNS = (
    Column(name="account_code", kind=Kind.IDENTIFIER),
    Column(name="account_type", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="quantity", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="price", kind=Kind.RATE),
    Column(name="price_as_of", kind=Kind.DATE),
    Column(name="price_source", kind=Kind.TEXT),
    Column(name="state", kind=Kind.IDENTIFIER),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="value", kind=Kind.AMOUNT, commodity_column="currency"),
    Column(name="value_without_own_token", kind=Kind.AMOUNT, commodity_column="currency"),
)
NOTES = (
    "Debits are positive. Each value is rounded once, half to even; totals add rounded values.",
    "net_assets: assets and liabilities; own token: what is held of it and owed in it.",
    "conversion_gain: the accounts equity:conversion at closing prices, a gain positive.",
    "unpriced and stale: no price, or one older than price-checks allows; in no total.",
)
CURRENCY, PRICED, STALE, UNPRICED = "currency", "priced", "stale", "unpriced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What one unit of a commodity is worth at the close; a blank price has no value."""

    price: Decimal | None
    as_of: date | None
    source: str | None
    state: str

    def value(self, quantity: Decimal, scale: int) -> Decimal | None:
        """Return what a quantity is worth; blank if nobody knows."""
        if self.price is None or self.state in (STALE, UNPRICED):
            return None
        return value_at(quantity, self.price, scale)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every account's balances at the prices of the last day that is read."""
    limits = scope(session, asked)
    day = closing_day(limits)
    currency = policies.in_force(session, "reporting-currency", day)
    own = policies.in_force(session, "own-token", day)
    scale = commodities.scale_of(session, currency)
    standing = by_account(balances(session, as_of=limits.until, known_at=limits.head.number))
    closings = {
        commodity: closing(session, commodity, currency, day)
        for commodity in sorted({commodity for _, commodity in standing})
    }
    values = {
        (account, commodity): closings[commodity].value(quantity, scale)
        for (account, commodity), quantity in standing.items()
    }
    rows: list[tuple[Cell, ...]] = [
        (
            *(account, type_of(account), commodity, quantity),
            *(found.price, found.as_of, found.source, found.state, currency),
            values[account, commodity],
            None if commodity == own else values[account, commodity],
        )
        for (account, commodity), quantity in sorted(standing.items())
        for found in (closings[commodity],)
    ]
    return Report(
        name="revaluation",
        title="Revaluation at closing prices",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("account_code", "asset"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("closing_day", day.isoformat()), *facts(values, closings, currency, own, scale)),
        tie_outs=ties(
            "all accounts of a commodity sum to zero",
            sums((commodity, quantity) for (_, commodity), quantity in standing.items()),
            {},
        ),
    )


def closing(session: Session, commodity: str, currency: str, day: date) -> Closing:
    """Return a commodity's closing price in the reporting currency, as far as it is known."""
    if commodity == currency:
        return Closing(price=Decimal(1), as_of=None, source=None, state=CURRENCY)
    found = prices.latest(session, commodity, currency, day)
    if found is None:
        return Closing(price=None, as_of=None, source=None, state=UNPRICED)
    stale = checks(session, day).is_stale(found, day)
    return Closing(
        price=found.price,
        as_of=found.on,
        source=found.source,
        state=STALE if stale else PRICED,
    )


def facts(
    values: Mapping[tuple[str, str], Decimal | None],
    closings: Mapping[str, Closing],
    currency: str,
    own: str,
    scale: int,
) -> Sequence[tuple[str, str]]:
    """Return the totals with and without our own token, what conversions gained, what lacks."""
    net = [
        (commodity, value)
        for (account, commodity), value in values.items()
        if type_of(account) in ("asset", "liability")
    ]
    converted = [
        value for (account, _), value in values.items() if account.startswith(Chart.CONVERSION)
    ]
    lacking = sorted(name for name, found in closings.items() if found.state in (STALE, UNPRICED))

    def told(found: Iterable[Decimal | None]) -> str:
        known = list(found)
        figure = fixed(total(value for value in known if value is not None), scale)
        left_out = sum(value is None for value in known)
        suffix = f" without {left_out} balances that have no value" if left_out else ""
        return f"{figure} {currency}{suffix}"

    return (
        ("net_assets", told(value for _, value in net)),
        ("net_assets_without_own_token", told(value for name, value in net if name != own)),
        ("own_token", told(value for name, value in net if name == own)),
        ("conversion_gain", told(None if v is None else CONTEXT.minus(v) for v in converted)),
        ("without_value", ", ".join(lacking) or "nothing"),
    )
