"""Providers of Solana that lag, list what does not join, or cannot tell: always a fault."""

from collections.abc import Iterator
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chains.errors import AnsweredError, AnswerUnfit, NotThere, WrongChain
from chains.movements import Wallet
from chains.solana_reader import SolanaReader
from support import solana_instructions as tell
from support.chain_books import reader_of
from support.fault_proxy import (
    Fault,
    FaultProxy,
    Forward,
    Question,
    Reply,
    alters,
    drops,
    fault_proxy,
    only,
    refuses,
    times,
)
from support.solana_chain import SolanaChain, solana_chain
from support.solana_faults import (
    knows_versions_until,
    lacks_transactions,
    lags_when_listing,
    later_pages,
    lists_short,
    repeats,
    skipped_slots,
    skips,
    stale,
)
from support.solana_instructions import TOKEN_2022, USDC, USDT, ata

PAYMENTS = 12
UNITS = 1000


def watched(owner: Pubkey, name: str = "deposits") -> Wallet:
    tokens = (str(USDC), str(USDT))
    return Wallet(id=name, address=str(owner), kind="solana", tokens=tokens)


def owner_of(wallet: Wallet) -> Pubkey:
    return Pubkey.from_string(wallet.address)


@pytest.fixture(scope="module")
def chain() -> Iterator[SolanaChain]:
    with solana_chain() as found:
        yield found


@pytest.fixture(scope="module")
def wallet(chain: SolanaChain) -> Wallet:
    """Give a wallet that was paid some times, each time a little more."""
    owner = Keypair().pubkey()
    for count in range(PAYMENTS):
        chain.pay(owner, UNITS + count)
    chain.finalize()
    return watched(owner)


@pytest.fixture
def proxy(chain: SolanaChain) -> Iterator[FaultProxy]:
    with fault_proxy(chain.url) as found:
        yield found


@pytest.fixture
def reader(chain: SolanaChain, proxy: FaultProxy) -> SolanaReader:
    found = reader_of("solana", proxy.url, chain.genesis)
    assert isinstance(found, SolanaReader)
    return found


def paid(reader: SolanaReader, wallet: Wallet, first: int = 0) -> list[int]:
    """Return the units that came to a wallet, until the newest final slot."""
    seen = reader.seen([wallet], first, reader.final().number)
    return [each.units for each in seen.movements]


WHOLE = [UNITS + count for count in range(PAYMENTS)]


@pytest.mark.parametrize("rows", [2, 3, 5, PAYMENTS - 1, PAYMENTS])
def test_pages_of_any_length_join_to_one_history(
    reader: SolanaReader, proxy: FaultProxy, wallet: Wallet, rows: int
) -> None:
    proxy.inject(lists_short(rows))
    assert paid(reader, wallet) == WHOLE


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (repeats(), "circles"),
        (times(1, repeats()), "circles"),
        (skips(2), "gap"),
        (alters(lambda _: []), "gap"),
    ],
)
def test_pages_that_do_not_join_are_a_fault_and_never_a_shorter_history(
    reader: SolanaReader, proxy: FaultProxy, wallet: Wallet, fault: Fault, said: str
) -> None:
    proxy.inject(lists_short(4), later_pages(fault))
    with pytest.raises(AnswerUnfit, match=said):
        paid(reader, wallet)


