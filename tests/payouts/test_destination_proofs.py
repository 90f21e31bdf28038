"""Proofs: both keys sign for a change, or a further person vouches; none is used twice."""

import psycopg
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data

from feeshare.verifying import verify_books
from ledger import parties, policies
from ledger.errors import BadInput, Conflict, Denied
from payouts import destination_freezes, destination_proofs, destinations
from payouts.destination_signatures import ED25519, EIP_191, EIP_712, scheme_of, typed_data
from payouts.destination_tables import DestinationProof
from payouts.errors import ProofMissing
from support.books import Books
from support.payouts import BEFORE_THE_HOLD, CAROL, furnish, private_key

OLD = Account.from_key("0x" + "11" * 32)
NEW = Account.from_key("0x" + "22" * 32)
OTHER = Account.from_key("0x" + "33" * 32)


def changing(books: Books) -> str:
    """Pay Zoe at an address of a key that is known, ask for another one, return its challenge."""
    furnish(books)
    books.at, now = BEFORE_THE_HOLD, books.at
    with books.write() as change:
        parties.add(change, name="Zoe", kind="payee")
        destinations.request(change, "zoe", "safe", OLD.address, chain="ethereum")
    with books.write("erin") as change:
        destinations.confirm(change, "zoe:safe:1")
    books.at = now
    return asked(books, NEW.address)


def asked(books: Books, address: str) -> str:
    with books.write() as change:
        made = destinations.request(change, "zoe", "safe", address, chain="ethereum")
        identity = made.id
    with books.read() as session:
        return destination_proofs.challenge(session, destinations.named(session, identity))


def signed(text: str, key: Account) -> str:
    return str(key.sign_message(encode_defunct(text=text)).signature.hex())


def prove(books: Books, signature: str, identity: str = "zoe:safe:2") -> destination_proofs.Proved:
    with books.write() as change:
        found = destinations.named(change.session, identity)
        return destination_proofs.prove(change, found, signature)


def confirm(books: Books, who: str = "erin") -> None:
    with books.write(who) as change:
        destinations.confirm(change, "zoe:safe:2")


def test_a_challenge_names_the_request_the_payee_and_both_addresses(books: Books) -> None:
    text = changing(books)
    for told in ("payee: zoe", "chain: ethereum", "request: zoe:safe:2, change", "2023-11-03"):
        assert told in text
    assert f"new address: {NEW.address}\nold address: {OLD.address}\n" in text


def test_a_change_is_confirmed_once_both_keys_signed(books: Books) -> None:
    text = changing(books)
    with pytest.raises(ProofMissing):
        confirm(books)
    first = prove(books, signed(text, NEW))
    assert (first.key, first.scheme, first.complete, first.new) == ("new", EIP_191, False, True)
    with pytest.raises(ProofMissing):
        confirm(books)
    second = prove(books, "0x" + signed(text, OLD))
    assert (second.key, second.complete) == ("old", True)
    digest = books.digest()
    assert not prove(books, signed(text, OLD)).new
    assert books.digest() == digest
    confirm(books)
    with pytest.raises(Conflict, match="confirmed already"):
        prove(books, signed(text, NEW))


def test_typed_data_is_signed_for_as_well(books: Books) -> None:
    text = changing(books)
    signable = encode_typed_data(full_message=typed_data(text, 1))
    assert prove(books, NEW.sign_message(signable).signature.hex()).scheme == EIP_712
    elsewhere = encode_typed_data(full_message=typed_data(text, 56))
    with pytest.raises(BadInput, match="proof_invalid"):
        prove(books, OLD.sign_message(elsewhere).signature.hex())


@pytest.mark.parametrize("signature", ["", "0x00", "zz", "ff" * 65, "00" * 65])
def test_what_is_no_signature_proves_nothing(books: Books, signature: str) -> None:
    changing(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="proof_invalid"):
        prove(books, signature)
    assert books.digest() == digest


