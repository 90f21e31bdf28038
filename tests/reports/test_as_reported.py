from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from ledger import periods
from ledger.accounts import Chart
from ledger.errors import UnknownReference
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.sealing import head
from reports import as_reported, trial_balance
from reports.as_reported import DifferenceUnexplained, MonthNotClosed
from reports.query import Asked
from reports.report import Cell, Report
from support import sample_books
from support.books import Books
from support.sample_entries import MADE_AT, TINY, WALLET, entry, move

SEPTEMBER, OCTOBER, NOVEMBER = (date(2023, month, 1) for month in (9, 10, 11))
FEES = Chart.EXPENSE_NETWORK_FEES.value
FIGURES = ("as_frozen", "changed_since", "as_now", "posted_later", "as_restated")


def report(
    books: Books, period: date = OCTOBER, *, close: int | None = None, known_at: int | None = None
) -> Report:
    with books.read() as session:
        asked = Asked(period=period, close=close, known_at=known_at)
        return as_reported.build(session, asked, MADE_AT)


def records(of: Report, row_type: str) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    rows = [dict(zip(names, row, strict=True)) for row in of.rows]
    return [row for row in rows if row["row_type"] == row_type]


def figures(of: Report, account: str, commodity: str, party: str | None = None) -> list[Cell]:
    (found,) = (
        row
        for row in records(of, "balance")
        if (row["account_code"], row["asset"], row["party"]) == (account, commodity, party)
    )
    return [found[name] for name in FIGURES]


def require_tied(of: Report) -> None:
    """Require that every figure follows from the entries shown, by adding them up once more."""
    assert {tie.difference for tie in of.tie_outs} == {Decimal(0)}
    for row in records(of, "balance"):
        key = [row[name] for name in ("account_code", "party", "asset")]
        sums = {
            row_type: sum(
                (
                    Decimal(str(each["entry_amount"]))
                    for each in records(of, row_type)
                    if [each[name] for name in ("account_code", "party", "asset")] == key
                ),
                Decimal(0),
            )
            for row_type in ("changed", "posted_later")
        }
        then, changed, now, later, restated = (Decimal(str(row[name])) for name in FIGURES)
        assert (changed, later) == (sums["changed"], sums["posted_later"])
        assert (then + changed, now + later) == (now, restated)


def close(books: Books, period: date, actor: str = "closer") -> int:
    """Close a month; return the number of the change that froze it."""
    with books.write(actor) as change:
        periods.close(change, period, reason="month end")
        return change.number


def reopen(books: Books, period: date) -> None:
    with books.write("controller") as change:
        periods.reopen(change, period, reason="a fee is missing")


def post(books: Books, reference: str, on: date, amount: str, **told: str) -> int:
    with books.write("second treasurer", f"post {reference}") as change:
        return post_one(
            change, entry(reference, on, move(FEES, WALLET, amount, "HBOT", **told))
        ).number


def post_late(books: Books, reference: str, on: date, relates_to: str, amount: str) -> int:
    with books.write("treasurer", "told late") as change:
        return post_one(
            change,
            JournalEntry(
                reference=reference,
                effective_date=on,
                kind="manual",
                narration="told late",
                relates_to_period=relates_to,
                postings=move(FEES, WALLET, amount, "HBOT"),
            ),
        ).number


@pytest.fixture
def closed(books: Books) -> Books:
    """Give books whose September and October are closed; fees of October are 1.1 HBOT."""
    sample_books.open_books(books)
    sample_books.post_months(books)
    close(books, SEPTEMBER)
    close(books, OCTOBER)
    return books


def test_a_month_that_nothing_changed_stands_as_it_was_frozen(closed: Books) -> None:
    found = report(closed)

    assert records(found, "changed") == records(found, "posted_later") == []
    assert all(row["as_frozen"] == row["as_now"] for row in records(found, "balance"))
    assert figures(found, FEES, "HBOT", "ada")[0] == Decimal("0.1")
    require_tied(found)


