"""Terms as they are drafted: rate, tiers or amount, split, rebate, timing, promises.

Law: rates are fractions and weights sum to 1; the bands of tiers begin at zero, each ends where
the next begins, and each has its own rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.money import plain

BASES = ("trading-fees", "volume")
"""What the bands of tiered terms may be on: a month's figure, in the agreement's commodity."""

EXCHANGE = "exchange"
FOUNDATION = "foundation"
"""Who pays a user rebate: where the exchange does, its statement is net of it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """A band: the rate of a month whose figure is `at_least` so much, up to the next band."""

    at_least: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiers:
    """Bands of a month's trading fees or volume, lowest first; the first begins at zero."""

    basis: str
    bands: Sequence[Tier]

    def rate_of(self, figure: Decimal) -> Decimal:
        """Return the rate of the band that a month's figure, zero or more, falls into."""
        return next(band.rate for band in reversed(self.bands) if band.at_least <= figure)

    def text(self) -> str:
        """Return the bands as people write them: `volume: 0=0.2; 1000000=0.3`."""
        bands = "; ".join(f"{plain(band.at_least)}={plain(band.rate)}" for band in self.bands)
        return f"{self.basis}: {bands}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incentive:
    """A liquidity incentive: so much of a commodity, from a day to a day or further notice."""

    amount: Decimal
    commodity: str
    starts_on: date
    ends_on: date | None
    note: str

    def text(self) -> str:
        """Return it as people write it: `100000 HBOT 2023-01-01..2023-06-30 a note`."""
        term = f"{self.starts_on}..{self.ends_on or ''}"
        return f"{plain(self.amount)} {self.commodity} {term} {self.note}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsDraft:
    """Terms to be added. Rates and weights are fractions; weights sum to 1 or are empty.

    Tiered terms leave `rate_low` and `rate_high` blank, or give their lowest and highest rate.
    `rebate_payee` is a payee's name or alias; the other fields are as in `terms_tables`.
    """

    exchange: str
    stream: str
    commodity: str
    kind: str
    effective_from: date
    effective_to: date | None
    rate_low: Decimal | None
    rate_high: Decimal | None
    fixed_amount: Decimal | None
    maintainer_rate: Decimal | None
    maintainers: Mapping[str, Decimal]
    source: str
    tiers: Tiers | None = None
    rebate_rate: Decimal | None = None
    rebate_payer: str | None = None
    rebate_payee: str | None = None
    statement_day: int | None = None
    payment_days: int | None = None
    incentives: Sequence[Incentive] = ()
    selection_method: str | None = None
    selected_on: date | None = None
    selection_link: str | None = None
    confidential: bool = False

    @property
    def rates(self) -> tuple[Decimal | None, Decimal | None]:
        """Return the lowest and the highest rate; those of the tiers where there are some."""
        if self.tiers is None or not self.tiers.bands:
            return self.rate_low, self.rate_high
        rates = [band.rate for band in self.tiers.bands]
        return min(rates), max(rates)
