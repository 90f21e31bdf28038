"""Bank details: asked for with the account, by the same change, and never another way."""

import pytest

from ledger.errors import BadInput, ReferenceReused
from payouts import bank_details, destinations
from payouts.destinations import Requested
from payouts.tables import DestinationBank
from support.books import Books
from support.payouts import furnish

IBAN = "DE89370400440532013000"


def asked(books: Books, code: str | None, country: str | None) -> Requested:
    with books.write() as change:
        requested = destinations.request(change, "bob", "wire", IBAN, holder="Bob")
        bank_details.add(change, requested, code, country)
    return requested


def test_a_bank_stands_beside_its_account_and_again_changes_nothing(books: Books) -> None:
    furnish(books)
    assert asked(books, "DEUTDEFF", "DE").new
    with books.read() as session:
        assert session.get_one(DestinationBank, "bob:wire:1").bank_code == "DEUTDEFF"
    digest = books.digest()
    assert not asked(books, "DEUTDEFF", "DE").new
    for code, country in (("COBADEFF", "DE"), (None, None)):
        with pytest.raises(ReferenceReused, match="DEUTDEFF DE"):
            asked(books, code, country)
    assert books.digest() == digest


def test_an_account_may_have_no_bank_code_and_gets_none_later(books: Books) -> None:
    furnish(books)
    assert asked(books, None, None).new
    assert not asked(books, None, None).new
    with pytest.raises(ReferenceReused, match="no bank code"):
        asked(books, "DEUTDEFF", "DE")


def test_a_code_that_is_none_is_refused_and_so_is_the_account(books: Books) -> None:
    furnish(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="bank_details"):
        asked(books, "DEUTDEFF", "FR")
    assert books.digest() == digest