def test_a_month_reopened_corrected_closed_again_and_corrected_a_third_time(
    closed: Books,
) -> None:
    reopen(closed, OCTOBER)
    correction = post(closed, "forgotten", date(2023, 10, 20), str(TINY))
    again = close(closed, OCTOBER)
    third = post_late(closed, "third", date(2023, 11, 7), "2023-10", "4")

    last, first = report(closed), report(closed, close=1)

    one, two = Decimal(1), 1 + TINY
    assert figures(first, FEES, "HBOT") == [one, TINY, two, Decimal(4), two + 4]
    assert figures(last, FEES, "HBOT") == [two, 0, two, Decimal(4), two + 4]
    assert [row["journal_id"] for row in records(first, "changed")] == [correction, correction]
    assert records(last, "changed") == []
    for each in (first, last):
        assert {row["journal_id"] for row in records(each, "posted_later")} == {third}
        require_tied(each)
    assert dict(first.filters)["close"] == "1"
    assert dict(last.filters)["close"] == "2"
    assert dict(last.facts)["close_2"].startswith(f"closer in change {again} at 2023-11-03T09:00")
    assert dict(last.facts)["reopening_of_close_1"].startswith("controller in change ")


def test_an_entry_that_explains_says_who_recorded_it_when_and_why(closed: Books) -> None:
    reopen(closed, OCTOBER)
    number = post(closed, "forgotten", date(2023, 10, 20), "2", party="bob", memo="x")

    (wallet, fee) = records(report(closed), "changed")

    assert (fee["account_code"], fee["party"], fee["entry_amount"]) == (FEES, "bob", 2)
    assert (wallet["account_code"], wallet["entry_amount"]) == (WALLET, -2)
    assert (fee["journal_id"], fee["reference"]) == (number, "forgotten")
    assert (fee["entry_type"], fee["narration"]) == ("manual", "by hand")
    assert fee["effective_date"] == date(2023, 10, 20)
    assert fee["recorded_at"] == closed.at
    assert (fee["recorded_by"], fee["change_reason"]) == ("second treasurer", "post forgotten")


def test_a_month_that_is_open_again_is_compared_with_what_was_reported_last(
    closed: Books,
) -> None:
    reopen(closed, OCTOBER)
    post(closed, "forgotten", date(2023, 10, 20), "2")

    found = report(closed)

    assert figures(found, FEES, "HBOT")[:3] == [Decimal(1), Decimal(2), Decimal(3)]
    require_tied(found)


def test_a_correction_of_an_earlier_month_changes_the_months_after_it(closed: Books) -> None:
    for month in (OCTOBER, SEPTEMBER):
        reopen(closed, month)
    post(closed, "forgotten", date(2023, 9, 20), "2")
    for month in (SEPTEMBER, OCTOBER):
        close(closed, month)

    for month in (SEPTEMBER, OCTOBER):
        found = report(closed, month, close=1)
        assert {row["reference"] for row in records(found, "changed")} == {"forgotten"}
        require_tied(found)


def test_what_relates_to_a_month_restates_it_and_the_months_after_it(closed: Books) -> None:
    post_late(closed, "of september", date(2023, 11, 7), "2023-09", "2")
    post_late(closed, "of october", date(2023, 11, 7), "2023-10", "3")

    september, october = report(closed, SEPTEMBER), report(closed, OCTOBER)

    assert {row["reference"] for row in records(september, "posted_later")} == {"of september"}
    assert figures(october, FEES, "HBOT") == [1, 0, 1, 5, 6]
    require_tied(september)
    require_tied(october)


def test_a_reversal_restates_the_month_of_what_it_reverses(closed: Books) -> None:
    october = post_late(closed, "of october", date(2023, 11, 7), "2023-10", "3")
    with closed.write() as change:
        for number in (october, 5):  # the fifth entry is a fee of 0.25 USDC.e on 2 October
            reverse(change, number, reason="it was wrong", on=date(2023, 11, 8))

    found = report(closed)

    assert figures(found, FEES, "HBOT") == [1, 0, 1, 0, 1]
    assert figures(found, FEES, "USDC.e")[3:] == [Decimal("-0.25"), 0]
    assert {row["reversal_of"] for row in records(found, "posted_later")} == {None, october, 5}
    require_tied(found)


def test_what_moves_between_parties_is_a_difference_of_both(closed: Books) -> None:
    reopen(closed, OCTOBER)
    with closed.write() as change:
        one = Decimal(1)
        moved = [Posting(FEES, one, "HBOT", "bob"), Posting(FEES, -one, "HBOT", "ada")]
        post_one(change, entry("moved", date(2023, 10, 9), moved))

    found = report(closed)

    assert figures(found, FEES, "HBOT", "bob") == [0, 1, 1, 0, 1]
    assert figures(found, FEES, "HBOT", "ada")[1] == -1
    require_tied(found)


