"""A chain of many stories tells the same however it is read, and what another library finds."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from web3 import HTTPProvider, Web3

from chains.evm_reader import EvmReader
from chains.movements import Execution, Movement, Wallet
from support.evm_calls import call_data
from support.evm_chain import HBOT, USDC, USDT, EvmChain, evm_chain
from support.evm_faults import range_limit
from support.evm_readers import account, evm_reader, net, safe_wallet
from support.evm_safes import Safe, deploy_safe
from support.fault_proxy import fault_proxy

SEED = 20_231_101
BLOCKS = 50
TOKENS = (USDC, USDT, HBOT)
TRANSFER_ABI = [
    {
        "type": "event",
        "name": "Transfer",
        "anonymous": False,
        "inputs": [
            {"name": "from", "type": "address", "indexed": True},
            {"name": "to", "type": "address", "indexed": True},
            {"name": "value", "type": "uint256", "indexed": False},
        ],
    }
]


@dataclass(frozen=True)
class Story:
    """A chain with transfers of all kinds between these blocks, and wallets to look at."""

    chain: EvmChain
    first: int
    last: int
    wallets: tuple[Wallet, ...]


def told(chain: EvmChain, safe: Safe, purse: str, chance: random.Random) -> None:
    """Let something happen."""
    sender, recipient = chance.sample([*chain.people[1:5], safe.address], 2)
    token, units = chance.choice(TOKENS), chance.randrange(5)
    pay = call_data("transfer(address,uint256)", recipient, units)
    each = call_data("payEach(address[],uint256)", [recipient, purse, recipient], units)
    if sender == safe.address:
        if chance.random() < 0.5:
            safe.execute(token, pay)
        else:
            safe.execute(purse, each, value=3 * units)
        return
    match chance.randrange(4):
        case 0:
            chain.send(sender, token, pay)
        case 1:
            chain.send(sender, recipient, value=units)
        case 2:
            chain.send(sender, purse, each, value=3 * units)
        case _:
            with chain.one_block():
                for one in chain.people[1:5]:
                    chain.offer(one, token, pay)
                    chain.offer(one, recipient, value=units)


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    with evm_chain(1) as chain:
        safe = deploy_safe(chain, owners=2, threshold=2)
        purse = chain.deploy("Tokens.sol:Purse")
        for token in TOKENS:
            chain.place_token(token, "T", 6, "FeeToken" if token == USDT else "Token")
            for wallet in (*chain.people[1:5], safe.address):
                chain.mint(token, wallet, 10**9)
        chain.send(chain.people[0], safe.address, value=10**9)
        first = chain.head + 1
        chance = random.Random(SEED)  # noqa: S311 - stories, not secrets
        while chain.head < first + BLOCKS:
            told(chain, safe, purse, chance)
        wallets = (
            safe_wallet(safe.address, *TOKENS),
            account(chain.people[1], *TOKENS),
            account(chain.people[2], *TOKENS),
        )
        yield Story(chain, first, chain.head, wallets)


@pytest.fixture(scope="module")
def reader(story: Story) -> Iterator[EvmReader]:
    with evm_reader(story.chain.url) as found:
        yield found


@pytest.fixture(scope="module")
def whole(story: Story, reader: EvmReader) -> tuple[list[Movement], list[Execution]]:
    seen = reader.seen(story.wallets, story.first, story.last)
    return list(seen.movements), list(seen.executions)


def read_in_pieces(
    reader: EvmReader, story: Story, cuts: Sequence[int]
) -> tuple[list[Movement], list[Execution]]:
    ends = [*sorted({min(story.first + cut, story.last) for cut in cuts} - {story.last})]
    movements: list[Movement] = []
    executions: list[Execution] = []
    for first, last in zip(
        [story.first, *(end + 1 for end in ends)], [*ends, story.last], strict=True
    ):
        seen = reader.seen(story.wallets, first, last)
        movements += seen.movements
        executions += seen.executions
    return movements, executions


@settings(deadline=None, max_examples=8)
@given(cuts=st.lists(st.integers(0, BLOCKS), max_size=6), step=st.integers(1, 70))
def test_any_pieces_tell_what_the_whole_tells(
    story: Story,
    whole: tuple[list[Movement], list[Execution]],
    cuts: list[int],
    step: int,
) -> None:
    with evm_reader(story.chain.url, step=step) as reader:
        assert read_in_pieces(reader, story, cuts) == whole


@pytest.mark.parametrize("hinted", [False, True])
def test_a_provider_of_narrow_ranges_tells_the_same(
    story: Story, whole: tuple[list[Movement], list[Execution]], *, hinted: bool
) -> None:
    limit = range_limit(7, is_hinted=hinted)
    with fault_proxy(story.chain.url, limit) as proxy, evm_reader(proxy.url) as reader:
        assert read_in_pieces(reader, story, []) == whole


def test_the_story_has_movements_of_every_kind_in_the_chains_order(
    story: Story,
    whole: tuple[list[Movement], list[Execution]],
) -> None:
    movements, executions = whole
    kinds = Counter(each.part.partition(":")[0] for each in movements)
    assert {"value", "call", "log", "fee"} == set(kinds)
    assert min(kinds.values()) > 10
    assert len(executions) > 10
    keys = [(each.transaction, each.part) for each in movements]
    assert len(set(keys)) == len(keys)
    receipts = {each: story.chain.receipt(each) for each, _ in keys}
    places = [
        (each.block, int(receipts[each.transaction]["transactionIndex"], 16)) for each in movements
    ]
    assert places == sorted(places)


def test_movements_add_up_to_the_balances_of_every_wallet_and_token(
    story: Story, reader: EvmReader, whole: tuple[list[Movement], list[Execution]]
) -> None:
    opening = reader.balances(story.wallets, story.first - 1).balances
    closing = reader.balances(story.wallets, story.last).balances
    for wallet in story.wallets:
        for contract in ("", *TOKENS):
            change = closing[wallet.id, contract] - opening[wallet.id, contract]
            assert net(whole[0], wallet.address, contract) == change


def test_another_library_finds_the_same_transfers(
    story: Story, whole: tuple[list[Movement], list[Execution]]
) -> None:
    web3 = Web3(HTTPProvider(story.chain.url))
    ours = {wallet.address for wallet in story.wallets}
    found = set()
    for token in TOKENS:
        contract = web3.eth.contract(address=Web3.to_checksum_address(token), abi=TRANSFER_ABI)
        for event in contract.events.Transfer().get_logs(
            from_block=story.first, to_block=story.last
        ):
            sender, recipient = event["args"]["from"].lower(), event["args"]["to"].lower()
            if {sender, recipient} & ours:
                place = event["blockNumber"], event["transactionHash"].to_0x_hex()
                found.add((*place, token, sender, recipient, event["args"]["value"]))
    transfers = [each for each in whole[0] if each.part.startswith("log")]
    assert found == {
        (each.block, each.transaction, each.contract, each.sender, each.recipient, each.units)
        for each in transfers
    }
    assert len(transfers) >= len(found) > 20
