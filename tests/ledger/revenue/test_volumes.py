from decimal import Decimal

import pytest

from ledger.errors import ReferenceReused
from ledger.revenue import restatements, volumes
from ledger.revenue.volumes import OF_THE_STATEMENT, CrossCheck
from support.books import Books
from support.fee_shares import MAPPING, agree, open_exchange
from support.staged import stage_rows
from support.statement_rows import row

MONTHS = ("2023-01", "2023-02", "2023-03", "2023-04", "2023-05")


@pytest.fixture
def stream(books: Books) -> str:
    open_exchange(books)
    return agree(books, {"Ada": "1"})


def state(books: Books, stream: str, period: str, amount: str, volume: str | None) -> None:
    with books.write() as change:
        rows = [row(2, amount, period=period, volume=volume, stream=stream)]
        (staged,) = stage_rows(change, MAPPING, rows, file=period.encode())
        restatements.accept(change, staged.statement.id)


def report(books: Books, stream: str, period: str, volume: str, commodity: str = "USDT") -> bool:
    with books.write() as change:
        return volumes.report(
            change,
            agreement=f"gate:{stream}:usdt",
            period=period,
            source="its page",
            commodity=commodity,
            volume=Decimal(volume),
        )


def checks(books: Books) -> list[CrossCheck]:
    with books.read() as session:
        return volumes.cross_checks(session)


def test_a_volume_far_off_what_the_fee_usually_is_of_it_is_an_outlier(
    books: Books, stream: str
) -> None:
    for month, volume in zip(MONTHS, ("1000", "1100", "900", "4000", "1000"), strict=True):
        state(books, stream, month, "10", volume)
    found = checks(books)
    assert [each.source for each in found] == [OF_THE_STATEMENT] * 5
    assert [each.outlier for each in found] == [False, False, False, True, False]
    assert [each.usual is None for each in found] == [True, True, True, False, False]
    assert found[0].rate == Decimal("0.01")


def test_a_volume_that_is_too_small_for_its_fee_is_an_outlier(books: Books, stream: str) -> None:
    for month, volume in zip(MONTHS[:4], ("1000", "1000", "1000", "300"), strict=True):
        state(books, stream, month, "10", None)
        assert report(books, stream, month, volume)
    assert [each.outlier for each in checks(books)] == [False, False, False, True]


def test_what_cannot_be_compared_has_no_rate(books: Books, stream: str) -> None:
    for month in MONTHS[:3]:
        state(books, stream, month, "10", "1000")
    report(books, stream, MONTHS[3], "5")
    state(books, stream, MONTHS[4], "10", None)
    report(books, stream, MONTHS[4], "5", commodity="USD")
    report(books, stream, MONTHS[0], "0")
    found = {(each.period, each.source): each for each in checks(books)}
    assert found[MONTHS[3], "its page"].fee_share is None
    assert found[MONTHS[4], "its page"].rate is None
    assert found[MONTHS[0], "its page"].rate is None
    assert (MONTHS[4], OF_THE_STATEMENT) not in found


def test_a_month_without_a_rate_is_no_outlier(books: Books, stream: str) -> None:
    for month in MONTHS[:3]:
        state(books, stream, month, "10", None)
        report(books, stream, month, "1000")
    report(books, stream, MONTHS[3], "1")
    last = checks(books)[-1]
    assert (last.rate, last.usual, last.outlier) == (None, Decimal("0.01"), False)


def test_a_volume_is_reported_once_by_a_source(books: Books, stream: str) -> None:
    assert report(books, stream, MONTHS[0], "1000") is True
    assert report(books, stream, MONTHS[0], "1000") is False
    digest = books.digest()
    with pytest.raises(ReferenceReused, match="1000 USDT"):
        report(books, stream, MONTHS[0], "1001")
    assert books.digest() == digest
