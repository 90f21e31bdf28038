"""Two persons for wallets and tokens: one adds, another confirms; defaults need nobody."""

import psycopg
import pytest
from sqlalchemy import select, text

from ledger import bank, confirmations, tokens
from ledger.bank_tables import Token
from ledger.errors import Denied, ReferenceReused, UnknownReference
from support.books import Books

EURO = "0x1aBaEA1f7C830bD89Acc67eC4af516284b1bC33c"


def added(books: Books) -> None:
    """Add a bank account and a token, as the treasurer."""
    with books.write() as change:
        bank.add_account(change, "bank-main", kind="bank", purpose="operating")
        assert tokens.add(change, euro())


def euro(contract: str = EURO, decimals: int = 6) -> Token:
    return Token(
        chain="ethereum",
        chain_id=1,
        contract=contract,
        commodity="BTC",
        decimals=decimals,
        source="its issuer",
    )


def test_an_account_counts_once_another_person_confirmed_it(books: Books) -> None:
    added(books)
    with books.write() as change, pytest.raises(Denied, match="treasurer added bank-main"):
        confirmations.confirm_account(change, "bank-main")
    with books.read() as session:
        assert confirmations.confirmed_accounts(session) == []
        assert confirmations.waiting_accounts(session) == ["bank-main"]
    with books.write("erin") as change:
        assert confirmations.confirm_account(change, "bank-main")
    with books.write("dave") as change:
        assert not confirmations.confirm_account(change, "bank-main")
        with pytest.raises(UnknownReference):
            confirmations.confirm_account(change, "bank-other")
    with books.read() as session:
        assert [it.id for it in confirmations.confirmed_accounts(session)] == ["bank-main"]
        assert confirmations.waiting_accounts(session) == []


def test_a_token_counts_once_another_person_confirmed_it(books: Books) -> None:
    added(books)
    with books.write() as change:
        assert not tokens.add(change, euro())
        with pytest.raises(Denied, match="treasurer added BTC on ethereum"):
            confirmations.confirm_token(change, "ethereum", "BTC")
    with books.read() as session:
        assert [it.contract for it in confirmations.waiting_tokens(session)] == [EURO]
        assert EURO not in {it.contract for it in confirmations.confirmed_tokens(session)}
    with books.write("erin") as change:
        assert confirmations.confirm_token(change, "ethereum", "BTC")
    with books.write("dave") as change:
        assert not confirmations.confirm_token(change, "ethereum", "BTC")
    with books.read() as session:
        assert confirmations.waiting_tokens(session) == []
        assert EURO in {it.contract for it in confirmations.confirmed_tokens(session)}


def test_a_token_that_is_there_is_no_other_one(books: Books) -> None:
    added(books)
    for other in (euro(decimals=18), euro(contract="0x" + "11" * 20)):
        with books.write() as change, pytest.raises(ReferenceReused):
            tokens.add(change, other)


def test_what_every_set_of_books_starts_with_needs_nobody(books: Books) -> None:
    with books.read() as session:
        registry = session.scalars(select(Token)).all()
        assert confirmations.waiting_tokens(session) == []
        assert len(confirmations.confirmed_tokens(session)) == len(registry) > 0
    with books.write() as change:
        assert not confirmations.confirm_token(change, "ethereum", "USDC")


def test_the_database_knows_the_same_defaults(books: Books) -> None:
    with books.read() as session:
        rows = session.execute(
            text("SELECT chain, chain_id, contract, commodity, decimals FROM default_tokens()")
        )
        assert {tuple(row) for row in rows} == set(tokens.DEFAULT_TOKENS)


@pytest.mark.parametrize(
    "row",
    [
        "bank_account_confirmations SELECT 'bank-main'",
        f"token_confirmations SELECT 'ethereum', '{EURO}'",
    ],
)
def test_the_database_refuses_the_word_of_whoever_added_it(books: Books, row: str) -> None:
    added(books)
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="segregation: treasurer added"), books.sql() as sql:
        sql.execute(f"INSERT INTO {row}, 'treasurer', max(number) + 1 FROM changes")
    assert books.digest() == digest
