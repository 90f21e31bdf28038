from datetime import date
from decimal import Decimal

from sqlalchemy import event

from ledger.balances import balances
from ledger.journal import post_one, reverse
from ledger.periods import close
from reports import trial_balance
from reports.query import Asked
from reports.report import Report
from support import sample_books
from support.books import Books
from support.sample_entries import BANK, MADE_AT, WALLET, entry, move

OCTOBER = date(2023, 10, 1)


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return trial_balance.build(session, asked or Asked(), MADE_AT)


def figures(of: Report, account: str, commodity: str) -> tuple[Decimal, ...]:
    found = [row[5:] for row in of.rows if (row[1], row[4]) == (account, commodity)]
    assert len(found) == 1
    return tuple(cell for cell in found[0] if isinstance(cell, Decimal))


def test_a_month_shows_what_was_there_what_moved_and_what_is_left(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)

    found = report(books, Asked(period=OCTOBER))

    assert figures(found, WALLET, "HBOT") == tuple(
        Decimal(of)
        for of in (
            "10000000000000000000.000000000000000001",
            "0",
            "0",
            "1.1",
            "9999999999999999998.900000000000000001",
            "0",
        )
    )
    assert figures(found, "equity:conversion", "USDT") == tuple(
        Decimal(of) for of in ("0", "0", "0", "99.123456", "0", "99.123456")
    )
    assert found.rows[0][:5] == (*("2023-10", WALLET, "Ethereum wallet", "asset", "1INCH"),)


def test_all_tie_outs_tie_in_every_commodity(books: Books) -> None:
    sample_books.fill(books)

    for asked in (Asked(), Asked(period=OCTOBER), Asked(as_of=date(2023, 10, 3))):
        found = report(books, asked)
        assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}
        assert {tie.commodity for tie in found.tie_outs} >= {"HBOT", "USDC.e"}


def test_the_closing_of_a_month_is_the_opening_of_the_next(books: Books) -> None:
    sample_books.fill(books)

    october = report(books, Asked(period=OCTOBER))
    november = report(books, Asked(period=date(2023, 11, 1)))

    closing = {(row[1], row[4]): row[9:11] for row in october.rows if any(row[9:11])}
    opening = {(row[1], row[4]): row[5:7] for row in november.rows if any(row[5:7])}
    assert closing == opening


def test_a_closed_month_reads_the_same_from_its_checkpoint(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    before = report(books, Asked(period=OCTOBER))
    for month in (date(2023, 9, 1), OCTOBER):
        with books.write() as change:
            close(change, month, reason="done")

    after = report(books, Asked(period=OCTOBER))

    assert after.rows == before.rows
    assert {tie.difference for tie in after.tie_outs} == {Decimal(0)}


def test_what_was_known_then_stays_what_it_was(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.read() as session:
        known = sample_books_head(books)
        before = trial_balance.build(session, Asked(known_at=known), MADE_AT)
    with books.write() as change:
        reverse(change, 5, reason="wrong", on=date(2023, 10, 20))

    assert report(books, Asked(known_at=known)) == before
    assert report(books).rows != before.rows


def sample_books_head(books: Books) -> int:
    return report(books).head_number


def test_a_difference_between_movement_and_closing_shows() -> None:
    line = trial_balance.Line(
        opening=Decimal(5), debit=Decimal(3), credit=Decimal(1), closing=Decimal("7.5")
    )

    ties = {tie.check: tie.difference for tie in trial_balance.tie_outs({("a", "X"): line})}

    assert line.difference == Decimal("-0.5")
    assert ties["opening + movement = closing: sum of all accounts' differences"] == Decimal("0.5")
    assert ties["closing debit = closing credit"] == Decimal("7.5")


def test_sums_of_thirty_eight_digits_lose_none(books: Books) -> None:
    most = Decimal("99999999999999999999.999999999999999999")
    sample_books.open_books(books)
    with books.write() as change:
        post_one(change, entry("a", OCTOBER, move(BANK, WALLET, str(most), "HBOT")))
    with books.read() as session:
        assert balances(session)[0].balance == most

    found = report(books)

    assert figures(found, BANK, "HBOT")[2] == most
    assert {tie.difference for tie in found.tie_outs} == {Decimal(0)}


def test_books_without_an_entry_make_an_empty_report(books: Books) -> None:
    found = report(books)

    assert found.rows == []
    assert found.filters == (("period", "all"), ("as_of", "all"), ("known_at", "1"))


def test_its_queries_do_not_grow_with_the_books(books: Books) -> None:
    sample_books.fill(books)
    asked: list[str] = []
    event.listen(books.engine, "before_cursor_execute", lambda *told: asked.append(str(told[2])))

    report(books, Asked(period=OCTOBER))

    assert len(asked) <= 12