def test_a_signature_for_one_request_or_by_another_key_proves_no_other(books: Books) -> None:
    text = changing(books)
    with pytest.raises(BadInput, match="proof_invalid"):
        prove(books, signed(text, OTHER))
    asked(books, OTHER.address)
    for key in (OLD, NEW, OTHER):
        with pytest.raises(BadInput, match="proof_invalid"):
            prove(books, signed(text, key), "zoe:safe:3")


def test_a_third_person_confirms_what_a_second_vouches_for(books: Books) -> None:
    changing(books)
    with books.write("dave") as change:
        found = destinations.named(change.session, "zoe:safe:2")
        with pytest.raises(BadInput, match="reason_missing"):
            destination_proofs.vouch(change, found, " ")
        assert destination_proofs.vouch(change, found, "said so on a call")
        assert not destination_proofs.vouch(change, found, "said so on a call")
    with pytest.raises(ProofMissing):
        confirm(books, "dave")
    with books.write() as change:
        found = destinations.named(change.session, "zoe:safe:2")
        with pytest.raises(Denied):
            destination_proofs.vouch(change, found, "I asked for it")
    confirm(books)


def test_the_key_of_a_frozen_address_proves_no_change(books: Books) -> None:
    text = changing(books)
    prove(books, signed(text, NEW))
    prove(books, signed(text, OLD))
    with books.write("auditor") as change:
        old = destinations.named(change.session, "zoe:safe:1")
        destination_freezes.freeze(change, old, "the key was stolen")
    with pytest.raises(ProofMissing):
        confirm(books)


def test_a_policy_asks_first_addresses_for_a_proof_too(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        policies.propose(
            change, "destination-proof", "all", effective_from=books.at.date(), reason="stricter"
        )
    with books.write("erin") as change:
        policies.confirm(change, "destination-proof", 2)
    with books.write() as change:
        parties.add(change, name="Zoe", kind="payee")
    text = asked(books, NEW.address)
    with pytest.raises(ProofMissing), books.write("erin") as change:
        destinations.confirm(change, "zoe:safe:1")
    prove(books, signed(text, NEW), "zoe:safe:1")
    with books.write("erin") as change:
        assert destinations.confirm(change, "zoe:safe:1").new


def test_the_database_confirms_no_change_without_a_proof(books: Books) -> None:
    changing(books)
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="proof: zoe proved"), books.sql() as sql:
        sql.execute(
            "INSERT INTO destination_confirmations (change_no, destination, confirmed_by,"
            " confirmed_at) SELECT max(number) + 1, 'zoe:safe:2', 'erin', %s FROM changes",
            [books.at],
        )
    assert books.digest() == digest


def test_verification_names_a_proof_that_nobody_signed(books: Books) -> None:
    changing(books)
    with books.write() as change:
        change.add(
            DestinationProof(
                destination="zoe:safe:2",
                key="new",
                signer=NEW.address,
                scheme=EIP_191,
                message="anything",
                signature="00" * 65,
            )
        )
    with books.read() as session:
        problems = verify_books(session).problems
    assert [it for it in problems if "zoe:safe:2" in it and "did not sign" in it]


def test_an_address_for_another_commodity_needs_a_proof_and_the_same_one_needs_none(
    books: Books,
) -> None:
    furnish(books)
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum", commodity="HBOT")
    with pytest.raises(ProofMissing), books.write("erin") as change:
        destinations.confirm(change, "bob:safe:2")


def test_a_solana_key_signs_as_itself_in_hexadecimal_and_base58() -> None:
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    key = private_key("zoe")
    address = str(Pubkey.from_bytes(key.public_key().public_bytes_raw()))
    made = key.sign(b"a challenge")
    for spelt in (made.hex(), str(Signature.from_bytes(made))):
        assert scheme_of("a challenge", address, None, spelt) == ED25519
        assert scheme_of("another challenge", address, None, spelt) is None
    assert scheme_of("a challenge", "no address", None, made.hex()) is None