def test_what_was_known_earlier_is_compared_as_it_was_known(closed: Books) -> None:
    before = report(closed)
    with closed.read() as session:
        known = head(session).number
    reopen(closed, OCTOBER)
    post(closed, "forgotten", date(2023, 10, 20), "2")
    close(closed, OCTOBER)

    assert report(closed, known_at=known) == before
    assert report(closed) != before


def test_a_month_that_was_not_closed_then_is_refused(closed: Books) -> None:
    with closed.read() as session:
        close_of_october = head(session).number
    for month, known_at in ((NOVEMBER, None), (OCTOBER, close_of_october - 1)):
        with pytest.raises(MonthNotClosed) as refusal:
            report(closed, month, known_at=known_at)
        assert refusal.value.code == "month_not_closed"
        assert "feeshare month close" in refusal.value.mend
    with pytest.raises(UnknownReference, match="close of 2023-10 is named '2'"):
        report(closed, close=2)
    with pytest.raises(UnknownReference, match="'0'"):
        report(closed, close=0)


def test_three_hashes_are_one_and_that_of_the_trial_balance_known_then(closed: Books) -> None:
    frozen_by = head_of(closed)
    reopen(closed, OCTOBER)
    post(closed, "forgotten", date(2023, 10, 20), "2")
    close(closed, OCTOBER)

    facts = dict(report(closed, close=1).facts)
    with closed.read() as session:
        asked = Asked(period=OCTOBER, known_at=frozen_by)
        of_trial_balance = dict(trial_balance.build(session, asked, MADE_AT).facts)

    hashes = {value for name, value in facts.items() if name.startswith("hash_")}
    assert hashes == {of_trial_balance["trial_balance_hash"]}
    assert len(hashes.pop()) == 64


def head_of(books: Books) -> int:
    with books.read() as session:
        return head(session).number


@contextmanager
def past_the_guards(books: Books) -> Iterator[Session]:
    """Open a session that no trigger watches, as whoever owns the tables can."""
    engine = create_engine(books.owner)
    with Session(engine) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session
    engine.dispose()


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE balance_checkpoints SET balance = balance + 1 "
        "WHERE account = 'expenses:network-fees' AND commodity = 'HBOT' AND period = '2023-10-01'",
        "DELETE FROM balance_checkpoints WHERE account = 'expenses:network-fees' "
        "AND commodity = 'HBOT' AND period = '2023-10-01'",
        "UPDATE postings SET amount = amount * 2 WHERE account = 'expenses:network-fees' "
        "AND commodity = 'HBOT' AND effective_date < '2023-11-01'",
    ],
)
def test_a_difference_that_no_entry_explains_makes_no_report(closed: Books, forgery: str) -> None:
    with past_the_guards(closed) as session:
        session.execute(text(forgery))

    with pytest.raises(DifferenceUnexplained) as refusal:
        report(closed)

    assert refusal.value.code == "difference_unexplained"
    assert {(account, commodity) for account, _, commodity in refusal.value.keys} == {
        (FEES, "HBOT")
    }
    assert "audit verify" in refusal.value.mend


def test_a_hash_that_was_changed_does_not_tie(closed: Books) -> None:
    with past_the_guards(closed) as session:
        session.execute(text("UPDATE period_events SET trial_balance_hash = repeat('0', 64)"))

    found = report(closed)

    assert [tie.check for tie in found.tie_outs if tie.difference] == [
        "distinct hashes: the close's, of its frozen balances, of postings known then"
    ]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_reopened_and_told_late_is_explained_to_the_last_unit(
    closed: Books, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 - a search, no secret
    for number in range(6):
        if random.random() < 0.5:
            reopen(closed, OCTOBER)
            amount = f"{random.randint(1, 10**6)}e-18"
            day = date(2023, 10, random.randint(1, 31))
            post(closed, f"dated {number}", day, f"{Decimal(amount):f}", party="ada")
            close(closed, OCTOBER)
        else:
            relates_to = random.choice(["2023-09", "2023-10"])
            day = date(2023, 11, random.randint(1, 30))
            post_late(closed, f"late {number}", day, relates_to, str(random.randint(1, 9)))
    with closed.read() as session:
        closes = max(event.close_no for event in periods.events(session, OCTOBER))
    for number in range(1, closes + 1):
        require_tied(report(closed, close=number))
