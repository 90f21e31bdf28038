"""Prepaid years: deferred, earned and given up are the invoice, for any dates and amounts."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import Conflict, DatabaseRefused
from ledger.money import CONTEXT, total
from ledger.months import last_day
from ledger.revenue import prepaid, prepaid_earning, prepaid_ends
from ledger.revenue.bounty_tables import Renewal, RenewalEarning
from ledger.revenue.prepaid import kind_of
from support.books import Books
from support.receipts import ties
from support.upkeep import at, invoice, open_exchanges, pay_year

_numbers = itertools.count(1)
SCALES = {"USD": 2, "USDC": 6, "HBOT": 18}
DAYS = st.dates(date(2023, 1, 1), date(2024, 3, 31))


@given(
    units=st.integers(1, 10**37),
    scale=st.integers(0, 18),
    first=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
)
def test_twelve_parts_are_the_invoice_and_no_two_differ_by_more_than_a_unit(
    units: int, scale: int, first: date
) -> None:
    amount = Decimal(units).scaleb(-scale, CONTEXT)
    year = Renewal(
        id="x",
        exchange="x",
        connector="x",
        year_from=first,
        amount=amount,
        commodity="X",
        source="",
        entry_number=1,
    )
    parts = list(prepaid_earning.parts_of(year, scale))
    assert len({month for month, _ in parts}) == 12
    assert parts[0][0] == first.replace(day=1)
    assert total(part for _, part in parts) == amount
    spread = CONTEXT.subtract(max(part for _, part in parts), min(part for _, part in parts))
    assert spread <= Decimal(1).scaleb(-scale)


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    commodity=st.sampled_from(sorted(SCALES)),
    units=st.integers(1, 10**12),
    first=DAYS,
    paid=st.integers(0, 12),
    after=st.integers(0, 364),
)
@example(commodity="USD", units=200_000, first=date(2023, 1, 2), paid=0, after=364)
def test_deferred_and_earned_and_given_up_are_invoiced_to_the_last_unit_for_any_dates(  # noqa: PLR0917
    books: Books, commodity: str, units: int, first: date, paid: int, after: int
) -> None:
    number = next(_numbers)
    if number == 1:
        open_exchanges(books)
        at(books, date(2026, 1, 1))
    identity, amount = f"year-{number}", Decimal(units).scaleb(-SCALES[commodity])
    invoice(
        books,
        identity,
        amount=str(amount),
        commodity=commodity,
        year_from=first,
        connector=identity,
    )
    part = (amount * paid / 12).quantize(Decimal(1).scaleb(-SCALES[commodity]), "ROUND_DOWN")
    if part:
        pay_year(books, identity, str(part), first, commodity)
    day = first + timedelta(days=after)
    with books.write() as change:
        year = prepaid.named(change.session, identity)
        if day.replace(day=1) > first:
            prepaid_earning.earn(change, day.replace(day=1) - timedelta(days=1))
        earned = prepaid_earning.earned(change.session, year)
        if earned == amount:  # by the month before the day on which its last one ends
            with pytest.raises(Conflict, match="was earned whole"):
                prepaid_ends.cancel(change, year, evidence="a test", on=day)
            given_up = refunded = Decimal(0)
        else:
            end, _ = prepaid_ends.cancel(change, year, evidence="a test", on=day)
            given_up, refunded = end.relieved + end.refunded, end.refunded
    assert earned + given_up == amount
    assert refunded <= part
    with books.read() as session:
        year = prepaid.named(session, identity)
        for account in (kind_of(year).deferred, kind_of(year).receivable):
            left = document_balance(session, account, identity, commodity)
            owed = prepaid.owed(session, year)
            assert left == (0 if account == kind_of(year).deferred else owed)
        refund = document_balance(
            session, Chart.PAYABLE_REFUND, f"renewal-refund:{identity}", commodity
        )
        assert refund == -refunded
    assert [each for each in ties(books) if "covered" not in each] == []


def earning(amount: str, period: str) -> Callable[[int], RenewalEarning]:
    return lambda number: RenewalEarning(
        renewal="gate-2025", period=period, amount=Decimal(amount), entry_number=number
    )


@pytest.mark.parametrize(
    ("amount", "period"),
    [("166.67", "2025-09"), ("166.66", "2025-08"), ("166.67", "2026-09"), ("2000", "2025-09")],
)
def test_the_database_lets_a_month_earn_its_twelfth_and_nothing_else(
    books: Books, amount: str, period: str
) -> None:
    open_exchanges(books)
    at(books, last_day(date(2025, 9, 1)))
    invoice(books)
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="straight_line"):  # noqa: SIM117
        with books.write() as change:
            change.add(earning(amount, period)(1))
    assert books.digest() == digest
