from datetime import date
from decimal import Decimal

import pytest

from ledger import policies
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.errors import ReferenceReused
from ledger.known_at import as_known
from ledger.revenue import (
    exceptions,
    invoices,
    prepaid,
    prepaid_earning,
    prepaid_ends,
    renewals,
    sponsorships,
)
from ledger.revenue.invoices import Invoice
from support.books import Books
from support.upkeep import at, invoice, open_exchanges, pay_year

DAY = date(2025, 12, 10)


@pytest.fixture
def invoiced(books: Books) -> Books:
    """Give books of invoices that were paid in part, moved to a sponsorship, cancelled, paid."""
    open_exchanges(books, "Gate", "Quill")
    at(books, DAY)
    for number in range(4):
        invoice(books, f"gate-{number}", connector=f"gate_{number}")
    pay_year(books, "gate-0", "500", date(2025, 9, 20))
    pay_year(books, "gate-1", "2000", date(2025, 9, 21))
    with books.write() as change:
        for month in (9, 10, 11):
            prepaid_earning.earn(change, date(2025, month, 1))
        moved = renewals.named(change.session, "gate-1")
        sponsorships.add(
            change,
            identity="gold",
            exchange="Gate",
            tier="gold",
            year_from=DAY,
            moved=[moved],
        )
        given_up = prepaid.named(change.session, "gate-2")
        prepaid_ends.cancel(change, given_up, evidence="letter", on=DAY)
    pay_year(books, "gate-3", "2000", date(2025, 9, 22))
    pay_year(books, "gold", "10000", date(2025, 12, 20))
    return books


def found(books: Books, *, open_only: bool = True) -> dict[str, Invoice]:
    with books.read() as session:
        rows = invoices.invoices(session, open_only=open_only)
    assert rows == sorted(rows, key=lambda each: each.year.year_from)
    return {each.year.id: each for each in rows}


def test_what_is_owed_for_all_years_is_what_each_says_and_the_accounts_hold(
    invoiced: Books,
) -> None:
    every = found(invoiced, open_only=False)
    assert list(every) == ["gate-0", "gate-1", "gate-2", "gate-3", "gold"]
    with invoiced.read() as session:
        for identity, each in every.items():
            assert each.open == prepaid.owed(session, prepaid.named(session, identity))
        held = [
            account_balance(session, account, "USD")
            for account in (Chart.RECEIVABLE_RENEWAL, Chart.RECEIVABLE_SPONSORSHIP)
        ]
    # Of gate-2 three months were earned, and nothing was paid.
    left = {name: each.open for name, each in found(invoiced).items()}
    assert left == {"gate-0": 1500, "gate-2": 500, "gold": held[1]}
    assert held[0] == 2000
    assert 0 < held[1] < 40000


def test_an_invoice_is_due_the_days_after_its_year_begins_that_were_in_force_then(
    invoiced: Books,
) -> None:
    assert {name: each.due_on for name, each in found(invoiced).items()} == {
        "gate-0": date(2025, 10, 10),
        "gate-2": date(2025, 10, 10),
        "gold": date(2026, 1, 9),
    }
    with invoiced.write() as change:
        policies.propose(
            change, "invoice-payment-days", 14, effective_from=date(2025, 12, 1), reason="vote"
        )
    with invoiced.write("other") as change:
        policies.confirm(change, "invoice-payment-days", 2)
    assert [each.due_on for each in found(invoiced).values()] == [
        date(2025, 10, 10),
        date(2025, 10, 10),
        date(2025, 12, 24),
    ]


def waiting(books: Books, day: date) -> list[tuple[str, str, Decimal | None, str]]:
    with books.read() as session:
        return [
            (each.id, each.kind, each.amount, each.next_action)
            for each in exceptions.open_exceptions(session, day)
            if each.kind == exceptions.OVERDUE
        ]


def test_an_overdue_invoice_is_an_exception_with_what_can_be_done_about_it(
    invoiced: Books,
) -> None:
    assert waiting(invoiced, date(2025, 10, 10)) == []
    late = ("renewal:gate-0", "receivable-overdue", Decimal(1500))
    # Of gate-2 nothing is left to cancel: the three months that were earned are owed.
    ended = ("renewal:gate-2", "receivable-overdue", Decimal(500), "remind gate")
    assert waiting(invoiced, date(2025, 10, 11)) == [
        (*late, "remind gate, or feeshare renewal cancel gate-0"),
        ended,
    ]
    at(invoiced, date(2026, 9, 10))
    with invoiced.write() as change:
        for month in (12, *range(1, 9)):
            prepaid_earning.earn(change, date(2025 if month == 12 else 2026, month, 1))
    assert waiting(invoiced, date(2025, 10, 11)) == [(*late, "remind gate"), ended]


def test_an_overdue_invoice_is_an_exception_until_it_is_paid(invoiced: Books) -> None:
    pay_year(invoiced, "gate-2", "500", date(2025, 12, 11))
    with invoiced.write() as change:
        exceptions.assign(change, "renewal:gate-0", "ada", day=date(2026, 1, 9))
        exceptions.note(change, "renewal:gate-0", "promised", day=date(2026, 1, 9))
    overdue = [each[0] for each in waiting(invoiced, date(2026, 1, 10))]
    assert overdue == ["renewal:gate-0", "sponsorship:gold"]
    pay_year(invoiced, "gate-0", "1500", date(2026, 1, 10))
    overdue = [each[0] for each in waiting(invoiced, date(2026, 1, 10))]
    assert overdue == ["sponsorship:gold"]


def test_an_invoice_from_before_every_policy_is_due_by_its_first_default(books: Books) -> None:
    open_exchanges(books)
    invoice(books, "old", year_from=date(2020, 12, 1))
    assert found(books)["old"].due_on == date(2020, 12, 31)
    with books.read() as session, as_known(session, 0):
        assert invoices.due_days(session)(date(2025, 9, 10)) == date(2025, 10, 10)


def test_a_renewal_and_a_sponsorship_never_have_one_id(invoiced: Books) -> None:
    digest = invoiced.digest()
    with pytest.raises(ReferenceReused, match="it is that of a sponsorship"):
        invoice(invoiced, "gold", connector="another")
    with invoiced.write() as change, pytest.raises(ReferenceReused, match="that of a renewal"):
        sponsorships.add(
            change,
            identity="gate-0",
            exchange="Quill",
            tier="gold",
            year_from=DAY,
            moved=[],
        )
    assert invoiced.digest() == digest
