"""Parts on Solana end by what their nonces said; their lines fail once the wallet is proved."""

from datetime import date
from decimal import Decimal

import pytest

from chains.tables import ChainProof, KeptNonceUse, NonceLook, WalletWatch
from payouts import durable_nonces
from payouts.batches import Frozen, State
from payouts.claims import obligation_state
from payouts.parts import outcomes_of
from payouts.rails.solana_message import memo_of
from support.books import Books
from support.payout_endings import keep, settle
from support.payouts import approve, export, furnish
from support.solana_instructions import USDC
from support.solana_payouts import wallet_of
from support.solana_pinned import SEEN_AT, WALLET, solana_freeze, solana_furnish

ACCOUNT = wallet_of("nonce 1")
LATER = SEEN_AT + 10


@pytest.fixture
def batch(books: Books) -> Frozen:
    """Give an exported batch whose wallet is watched."""
    furnish(books)
    solana_furnish(books)
    frozen = solana_freeze(books)
    approve(books, frozen, "carol")
    export(books, frozen)
    with books.write() as change:
        change.add(
            WalletWatch(
                bank_account=WALLET,
                chain="solana",
                address=wallet_of("treasury"),
                kind="solana",
                first_block=1,
                since=date(2023, 11, 3),
            )
        )
    return frozen


def took_the_nonce(books: Books, memo: str = "") -> None:
    """Keep that a transaction used up the pinned value, as a look found it."""
    use = KeptNonceUse(
        nonce_account=ACCOUNT,
        signature="took",
        slot=LATER - 1,
        succeeded=True,
        message_hash="another",
        nonce_value=wallet_of("value 1"),
        memos=memo,
        advances=True,
    )
    look = NonceLook(nonce_account=ACCOUNT, slot=LATER, first_slot=SEEN_AT + 1, value="next")
    keep(books, look, use)


def proved(books: Books, block: int, on_chain: int = 0) -> None:
    """Keep a proof of the wallet's balance, in units more or less than expected."""
    proof = ChainProof(
        bank_account=WALLET,
        contract=str(USDC),
        block=block,
        block_hash="",
        expected=Decimal(0),
        on_chain=Decimal(on_chain),
        recorded_at=books.at,
    )
    keep(books, proof)


def test_a_line_fails_once_its_part_was_replaced_and_the_wallet_is_proved_past_that(
    books: Books, batch: Frozen
) -> None:
    assert settle(books, batch).failed == ()
    took_the_nonce(books)
    proved(books, LATER - 1)
    proved(books, LATER, on_chain=-5)
    unsure = settle(books, batch)
    assert (unsure.state, unsure.failed, unsure.missing) == (State.EXPORTED, (), (1,))
    with books.read() as session:
        outcome = outcomes_of(session, batch.id)[1]
        assert (outcome.outcome, outcome.transaction, outcome.block) == ("replaced", "took", LATER)
        # The value is used up, whatever its lines wait for.
        assert not any(it.pinned for it in durable_nonces.all_of(session))
        assert set(obligation_state(session, ["share:sol"]).values()) == {"claimed"}
    proved(books, LATER)
    failed = settle(books, batch)
    assert (failed.state, failed.failed) == (State.FAILED, (1,))
    with books.read() as session:
        assert set(obligation_state(session, ["share:sol"]).values()) == {"due"}
    digest = books.digest()
    assert not settle(books, batch).new
    assert books.digest() == digest


def test_a_line_of_a_part_that_ran_never_fails(books: Books, batch: Frozen) -> None:
    took_the_nonce(books, memo_of(batch.id, 1))
    proved(books, LATER + 10)
    ran = settle(books, batch)
    assert (ran.state, ran.failed, ran.missing) == (State.EXPORTED, (), (1,))
    with books.read() as session:
        assert outcomes_of(session, batch.id)[1].outcome == "ran"
