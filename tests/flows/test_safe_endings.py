"""Whatever happens between plan and settlement, each recipient is paid what is owed, once."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from chains.errors import ProvidersTooFew
from feeshare import clock
from feeshare.chain_jobs import look
from feeshare.payout_chain import settle_all
from ledger import balances
from ledger.accounts import Chart
from payouts.batches import Frozen, State
from payouts.errors import SlotStillLive
from support.books import Books
from support.chain_books import ChainBooks, close_clients
from support.dying import die_around, die_before_commit
from support.evm_chain import USDC, USDT, EvmChain, ethereum
from support.evm_safes import deploy_safe
from support.fault_proxy import answer, fault_proxy, only
from support.payouts import cancel
from support.safe_payouts import (
    FINAL,
    SafePayouts,
    require_paid,
    sign_and_send,
    typed_data_of,
    watched,
)

WRITES_OF_A_SCAN = 7
TOKENS = {"USDC": (USDC, 6), "USDT": (USDT, 6)}
PAYEES = ["ada", "bea", "cy"]
DEBTS = [("ada", "10.5", "USDC"), ("bea", "20", "USDC"), ("cy", "30.000001", "USDT")]
OWED = {(payee, commodity): Decimal(amount) for payee, amount, commodity in DEBTS}


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def payouts(books: Books, chain: EvmChain) -> SafePayouts:
    found = SafePayouts(books, chain, deploy_safe(chain))
    found.furnish(PAYEES, list(TOKENS))
    return found


@pytest.fixture
def watching(payouts: SafePayouts) -> ChainBooks:
    return watched(payouts, TOKENS, 1000)


def exported(payouts: SafePayouts) -> Frozen:
    """Bring the debts to an exported batch."""
    payouts.owe(DEBTS, "owed")
    batch = payouts.freeze()
    payouts.approve(batch)
    payouts.export(batch)
    return batch


def seen_final(payouts: SafePayouts, watching: ChainBooks) -> None:
    """Make everything final and read it."""
    payouts.chain.mine(FINAL)
    watching.scan()
    payouts.books.at = clock.now()


def require_once(payouts: SafePayouts, watching: ChainBooks) -> None:
    require_paid(payouts, OWED, TOKENS)
    watching.require_equal()


def dies(payouts: SafePayouts, act: Callable[[SafePayouts], object], *, before: bool) -> None:
    """Do something in a process that is killed before its first commit, or after all of it."""
    die_around(payouts.books, lambda books: act(replace(payouts, books=books)), before=before)


def test_killed_before_and_after_every_write_each_recipient_is_paid_once(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    payouts.owe(DEBTS, "owed")
    known: list[Frozen] = []

    def freeze(each: SafePayouts) -> None:
        known[:] = [each.freeze({payouts.wallet: payouts.safe.nonce})]

    def survive(act: Callable[[SafePayouts], object]) -> None:
        dies(payouts, act, before=True)
        dies(payouts, act, before=False)
        act(payouts)

    dies(payouts, freeze, before=True)
    freeze(payouts)
    batch = known[0]
    survive(lambda each: each.approve(batch))
    survive(lambda each: each.export(batch))
    sign_and_send(payouts.safe, payouts.export(batch))
    payouts.chain.mine(FINAL)
    for write in range(1, WRITES_OF_A_SCAN):
        die_before_commit(watching, write)
    seen_final(payouts, watching)
    survive(lambda each: each.settle(batch))
    assert payouts.settle(batch).state is State.SETTLED
    require_once(payouts, watching)


def test_two_workers_that_settle_at_once_book_each_line_once(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    sign_and_send(payouts.safe, payouts.export(batch))
    seen_final(payouts, watching)
    found: list[bool] = []

    def work() -> None:
        found.append(payouts.settle(batch).new)

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == [False, True]
    require_once(payouts, watching)


def test_a_worker_settles_what_is_final_and_has_nothing_to_do_again(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    engine = payouts.books.engine
    sign_and_send(payouts.safe, payouts.export(batch))
    assert look(engine, watching.setup, clock.now, timedelta(0)) is not None
    assert payouts.settle(batch).missing == (1, 2, 3)
    payouts.chain.mine(FINAL)
    assert look(engine, watching.setup, clock.now, timedelta(0)) is not None
    payouts.books.at = clock.now()
    assert not payouts.settle(batch).new
    assert settle_all(engine, payouts.name, actor="worker", at=clock.now()) == []
    require_once(payouts, watching)


def test_a_payout_that_a_reorganisation_dropped_is_settled_where_it_ends_up(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    files = payouts.export(batch)
    sign_and_send(payouts.safe, files)
    watching.scan()
    payouts.books.at = clock.now()
    assert payouts.settle(batch).missing == (1, 2, 3)
    payouts.chain.reorg(1)
    assert payouts.safe.nonce == batch.nonce
    seen_final(payouts, watching)
    assert payouts.settle(batch).missing == (1, 2, 3)
    sign_and_send(payouts.safe, files)
    seen_final(payouts, watching)
    assert payouts.settle(batch).state is State.SETTLED
    require_once(payouts, watching)


def test_a_provider_that_does_not_know_a_mined_payout_makes_nothing_fail(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    sign_and_send(payouts.safe, payouts.export(batch))
    payouts.chain.mine(FINAL)
    with fault_proxy(payouts.chain.url) as proxy:
        proxy.inject(only(lambda question, _: answer(question, None), "eth_getTransactionReceipt"))
        with pytest.raises(ProvidersTooFew):
            watching.using(proxy.url, agreeing=1).scan()
    payouts.books.at = clock.now()
    unsure = payouts.settle(batch)
    assert (unsure.state, unsure.failed, unsure.missing) == (State.EXPORTED, (), (1, 2, 3))
    with pytest.raises(SlotStillLive):
        cancel(payouts.books, batch)
    seen_final(payouts, watching)
    assert payouts.settle(batch).state is State.SETTLED
    require_once(payouts, watching)


def test_what_another_transaction_took_the_nonce_of_is_paid_by_the_next_batch_alone(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    files = payouts.export(batch)
    payouts.safe.execute(payouts.safe.address)
    watching.scan()
    payouts.books.at = clock.now()
    assert payouts.settle(batch).failed == ()
    seen_final(payouts, watching)
    failed = payouts.settle(batch)
    assert (failed.state, failed.failed) == (State.FAILED, (1, 2, 3))
    again = payouts.freeze()
    assert again.nonce == payouts.safe.nonce
    payouts.approve(again)
    with pytest.raises(AssertionError):
        sign_and_send(payouts.safe, files)
    sign_and_send(payouts.safe, payouts.export(again))
    seen_final(payouts, watching)
    assert payouts.settle(again).state is State.SETTLED
    require_once(payouts, watching)


def test_a_file_imported_twice_is_found_and_owed_back(
    payouts: SafePayouts, watching: ChainBooks
) -> None:
    batch = exported(payouts)
    files = payouts.export(batch)
    sign_and_send(payouts.safe, files)
    [typed] = typed_data_of(files)
    typed["message"]["nonce"] = str(payouts.safe.nonce)
    payouts.safe.carry_out(typed)
    seen_final(payouts, watching)
    settled = payouts.settle(batch)
    assert (settled.state, len(settled.settled), len(settled.twice)) == (State.SETTLED, 3, 3)
    assert not settled.unmatched
    watching.require_equal()
    with payouts.books.read() as session:
        owed_back = {
            commodity: balances.account_balance(session, Chart.RECEIVABLE_PAYEE, commodity)
            for commodity in TOKENS
        }
    assert owed_back == {"USDC": Decimal("30.5"), "USDT": Decimal("30.000001")}
    payouts.owe([("bea", "25", "USDC")], "next")
    second = payouts.freeze()
    payouts.approve(second)
    sign_and_send(payouts.safe, payouts.export(second))
    seen_final(payouts, watching)
    assert payouts.settle(second).state is State.SETTLED
    watching.require_equal()
    require_paid(payouts, {("bea", "USDC"): Decimal(45)}, TOKENS)
