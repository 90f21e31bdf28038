from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import bank, dues, evidence, obligations, parties, periods
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.bank_tables import BankLine
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    NeedsReview,
    ReferenceReused,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.months import month_of
from ledger.receipts import CommodityDiffers
from ledger.revenue import (
    prepaid,
    prepaid_earning,
    prepaid_ends,
    renewal_waivers,
    renewals,
)
from ledger.revenue.bounty_tables import Renewal, RenewalEarning
from ledger.sealing import Change
from support.books import Books

YEAR = date(2022, 11, 15)
MONTHS = [date(2022, 11, 1), date(2022, 12, 1), *(date(2023, month, 1) for month in range(1, 11))]


def invoice(
    books: Books,
    identity: str = "gate-2022",
    *,
    year_from: date = YEAR,
    amount: Decimal | None = None,
    commodity: str = "USD",
) -> bool:
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
        bank.add_account(change, "mercury", kind="bank", purpose="wires")
        return renewals.invoice(
            change,
            identity=identity,
            exchange="Gate.io",
            connector="gate_io",
            year_from=year_from,
            amount=amount,
            commodity=commodity,
            source="agreement",
        )[1]


def wire(books: Books, amount: str, commodity: str = "USD", on: date = YEAR) -> str:
    name = f"{on}-{amount}-{commodity}"
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account="mercury",
            external_id=name,
            on=on,
            commodity=commodity,
            amount=Decimal(amount),
            counterparty="gate-io",
            memo="renewal",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"mercury/{name}"


def pay(books: Books, identity: str, amount: str) -> bool:
    with books.write() as change:
        return prepaid.receive_payment(
            change,
            renewals.named(change.session, "gate-2022"),
            change.session.get_one(BankLine, identity),
            Decimal(amount),
            why="memo",
        )[1]


def earn(books: Books, month: date) -> list[Decimal]:
    with books.write() as change:
        return [earning.amount for earning in prepaid_earning.earn(change, month)]


def end(
    books: Books, how: Callable[..., Any], on: date, text: str = "decided on 2023-02-01"
) -> bool:
    with books.write() as change:
        renewal = renewals.named(change.session, "gate-2022")
        ended: tuple[object, bool] = how(change, renewal, evidence=text, on=on)
        return ended[1]


def balance(books: Books, account: Chart, document: str = "gate-2022") -> Decimal:
    with books.read() as session:
        return document_balance(session, account, document, "USD")


def test_a_renewal_is_invoiced_paid_and_earned_over_twelve_months_exactly(books: Books) -> None:
    assert invoice(books)
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == 2000
    assert pay(books, wire(books, "2000"), "2000")
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == 0
    assert balance(books, Chart.DEFERRED_RENEWAL) == -2000
    parts = [amount for month in MONTHS for amount in earn(books, month)]
    assert len(parts) == 12
    assert set(parts) == {Decimal("166.66"), Decimal("166.67")}
    assert sum(parts) == 2000
    assert balance(books, Chart.DEFERRED_RENEWAL) == 0
    with books.read() as session:
        assert account_balance(session, Chart.INCOME_RENEWAL, "USD") == -2000
        assert account_balance(session, "assets:bank:mercury", "USD") == 2000
        first = session.get_one(RenewalEarning, ("gate-2022", "2022-11"))
        booked = entry(session, first.entry_number)
        assert booked.reference == "renewal-earned:gate-2022:2022-11"
        assert booked.effective_date == date(2022, 11, 30)
    assert earn(books, date(2023, 11, 1)) == []


@given(units=st.integers(1, 10**9))
def test_the_parts_of_a_year_sum_to_the_invoice_whatever_its_amount(units: int) -> None:
    amount = Decimal(units).scaleb(-2)
    renewal = Renewal(
        id="x",
        exchange="x",
        connector="x",
        year_from=date(2024, 2, 29),
        amount=amount,
        commodity="USD",
        source="",
        entry_number=1,
    )
    parts = list(prepaid_earning.parts_of(renewal, 2))
    assert [month_of(month) for month, _ in parts][::11] == ["2024-02", "2025-01"]
    assert sum((part for _, part in parts), Decimal(0)) == amount
    assert max(part for _, part in parts) - min(part for _, part in parts) <= Decimal("0.01")


