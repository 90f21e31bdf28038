from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from ledger import price_proposals, prices
from ledger.price_origins import Origin
from reports import catalogue
from reports.query import Asked
from reports.report import Report
from support.books import Books
from support.payouts import freeze, furnish, usual_debts
from support.sample_entries import MADE_AT

DAY = date(2023, 10, 31)
ORIGIN = Origin(
    provider="file",
    retrieved_at=datetime(2023, 11, 1, tzinfo=UTC),
    raw=b"raw",
    file_name="prices.csv",
)


def add(books: Books, price: str, *, on: date = DAY, origin: Origin | None = None) -> None:
    with books.write() as change:
        prices.add(
            change,
            commodity="HBOT",
            quote="USD",
            on=on,
            price=Decimal(price),
            source="m",
            origin=origin,
        )


def propose(books: Books, price: str, *, accepted: bool) -> None:
    with books.write() as change:
        made, _ = price_proposals.propose(
            change,
            commodity="HBOT",
            quote="USD",
            on=DAY,
            price=Decimal(price),
            source="m",
            origin=ORIGIN,
            cause=price_proposals.OTHER_PRICE,
            reason="r",
        )
        number = made.number
    if accepted:
        with books.write("checker") as change:
            price_proposals.accept(change, number)


def rows(report: Report, *names: str) -> list[tuple[object, ...]]:
    at = [[column.name for column in report.columns].index(name) for name in names]
    return [tuple(row[place] for place in at) for row in report.rows]


def build(books: Books, **asked: object) -> Report:
    with books.read() as session:
        return catalogue.build(session, "prices", Asked(**asked), MADE_AT)  # type: ignore[arg-type]


def test_every_price_stands_with_its_origin_and_what_became_of_it(books: Books) -> None:
    add(books, "0.0042", origin=ORIGIN)
    propose(books, "0.0043", accepted=True)
    propose(books, "0.0044", accepted=False)
    report = build(books)
    assert rows(report, "price", "state", "override_by", "stale") == [
        (Decimal("0.0042"), "superseded", None, False),
        (Decimal("0.0043"), "in_force", "checker", False),
        (Decimal("0.0044"), "proposed", None, None),
    ]
    assert set(rows(report, "retrieved_at", "raw_sha256", "provider")) == {
        (ORIGIN.retrieved_at, sha256(b"raw").hexdigest(), "file")
    }
    assert [tie.difference for tie in report.tie_outs] == [0]
    assert rows(build(books, known_at=2), "state") == [("in_force",)]


def test_a_price_told_without_an_origin_has_blanks(books: Books) -> None:
    add(books, "0.0042")
    assert rows(build(books), "provider", "observed_at", "retrieved_at", "raw_sha256") == [
        (None, None, None, None)
    ]


def test_a_price_is_stale_at_the_end_of_what_is_read(books: Books) -> None:
    add(books, "0.0042", on=date(2023, 9, 1))
    add(books, "0.0042", on=date(2023, 10, 1))
    assert rows(build(books), "as_of", "stale") == [
        (date(2023, 9, 1), True),
        (date(2023, 10, 1), False),
    ]
    assert rows(build(books, as_of=date(2023, 9, 2)), "as_of", "stale") == [
        (date(2023, 9, 1), False)
    ]
    assert rows(build(books, period=date(2023, 10, 1)), "as_of") == [(date(2023, 10, 1),)]


def test_batches_are_counted_by_the_price_that_their_checkers_were_counted_at(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    freeze(books)
    assert rows(build(books), "asset", "used_by_count") == [("USDC", 1)]
