"""Seeded stories on an EVM chain: whatever happens there and on the way, books and chain agree."""

from collections import Counter
from contextlib import ExitStack, suppress
from random import Random

from eth_account import Account
from eth_utils.address import to_checksum_address
from sqlalchemy.engine import URL

from chains.errors import ProvidersDisagree
from ledger.errors import Unavailable
from support.books import Books
from support.chain_books import ChainBooks, close_clients, setup_of
from support.databases import fresh_database, service_engine
from support.dying import die_before_commit
from support.evm_calls import call_data
from support.evm_chain import HBOT, USDC, USDT, EvmChain, ethereum
from support.evm_faults import range_limit, stale
from support.fault_proxy import (
    Fault,
    FaultProxy,
    after,
    asked_too_often,
    cuts,
    drops,
    fails,
    fault_proxy,
    only,
    times,
)

STEPS = 25
FINAL_DEPTH = 2
COMMITS_MAX = 8
WHOLE = 10**6


class Story:
    """One story: a chain, three providers of it, two wallets, and what chance makes of them."""

    def __init__(
        self, books: Books, chain: EvmChain, proxies: list[FaultProxy], seed: int
    ) -> None:
        self.chance = Random(seed)  # noqa: S311 - a story is told again by its seed
        self.chain = chain
        self.proxies = proxies
        self.wallets = [f"0x{self.chance.getrandbits(160):040x}" for _ in range(2)]
        self.exchange = chain.people[1]
        self.fake = chain.place_token(f"0x{self.chance.getrandbits(160):040x}", "USDC", 6)
        chain.mint(self.fake, self.exchange, 10**30)
        # What a story takes for granted is never undone by a reorganisation of its own.
        chain.finalize()
        urls = [each.url for each in proxies]
        self.told: Counter[str] = Counter()
        self.watching = ChainBooks(books, setup_of("ethereum", *urls, agreeing=2))
        for number, wallet in enumerate(self.wallets):
            begin = self.chance.choice(["start", "now"])
            self.watching.watch(f"w{number}", wallet, begin=begin)

    def tell(self, steps: int = STEPS) -> None:
        """Let things happen, then require that books and chain are equal."""
        happenings = [
            *[self.deposit] * 4,
            *[self.scan] * 3,
            self.halves,
            self.native,
            self.poison,
            self.counterfeit,
            self.fee_on_transfer,
            self.pay_out,
            self.reorganise,
            self.replay,
            self.mine,
            self.finalize,
            self.fault,
            self.heal,
            self.die,
        ]
        for _ in range(steps):
            happening = self.chance.choice(happenings)
            happening()
            self.told[happening.__name__] += 1
        self.heal()
        self.chain.finalize()
        self.watching.scan()
        self.watching.require_equal()

    @property
    def wallet(self) -> str:
        return self.chance.choice(self.wallets)

    def deposit(self) -> None:
        token = self.chance.choice([USDC, USDT, HBOT])
        self.chain.transfer(token, self.exchange, self.wallet, self.chance.randrange(1, 10**12))

    def halves(self) -> None:
        data = call_data("transferEach(address[],uint256)", [self.wallet] * 2, 5000 * WHOLE)
        self.chain.send(self.exchange, USDC, data)

    def native(self) -> None:
        self.chain.send(self.chain.people[2], self.wallet, value=self.chance.randrange(10**15))

    def poison(self) -> None:
        types = "transferFrom(address,address,uint256)"
        data = call_data(types, self.wallet, self.chain.people[3], 0)
        self.chain.send(self.chain.people[3], USDC, data)

    def counterfeit(self) -> None:
        self.chain.transfer(self.fake, self.exchange, self.wallet, 10_000 * WHOLE)

    def fee_on_transfer(self) -> None:
        for fee in (10, 0):
            self.chain.send(self.chain.people[0], USDT, call_data("setFee(uint256)", fee))
            self.chain.transfer(USDT, self.exchange, self.wallet, 777 * WHOLE)

    def pay_out(self) -> None:
        wallet = self.wallet
        self.chain.send(self.chain.people[2], wallet, value=10**17)
        token = self.chance.choice([USDC, USDT, HBOT])
        units = self.chance.randrange(self.chain.balance(token, wallet) + 1)
        to = self.chance.choice([self.wallet, self.chain.people[5]])
        self.chain.transfer(token, wallet, to, units)

    def reorganise(self) -> None:
        self.chain.reorg(self.chance.randrange(1, FINAL_DEPTH + 1))

    def replay(self) -> None:
        """Drop a deposit with its block, and mine it again in another one."""
        key = Account.create()
        self.chain.fund(key.address)
        self.chain.transfer(USDC, self.exchange, key.address, WHOLE)
        wanted = {
            "to": to_checksum_address(USDC),
            "data": call_data("transfer(address,uint256)", self.wallet, WHOLE),
            "value": 0,
            "gas": 200_000,
            "gasPrice": 10**10,
            "nonce": 0,
            "chainId": 1,
        }
        raw = f"0x{key.sign_transaction(wanted).raw_transaction.hex()}"
        sent = self.chain.ask("eth_sendRawTransaction", raw)
        self.chain.node.mined(sent)
        self.scan()
        self.chain.mine()
        self.chain.reorg(2, (raw, self.chance.randrange(2)))

    def mine(self) -> None:
        self.chain.mine(self.chance.randrange(1, 4))

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
            stale(proxy, self.chance.randrange(1, 6)),
            range_limit(self.chance.randrange(1, 5), is_hinted=self.chance.random() < 0.5),
            only(drops(lambda _: True), "eth_getLogs"),
        ]
        proxy.inject(self.chance.choice(faults))

    def heal(self) -> None:
        for proxy in self.proxies:
            proxy.heal()

    def scan(self) -> None:
        with suppress(Unavailable, ProvidersDisagree):
            self.watching.scan(quietly=self.chance.random() < 0.5)

    def die(self) -> None:
        die_before_commit(self.watching, self.chance.randrange(1, COMMITS_MAX))


def tell_story(template: URL, seed: int, steps: int = STEPS) -> Counter[str]:
    """Tell the story of a seed into two databases: as it goes, and once from scratch at its end.

    Returns:
        How often each thing happened.
    """
    with ExitStack() as stack:
        owner, fresh = (stack.enter_context(fresh_database(template)) for _ in range(2))
        chain = stack.enter_context(ethereum("FeeToken"))
        proxies = [stack.enter_context(fault_proxy(chain.url)) for _ in range(3)]
        engines = [service_engine(each) for each in (owner, fresh)]
        story = Story(Books(owner=owner, engine=engines[0]), chain, proxies, seed)
        story.tell(steps)
        scratch = ChainBooks(
            Books(owner=fresh, engine=engines[1]), setup_of("ethereum", chain.url)
        )
        for number, wallet in enumerate(story.wallets):
            scratch.watch(f"w{number}", wallet, begin="start")
        scratch.scan()
        scratch.require_equal()
        assert set(story.watching.rows()) <= set(scratch.rows())
        close_clients()
        for engine in engines:
            engine.dispose()
    return story.told