def test_what_lies_before_the_first_slot_wanted_is_not_paged_to(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    owner = Keypair().pubkey()
    chain.pay(owner, 3)
    for _ in range(3):
        chain.finalize()
    first = chain.slot()
    chain.pay(owner, 5)
    seen = reader.seen([watched(owner)], first, chain.slot())
    assert [each.units for each in seen.movements] == [5]
    assert sum(each.params[:1] == [str(ata(owner))] for each in proxy.asked) == 1


def test_a_transaction_that_is_listed_and_not_there_is_a_fault(
    reader: SolanaReader, proxy: FaultProxy, wallet: Wallet
) -> None:
    proxy.inject(lacks_transactions())
    with pytest.raises(NotThere, match="does not have it"):
        paid(reader, wallet)


@pytest.mark.parametrize(
    "told",
    [
        knows_versions_until(0),
        only(refuses(-32603, "Unsupported transaction version: 1"), "getTransaction"),
        only(refuses(-32600, "version 7 is not supported by the client"), "getTransaction"),
    ],
)
def test_a_transaction_of_a_version_that_the_provider_cannot_tell_is_a_fault(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy, told: Fault
) -> None:
    owner = Keypair().pubkey()
    chain.send(*chain.paying(owner, UNITS), version=1)
    last = chain.slot()
    assert [each.units for each in reader.seen([watched(owner)], 0, last).movements] == [UNITS]
    with proxy.having(told), pytest.raises(AnsweredError, match=r"not supported|Unsupported"):
        reader.seen([watched(owner)], 0, last)


def test_a_provider_that_has_not_reached_the_last_slot_is_a_fault(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    owner = Keypair().pubkey()
    chain.pay(owner, UNITS)
    last = chain.slot()
    with proxy.having(stale(proxy, 5)), pytest.raises(NotThere, match=f"before {last}"):
        reader.seen([watched(owner)], 0, last)
    with proxy.having(lags_when_listing(5)), pytest.raises(NotThere, match="Minimum"):
        reader.seen([watched(owner)], 0, last)


def test_an_account_that_is_gone_is_no_secret_of_a_node_that_has_not_seen_it_go(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    key = Keypair()
    owner = key.pubkey()
    chain.fund(owner)
    chain.pay(owner, 1)
    account = chain.account(owner)
    paid = chain.send(chain.moving(account, UNITS))
    last = chain.slot_of(paid)
    chain.send(
        tell.moves(owner, account, ata(owner), UNITS),
        tell.closes(account, owner, owner),
        payer=key,
    )
    chain.finalize()
    told = [
        (each.part, each.units) for each in reader.seen([watched(owner)], last, last).movements
    ]
    assert told == [(f"token:{account}", UNITS)]
    behind = chain.ask("getSlot") - last
    with proxy.having(lags_when_listing(behind)), pytest.raises(NotThere, match="Minimum"):
        reader.seen([watched(owner)], last, last)


def test_a_provider_of_another_chain_is_refused(chain: SolanaChain) -> None:
    reader_of("solana", chain.url, chain.genesis).require_chain()
    with pytest.raises(WrongChain, match=f"serves genesis {chain.genesis}"):
        reader_of("solana", chain.url).require_chain()


def test_an_answer_for_another_transaction_is_a_fault(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy, wallet: Wallet
) -> None:
    (row, *_) = chain.ask("getSignaturesForAddress", str(ata(owner_of(wallet))), {"limit": 1})
    how = {"encoding": "jsonParsed", "maxSupportedTransactionVersion": 1}
    other = chain.ask("getTransaction", row["signature"], how)
    proxy.inject(only(alters(lambda _: other), "getTransaction"))
    with pytest.raises(AnswerUnfit, match="another transaction"):
        paid(reader, wallet)


def test_balances_of_several_slots_are_read_again_and_then_refused(
    reader: SolanaReader, proxy: FaultProxy
) -> None:
    slots = iter(range(10**6))

    def moving(told: dict[str, Any]) -> dict[str, Any]:
        context = {"slot": told["context"]["slot"] + next(slots)}
        return told | {"context": context}

    many = [watched(Keypair().pubkey(), f"wallet-{count}") for count in range(25)]
    assert set(reader.closing(many).balances.values()) == {0}
    proxy.inject(only(alters(moving), "getMultipleAccounts"))
    with pytest.raises(AnswerUnfit, match="several slots"):
        reader.closing(many)


def test_an_account_that_comes_while_balances_are_read_is_in_them(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    owner, account = Keypair().pubkey(), Keypair()

    def comes(question: Question, through: Forward) -> Reply:
        before = through(question)
        made = chain.making(account.pubkey(), owner)
        chain.send(*made, chain.moving(account.pubkey(), UNITS), signers=[account])
        return before

    proxy.inject(only(times(1, comes), "getMultipleAccounts"))
    assert reader.closing([watched(owner)]).balances["deposits", str(USDC)] == UNITS


def test_a_slot_that_was_skipped_has_no_hash_and_one_that_is_forgotten_is_a_fault(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    number = chain.slot("finalized")
    assert reader.hash_of(number) == reader.final().hash != ""
    with pytest.raises(NotThere):
        reader.hash_of(10**9)
    proxy.inject(skipped_slots())
    assert reader.hash_of(number) == ""
    proxy.inject(only(alters(lambda _: number + 1), "getFirstAvailableBlock"))
    with pytest.raises(NotThere, match=f"keeps slots from {number + 1} on"):
        reader.hash_of(number)


def test_slots_that_the_provider_does_not_keep_any_more_are_a_fault(
    reader: SolanaReader, proxy: FaultProxy, wallet: Wallet
) -> None:
    proxy.inject(only(alters(lambda _: 100), "getFirstAvailableBlock"))
    assert paid(reader, wallet, 100) == WHOLE
    with pytest.raises(NotThere, match="from 100 on, and not 99"):
        paid(reader, wallet, 99)


def test_the_newest_block_is_the_newest_that_the_provider_has(
    reader: SolanaReader, proxy: FaultProxy
) -> None:
    head = reader.head().number
    missing = refuses(-32004, f"Block not available for slot {head}")
    proxy.inject(only(times(3, missing), "getBlock"))
    assert reader.head().number == head - 3
    proxy.inject(only(missing, "getBlock"))
    with pytest.raises(NotThere, match="no block in the 8 slots"):
        reader.final()


def test_what_is_no_mint_has_no_decimals(chain: SolanaChain, reader: SolanaReader) -> None:
    assert reader.decimals(str(USDC)) == 6
    assert reader.decimals(str(chain.mint(TOKEN_2022, fee=100))) == 6
    for address in (ata(chain.hot), chain.hot, Keypair().pubkey()):
        with pytest.raises(AnswerUnfit, match="is no mint"):
            reader.decimals(str(address))


def test_balances_of_the_past_are_none_at_the_beginning_and_nowhere_else(
    reader: SolanaReader, wallet: Wallet
) -> None:
    assert set(reader.balances([wallet], -1).balances.values()) == {0}
    assert len(reader.balances([wallet], 0).balances) == 3
    with pytest.raises(NotThere, match="`start` or `now`"):
        reader.balances([wallet], 1)


def test_an_account_whose_making_the_provider_forgot_is_a_fault(
    chain: SolanaChain, reader: SolanaReader, proxy: FaultProxy
) -> None:
    owner = Keypair().pubkey()
    account = chain.account(owner)
    made = chain.slot()
    chain.send(chain.moving(account, UNITS))
    chain.finalize()
    proxy.inject(only(drops(lambda row: row["slot"] == made), "getSignaturesForAddress"))
    with pytest.raises(NotThere, match="the making of token account"):
        reader.closing([watched(owner)])
    proxy.heal()
    assert reader.closing([watched(owner)]).balances["deposits", str(USDC)] == UNITS
