"""Destinations: two persons, one live a rail, a hold that cannot be shortened on paper."""

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from ledger import users
from ledger.errors import BadInput, Conflict, UnknownReference
from ledger.users import SelfConfirmation
from payouts import destinations
from support.books import Books
from support.payouts import ALICE, BOB, CAROL, SAFE, confirm_change, furnish


def problems(books: Books, rail: str, address: str, **given: str) -> list[str]:
    with pytest.raises(BadInput) as refused, books.write() as change:
        destinations.request(change, "Alice", rail, address, **given)
    return [problem.code for problem in refused.value.problems]


def live(books: Books, payee: str) -> list[str]:
    with books.read() as session:
        found = destinations.live_of(session, [payee]).get(payee, [])
        return [it.destination.id for it in found]


def test_a_destination_is_live_once_another_person_confirms_it(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        asked = destinations.request(change, "bob", "safe", f"eth:{CAROL}", chain="ethereum")
        assert (asked.id, asked.address) == ("bob:safe:2", CAROL)
    assert live(books, "bob") == ["bob:safe:1"]
    confirm_change(books, "bob:safe:2")
    assert live(books, "bob") == ["bob:safe:2"]


def test_asking_and_confirming_again_changes_nothing(books: Books) -> None:
    furnish(books)
    digest = books.digest()
    with books.write() as change:
        assert not destinations.request(change, "bob", "safe", BOB, chain="ethereum").new
    with books.write("erin") as change:
        assert not destinations.confirm(change, "bob:safe:1").new
    assert books.digest() == digest
    with pytest.raises(Conflict, match="erin confirmed"), books.write("dave") as change:
        destinations.confirm(change, "bob:safe:1")


def test_an_earlier_address_comes_back_as_a_new_destination_with_a_new_hold(books: Books) -> None:
    furnish(books)
    for address in (CAROL, BOB):
        with books.write() as change:
            asked = destinations.request(change, "bob", "safe", address, chain="ethereum")
        confirm_change(books, asked.id)
    with books.read() as session:
        [found] = destinations.live_of(session, ["bob"])["bob"]
        assert found.destination.id == "bob:safe:3"
        assert found.payable_from(7) == date(2023, 11, 10)


def test_who_asked_and_who_is_paid_do_not_confirm(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        destinations.request(change, "alice", "safe", CAROL, chain="ethereum")
    digest = books.digest()
    with pytest.raises(SelfConfirmation, match="asked for alice:safe:2"), books.write() as change:
        destinations.confirm(change, "alice:safe:2")
    with pytest.raises(SelfConfirmation, match="is paid at"), books.write("alice") as change:
        destinations.confirm(change, "alice:safe:2")
    for name in ("treasurer", "alice"):
        with pytest.raises(psycopg.Error, match="segregation"), books.sql() as sql:
            confirm_by_hand(sql, name, books.at)
    assert books.digest() == digest


def test_a_confirmation_cannot_be_dated_back(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        destinations.request(change, "alice", "safe", CAROL, chain="ethereum")
    early = books.at - timedelta(days=30)
    with pytest.raises(psycopg.Error, match="time: "), books.sql() as sql:
        confirm_by_hand(sql, "erin", early)


def confirm_by_hand(sql: psycopg.Connection, name: str, at: datetime) -> None:
    sql.execute(
        "INSERT INTO destination_confirmations (change_no, destination, confirmed_by,"
        " confirmed_at) SELECT max(number) + 1, 'alice:safe:2', %s, %s FROM changes",
        [name, at],
    )


def test_everything_wrong_with_a_destination_is_said_at_once(books: Books) -> None:
    furnish(books)
    assert problems(books, "safe", ALICE.lower(), chain="nowhere", commodity="BTC") == [
        "checksum_absent",
        "chain_mismatch",
        "asset_unsupported",
    ]
    assert problems(books, "safe", SAFE, chain="ethereum") == ["address_forbidden"]
    assert problems(books, "safe", ALICE) == ["chain_mismatch"]
    assert problems(books, "safe", ALICE, chain="solana") == ["chain_mismatch"]
    assert problems(books, "wire", "DE89370400440532013001", commodity="USDC") == [
        "bank_details",
        "bank_details",
        "asset_unsupported",
    ]


def test_a_payee_rail_and_commodity_have_to_be_known(books: Books) -> None:
    furnish(books)
    for payee, rail, commodity in (
        ("nobody", "safe", None),
        ("bob", "cash", None),
        ("bob", "safe", "DOGE"),
    ):
        with pytest.raises(UnknownReference), books.write() as change:
            destinations.request(change, payee, rail, CAROL, chain="ethereum", commodity=commodity)
    with pytest.raises(UnknownReference), books.write("erin") as change:
        destinations.confirm(change, "bob:safe:9")


def test_a_wire_and_an_address_of_its_own_for_a_commodity_are_live_beside_the_first(
    books: Books,
) -> None:
    furnish(books)
    with books.write() as change:
        iban = "DE89 3704 0044 0532 0130 00"
        wire = destinations.request(change, "bob", "wire", iban, holder="Bob Builder")
        assert wire.address == "DE89370400440532013000"
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum", commodity="HBOT")
    confirm_change(books, "bob:wire:1")
    confirm_change(books, "bob:safe:2")
    tokens = [("ethereum", "HBOT"), ("ethereum", "USDC")]
    with books.read() as session:
        found = destinations.live_of(session, ["bob"])["bob"]
        chosen = {
            commodity: destinations.choose(found, commodity, tokens, bankable=commodity == "USD")
            for commodity in ("USD", "USDC", "HBOT", "BNB")
        }
        assert {name: it and it.destination.id for name, it in chosen.items()} == {
            "USD": "bob:wire:1",
            "USDC": "bob:safe:1",
            "HBOT": "bob:safe:2",
            "BNB": None,
        }


def test_a_hold_counts_whole_days_in_utc(books: Books) -> None:
    furnish(books)
    with books.read() as session:
        [found] = destinations.live_of(session, ["alice"])["alice"]
    assert found.confirmed_at == datetime(2023, 10, 20, 9, tzinfo=UTC)
    assert found.payable_from(7) == date(2023, 10, 27)


def test_a_payee_who_is_a_user_may_ask(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        users.add(change, "bob-himself", "maintainer", party="bob")
    with books.write("bob-himself") as change:
        assert destinations.request(change, "bob", "safe", CAROL, chain="ethereum").new
