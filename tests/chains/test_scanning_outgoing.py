"""What leaves a wallet: by a Safe or by one key, with an instruction or without."""

from collections.abc import Iterator
from decimal import Decimal
from secrets import token_hex

import pytest
from sqlalchemy import select

from chains.tables import ChainExecution
from feeshare import clock
from feeshare.chain_alarms import Alarm, alarms
from feeshare.chain_transfers import standings
from feeshare.matching import reconcile_month
from feeshare.settings import Settings
from ledger.accounts import Chart
from ledger.balances import balances
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_calls import call_data
from support.evm_chain import USDC, EvmChain, ethereum
from support.evm_safes import Safe, deploy_safe

UNITS = 10_000 * 10**6


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def safe(chain: EvmChain) -> Safe:
    made = deploy_safe(chain, number=int(token_hex(4), 16))
    chain.mint(USDC, made.address, 2 * UNITS)
    chain.send(chain.people[2], made.address, value=10**18)
    chain.finalize()
    return made


@pytest.fixture
def watching(books: Books, chain: EvmChain, safe: Safe) -> ChainBooks:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    found.watch("treasury", safe.address, kind="safe")
    return found


def found_alarms(watching: ChainBooks) -> list[Alarm]:
    with watching.books.read() as session:
        found = alarms(session, Settings(), clock.now())
    # The node's blocks are as old as the test that mined them.
    return [each for each in found if each.kind != "finality stalls"]


def transfer(to: str, units: int) -> str:
    return call_data("transfer(address,uint256)", to, units)


def test_what_a_safe_paid_without_an_instruction_is_an_alarm(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    payee = "0x" + token_hex(20)
    sent, signed = safe.execute(USDC, transfer(payee, UNITS))
    chain.finalize()
    watching.scan()
    watching.require_equal()
    assert watching.lines("treasury") == [("USDC", Decimal(-10_000))]
    (alarm,) = found_alarms(watching)
    assert alarm.kind == "outgoing without an instruction"
    assert alarm.subject.startswith(f"treasury/{sent}/log:")
    assert "10000 USDC left treasury for 0x" in alarm.what
    with watching.books.read() as session:
        (execution,) = session.scalars(select(ChainExecution))
        assert (execution.safe_tx_hash, execution.transaction) == (signed, sent)
        assert execution.succeeded


def test_native_coin_that_a_safe_pays_is_seen_though_its_relayer_pays_the_gas(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    safe.execute("0x" + token_hex(20), value=10**17)
    chain.finalize()
    watching.scan()
    assert watching.lines("treasury") == [("ETH", Decimal("-0.1"))]
    watching.require_equal()


def test_a_safe_transaction_that_failed_inside_is_an_alarm_and_moves_nothing(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    _, signed = safe.execute(USDC, transfer(chain.people[3], 10**20), safe_tx_gas=100_000)
    chain.finalize()
    watching.scan()
    assert watching.lines("treasury") == []
    (alarm,) = found_alarms(watching)
    assert (alarm.kind, alarm.subject) == ("Safe transaction failed", signed)


def test_between_our_own_wallets_nothing_raises_an_alarm(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    other = "0x" + token_hex(20)
    watching.watch("other", other)
    safe.execute(USDC, transfer(other, UNITS))
    chain.finalize()
    watching.scan()
    assert found_alarms(watching) == []
    month = clock.now().date().replace(day=1)
    with watching.books.write() as change:
        reconcile_month(change, month)
    with watching.books.read() as session:
        found = {row.account: row.balance for row in balances(session)}
    assert found["assets:wallet:other"] == Decimal(10_000)
    assert found["assets:wallet:treasury"] == Decimal(-10_000)


def test_the_gas_of_our_own_transactions_is_a_network_fee_and_never_an_alarm(
    chain: EvmChain, books: Books
) -> None:
    payer = chain.people[4]
    watching = ChainBooks(books, setup_of("ethereum", chain.url))
    watching.watch("payer", payer)
    chain.send(payer, chain.people[5])
    chain.send(payer, USDC, transfer(chain.people[5], 10**20), succeeds=False)
    chain.finalize()
    watching.scan()
    watching.require_equal()
    fees = watching.lines("payer")
    assert {commodity for commodity, _ in fees} == {"ETH"}
    assert len(fees) == 2
    assert found_alarms(watching) == []
    month = clock.now().date().replace(day=1)
    with books.write() as change:
        placed, unmatched = reconcile_month(change, month)
    assert {each.document for each in placed} == {Chart.EXPENSE_NETWORK_FEES}
    assert unmatched == []
    with books.read() as session:
        held = {row.account: row.balance for row in balances(session)}
    assert held[Chart.EXPENSE_NETWORK_FEES] == -sum(amount for _, amount in fees)
    with books.write() as change:
        assert reconcile_month(change, month) == ([], [])


def test_a_confirmed_deposit_is_matched_to_its_bounty_and_held_for_the_exchange(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    sent = chain.transfer(USDC, chain.people[1], safe.address, UNITS)
    watching.bounty(declared=[sent])
    chain.finalize()
    watching.scan()
    assert watching.states() == ["confirmed"]
    with watching.books.write() as change:
        (placed,), _ = reconcile_month(change, clock.now().date().replace(day=1))
    assert (placed.document, placed.why) == ("bounty-1", "declared")
    with watching.books.read() as session:
        held = {row.account: row.balance for row in balances(session)}
    assert held[Chart.BOUNTY_DEPOSITS] == Decimal(-10_000)
    assert watching.states() == ["confirmed"]


def test_each_transfer_says_why_it_is_booked_or_is_not(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    fake = chain.place_token("0x" + token_hex(20), "USDC", 6)
    chain.mint(fake, safe.address, UNITS)
    chain.transfer(USDC, chain.people[1], safe.address, 0)
    chain.transfer(USDC, chain.people[1], safe.address, 5)
    safe.execute(USDC, transfer(safe.address, 7))
    chain.finalize()
    watching.scan()
    with watching.books.read() as session:
        found = [each.standing for each in standings(session, "treasury")]
        assert list(standings(session, "none")) == []
    assert found == ["not a registered token", "moved nothing", "booked", "to itself"]
    watching.require_equal()


def test_a_chain_that_was_never_scanned_stands_still(watching: ChainBooks) -> None:
    (alarm,) = found_alarms(watching)
    assert (alarm.kind, alarm.what) == ("scanning stands still", "never succeeded")


def test_a_deposit_of_several_funders_waits_for_a_person_and_nothing_else_waits_for_it(
    chain: EvmChain, watching: ChainBooks, safe: Safe
) -> None:
    sent = chain.transfer(USDC, chain.people[1], safe.address, UNITS)
    watching.bounty(declared=[sent], funders=["Gate.io", "Kraken"])
    chain.finalize()
    watching.scan()
    month = clock.now().date().replace(day=1)
    with watching.books.write() as change:
        placed, (waiting,) = reconcile_month(change, month)
    assert placed == []
    assert "whose deposit is it?" in waiting.reason
    assert "--funder gate-io" in waiting.reason
