"""Risks: tokens, look-alikes, shared and frozen addresses; two persons; notices."""

import psycopg
import pytest

from ledger.errors import BadInput, Denied, UnknownReference
from payouts import (
    destination_findings,
    destination_freezes,
    destination_risks,
    destinations,
    payee_notices,
)
from payouts.errors import AddressFrozen, RecipientContract
from support.books import Books
from support.payouts import ALICE, BOB, CAROL, USDC_CONTRACT, address_of, confirm_change, furnish


def like(address: str) -> str:
    """Return an address that begins and ends as another one does."""
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address[:6].lower() + "0" * 32 + address[-4:].lower()))


def refused(books: Books, address: str, payee: str = "bob", **more: str) -> list[str]:
    with pytest.raises(BadInput) as said, books.write() as change:
        destinations.request(change, payee, "safe", address, chain="ethereum", **more)
    return [each.code for each in said.value.problems]


def override(books: Books, address: str, payee: str = "bob") -> list[int]:
    with books.write() as change:
        made = destination_risks.override(change, payee, address, "compared on a call")
        return [each.number for each in made]


def frozen(books: Books, identity: str = "bob:safe:1", who: str = "auditor") -> None:
    with books.write(who) as change:
        found = destinations.named(change.session, identity)
        assert destination_freezes.freeze(change, found, "the key was stolen").new


def test_tokens_multisends_and_other_contracts_of_payouts_are_no_payees(books: Books) -> None:
    furnish(books)
    digest = books.digest()
    for address in (USDC_CONTRACT, "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"):
        assert refused(books, address) == ["address_forbidden"]
    assert books.digest() == digest


def test_an_exchange_s_address_needs_its_memo_or_the_word_that_there_is_none(books: Books) -> None:
    furnish(books)
    assert refused(books, CAROL, exchange="Kraken") == ["memo_missing"]
    assert refused(books, CAROL, memo="42") == ["memo_missing"]
    assert refused(books, CAROL, exchange="Kraken", memo="42") == ["memo_missing"]
    with books.write() as change:
        asked = {"chain": "ethereum", "exchange": "Kraken", "memo": "none"}
        assert destinations.request(change, "bob", "safe", CAROL, **asked).new
        assert not destinations.request(change, "bob", "safe", CAROL, **asked).new


@pytest.mark.parametrize(
    ("address", "code"), [(like(ALICE), "address_lookalike"), (ALICE, "address_risk")]
)
def test_a_risk_is_refused_until_two_persons_override_it(
    books: Books, address: str, code: str
) -> None:
    furnish(books)
    assert refused(books, address) == [code]
    [number] = override(books, address)
    assert override(books, address) == [number]
    assert refused(books, address) == [code]
    with pytest.raises(Denied), books.write() as change:
        destination_risks.confirm_override(change, number)
    with books.write("erin") as change:
        assert destination_risks.confirm_override(change, number)[1]
        assert not destination_risks.confirm_override(change, number)[1]
    with books.write() as change:
        assert destinations.request(change, "bob", "safe", address, chain="ethereum").new
    assert refused(books, address, "alice") != []


def test_an_override_needs_a_risk_and_a_reason(books: Books) -> None:
    furnish(books)
    for address, reason in ((CAROL, "why not"), (ALICE, " ")):
        with pytest.raises(BadInput, match="override_invalid"), books.write() as change:
            destination_risks.override(change, "bob", address, reason)
    with pytest.raises(UnknownReference), books.write("erin") as change:
        destination_risks.confirm_override(change, 1)


def test_the_database_finds_risks_by_itself(books: Books) -> None:
    furnish(books)
    for address in (like(BOB), BOB, BOB.lower()):
        with pytest.raises(psycopg.Error, match="address_risk: "), books.sql() as sql:
            sql.execute(
                "INSERT INTO destinations (id, payee, rail, chain, address, requested_by, source,"
                " change_no) SELECT 'x', 'alice', 'safe', 'ethereum', %s, 'treasurer', '',"
                " max(number) + 1 FROM changes",
                [address],
            )


def test_anyone_freezes_and_two_others_lift(books: Books) -> None:
    furnish(books)
    frozen(books, "alice:safe:1", "alice")
    with books.write() as change:
        alice = destinations.named(change.session, "alice:safe:1")
        assert not destination_freezes.freeze(change, alice, "again").new
        with pytest.raises(UnknownReference):
            destination_freezes.confirm_lift(change, alice)
        destination_freezes.lift(change, alice, "it was a mistake")
    for who in ("treasurer", "alice"):
        with books.write(who) as change:
            alice = destinations.named(change.session, "alice:safe:1")
            with pytest.raises(Denied):
                destination_freezes.confirm_lift(change, alice)
    assert refused(books, ALICE, "alice", commodity="HBOT") == ["address_risk"]
    with books.write("erin") as change:
        alice = destinations.named(change.session, "alice:safe:1")
        assert not destination_freezes.confirm_lift(change, alice).is_frozen
    with books.write() as change:
        asked = destinations.request(
            change, "alice", "safe", ALICE, chain="ethereum", commodity="HBOT"
        )
        assert asked.new


def test_a_frozen_address_is_not_confirmed(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    frozen(books, "bob:safe:2")
    with pytest.raises(AddressFrozen):
        confirm_change(books, "bob:safe:2")


def test_a_contract_is_confirmed_by_an_override_of_two_persons_alone(books: Books) -> None:
    furnish(books)
    address = address_of("a contract")
    with books.write() as change:
        destinations.request(change, "bob", "safe", address, chain="ethereum")
        found = destinations.named(change.session, "bob:safe:2")
        kept = ("contract", "a contract on ethereum", change.at)
        assert destination_findings.record(change, found, *kept)
        assert not destination_findings.record(change, found, *kept)
    with pytest.raises(RecipientContract):
        confirm_change(books, "bob:safe:2")
    with books.write() as change:
        [made] = destination_risks.override(
            change, "bob", address, "their own wallet of contracts", finding="contract"
        )
        number = made.number
    with books.write("erin") as change:
        destination_risks.confirm_override(change, number)
    with books.write("erin") as change:
        assert destinations.confirm(change, "bob:safe:2").new


def test_every_contact_is_told_in_the_change_that_it_is_told_of(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        assert payee_notices.add_contact(change, "bob", "email", "bob@example.org")
        assert payee_notices.add_contact(change, "bob", "github", "bob")
        assert not payee_notices.add_contact(change, "bob", "github", "bob")
        with pytest.raises(BadInput, match="contact_invalid"):
            payee_notices.add_contact(change, "bob", "pigeon", "bob")
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    confirm_change(books, "bob:safe:2")
    frozen(books, "bob:safe:2")
    with books.read() as session:
        told = payee_notices.notices(session, "bob")
    assert [(it.event, it.channel) for it in told] == [
        (event, channel)
        for event in ("request", "confirmation", "freeze")
        for channel in ("email", "github")
    ]
    assert CAROL in told[0].text


def test_the_database_refuses_a_freeze_of_which_nobody_is_told(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        payee_notices.add_contact(change, "bob", "github", "bob")
    from payouts.destination_tables import DestinationFreeze

    with pytest.raises(Exception, match="notice: a contact"), books.write() as change:
        change.add(
            DestinationFreeze(
                destination="bob:safe:1", number=1, frozen_by="treasurer", reason="quietly"
            )
        )
