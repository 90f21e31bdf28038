"""A mixture of everything on a real node: it adds up to the balances, whole or in pieces."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chains.jsonrpc import RpcClient
from chains.movements import NATIVE, Movement, Reader, Wallet
from chains.registry import chain_named
from chains.solana_reader import SolanaReader
from support.chain_books import reader_of
from support.solana_chain import SolanaChain, solana_chain
from support.solana_instructions import USDC, USDT, WSOL
from support.solana_stories import Mixture

SEED = 20261101
STEPS = 60
TOKENS = (USDC, USDT, WSOL)


@dataclass
class Told:
    """What happened, and whoever reads it."""

    chain: SolanaChain
    reader: Reader
    wallets: list[Wallet]
    last: int

    def read(self, first: int, last: int) -> list[Movement]:
        return list(self.reader.seen(self.wallets, first, last).movements)


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    with solana_chain() as chain:
        mixture = Mixture(chain, random.Random(SEED))  # noqa: S311 - what happens, not a secret
        mixture.begin()
        for _ in range(STEPS):
            mixture.step()
        chain.finalize()
        wallets = [
            Wallet(
                id=f"wallet-{place}",
                address=str(key.pubkey()),
                kind="solana",
                tokens=tuple(str(each) for each in TOKENS),
            )
            for place, key in enumerate(mixture.ours)
        ]
        client = RpcClient(chain.url)
        reader = SolanaReader(chain_named("solana"), client)
        yield Told(chain, reader, wallets, chain.slot("finalized"))
        client.close()


def test_what_moved_without_a_doubt_is_what_the_wallets_hold(told: Told) -> None:
    movements = told.read(0, told.last)
    balances = told.reader.closing(told.wallets).balances
    for wallet in told.wallets:
        for contract in (NATIVE, *wallet.tokens):
            own = [each for each in movements if each.contract == contract and not each.doubt]
            came = sum(each.units for each in own if each.recipient == wallet.address)
            went = sum(each.units for each in own if each.sender == wallet.address)
            assert came - went == balances[wallet.id, contract], (wallet.id, contract)
    assert {each.part.partition(":")[0] for each in movements} == {
        *("fee", "handed", "lamports", "token")
    }


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.sets(st.integers(100, 165), max_size=3))
def test_pieces_tell_what_the_whole_tells(told: Told, cuts: set[int]) -> None:
    ends = [*sorted(cut for cut in cuts if cut < told.last), told.last]
    pieces, first = [], 0
    for end in ends:
        pieces += told.read(first, end)
        first = end + 1
    assert pieces == told.read(0, told.last)


def test_each_wallet_by_itself_tells_its_part_of_the_whole(told: Told) -> None:
    whole = told.read(0, told.last)
    for wallet in told.wallets:
        alone = told.reader.seen([wallet], 0, told.last).movements
        own = [each for each in whole if wallet.address in {each.sender, each.recipient}]
        assert list(alone) == own


def test_another_reader_tells_the_same(told: Told) -> None:
    again = reader_of("solana", told.chain.url)
    assert list(again.seen(told.wallets, 0, told.last).movements) == told.read(0, told.last)
