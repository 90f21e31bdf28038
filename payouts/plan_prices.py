"""The prices of a plan: what each commodity counts for where one is paid for another.

Law: a stablecoin counts at par where the house says so, our own token at its average over the
policy's days until yesterday, anything else at its newest price. Each rests on figures that a
control may rest on; one that is missing, stale, outlying or one person's word gives no price.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import policies, price_checks, prices
from ledger.errors import Refusal
from ledger.price_queries import Quoted, in_force
from payouts.converting import Figure, Priced, Rule
from payouts.quorum import DOLLAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpriced:
    """A commodity without a price to convert at, with every reason."""

    commodity: str
    reasons: tuple[str, ...]


@dataclass(slots=True)
class PlanPrices:
    """The prices of a day, each looked up once."""

    session: Session
    on: date
    _known: dict[str, Priced | Unpriced] = field(default_factory=dict)

    def of(self, commodity: str) -> Priced | Unpriced:
        """Return what a commodity counts for in dollars, or why nothing says so."""
        if commodity not in self._known:
            self._known[commodity] = self._found(commodity)
        return self._known[commodity]

    def _found(self, commodity: str) -> Priced | Unpriced:
        if commodity == DOLLAR:
            return Priced(commodity=commodity, rule=Rule.DOLLAR, price=Decimal(1))
        if commodity in policies.in_force(self.session, "par-commodities", self.on):
            return self._par(commodity)
        if commodity == policies.in_force(self.session, "own-token", self.on):
            return self._average(commodity)
        return self._newest(commodity)

    def _par(self, commodity: str) -> Priced | Unpriced:
        told = in_force(self.session, commodity, DOLLAR, until=self.on)
        by_rule = [each for each in told if each.is_policy]
        if not by_rule:
            return _without(
                commodity, f"no price of {commodity} by the house's rule, which counts it as 1"
            )
        return _priced(commodity, Rule.PAR, Decimal(1), by_rule[:1])

    def _average(self, commodity: str) -> Priced | Unpriced:
        yesterday = self.on - timedelta(days=1)
        try:
            days = policies.in_force(self.session, "hbot-averaging-days", self.on)
            found = prices.average(self.session, commodity, DOLLAR, yesterday, days)
        except price_checks.PriceInvalid as refusal:
            return _without(
                commodity, *(f"{each.place}: {each.expected}" for each in refusal.problems)
            )
        except Refusal as refusal:
            return _without(commodity, refusal.message)
        doubts = [(each, self._doubt(each, each.on)) for each in found.used]
        reasons = [_of_day(each, doubt) for each, doubt in doubts if doubt]
        if reasons:
            return _without(commodity, *reasons)
        return _priced(commodity, Rule.AVERAGE, found.price, found.used)

    def _newest(self, commodity: str) -> Priced | Unpriced:
        told = in_force(self.session, commodity, DOLLAR, until=self.on, newest=1, seen_only=True)
        if not told:
            return _without(commodity, f"no price of {commodity} in USD")
        doubt = self._doubt(told[0], self.on)
        if doubt:
            return _without(commodity, _of_day(told[0], doubt))
        return _priced(commodity, Rule.NEWEST, told[0].price, told)

    def _doubt(self, found: Quoted, on: date) -> str | None:
        return price_checks.doubt(self.session, found, on)


def still_in_force(session: Session, priced: Priced, on: date) -> list[str]:
    """Return what became of the figures of a frozen price: other ones now, or stale by a day."""
    reasons = []
    for figure in priced.figures:
        now = [
            each
            for each in in_force(
                session, priced.commodity, DOLLAR, since=figure.on, until=figure.on
            )
            if each.source == figure.source
        ]
        if not now or now[0].price != figure.price:
            reasons.append(
                f"the price of {priced.commodity} of {figure.on} by {figure.source} is another now"
            )
        elif priced.rule is Rule.NEWEST and price_checks.checks(session, on).is_stale(now[0], on):
            reasons.append(f"the price of {priced.commodity} of {figure.on} is stale")
    return reasons


def _priced(
    commodity: str, rule: Rule, price: Decimal, told: tuple[Quoted, ...] | list[Quoted]
) -> Priced:
    figures = [Figure(on=each.on, source=each.source, price=each.price) for each in told]
    return Priced(commodity=commodity, rule=rule, price=price, figures=tuple(figures))


def _without(commodity: str, *reasons: str) -> Unpriced:
    return Unpriced(commodity=commodity, reasons=reasons)


def _of_day(found: Quoted, doubt: str) -> str:
    return f"the price of {found.commodity} of {found.on} by {found.source} is {doubt}"
