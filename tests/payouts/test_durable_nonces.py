"""Durable nonces: two persons for each, one live batch for each value, and all of it hashed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from ledger.errors import BadInput, Conflict, ReferenceReused, Refusal, UnknownReference
from ledger.sealing import Change
from ledger.users import SelfConfirmation
from payouts import batches, durable_nonces, plans, solana_sources
from payouts.contents import Contents, contents_of
from payouts.errors import NoncesTooFew
from support.books import Books
from support.payouts import PERIOD, TODAY, approve, cancel, export, furnish
from support.solana_payouts import wallet_of
from support.solana_pinned import FOREIGN, WALLET, solana_freeze, solana_furnish, solana_submit

ACCOUNT = wallet_of("nonce 1")
NEW, ONE = wallet_of("nonce 9"), wallet_of("one")


@pytest.fixture
def prepared(books: Books) -> Books:
    furnish(books)
    solana_furnish(books)
    return books


def read(books: Books, batch: str) -> Contents:
    with books.read() as session:
        return contents_of(session, batch)


def test_a_batch_names_its_nonces_and_its_bytes_in_its_content_hash(prepared: Books) -> None:
    batch = solana_freeze(prepared)
    contents = read(prepared, batch.id)
    durable = contents.durable
    assert durable is not None
    assert (batch.nonce, contents.hash()) == (None, batch.content_hash)
    [slot] = durable.slots
    assert (slot.account, slot.value) == (ACCOUNT, wallet_of("value 1"))
    others = [
        replace(contents, durable=replace(durable, slots=(replace(slot, value="x"),))),
        replace(contents, durable=replace(durable, slots=(replace(slot, account="x"),))),
        replace(contents, durable=replace(durable, slots=(replace(slot, authority="x"),))),
        replace(contents, durable=replace(durable, fee_payer="x")),
        replace(contents, durable=replace(durable, threshold=1)),
        replace(contents, durable=replace(durable, kind="key")),
        replace(contents, durable=replace(durable, signers=durable.signers[::-1])),
        replace(contents, messages=["x"]),
        replace(contents, durable=None),
    ]
    assert len({other.hash() for other in others} | {contents.hash()}) == len(others) + 1


def test_the_same_plan_again_is_the_batch_that_is_there(prepared: Books) -> None:
    batch = solana_freeze(prepared)
    before = prepared.digest()
    hashed = read(prepared, batch.id).batch.plan_hash
    with prepared.write() as change:
        again = batches.submit(change, hashed, PERIOD, on=TODAY, nonces={})
    assert (again.new, again.batches) == (False, (batch,))
    assert prepared.digest() == before


def test_who_signs_now_does_not_change_what_was_frozen(prepared: Books) -> None:
    batch = solana_freeze(prepared)
    with prepared.write() as change:
        solana_sources.request(
            change, WALLET, "multisig", [wallet_of("three"), ONE], threshold=2, fee_payer=ONE
        )
    with prepared.write("erin") as change:
        solana_sources.confirm(change, WALLET)
    approve(prepared, batch, "carol")
    first = export(prepared, batch)
    assert first.files == export(prepared, batch).files
    assert read(prepared, batch.id).hash() == batch.content_hash


def test_a_cancelled_batch_gives_its_nonce_to_the_next_attempt(prepared: Books) -> None:
    cancel(prepared, solana_freeze(prepared))
    again = solana_submit(prepared)
    with prepared.read() as session:
        [slot] = durable_nonces.slots_of(session, again.id)
        [listed, *_] = [each for each in durable_nonces.all_of(session) if each.pinned]
    assert (slot.attempt, slot.previous_attempt) == (2, 1)
    assert listed.pinned[0].batch == again.id


def submit_on(values: dict[str, str]) -> Callable[[Change], object]:
    def submit(change: Change) -> object:
        hashed = plans.plan(change.session, PERIOD, on=TODAY).hash
        durable = {WALLET: values}
        return batches.submit(change, hashed, PERIOD, on=TODAY, nonces={}, durable=durable)

    return submit


REFUSED: dict[str, tuple[str, Callable[[Change], object], type[Refusal]]] = {
    "no nonce": ("treasurer", submit_on({}), NoncesTooFew),
    "another wallet's nonce": (
        "treasurer",
        submit_on({wallet_of("nonce 3"): wallet_of("value 3")}),
        BadInput,
    ),
    "a value that is none": ("treasurer", submit_on({ACCOUNT: "0"}), BadInput),
    "confirmed by somebody else already": (
        "carol",
        lambda change: durable_nonces.confirm(change, ACCOUNT),
        Conflict,
    ),
    "an account that nobody asked for": (
        "carol",
        lambda change: durable_nonces.confirm(change, NEW),
        UnknownReference,
    ),
    "the account with another authority": (
        "treasurer",
        lambda change: durable_nonces.request(change, ACCOUNT, WALLET, NEW),
        ReferenceReused,
    ),
    "an account for a wallet that is not on Solana": (
        "treasurer",
        lambda change: durable_nonces.request(change, NEW, "bank-main", ONE),
        BadInput,
    ),
    "signers that nobody named": (
        "carol",
        lambda change: solana_sources.confirm(change, FOREIGN),
        UnknownReference,
    ),
    "a key that is not the wallet": (
        "treasurer",
        lambda change: solana_sources.request(
            change, WALLET, "key", [ONE], threshold=1, fee_payer=ONE
        ),
        BadInput,
    ),
    "more signatures than signers": (
        "treasurer",
        lambda change: solana_sources.request(
            change, WALLET, "multisig", [ONE], threshold=2, fee_payer=ONE
        ),
        BadInput,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_everything_as_it_was(prepared: Books, name: str) -> None:
    cancel(prepared, solana_freeze(prepared))
    who, action, refusal = REFUSED[name]
    before = prepared.digest()
    with pytest.raises(refusal), prepared.write(who) as change:
        action(change)
    assert prepared.digest() == before


def test_another_person_confirms_a_nonce_account_and_who_signs(prepared: Books) -> None:
    with prepared.write() as change:
        assert durable_nonces.request(change, NEW, WALLET, ONE)
        solana_sources.request(change, FOREIGN, "multisig", [ONE], threshold=1, fee_payer=ONE)
    with pytest.raises(SelfConfirmation), prepared.write() as change:
        durable_nonces.confirm(change, NEW)
    with pytest.raises(SelfConfirmation), prepared.write() as change:
        solana_sources.confirm(change, FOREIGN)
    with prepared.write("erin") as change:
        assert durable_nonces.confirm(change, NEW)
        assert solana_sources.confirm(change, FOREIGN)
        assert not durable_nonces.confirm(change, NEW)
        assert not solana_sources.confirm(change, FOREIGN)
