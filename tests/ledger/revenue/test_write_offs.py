from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from feeshare.matching_by_hand import Wanted, match_by_hand
from feeshare.tie_outs import tie_outs
from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.errors import BadInput, Conflict, DatabaseRefused, Denied, UnknownReference
from ledger.revenue import write_offs
from ledger.revenue.standings import accruals_of
from ledger.revenue.stated import all_stated
from ledger.revenue.tables import (
    Agreement,
    Statement,
    WriteOff,
    WriteOffConfirmation,
    WriteOffRecovery,
)
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, pay, state
from support.sample_entries import add_each
from support.staged import statement_of

ON = date(2023, 11, 2)


@pytest.fixture
def owed(books: Books) -> Books:
    """Give books that an exchange owes 1000 USDT, of which 200 will be Ada's."""
    open_exchange(books)
    state(books, agree(books, {"Ada": "1"}), "1000")
    accrue(books)
    return books


def document(books: Books) -> str:
    with books.read() as session:
        (stated,) = all_stated(session)
        return stated.document


def propose(books: Books, amount: str | None = None, actor: str = "maker") -> str:
    with books.write(actor) as change:
        wanted = None if amount is None else Decimal(amount)
        made, _ = write_offs.propose(change, document(books), wanted, reason="bankrupt")
        return made.id


def confirm(books: Books, identity: str, actor: str = "checker") -> bool:
    with books.write(actor) as change:
        return write_offs.confirm(change, identity, on=ON)[1]


def holds(books: Books, account: Chart) -> Decimal:
    with books.read() as session:
        return account_balance(session, account.value, "USDT")


def share(books: Books) -> tuple[Decimal, Decimal]:
    """Return what Ada's share comes to, and how much of it is due."""
    with books.read() as session:
        (stated,) = all_stated(session)
        (accrual,) = accruals_of(session, stated)
        assert [each for each in tie_outs(session) if not each.holds] == []
        return accrual.amount, accrual.due


def test_a_proposed_write_off_posts_nothing(owed: Books) -> None:
    identity = propose(owed)
    assert holds(owed, Chart.RECEIVABLE_FEE_SHARE) == 1000
    assert holds(owed, Chart.EXPENSE_BAD_DEBT) == 0
    digest = owed.digest()
    assert propose(owed) == identity
    assert owed.digest() == digest


def test_another_person_confirms_it_and_the_share_is_taken_back(owed: Books) -> None:
    pay(owed, document(owed), Decimal(250))
    identity = propose(owed)
    assert confirm(owed, identity) is True
    assert holds(owed, Chart.RECEIVABLE_FEE_SHARE) == 0
    assert holds(owed, Chart.EXPENSE_BAD_DEBT) == 750
    assert holds(owed, Chart.EXPENSE_MAINTAINER_SHARE) == 50
    assert share(owed) == (Decimal(50), Decimal(50))
    digest = owed.digest()
    assert confirm(owed, identity) is False
    assert owed.digest() == digest


def test_nobody_confirms_their_own(owed: Books) -> None:
    identity = propose(owed)
    digest = owed.digest()
    with pytest.raises(Denied, match="maker proposed"):
        confirm(owed, identity, "maker")
    with (
        pytest.raises(DatabaseRefused, match="maker proposed this"),
        owed.write("maker") as change,
    ):
        change.add(WriteOffConfirmation(write_off=identity, confirmed_by="maker", entry_number=1))
    assert owed.digest() == digest


def test_a_row_in_anothers_name_is_refused(owed: Books) -> None:
    identity = propose(owed)
    digest = owed.digest()
    with pytest.raises(DatabaseRefused, match="checker"), owed.write("maker") as change:
        change.add(
            WriteOffConfirmation(write_off=identity, confirmed_by="checker", entry_number=1)
        )
    with pytest.raises(DatabaseRefused, match="checker"), owed.write("maker") as change:
        change.add(
            WriteOff(
                id="w",
                document=document(owed),
                commodity="USDT",
                amount=Decimal(1),
                reason="r",
                proposed_by="checker",
            )
        )
    assert owed.digest() == digest


