from datetime import date
from decimal import Decimal

from feeshare.accruing import Accrued, accrue_month
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger.journal import postings
from ledger.revenue import renewals, statements
from support.books import Books
from support.databases import EXAMPLES

OCTOBER = date(2023, 10, 1)


def accept_october(books: Books) -> None:
    with books.write() as change:
        import_files(
            change, [EXAMPLES / "2023-10" / "statements"], mappings_in(EXAMPLES / "mappings")
        )
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)


def invoice(books: Books) -> None:
    with books.write() as change:
        renewals.invoice(
            change,
            identity="renewal-quillon",
            exchange="Quillon (made up)",
            connector="quillon perpetual",
            year_from=date(2023, 9, 1),
            amount=Decimal(1200),
            commodity="USD",
            source="made up",
        )


def accrue(books: Books, period: date = OCTOBER) -> tuple[list[str], Accrued]:
    """Accrue a month; return the ids of its shares, and all of it."""
    with books.write() as change:
        accrued = accrue_month(change, period)
        assert {share.period for share in accrued.shares} <= {"2023-10"}
        return [share.id for share in accrued.shares], accrued


def test_a_month_accrues_shares_and_what_renewals_earned(furnished_books: Books) -> None:
    accept_october(furnished_books)
    invoice(furnished_books)
    shares, accrued = accrue(furnished_books)
    assert len(shares) == len(set(shares)) == 8
    (earned,) = accrued.years
    assert (earned.reference, earned.amount, earned.commodity) == (
        "renewal-quillon",
        Decimal(100),
        "USD",
    )
    assert earned.explanation.startswith("a twelfth of 1200 USD a year from 2023-09-01, entry ")
    assert accrued.new == 8 + 2  # the renewal catches up September, which nobody accrued
    number = int(earned.explanation.rpartition(" ")[2])
    with furnished_books.read() as session:
        assert sorted(line.amount for line in postings(session, number)) == [-100, 100]


def test_accruing_again_returns_the_same_and_writes_nothing(furnished_books: Books) -> None:
    accept_october(furnished_books)
    invoice(furnished_books)
    shares, first = accrue(furnished_books)
    digest = furnished_books.digest()
    same, again = accrue(furnished_books)
    assert (again.new, same) == (0, shares)
    assert again.years == first.years
    assert furnished_books.digest() == digest


def test_a_month_with_nothing_accepted_accrues_nothing(furnished_books: Books) -> None:
    digest = furnished_books.digest()
    shares, accrued = accrue(furnished_books)
    assert (shares, accrued.years, accrued.new) == ([], [], 0)
    assert furnished_books.digest() == digest
