"""Payouts in euros: who holds the account, the message for the bank, and what comes of it."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from defusedxml.ElementTree import fromstring

from feeshare import bank_importing, payout_chain
from ledger.bank_files import formats
from ledger.commodities import scales
from ledger.errors import BadInput, Conflict, UnknownReference
from ledger.users import SelfConfirmation
from payouts import account_holders, plans, returns
from payouts.batches import State
from payouts.contents import contents_of
from payouts.rails.instructions import Debtor
from support.bank_writers import Movement, Stated, as_camt, as_mt940
from support.books import Books
from support.euro_payouts import (
    BIC,
    EURO_BANK,
    HOLDER,
    OUR_IBAN,
    export_euros,
    freeze_euros,
    furnish_euros,
)
from support.payouts import BANK, PERIOD, TODAY, WALLET, export, fund, owe

NAMESPACE = {"": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}


def texts(message: bytes, path: str) -> list[str | None]:
    found = fromstring(message).findall(f"CstmrCdtTrfInitn/{path}", NAMESPACE)
    return [element.text for element in found]


def import_statement(books: Books, content: bytes, name: str) -> None:
    with books.write() as change:
        found = formats.recognise(content)
        assert found is not None
        bank_importing.take(change, found, content, name, scales(change.session))


@pytest.mark.parametrize("write", [as_camt, as_mt940])
def test_a_batch_in_euros_is_told_to_the_bank_and_settled_line_by_line_from_its_statement(
    books: Books, write: Callable[[Stated], bytes]
) -> None:
    furnish_euros(books)
    batch = freeze_euros(books)
    table, message = export_euros(books, batch).files
    assert export(books, batch).files == (table, message)
    assert table.name.endswith("-wire.csv")
    assert message.name.endswith("-pain.001.001.09.xml")
    ids = texts(message.content, "PmtInf/CdtTrfTxInf/PmtId/EndToEndId")
    with books.read() as session:
        lines = contents_of(session, batch.id).lines
    assert ids == [line.reference for line in lines]
    assert texts(message.content, "GrpHdr/NbOfTxs") == ["2"]
    assert texts(message.content, "GrpHdr/CtrlSum") == ["320.50"]
    assert texts(message.content, "GrpHdr/MsgId") == [batch.content_hash[:32]]
    assert texts(message.content, "PmtInf/BtchBookg") == ["false"]
    assert texts(message.content, "PmtInf/Dbtr/Nm") == [HOLDER]
    assert texts(message.content, "PmtInf/DbtrAcct/Id/IBAN") == [OUR_IBAN]
    stated = Stated(
        movements=[
            Movement(
                on=TODAY,
                amount=-line.amount,
                reference=f"R{line.line}",
                counterparty=line.payee_name,
                memo=str(told),
            )
            for line, told in zip(reversed(lines), reversed(ids), strict=True)
        ],
        until=TODAY,
        opening=Decimal(1000),
        number=OUR_IBAN,
        commodity="EUR",
    )
    import_statement(books, write(stated), "statement")
    with books.write() as change:
        settled = payout_chain.settle(change, batch.id)
    assert settled.state is State.SETTLED
    assert [each.bank_line for each in settled.settled] == [f"{EURO_BANK}/R1", f"{EURO_BANK}/R2"]


def test_a_credit_transfer_that_came_back_is_owed_again(books: Books) -> None:
    furnish_euros(books)
    batch = freeze_euros(books)
    export_euros(books, batch)
    moved = [
        Movement(on=TODAY, amount=Decimal(-20), reference="R1", memo=f"{batch.id}/1"),
        Movement(on=TODAY, amount=Decimal("-300.5"), reference="R2", memo=f"{batch.id}/2"),
        Movement(on=TODAY, amount=Decimal(20), reference="R3", memo=f"{batch.id}/1 RETURN AC04"),
    ]
    stated = Stated(
        movements=moved, until=TODAY, opening=Decimal(1000), number=OUR_IBAN, commodity="EUR"
    )
    import_statement(books, as_camt(stated), "statement.xml")
    with books.write() as change:
        assert payout_chain.settle(change, batch.id).state is State.SETTLED
    with books.write() as change:
        returns.take_back(change, batch.id, 1, f"{EURO_BANK}/R3")
    with books.read() as session:
        [planned] = plans.plan(session, PERIOD, on=TODAY).batches
    assert [(line.payee, line.amount) for line in planned.lines] == [("max", Decimal(20))]


def test_without_a_confirmed_holder_the_table_is_all_there_is(books: Books) -> None:
    furnish_euros(books, confirmed=False)
    batch = freeze_euros(books)
    with books.write("carol") as change:
        account_holders.confirm(change, EURO_BANK)
    [table] = export_euros(books, batch).files
    assert table.name.endswith("-wire.csv")


def test_a_batch_keeps_the_holder_that_it_was_frozen_with(books: Books) -> None:
    furnish_euros(books)
    batch = freeze_euros(books)
    with books.write() as change:
        account_holders.request(change, EURO_BANK, "Renamed Foundation", BIC)
    with books.write("carol") as change:
        account_holders.confirm(change, EURO_BANK)
        contents = contents_of(change.session, batch.id)
        assert contents.debtor == Debtor(holder=HOLDER, bic=BIC)
        assert contents.hash() == batch.content_hash


def test_one_person_does_not_say_and_confirm_who_holds_an_account(books: Books) -> None:
    furnish_euros(books)
    digest = books.digest()
    with books.write() as change:
        assert account_holders.request(change, EURO_BANK, HOLDER, BIC).version == 1
    with books.write("carol") as change, pytest.raises(Conflict, match="erin confirmed"):
        account_holders.confirm(change, EURO_BANK)
    with books.write("erin") as change:
        assert account_holders.confirm(change, EURO_BANK) is False
    assert books.digest() == digest
    with books.write() as change:
        assert account_holders.request(change, EURO_BANK, HOLDER, "ABNANL2AXXX").version == 2
    with books.write() as change, pytest.raises(SelfConfirmation):
        account_holders.confirm(change, EURO_BANK)
    with books.write("erin") as change, pytest.raises(UnknownReference):
        account_holders.confirm(change, BANK)


@pytest.mark.parametrize(
    ("account", "holder", "bic", "columns"),
    [
        (EURO_BANK, "Zoë", "ABNANL2", ["account holder", "bank code"]),
        (EURO_BANK, "", BIC, ["account holder"]),
        (BANK, HOLDER, BIC, ["source"]),
        (WALLET, HOLDER, "021000021", ["bank code", "source"]),
    ],
)
def test_a_holder_that_no_bank_would_carry_is_refused_with_all_that_is_wrong(
    books: Books, account: str, holder: str, bic: str, columns: list[str]
) -> None:
    furnish_euros(books)
    digest = books.digest()
    with books.write() as change, pytest.raises(BadInput) as refused:
        account_holders.request(change, account, holder, bic)
    assert [each.column for each in refused.value.problems] == columns
    assert {each.code for each in refused.value.problems} == {"bank_details"}
    assert books.digest() == digest


def test_the_account_that_holds_the_currency_pays_it(books: Books) -> None:
    furnish_euros(books)
    fund(books, "500", "USD", BANK)
    with books.write() as change:
        owe(change, "share:usd", "zoe", "50", commodity="USD")
    with books.read() as session:
        planned = plans.plan(session, PERIOD, on=TODAY).batches
    told = [(it.source_account, [line.commodity for line in it.lines]) for it in planned]
    assert told == [(EURO_BANK, ["EUR", "EUR"]), (BANK, ["USD"])]
