"""What can be wrong with terms in themselves, before anything else is looked at.

Law: every problem of a draft is found, each with the column that it stands in.
"""

from collections.abc import Iterator
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import plain
from ledger.revenue.terms import BASES, EXCHANGE, FOUNDATION, TermsDraft, Tiers

FRACTION = "a fraction above 0 and up to 1: 0.3 is 30 %"


def problems_of(draft: TermsDraft) -> list[Problem]:
    """Return what is wrong with terms in themselves."""
    return [
        *_kind_problems(draft),
        *_split_problems(draft),
        *_rebate_problems(draft),
        *_day_problems(draft),
    ]


def _kind_problems(draft: TermsDraft) -> Iterator[Problem]:
    match draft.kind:
        case "variable":
            yield from _variable_problems(draft)
        case "fixed":
            amount = draft.fixed_amount
            if amount is None or amount <= 0:
                yield _wrong(draft, "negative_amount", "fixed_amount", "an amount above 0")
            if draft.rate_low is not None or draft.rate_high is not None:
                yield _wrong(draft, "terms_invalid", "rate_low", "no rate under fixed terms")
            if draft.tiers is not None:
                yield _wrong(draft, "terms_invalid", "tiers", "no tiers under fixed terms")
        case _:
            yield _wrong(draft, "terms_invalid", "kind", "variable or fixed")


def _variable_problems(draft: TermsDraft) -> Iterator[Problem]:
    low, high = draft.rate_low, draft.rate_high
    if draft.tiers is None:
        for column, rate in (("rate_low", low), ("rate_high", high)):
            if rate is None or not 0 < rate <= 1:
                yield _wrong(draft, "rate_invalid", column, FRACTION)
        if low and high and low > high:
            yield _wrong(draft, "rate_invalid", "rate_high", "at least rate_low")
    else:
        faults = list(_tier_faults(draft.tiers))
        for fault in faults:
            yield _wrong(draft, "rate_invalid", "tiers", fault)
        if not faults and (low, high) not in {(None, None), draft.rates}:
            lowest, highest = (plain(rate) for rate in draft.rates if rate is not None)
            expected = f"blank, or the rates of the tiers, from {lowest} to {highest}"
            yield _wrong(draft, "rate_invalid", "rate_low", expected)
    if draft.fixed_amount is not None:
        yield _wrong(draft, "terms_invalid", "fixed_amount", "none under variable terms")


def _tier_faults(tiers: Tiers) -> Iterator[str]:
    """Yield what was expected of tiers instead of what they are."""
    if tiers.basis not in BASES:
        yield f"bands of {' or '.join(BASES)}"
    bounds = [band.at_least for band in tiers.bands]
    if not bounds or bounds[0] != 0:
        yield "a first band from 0: a gap below it would have no rate"
    if len(set(bounds)) != len(bounds):
        yield "one rate from each amount on: bands do not overlap"
    elif bounds != sorted(bounds):
        yield "bands in the order of their amounts, lowest first"
    if any(not 0 < band.rate <= 1 for band in tiers.bands):
        yield f"for each band {FRACTION}"


def _split_problems(draft: TermsDraft) -> Iterator[Problem]:
    if draft.maintainer_rate is not None and not 0 <= draft.maintainer_rate <= 1:
        yield _wrong(draft, "rate_invalid", "maintainer_rate", "a fraction from 0 to 1")
    total = sum(draft.maintainers.values(), Decimal(0))
    if any(weight <= 0 for weight in draft.maintainers.values()) or (
        draft.maintainers and total != 1
    ):
        yield Problem(
            code="split_invalid",
            column="maintainers",
            value=f"{plain(total)} in all",
            expected="weights above 0 that sum to 1 (100 %)",
        )


def _rebate_problems(draft: TermsDraft) -> Iterator[Problem]:
    rate, payer, payee = draft.rebate_rate, draft.rebate_payer, draft.rebate_payee
    if rate is None:
        for column, value in (("rebate_payer", payer), ("rebate_payee", payee)):
            if value is not None:
                yield _wrong(draft, "terms_invalid", column, "none without a rebate_rate")
        return
    if not 0 < rate <= 1:
        yield _wrong(draft, "rate_invalid", "rebate_rate", FRACTION)
    if payer not in {EXCHANGE, FOUNDATION}:
        yield _wrong(draft, "terms_invalid", "rebate_payer", f"{EXCHANGE} or {FOUNDATION}")
    if payer == FOUNDATION and payee is None:
        yield _wrong(draft, "terms_invalid", "rebate_payee", "the payee who passes it on to users")
    if payer == EXCHANGE and payee is not None:
        yield _wrong(draft, "terms_invalid", "rebate_payee", "none: the exchange pays its users")


def _day_problems(draft: TermsDraft) -> Iterator[Problem]:
    if draft.effective_to is not None and draft.effective_to < draft.effective_from:
        yield _wrong(draft, "date_invalid", "effective_to", "a day after effective_from")
    for column, low, high in (("statement_day", 1, 28), ("payment_days", 0, 365)):
        value = getattr(draft, column)
        if value is not None and not low <= value <= high:
            yield _wrong(draft, "terms_invalid", column, f"a whole number from {low} to {high}")
    for each in draft.incentives:
        if each.amount <= 0 or (each.ends_on is not None and each.ends_on < each.starts_on):
            yield Problem(
                code="terms_invalid",
                column="incentives",
                value=each.text(),
                expected="an amount above 0, from a day to a later one",
            )


def _wrong(draft: TermsDraft, code: str, column: str, expected: str) -> Problem:
    value = getattr(draft, column)
    shown = value.text() if isinstance(value, Tiers) else value
    return Problem(
        code=code, column=column, value=None if shown is None else str(shown), expected=expected
    )
