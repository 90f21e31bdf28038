"""A mixture of everything on a real node: it adds up to the balances, whole or in pieces."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chains.jsonrpc import RpcClient
from chains.movements import NATIVE, Movement, Reader, Wallet
from chains.registry import chain_named
from chains.solana_reader import SolanaReader
from support import solana_instructions as tell
from support.chain_books import reader_of
from support.solana_chain import SolanaChain, solana_chain
from support.solana_instructions import USDC, USDT, WSOL, ata

SEED = 20261101
STEPS = 60
COIN = 10**9
TOKENS = (USDC, USDT, WSOL)


@dataclass
class Mixture:
    """Two wallets of ours among strangers, to whom anything may happen; a seed says what."""

    chain: SolanaChain
    chance: random.Random
    ours: list[Keypair] = field(default_factory=lambda: [Keypair(), Keypair()])
    thief: Keypair = field(default_factory=Keypair)
    extra: list[tuple[Keypair, Pubkey]] = field(default_factory=list)

    def begin(self) -> None:
        for key in (*self.ours, self.thief):
            self.chain.fund(key.pubkey(), 10 * COIN)
            self.chain.pay(key.pubkey(), 10**9)

    def step(self) -> None:
        happens: list[Callable[[], object]] = [
            self.deposit,
            self.coins,
            self.fails,
            self.made,
            self.handed,
            self.closed,
            self.between,
            self.through,
            self.passed,
            self.wrapped,
            self.several,
        ]
        self.chance.choice(happens)()

    def units(self) -> int:
        return self.chance.randint(1, 10**6)

    def deposit(self) -> None:
        owner = self.chance.choice(self.ours).pubkey()
        self.chain.pay(owner, self.units(), self.chance.choice([USDC, USDT]))

    def coins(self) -> None:
        sender, to = self.chance.sample([*self.ours, self.thief], 2)
        self.chain.send(tell.coins(sender.pubkey(), to.pubkey(), self.units()), payer=sender)

    def fails(self) -> None:
        key = self.chance.choice(self.ours)
        own = ata(key.pubkey())
        # Of two transactions that are alike, under one blockhash, the second is refused.
        units = 10**18 + self.units()
        self.chain.send(
            tell.moves(key.pubkey(), own, ata(self.chain.hot), units), payer=key, fails=True
        )

    def made(self) -> None:
        key = self.chance.choice(self.ours)
        account = self.chain.account(key.pubkey())
        self.chain.send(self.chain.moving(account, self.units()))
        self.extra.append((key, account))

    def handed(self) -> None:
        account = self.chain.account(self.thief.pubkey())
        to = self.chance.choice(self.ours)
        hands = tell.hands(account, self.thief.pubkey(), to.pubkey())
        self.chain.send(self.chain.moving(account, self.units()), hands, signers=[self.thief])
        self.extra.append((to, account))

    def closed(self) -> None:
        if not self.extra:
            return
        key, account = self.extra.pop(self.chance.randrange(len(self.extra)))
        units = int(self.chain.ask("getTokenAccountBalance", str(account))["value"]["amount"])
        owner = key.pubkey()
        self.chain.send(
            tell.moves(owner, account, ata(owner), units),
            tell.closes(account, owner, owner),
            payer=key,
        )

    def between(self) -> None:
        sender, to = (key.pubkey() for key in self.ours)
        moves = tell.moves(sender, ata(sender), ata(to), self.units())
        self.chain.send(tell.opens(sender, to), moves, payer=self.ours[0])

    def through(self) -> None:
        """Pay between our wallets by way of an account that is not associated, or handed over."""
        if not self.extra:
            return
        key, account = self.chance.choice(self.extra)
        payer, payee = (self.chance.choice(self.ours) for _ in range(2))
        back = self.units()
        units = back + self.units()
        pays = tell.moves(payer.pubkey(), ata(payer.pubkey()), account, units)
        returns = tell.moves(key.pubkey(), account, ata(payee.pubkey()), back)
        if self.chance.randint(0, 1):
            self.chain.send(pays, returns, payer=payer, signers=[key])
        else:
            self.chain.send(pays, payer=payer)
            self.chain.send(returns, payer=key)

    def passed(self) -> None:
        """Hand an account that is not associated from one wallet of ours to another."""
        if not self.extra:
            return
        place = self.chance.randrange(len(self.extra))
        key, account = self.extra[place]
        to = self.chance.choice([each for each in self.ours if each is not key])
        self.chain.send(tell.hands(account, key.pubkey(), to.pubkey()), payer=key)
        self.extra[place] = to, account

    def wrapped(self) -> None:
        key = self.chance.choice(self.ours)
        owner, account = key.pubkey(), ata(key.pubkey(), WSOL)
        wraps = [tell.coins(owner, account, self.units()), tell.syncs(account)]
        closes = [tell.closes(account, owner, owner)] * self.chance.randint(0, 1)
        self.chain.send(tell.opens(owner, owner, WSOL), *wraps, *closes, payer=key)

    def several(self) -> None:
        one, other = (self.chain.paying(key.pubkey(), self.units()) for key in self.ours)
        sender = self.ours[0].pubkey()
        back = tell.moves(sender, ata(sender), ata(self.chain.hot), self.units())
        self.chain.send(*one, *other, back, signers=self.ours[:1])


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
