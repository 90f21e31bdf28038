"""What a statement says, held against the terms of its month: its rates, its tier, its amount.

Law: nothing is read here, and nothing is repaired: what the terms do not allow is named, all of it
at once. A rate that differs and a total that differs are told apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import plain
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.terms import Tiers


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFigures:
    """What a statement says of one agreement and month, in all.

    `fee_share`, `trading_fees` and `volume` are in `commodity`, zero or more; the latter two blank
    where not every row says them. `rates` are the rates of its rows, fractions, blank where a row
    says none. `place` and `row` say where it begins, `period` is written YYYY-MM.
    """

    place: str
    row: int | None
    period: str
    commodity: str
    fee_share: Decimal
    rates: frozenset[Decimal | None]
    trading_fees: Decimal | None
    volume: Decimal | None


def problems_with(terms: TermsInForce, figures: StatementFigures) -> list[Problem]:
    """Return where a statement contradicts its terms: rates, tier, amount, nothing owed."""
    return [*rate_problems(terms, figures), *amount_problems(terms, figures)]


def rate_problems(terms: TermsInForce, figures: StatementFigures) -> list[Problem]:
    """Return which rates of a statement, or of a part of its rows, the terms do not allow."""
    low, high = terms.terms.rate_low, terms.terms.rate_high
    if low is None or high is None:
        return []
    said = f"the terms say {plain(low)} to {plain(high)}"
    if terms.tiers is not None:
        figure = _figure(terms.tiers, figures)
        if figure is None:
            return []
        low = high = terms.tiers.rate_of(figure)
        said = f"the terms say {plain(low)} for {terms.tiers.basis} of {plain(figure)}"
    found = []
    if None in figures.rates and low != high:
        found.append(_problem(figures, "rate_missing", f"the rate applied: {said}"))
    for rate in sorted(rate for rate in figures.rates if rate is not None):
        if not low <= rate <= high:
            expected = f"a rate from {plain(low)} to {plain(high)}: {said}"
            found.append(_problem(figures, "rate_outside_terms", expected, value=plain(rate)))
    return found


def amount_problems(terms: TermsInForce, figures: StatementFigures) -> Iterator[Problem]:
    """Yield where the total of a statement is not what the terms say, or gives no tier."""
    stated, fixed, tiers = figures.fee_share, terms.terms.fixed_amount, terms.tiers
    if tiers is not None and _figure(tiers, figures) is None:
        yield _problem(
            figures,
            "tier_basis_missing",
            f"the month's {tiers.basis}, which its rate depends on: {tiers.text()}",
        )
    if stated == 0:
        yield _problem(
            figures,
            "zero_amount",
            "an amount that is owed",
            value=plain(stated),
            mend=f"Nothing is owed: feeshare month waive {figures.period} --reason …",
        )
    if fixed is not None and stated != fixed:
        yield _problem(
            figures,
            "fixed_amount_differs",
            f"the fixed amount of the terms, {plain(fixed)} {figures.commodity}",
            value=plain(stated),
        )


def _figure(tiers: Tiers, figures: StatementFigures) -> Decimal | None:
    return figures.volume if tiers.basis == "volume" else figures.trading_fees


def _problem(
    figures: StatementFigures,
    code: str,
    expected: str,
    *,
    value: str | None = None,
    mend: str = "",
) -> Problem:
    return Problem(
        code=code, place=figures.place, row=figures.row, value=value, expected=expected, mend=mend
    )