def test_earning_a_month_twice_earns_it_once(books: Books) -> None:
    invoice(books)
    assert earn(books, date(2022, 11, 1)) == [Decimal("166.66")]
    digest = books.digest()
    assert earn(books, date(2022, 11, 1)) == []
    assert earn(books, date(2022, 10, 1)) == []
    assert books.digest() == digest


def test_months_that_were_left_out_are_earned_in_their_own_month_or_the_first_open_day(
    books: Books,
) -> None:
    invoice(books)
    with books.write("approver") as change:
        periods.close(change, date(2022, 11, 1), reason="done")
    assert len(earn(books, date(2023, 1, 5))) == 3
    with books.read() as session:
        dated = {
            row.period: entry(session, row.entry_number).effective_date
            for row in session.query(RenewalEarning)
        }
    assert dated == {
        "2022-11": date(2022, 12, 1),
        "2022-12": date(2022, 12, 31),
        "2023-01": date(2023, 1, 31),
    }


def test_an_invoice_of_a_closed_month_is_dated_on_the_first_open_day(books: Books) -> None:
    with books.write("approver") as change:
        periods.close(change, date(2022, 11, 1), reason="done")
    invoice(books)
    with books.read() as session:
        booked = entry(session, renewals.named(session, "gate-2022").entry_number)
        assert (booked.effective_date, booked.relates_to_period) == (date(2022, 12, 1), "2022-11")


def test_a_renewal_is_invoiced_once_under_its_id(books: Books) -> None:
    assert invoice(books)
    digest = books.digest()
    assert not invoice(books)
    assert not invoice(books, amount=Decimal("2000.00"))
    with pytest.raises(ReferenceReused, match="amount is 2000"):
        invoice(books, amount=Decimal(2500))
    assert books.digest() == digest


def test_a_year_is_not_invoiced_twice_under_another_id(books: Books) -> None:
    invoice(books)
    digest = books.digest()
    with pytest.raises(Conflict, match="'gate-2022' covers gate_io"):
        invoice(books, "gate-2023", year_from=date(2023, 10, 31))
    assert books.digest() == digest
    assert invoice(books, "gate-2023", year_from=date(2023, 11, 15))
    with books.read() as session:
        assert [row.id for row in renewals.all_of(session)] == ["gate-2022", "gate-2023"]


