from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare import month
from feeshare.accruing import accrue_month
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from feeshare.matching import reconcile_month
from ledger import periods
from ledger.accounts import Chart
from ledger.errors import Conflict, DatabaseRefused, Denied, NeedsReview
from ledger.journal import JournalEntry, Posting, post_one
from ledger.revenue import accruals, agreements, statements, terms
from ledger.revenue.expectations import expected
from ledger.sealing import Change
from support.books import Books
from support.databases import EXAMPLES
from support.matching import SHORT_PAYING, tolerate

OCTOBER = date(2023, 10, 1)
FILES = EXAMPLES / "2023-10"
BINANCE = "binance:spot:usdt:2023-10:1"
WAIVED = ["hitbtc:spot:usdt"]


def bring(books: Books, *paths: Path) -> None:
    with books.write() as change:
        import_files(change, paths, mappings_in(EXAMPLES / "mappings"))


def accept_all(books: Books) -> None:
    with books.write() as change:
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)


def waive(books: Books) -> list[str]:
    with books.write() as change:
        return month.waive_missing(change, OCTOBER, reason="no revenue")


def furnish_october(books: Books) -> None:
    """Do everything that October needs before its close."""
    bring(books, FILES / "statements", FILES / "bank")
    accept_all(books)
    tolerate(books, SHORT_PAYING)
    with books.write() as change:
        accrue_month(change, OCTOBER)
        reconcile_month(change, OCTOBER)
        month.waive_missing(change, OCTOBER, reason="no revenue")


def close(books: Books) -> tuple[int, bool]:
    """Close October; return the number of the close, and whether it is new."""
    with books.write() as change:
        event, new = month.close(change, OCTOBER, reason="month end")
        return event.close_no, new


def states(books: Books) -> dict[str, str]:
    with books.read() as session:
        return {each.agreement: each.state for each in expected(session, OCTOBER)}


def failing(books: Books) -> dict[str, str]:
    """Return the checks that do not hold with their results."""
    with books.read() as session:
        found = month.checks(session, OCTOBER)
        return {check.name: check.result for check in found if not check.holds}


def refused_close(books: Books) -> NeedsReview:
    digest = books.digest()
    with pytest.raises(NeedsReview, match="2023-10 cannot be closed yet") as refusal:
        close(books)
    assert books.digest() == digest
    for name, result in failing(books).items():
        assert f"- {name}: {result}" in refusal.value.message
    return refusal.value


def test_a_statement_is_missing_then_staged_then_accepted(furnished_books: Books) -> None:
    before = states(furnished_books)
    assert set(before.values()) == {"missing"}
    assert set(before) >= {"binance:spot:usdt", "examplex-made-up:listing:usd", *WAIVED}
    assert "hyperliquid:spot:usdt" not in before  # its terms begin in November
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    assert states(furnished_books) == {**before, "binance:spot:usdt": "staged"}
    accept_all(furnished_books)
    assert states(furnished_books) == {**before, "binance:spot:usdt": "accepted"}