@pytest.mark.parametrize("amount", ["0", "-1", "1000.000001"])
def test_no_more_than_is_open_is_written_off(owed: Books, amount: str) -> None:
    digest = owed.digest()
    with pytest.raises(BadInput, match="up to what is open, 1000 USDT"):
        propose(owed, amount)
    assert owed.digest() == digest


def test_what_was_paid_meanwhile_is_not_written_off(owed: Books) -> None:
    identity = propose(owed, "800")
    pay(owed, document(owed), Decimal(300))
    digest = owed.digest()
    with pytest.raises(Conflict, match="700 is"):
        confirm(owed, identity)
    assert owed.digest() == digest


def test_what_is_not_there_is_named(owed: Books) -> None:
    with pytest.raises(UnknownReference, match="'nothing'"):
        confirm(owed, "nothing")
    with pytest.raises(UnknownReference, match="nothing"), owed.write() as change:
        write_offs.propose(change, "nothing", None, reason="r")


def test_what_is_written_off_is_told_by_the_document(owed: Books) -> None:
    assert confirm(owed, propose(owed, "10"))
    with owed.read() as session:
        assert write_offs.written_off(session, document(owed)) == 10


def test_what_was_not_accepted_is_not_written_off(owed: Books) -> None:
    with owed.write() as change:
        add_each(
            change,
            *statement_of(
                "waits",
                change.session.scalars(select(Agreement.id)).one(),
                evidence=change.session.scalars(select(Statement.evidence)).one(),
                amount=Decimal(1),
                period="2023-11",
            ),
        )
    with pytest.raises(UnknownReference, match="accepted statement"), owed.write() as change:
        write_offs.propose(change, "waits", None, reason="r")


def test_taken_back_it_is_owed_again_to_the_last_unit(owed: Books) -> None:
    confirm(owed, propose(owed, "333.333333"))
    assert share(owed) == (Decimal("133.333333"), Decimal(0))
    with owed.write() as change:
        made = write_offs.recover(
            change, document(owed), Decimal("333.333333"), reason="a mistake", on=ON
        )
        assert [each.amount for each in made] == [Decimal("333.333333")]
    assert share(owed) == (Decimal(200), Decimal(0))
    assert holds(owed, Chart.EXPENSE_BAD_DEBT) == 0
    assert holds(owed, Chart.RECEIVABLE_FEE_SHARE) == 1000


def test_the_oldest_write_off_is_recovered_first(owed: Books) -> None:
    first, second = propose(owed, "100"), propose(owed, "200")
    confirm(owed, second)
    confirm(owed, first)
    with owed.write() as change:
        made = write_offs.recover(change, document(owed), Decimal(150), reason="r", on=ON)
        assert [(each.write_off, each.amount) for each in made] == [
            (first, Decimal(100)),
            (second, Decimal(50)),
        ]
    with owed.read() as session:
        assert [left for *_, left in write_offs.all_of(session)] == [0, 150]


def test_no_more_is_recovered_than_was_written_off(owed: Books) -> None:
    identity = propose(owed, "100")
    confirm(owed, identity)
    digest = owed.digest()
    with (
        pytest.raises(BadInput, match="up to what is written off, 100 USDT"),
        owed.write() as change,
    ):
        write_offs.recover(change, document(owed), Decimal(101), reason="r", on=ON)
    with pytest.raises(DatabaseRefused, match="more than 100"), owed.write() as change:
        change.add(
            WriteOffRecovery(
                write_off=identity, number=1, amount=Decimal(101), reason="r", entry_number=1
            )
        )
    assert owed.digest() == digest


def test_money_that_comes_after_all_is_recovered_and_received(owed: Books) -> None:
    confirm(owed, propose(owed, "900"))
    with owed.write() as change:
        movement = bank.BankMovement(
            bank_account="bank-main",
            external_id="late",
            on=ON,
            commodity="USDT",
            amount=Decimal(400),
            counterparty="Gate",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"late", "bank.csv"))
    with owed.write() as change:
        (placed,) = match_by_hand(change, ["bank-main/late"], [Wanted(document=document(owed))])
    assert placed.amount == 400
    assert holds(owed, Chart.EXPENSE_BAD_DEBT) == 600
    assert holds(owed, Chart.RECEIVABLE_FEE_SHARE) == 0
    assert share(owed) == (Decimal(80), Decimal(80))
