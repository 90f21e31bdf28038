from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.revenue.agreements import TermsInForce
from ledger.revenue.tables import Agreement, AgreementTerms
from ledger.revenue.terms import Tier, Tiers
from ledger.revenue.terms_check import StatementFigures, problems_with

BANDS = (
    Tier(at_least=Decimal(0), rate=Decimal("0.2")),
    Tier(at_least=Decimal(1000), rate=Decimal("0.3")),
)
FIGURES = StatementFigures(
    place="file.csv",
    row=2,
    period="2023-10",
    commodity="USDT",
    fee_share=Decimal(750),
    rates=frozenset({None}),
    trading_fees=None,
    volume=None,
)


OUTSIDE = ["rate_outside_terms"]


def terms(
    low: str | None, high: str | None, *, fixed: str | None = None, tiers: Tiers | None = None
) -> TermsInForce:
    return TermsInForce(
        agreement=Agreement(id="a", exchange="e", stream="s", commodity="USDT", source=""),
        terms=AgreementTerms(
            agreement="a",
            version=1,
            effective_from=date(2023, 1, 1),
            effective_to=None,
            kind="variable" if fixed is None else "fixed",
            rate_low=None if low is None else Decimal(low),
            rate_high=None if high is None else Decimal(high),
            fixed_amount=None if fixed is None else Decimal(fixed),
            maintainer_rate=None,
            source="",
        ),
        weights={},
        tiers=tiers,
    )


FLAT, RANGE, FIXED = terms("0.3", "0.3"), terms("0.3", "0.4"), terms(None, None, fixed="750")
BY_VOLUME = terms("0.2", "0.3", tiers=Tiers(basis="volume", bands=BANDS))
BY_FEES = terms("0.2", "0.3", tiers=Tiers(basis="trading-fees", bands=BANDS))


def rates(*fractions: str) -> frozenset[Decimal | None]:
    return frozenset(Decimal(each) for each in fractions)


def codes(found: TermsInForce, figures: StatementFigures) -> list[str]:
    return [problem.code for problem in problems_with(found, figures)]


@pytest.mark.parametrize(
    ("found", "figures"),
    [
        (FLAT, FIGURES),
        (FLAT, replace(FIGURES, rates=rates("0.3"))),
        (RANGE, replace(FIGURES, rates=rates("0.3", "0.35", "0.4"))),
        (FIXED, FIGURES),
        (BY_VOLUME, replace(FIGURES, volume=Decimal("999.99"), rates=rates("0.2"))),
        (BY_VOLUME, replace(FIGURES, volume=Decimal(1000), rates=rates("0.3"))),
        (BY_VOLUME, replace(FIGURES, volume=Decimal(0))),
        (BY_FEES, replace(FIGURES, trading_fees=Decimal(5000), rates=rates("0.3"))),
    ],
)
def test_what_the_terms_allow_has_no_problem(
    found: TermsInForce, figures: StatementFigures
) -> None:
    assert problems_with(found, figures) == []


@pytest.mark.parametrize(
    ("found", "figures", "expected"),
    [
        (FLAT, replace(FIGURES, rates=rates("0.31")), OUTSIDE),
        (FLAT, replace(FIGURES, rates=rates("0.29", "0.31")), OUTSIDE * 2),
        (RANGE, FIGURES, ["rate_missing"]),
        (RANGE, replace(FIGURES, rates=rates("0.41") | {None}), ["rate_missing", *OUTSIDE]),
        (FLAT, replace(FIGURES, fee_share=Decimal(0)), ["zero_amount"]),
        (FIXED, replace(FIGURES, fee_share=Decimal(749)), ["fixed_amount_differs"]),
        (FIXED, replace(FIGURES, fee_share=Decimal(0)), ["zero_amount", "fixed_amount_differs"]),
        (BY_VOLUME, replace(FIGURES, volume=Decimal(1000), rates=rates("0.2")), OUTSIDE),
        (BY_VOLUME, replace(FIGURES, volume=Decimal(999), rates=rates("0.3")), OUTSIDE),
        (BY_VOLUME, replace(FIGURES, trading_fees=Decimal(9)), ["tier_basis_missing"]),
        (BY_FEES, replace(FIGURES, volume=Decimal(9)), ["tier_basis_missing"]),
    ],
)
def test_what_the_terms_do_not_allow_is_named(
    found: TermsInForce, figures: StatementFigures, expected: list[str]
) -> None:
    assert codes(found, figures) == expected


def test_a_rate_of_another_band_is_told_with_the_months_figure() -> None:
    figures = replace(FIGURES, volume=Decimal(999), rates=rates("0.3"))
    (problem,) = problems_with(BY_VOLUME, figures)
    assert (problem.place, problem.row, problem.value) == ("file.csv", 2, "0.3")
    assert "the terms say 0.2 for volume of 999" in problem.expected
