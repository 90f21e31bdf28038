"""Seeded stories on a Solana node: whatever happens on the way, books and chain agree."""

from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from random import Random

from solders.keypair import Keypair
from solders.pubkey import Pubkey
from sqlalchemy.engine import URL

from chains.errors import ProvidersDisagree
from ledger.errors import Unavailable
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks, close_clients, setup_of
from support.databases import fresh_database, service_engine
from support.dying import die_before_commit
from support.fault_proxy import (
    Fault,
    FaultProxy,
    after,
    asked_too_often,
    cuts,
    fails,
    fault_proxy,
    times,
)
from support.solana_books import settled
from support.solana_chain import SolanaChain, solana_chain
from support.solana_faults import lacks_transactions, lists_short, stale
from support.solana_instructions import USDC, USDT, WSOL, ata

COIN = 10**9
STEPS = 25
COMMITS_MAX = 8
LOOK_EVERY = 3
"""Of so many happenings, one has to do with whoever looks."""


@dataclass
class Mixture:
    """Two wallets of ours among strangers, to whom anything may happen; a seed says what."""

    chain: SolanaChain
    chance: Random
    ours: list[Keypair] = field(default_factory=lambda: [Keypair(), Keypair()])
    thief: Keypair = field(default_factory=Keypair)
    extra: list[tuple[Keypair, Pubkey]] = field(default_factory=list)

    def begin(self) -> None:
        for key in (*self.ours, self.thief):
            self.chain.fund(key.pubkey(), 10 * COIN)
            self.chain.pay(key.pubkey(), 10**9)

    def step(self) -> str:
        """Let chance choose what happens; return its name."""
        happens = [
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
        happening = self.chance.choice(happens)
        happening()
        return happening.__name__

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


class Story:
    """A mixture on a chain, three providers of it, and books that watch both wallets."""

    def __init__(
        self, books: Books, chain: SolanaChain, proxies: list[FaultProxy], seed: int
    ) -> None:
        self.chance = Random(seed)  # noqa: S311 - a story is told again by its seed
        self.chain = chain
        self.proxies = proxies
        self.mixture = Mixture(chain, self.chance)
        self.mixture.begin()
        self.told: Counter[str] = Counter()
        self.watching = watching_both(
            books, self.mixture, *(each.url for each in proxies), agreeing=2
        )

    def tell(self, steps: int = STEPS) -> None:
        """Let things happen, then require that books and chain are equal."""
        looks = [self.scan, self.scan, self.finalize, self.fault, self.heal, self.die]
        for _ in range(steps):
            if self.chance.randrange(LOOK_EVERY):
                self.told[self.mixture.step()] += 1
            else:
                look = self.chance.choice(looks)
                look()
                self.told[look.__name__] += 1
        self.heal()
        settled(self.chain, self.watching)
        self.told["settled"] += 1

    def scan(self) -> None:
        with suppress(Unavailable, ProvidersDisagree):
            self.watching.scan(quietly=self.chance.random() < 0.5)

    def finalize(self) -> None:
        self.chain.finalize()

    def fault(self) -> None:
        """Let one provider fail in some way, until it is healed."""
        proxy = self.chance.choice(self.proxies)
        faults: list[Fault] = [
            fails(),
            cuts(),
            after(self.chance.randrange(20), cuts()),
            times(2, asked_too_often()),
            stale(proxy, self.chance.randrange(1, 40)),
            lists_short(self.chance.randrange(1, 5)),
            lacks_transactions(),
        ]
        proxy.inject(self.chance.choice(faults))

    def heal(self) -> None:
        for proxy in self.proxies:
            proxy.heal()

    def die(self) -> None:
        die_before_commit(self.watching, self.chance.randrange(1, COMMITS_MAX))


def watching_both(books: Books, mixture: Mixture, *urls: str, agreeing: int = 1) -> ChainBooks:
    """Return books that watch both wallets of a mixture from their beginning."""
    setup = setup_of("solana", *urls, agreeing=agreeing, identity=mixture.chain.genesis)
    found = ChainBooks(books, setup)
    for number, key in enumerate(mixture.ours):
        found.watch(f"w{number}", str(key.pubkey()), begin="start")
    return found


def tell_solana_story(template: URL, seed: int, steps: int = STEPS) -> Counter[str]:
    """Tell the story of a seed into two databases: as it goes, and once from scratch at its end.

    Returns:
        How often each thing happened.
    """
    with ExitStack() as stack:
        owner, fresh = (stack.enter_context(fresh_database(template)) for _ in range(2))
        chain = stack.enter_context(solana_chain())
        proxies = [stack.enter_context(fault_proxy(chain.url)) for _ in range(3)]
        engines = [service_engine(each) for each in (owner, fresh)]
        story = Story(Books(owner=owner, engine=engines[0]), chain, proxies, seed)
        story.tell(steps)
        scratch = watching_both(Books(owner=fresh, engine=engines[1]), story.mixture, chain.url)
        settled(chain, scratch)
        assert set(story.watching.rows()) <= set(scratch.rows())
        close_clients()
        for engine in engines:
            engine.dispose()
    return story.told