def test_each_state_says_what_to_do_next(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    with furnished_books.read() as session:
        rows = {
            each.expected.agreement: each
            for each in month.standings(session, OCTOBER, date(2023, 11, 12))
        }
    binance, kucoin = rows["binance:spot:usdt"], rows["kucoin:spot:usdt"]
    assert binance.next_action == f"feeshare review accept {BINANCE}"
    assert (binance.expected.statement, binance.money) == (BINANCE, "")
    assert kucoin.next_action == "remind kucoin; feeshare import FILE, or feeshare month waive"
    assert (kucoin.expected.statement, kucoin.state, kucoin.days_late) == (None, "late", 2)


def test_the_money_of_a_statement_is_not_due_due_overdue_part_paid_or_received(
    furnished_books: Books,
) -> None:
    furnish_october(furnished_books)

    def money(day: date) -> dict[str, tuple[str, str]]:
        with furnished_books.read() as session:
            return {
                each.expected.agreement: (each.money, each.next_action)
                for each in month.standings(session, OCTOBER, day)
                if each.money
            }

    assert money(date(2023, 11, 29))["binance:spot:usdt"] == ("received", "")
    gate = "gate-io:spot:usdt"
    assert money(date(2023, 11, 29))[gate] == (
        "not due, part-paid",
        "feeshare reconcile 2023-11",
    )
    assert money(date(2023, 11, 30))[gate][0] == "due, part-paid"
    assert money(date(2023, 12, 1))[gate] == (
        "overdue, part-paid",
        "remind gate-io; feeshare reconcile 2023-12",
    )


def test_an_exchange_that_is_late_gets_one_text_with_all_that_is_outstanding(
    furnished_books: Books,
) -> None:
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    accept_all(furnished_books)
    today = date(2023, 12, 2)
    with furnished_books.read() as session:
        rows = month.standings(session, OCTOBER, today)
        texts = month.reminders(rows, today)
        on_time = month.reminders(month.standings(session, OCTOBER, date(2023, 11, 10)), today)
    assert on_time == []
    by_exchange = {text.splitlines()[0].removeprefix("To: "): text for text in texts}
    line = "- 8750 USDT of 2023-10 for binance:spot:usdt, due on 2023-11-30 (2 days ago)"
    assert line in by_exchange["binance"].splitlines()
    assert "which we expected by 2023-11-10 (22 days ago)" in by_exchange["kucoin"]


def test_a_rejected_statement_is_missing_again(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    with furnished_books.write() as change:
        statements.reject(change, BINANCE, reason="wrong file")
    assert states(furnished_books)["binance:spot:usdt"] == "missing"


def test_only_what_is_missing_and_named_is_waived_and_only_once(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "statements")
    assert states(furnished_books)["hitbtc:spot:usdt"] == "missing"
    with furnished_books.write() as change:
        assert month.waive_missing(change, OCTOBER, reason="r", only=["kucoin"]) == []
    assert waive(furnished_books) == WAIVED
    assert states(furnished_books)["hitbtc:spot:usdt"] == "waived"
    digest = furnished_books.digest()
    assert waive(furnished_books) == []
    assert furnished_books.digest() == digest


def test_a_statement_that_comes_after_its_waiver_counts(furnished_books: Books) -> None:
    assert len(waive(furnished_books)) == 8
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    assert states(furnished_books)["binance:spot:usdt"] == "staged"


def test_a_month_with_everything_done_closes_and_is_closed_once(furnished_books: Books) -> None:
    furnish_october(furnished_books)
    assert failing(furnished_books) == {}
    assert close(furnished_books) == (1, True)
    digest = furnished_books.digest()
    assert close(furnished_books) == (1, False)
    assert furnished_books.digest() == digest


def test_missing_and_staged_statements_are_named(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    refusal = refused_close(furnished_books)
    assert failing(furnished_books) == {"statements": "8 expected = 1 staged + 7 missing"}
    assert f"feeshare review accept {BINANCE}" in refusal.mend
    assert "feeshare month waive" in refusal.mend


def test_shares_not_accrued_are_named(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    accept_all(furnished_books)
    waive(furnished_books)
    assert "feeshare accrue 2023-10" in refused_close(furnished_books).mend
    assert failing(furnished_books) == {"shares accrued": BINANCE}


def test_a_statement_whose_maintainers_get_nothing_needs_no_accrual(
    furnished_books: Books,
) -> None:
    draft = terms.TermsDraft(
        exchange="Binance",
        stream="spot",
        commodity="USDT",
        kind="variable",
        effective_from=OCTOBER,
        effective_to=None,
        rate_low=Decimal("0.3"),
        rate_high=Decimal("0.3"),
        fixed_amount=None,
        maintainer_rate=Decimal(0),
        maintainers={"CoinAlpha": Decimal(1)},
        source="test",
    )
    with furnished_books.write() as change:
        agreements.add_terms(change, draft)
    bring(furnished_books, FILES / "statements" / "binance-2023-10.csv")
    accept_all(furnished_books)
    waive(furnished_books)
    with furnished_books.write() as change:
        assert accruals.accrue(change, "2023-10") == ([], 0)
    assert failing(furnished_books) == {}
    assert close(furnished_books) == (1, True)


def test_bank_lines_not_matched_are_named(furnished_books: Books) -> None:
    bring(furnished_books, FILES / "treasury")
    waive(furnished_books)
    assert "feeshare reconcile 2023-10" in refused_close(furnished_books).mend
    assert failing(furnished_books)["bank lines matched"] == (
        "wallet-ethereum-treasury/example-tx-deposit-quillon 10000 USDC, "
        "wallet-ethereum-treasury/example-tx-deposit-refundia 10000 USDC, "
        "bank-operating/example-wire-renewal-quillon 2000 USD"
    )


def test_a_control_account_that_differs_is_named(furnished_books: Books) -> None:
    furnish_october(furnished_books)
    with furnished_books.write() as change:
        post(change, Chart.SUSPENSE.value)
    refusal = refused_close(furnished_books)
    assert failing(furnished_books) == {
        "assets:suspense": "its rows sum to 0, the books say 1 USD"
    }
    assert "--account assets:suspense" in refusal.mend


def post(change: Change, account: str) -> None:
    post_one(
        change,
        JournalEntry(
            reference="by hand",
            effective_date=OCTOBER,
            kind="manual",
            narration="by hand",
            postings=[
                Posting(account, Decimal(1), "USD"),
                Posting(Chart.OPENING.value, Decimal(-1), "USD"),
            ],
        ),
    )


def test_another_person_reopens_and_the_month_closes_again(furnished_books: Books) -> None:
    furnish_october(furnished_books)
    close(furnished_books)
    digest = furnished_books.digest()
    with pytest.raises(Denied, match="another person"), furnished_books.write() as change:
        periods.reopen(change, OCTOBER, reason="a correction")
    with pytest.raises(DatabaseRefused, match="period_closed"):  # noqa: SIM117
        with furnished_books.write() as change:
            post(change, Chart.EXPENSE_BANK_FEES.value)
    assert furnished_books.digest() == digest
    with furnished_books.write("controller") as change:
        periods.reopen(change, OCTOBER, reason="a correction")
    with furnished_books.write() as change:
        post(change, Chart.EXPENSE_BANK_FEES.value)
    assert close(furnished_books) == (2, True)


def test_only_the_latest_closed_month_reopens(furnished_books: Books) -> None:
    digest = furnished_books.digest()
    with pytest.raises(Conflict, match="not the latest"), furnished_books.write() as change:
        periods.reopen(change, OCTOBER, reason="nothing is closed")
    assert furnished_books.digest() == digest


def test_months_close_in_order(furnished_books: Books) -> None:
    with furnished_books.write() as change:
        periods.close(change, date(2023, 8, 1), reason="the first")
    waive(furnished_books)
    digest = furnished_books.digest()
    with pytest.raises(Conflict, match="2023-09 comes before 2023-10"):
        close(furnished_books)
    assert furnished_books.digest() == digest
