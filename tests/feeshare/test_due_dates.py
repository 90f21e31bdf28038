"""The calendar of books that have something of each kind."""

from datetime import date
from decimal import Decimal

import pytest

from feeshare.due_dates import due_dates
from ledger import bank, parties, policies, prices
from ledger.errors import BadInput
from ledger.revenue import statements
from payouts import destinations, payee_settings
from support.books import Books
from support.fee_shares import agree, open_exchange, pay, stage, state
from support.payouts import approve, cancel, export, freeze, fund, furnish, usual_debts
from support.upkeep import invoice, open_exchanges, pay_year

TODAY = date(2023, 11, 3)
YEAR = (date(2023, 1, 1), date(2023, 12, 31))


def found(
    books: Books, kind: str, first: date | None = YEAR[0], last: date | None = YEAR[1]
) -> dict[str, tuple[str, str, str, str]]:
    """Return day, words, command and state of each due date of a kind, by subject."""
    with books.read() as session:
        dates = due_dates(session, first=first, last=last, today=TODAY)
    return {
        each.subject: (str(each.day), each.what, each.next_command, each.state(TODAY).value)
        for each in dates.found
        if each.kind == kind
    }


def test_statements_are_expected_from_the_first_month_on_and_ahead(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    subject = f"gate:{stream}:usdt"
    assert found(books, "statement") == {}
    staged = stage(books, stream, "10", period="2023-09")
    assert found(books, "statement", None, date(2023, 12, 31)) == {
        f"{subject}:2023-09": (
            "2023-10-10",
            "statement of 2023-09 from gate",
            f"feeshare review accept {staged}",
            "overdue",
        ),
        f"{subject}:2023-10": (
            "2023-11-10",
            "statement of 2023-10 from gate",
            "feeshare import FILE, or feeshare month waive",
            "due",
        ),
        f"{subject}:2023-11": (
            "2023-12-10",
            "statement of 2023-11 from gate",
            "feeshare import FILE, or feeshare month waive",
            "due",
        ),
    }
    state(books, stream, "10", period="2023-10")
    with books.write() as change:
        statements.waive(change, subject, "2023-11", reason="none will come")
    states = {name[-7:]: row[3] for name, row in found(books, "statement").items()}
    assert states == {"2023-09": "overdue", "2023-10": "done", "2023-11": "done"}


def test_money_is_due_by_the_terms_until_all_of_it_came(books: Books) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    document = state(books, stream, "10")
    assert found(books, "payment") == {
        document: (
            "2023-11-30",
            "10 USDT of 2023-10 from gate",
            "feeshare reconcile 2023-11",
            "due",
        )
    }
    assert found(books, "payment", last=date(2023, 11, 29)) == {}
    pay(books, document, Decimal(4))
    assert found(books, "payment")[document][1] == "6 USDT of 2023-10 from gate"
    pay(books, document, Decimal(6))
    assert found(books, "payment")[document] == (
        *("2023-11-30", "money of 2023-10 from gate", "", "done"),
    )


def test_invoices_are_due_until_they_are_paid(books: Books) -> None:
    open_exchanges(books)
    invoice(books, "gate-2023", connector="gate_io", year_from=date(2023, 10, 10))
    assert found(books, "renewal payment") == {
        "gate-2023": (
            "2023-11-09",
            "2000 USD of renewal gate-2023 from gate",
            "feeshare reconcile 2023-11",
            "due",
        )
    }
    assert found(books, "renewal payment", last=date(2023, 11, 8)) == {}
    pay_year(books, "gate-2023", "2000", date(2023, 10, 20))
    assert found(books, "renewal payment")["gate-2023"] == (
        *("2023-11-09", "money of renewal gate-2023 from gate", "", "done"),
    )


def test_holds_end_by_themselves(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        payee_settings.add_hold(change, "bob", "a dispute", date(2023, 11, 1), date(2023, 11, 20))
        payee_settings.add_hold(change, "bob", "for good", date(2023, 11, 1))
        payee_settings.add_hold(change, "alice", "lifted", TODAY, date(2023, 11, 9))
    with books.write("erin") as change:
        payee_settings.lift_hold(change, "alice", 1, "settled")
    # Confirmed on 20 October; the policy's hold is seven days.
    ended = ("2023-10-27", "alice may be paid at alice:safe:1", "feeshare payout plan 2023-10")
    assert found(books, "destination hold")["alice:safe:1"] == (*ended, "done")
    assert found(books, "destination hold", None) == {}
    assert found(books, "payee hold") == {
        "bob:1": (
            *("2023-11-21", "bob is held no longer: a dispute"),
            *("feeshare payout plan 2023-11", "due"),
        )
    }
    assert found(books, "payee hold", last=date(2023, 11, 20)) == {}
    with books.write() as change:
        parties.add(change, name="Zoe", kind="payee")
        asked = destinations.request(change, "zoe", "wire", "GB33BUKB20201555555555", holder="Zoe")
    with books.write("erin") as change:
        destinations.confirm(change, asked.id)
    assert found(books, "destination hold", None)["zoe:wire:1"][::3] == ("2023-11-10", "due")
    assert found(books, "destination hold", last=date(2023, 10, 26)) == {}


def test_prices_of_what_is_in_the_books_go_stale_and_rules_of_the_house_do_not(
    books: Books,
) -> None:
    with books.write() as change:
        bank.add_account(change, "bank-main", kind="bank", purpose="receipts")
        for commodity, source in (("HBOT", "market"), ("USDC", "policy"), ("ETH", "market")):
            prices.add(
                change,
                commodity=commodity,
                quote="USD",
                on=date(2023, 10, 1),
                price=Decimal(1),
                source=source,
            )
    for commodity in ("HBOT", "USDC", "USDT"):
        fund(books, "5", commodity, "bank-main")
    assert found(books, "price") == {
        "HBOT/USD": (
            "2023-11-15",
            "another price of HBOT in USD than that of 2023-10-01",
            "feeshare price load FILE, or feeshare price fetch --source SOURCE --commodity HBOT",
            "due",
        )
    }
    assert found(books, "price", last=date(2023, 11, 14)) == {}


def test_a_batch_waits_since_it_was_frozen(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)

    def waiting() -> tuple[str, ...]:
        return found(books, "payout")[batch.id]

    assert waiting() == (
        "2023-11-03",
        f"{batch.id} waits for approval",
        f"another person runs: feeshare --as NAME payout show {batch.id}",
        "due",
    )
    approve(books, batch, "carol")
    assert waiting()[2] == f"feeshare payout export {batch.id}"
    export(books, batch)
    assert waiting()[2] == f"feeshare payout settle {batch.id}"
    assert found(books, "payout", last=date(2023, 11, 2)) == {}


def test_a_batch_that_ended_waits_for_nobody(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    cancel(books, batch)
    assert found(books, "payout")[batch.id] == (
        *("2023-11-03", f"{batch.id} is cancelled", "", "done"),
    )


def test_business_days_are_those_of_the_policy(books: Books) -> None:
    day = date(2023, 11, 13)
    with books.write() as change:
        policies.propose(
            change,
            "holiday-calendar",
            {"country": "KY", "subdivision": "none", "extra_days": ["2023-11-14"]},
            effective_from=date(2023, 11, 1),
            reason="ours",
        )
    with books.write("second") as change:
        policies.confirm(change, "holiday-calendar", 2)
    with books.read() as session:
        later = due_dates(session, first=None, last=None, today=TODAY).works
        before = due_dates(session, first=None, last=None, today=date(2023, 10, 31)).works
    # Remembrance Day in the Cayman Islands, then a day off of the house.
    assert (before(day), later(day), later(date(2023, 11, 14))) == (True, False, False)


def test_days_in_the_wrong_order_are_refused(books: Books) -> None:
    with books.read() as session, pytest.raises(BadInput, match="2023-11-03 or later"):
        due_dates(session, first=TODAY, last=date(2023, 11, 2), today=TODAY)


def test_books_that_nobody_looks_at_from_a_day_are_those_of_their_newest_change(
    books: Books,
) -> None:
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    stage(books, stream, "10", period="2023-09")
    with books.read() as session:
        dates = due_dates(session, first=None, last=None, today=None)
        again = due_dates(session, first=None, last=None, today=books.at.date())
    assert dates.found == again.found
    assert dates.sealed_at == books.at
    assert max(each.day for each in dates.found) == date(2024, 2, 10)
    assert len(dates.books) == 64