def test_an_amount_is_wanted_where_the_price_is_in_another_commodity(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(BadInput, match="an amount in USDC"):
        invoice(books, commodity="USDC")
    with pytest.raises(BadInput, match="at most 2 decimals"):
        invoice(books, amount=Decimal("0.001"))
    assert books.digest() == digest
    assert invoice(books, amount=Decimal(2000), commodity="USDC")


def test_a_payment_beyond_what_is_owed_needs_a_person(books: Books) -> None:
    invoice(books)
    identity = wire(books, "2500")
    digest = books.digest()
    with pytest.raises(NeedsReview, match="more than the 2000 owed"):
        pay(books, identity, "2500")
    assert books.digest() == digest
    assert pay(books, identity, "2000")
    digest = books.digest()
    assert not pay(books, identity, "2000")
    with pytest.raises(ReferenceReused, match="amount is 2000"):
        pay(books, identity, "1999")
    assert books.digest() == digest


def test_a_payment_in_another_commodity_needs_a_person(books: Books) -> None:
    invoice(books)
    identity = wire(books, "2000", "USDC")
    digest = books.digest()
    with pytest.raises(CommodityDiffers, match="gate-2022 is in USD"):
        pay(books, identity, "2000")
    assert books.digest() == digest


def vouch(books: Books) -> None:
    """Let two persons stand for the waiver."""
    with books.write("treasurer") as change:
        renewal = renewals.named(change.session, "gate-2022")
        renewal_waivers.override(change, renewal, reason="a vote")
    with books.write("checker") as change:
        renewal_waivers.confirm(change, renewals.named(change.session, "gate-2022"))


def test_a_waiver_reverses_the_invoice_once(books: Books) -> None:
    invoice(books)
    vouch(books)
    assert end(books, renewal_waivers.waive, YEAR)
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == balance(books, Chart.DEFERRED_RENEWAL) == 0
    digest = books.digest()
    assert not end(books, renewal_waivers.waive, YEAR)
    with pytest.raises(ReferenceReused, match="waived on 2022-11-15"):
        end(books, renewal_waivers.waive, YEAR, "something else")
    with pytest.raises(prepaid_ends.RenewalEnded, match="was waived"):
        end(books, prepaid_ends.cancel, YEAR)
    assert earn(books, date(2022, 11, 1)) == []
    assert books.digest() == digest


def test_a_waiver_needs_evidence_and_a_renewal_of_which_nothing_was_earned_or_paid(
    books: Books,
) -> None:
    invoice(books)
    vouch(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="evidence_missing"):
        end(books, renewal_waivers.waive, YEAR, "")
    assert books.digest() == digest
    earn(books, YEAR)
    digest = books.digest()
    with pytest.raises(Conflict, match="earned or paid"):
        end(books, renewal_waivers.waive, YEAR)
    assert books.digest() == digest


def test_a_cancellation_relieves_what_an_exchange_has_not_paid(books: Books) -> None:
    invoice(books)
    for month in MONTHS[:3]:
        earn(books, month)
    assert end(books, prepaid_ends.cancel, date(2023, 2, 1))
    assert balance(books, Chart.DEFERRED_RENEWAL) == 0
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == 500
    with books.read() as session:
        renewal = renewals.named(session, "gate-2022")
        assert prepaid.owed(session, renewal) == 500
        assert prepaid_earning.earned(session, renewal) == 500
        assert obligations.of_document(session, "gate-2022") == []
    digest = books.digest()
    assert not end(books, prepaid_ends.cancel, date(2023, 2, 1))
    assert earn(books, date(2023, 10, 1)) == []
    assert books.digest() == digest
    assert pay(books, wire(books, "500", on=date(2023, 2, 3)), "500")
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == 0


def test_a_cancellation_owes_back_what_was_paid_and_not_earned(books: Books) -> None:
    invoice(books)
    pay(books, wire(books, "1900"), "1900")
    for month in MONTHS[:3]:
        earn(books, month)
    end(books, prepaid_ends.cancel, date(2023, 2, 1))
    refund = "renewal-refund:gate-2022"
    assert balance(books, Chart.DEFERRED_RENEWAL) == 0
    assert balance(books, Chart.RECEIVABLE_RENEWAL) == 0
    assert balance(books, Chart.PAYABLE_REFUND, refund) == -1400
    with books.read() as session:
        due = dues.due(session)
        assert [(row.id, row.payee, row.amount) for row in due] == [
            (refund, "gate-io", Decimal(1400))
        ]


def test_a_cancellation_waits_until_the_months_before_it_are_earned(books: Books) -> None:
    invoice(books)
    earn(books, MONTHS[0])
    digest = books.digest()
    with pytest.raises(NeedsReview, match="not earned yet for 2022-12, 2023-01"):
        end(books, prepaid_ends.cancel, date(2023, 2, 1))
    with pytest.raises(BadInput, match="evidence_missing"):
        end(books, prepaid_ends.cancel, date(2022, 12, 1), " ")
    assert books.digest() == digest


def test_what_was_earned_whole_cannot_be_cancelled(books: Books) -> None:
    invoice(books)
    earn(books, MONTHS[-1])
    digest = books.digest()
    with pytest.raises(Conflict, match="earned whole"):
        end(books, prepaid_ends.cancel, date(2023, 10, 31))
    assert books.digest() == digest


def test_the_database_lets_no_renewal_earn_more_than_its_invoice(books: Books) -> None:
    invoice(books)
    digest = books.digest()
    postings = [
        Posting(Chart.DEFERRED_RENEWAL, Decimal(2001), "USD", "gate-io", "gate-2022"),
        Posting(Chart.INCOME_RENEWAL, Decimal(-2001), "USD", "gate-io", "gate-2022"),
    ]

    def earn_too_much(change: Change) -> None:
        post_one(
            change,
            JournalEntry(
                reference="x",
                effective_date=YEAR,
                kind="manual",
                narration="",
                postings=postings,
            ),
        )

    with pytest.raises(DatabaseRefused, match="floor: liabilities:deferred:renewal"):  # noqa: SIM117
        with books.write() as change:
            earn_too_much(change)
    assert books.digest() == digest


def test_a_renewal_that_is_not_there_is_refused(books: Books) -> None:
    invoice(books)
    with books.read() as session:
        assert renewals.named(session, "gate-2022").connector == "gate_io"
        with pytest.raises(UnknownReference, match="No renewal is named 'gate-2021'"):
            renewals.named(session, "gate-2021")
