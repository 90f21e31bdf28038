"""Whatever happens to a transaction on a durable nonce, each payee is paid what is owed, once."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from feeshare import clock, payout_chain
from feeshare.chain_jobs import look
from ledger.accounts import Chart
from ledger.balances import account_balance
from payouts import durable_nonces
from payouts.batches import Frozen, State
from payouts.parts import outcomes_of
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import close_clients
from support.command_line import feeshare
from support.dying import die_around
from support.fault_proxy import Forward, Question, Reply, answer, fault_proxy, only
from support.solana_chain import SolanaChain, solana_chain
from support.solana_faults import LISTING
from support.solana_instructions import USDC
from support.solana_treasury import Treasury, frozen_for_one, treasury_of_three

DEBT = Decimal(7)


@pytest.fixture(scope="module")
def chain() -> Iterator[SolanaChain]:
    with solana_chain() as found:
        yield found


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    """Close the lines that a test opened to providers."""
    yield
    close_clients()


@pytest.fixture
def three(chain: SolanaChain, books: Books) -> Treasury:
    return treasury_of_three(chain, books)


def ended(treasury: Treasury, batch: Frozen) -> tuple[str, str]:
    """Return what became of a batch's only part, and by which transaction."""
    with treasury.books.read() as session:
        outcome = outcomes_of(session, batch.id)[1]
        return outcome.outcome, outcome.transaction


def test_what_another_transaction_took_the_nonce_of_is_paid_by_the_next_batch_alone(
    three: Treasury, chain: SolanaChain
) -> None:
    batch = frozen_for_one(three, chain)
    [file] = three.export(batch)
    signed = three.signed(file)
    took = three.advance(three.nonces[0])
    three.seen_final()

    def settle(books: Books) -> None:
        with books.write() as change:
            payout_chain.settle(change, batch.id)

    die_around(three.books, settle, before=True)
    die_around(three.books, settle, before=False)
    failed = three.settle(batch)
    assert (failed.state, failed.failed, failed.new) == (State.FAILED, (1,), False)
    assert ended(three, batch) == ("replaced", took)
    with three.books.read() as session:
        assert [it.pinned for it in durable_nonces.all_of(session)] == [()]
    shown = feeshare(three.books, "payout", "show", batch.id, "--part", "parts", "--json").out
    [part] = json.loads(shown)
    assert (part["slot"].partition("=")[0], part["outcome"], part["transaction"]) == (
        str(three.nonces[0]),
        "replaced",
        took,
    )
    [line] = json.loads(feeshare(three.books, "payout", "show", batch.id, "--json").out)
    assert (line["ended"], line["ended_by"], line["reason"]) == (
        "failed",
        took,
        "part 1 replaced without it",
    )

    again = three.freeze()
    [file] = three.export(again)
    three.send(three.signed(file))
    settled = three.settle(again)
    assert (settled.state, settled.missing, settled.unmatched) == (State.SETTLED, (), ())
    # Last, as this node lists what it refused, under no name; no real one does.
    three.again(signed)
    chain.finalize()
    three.require_paid({"payee-0": DEBT})


def test_a_transaction_that_failed_has_used_up_its_nonce_and_is_paid_by_the_next_batch(
    three: Treasury, chain: SolanaChain
) -> None:
    batch = frozen_for_one(three, chain)
    three.watch_fee_payer()
    payer = three.keys[0].pubkey()
    coins = three.coins(payer)
    [file] = three.export(batch)
    first = three.keys[0]
    spent = tell.transfer_of_all(three.address, [key.pubkey() for key in three.keys[:2]])
    chain.send(tell.opens(chain.hot, first.pubkey(), USDC), spent, signers=[first, three.keys[1]])
    sent = three.send(three.signed(file), fails=True)
    # This node takes a failed transaction's nonce back, as no real one does: so it may run.
    assert three.settle(batch).failed == ()
    three.advance(three.nonces[0])
    failed = three.settle(batch)
    assert (failed.state, failed.failed) == (State.FAILED, (1,))
    assert ended(three, batch) == ("failed", sent)
    with three.books.read() as session:
        cost = account_balance(session, Chart.EXPENSE_NETWORK_FEES, "SOL")
        assert cost == coins - three.coins(payer) > 0

    chain.pay(three.address, 10_000 * 10**6, USDC)
    again = three.freeze()
    [file] = three.export(again)
    three.send(three.signed(file))
    assert three.settle(again).state is State.SETTLED
    three.require_paid({"payee-0": DEBT})


def test_a_provider_whose_lists_lack_what_paid_makes_nothing_fail(
    three: Treasury, chain: SolanaChain
) -> None:
    batch = frozen_for_one(three, chain)
    [file] = three.export(batch)
    sent = three.send(three.signed(file))
    chain.finalize()

    def forgets(question: Question, through: Forward) -> Reply:
        rows = through(question).result
        return answer(question, [row for row in rows if row["signature"] != sent])

    with fault_proxy(chain.url) as proxy:
        proxy.inject(only(forgets, LISTING))
        scanned = three.watching.using(proxy.url, agreeing=1).scan()
    assert scanned.residues
    unsure = three.settled_now(batch)
    assert (unsure.state, unsure.failed, unsure.missing) == (State.EXPORTED, (), (1,))
    with three.books.read() as session:
        assert outcomes_of(session, batch.id) == {}


def test_providers_that_tell_different_things_of_a_nonce_make_nothing_fail(
    three: Treasury, chain: SolanaChain
) -> None:
    batch = frozen_for_one(three, chain)
    three.export(batch)
    three.advance(three.nonces[0])

    def forgets(question: Question, through: Forward) -> Reply:
        if question.params[0] == str(three.nonces[0]):
            return answer(question, [])
        return through(question)

    with fault_proxy(chain.url) as proxy:
        proxy.inject(only(forgets, LISTING))
        scanned = three.watching.using(proxy.url, chain.url, agreeing=2).scan()
    assert "says" in "".join(scanned.faults)
    assert three.settled_now(batch).failed == ()
    chain.finalize()
    assert look(three.books.engine, three.watching.setup, clock.now, timedelta(0)) is not None
    by_the_worker = three.settled_now(batch)
    assert (by_the_worker.state, by_the_worker.new) == (State.FAILED, False)
