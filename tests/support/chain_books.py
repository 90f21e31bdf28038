"""Books that watch wallets on real nodes: what was scanned, and whether books and chain agree."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select

from chains import deposits, watches
from chains.deposit_states import Deposit
from chains.evm_reader import EvmReader
from chains.jsonrpc import RpcClient
from chains.movements import Reader
from chains.providers import Setup
from chains.registry import EVM, chain_named
from chains.tables import ChainTransfer
from feeshare import clock
from feeshare.chain_checking import proved
from feeshare.chain_scanning import Scanned, Scanner
from feeshare.chain_watching import beginning, watch
from ledger import bank, parties
from ledger.bank_tables import BankLine
from ledger.revenue import bounties
from support.books import Books

OPENED: list[RpcClient] = []
"""Clients of this process, to be closed when their test is over."""

PROMPT = 2
"""Attempts of a client that is not to wait long for a provider that fails."""


def reader_of(chain: str, url: str, identity: str | None = None) -> Reader:
    """Return a reader of a provider that gives up quickly."""
    known = chain_named(chain)
    held = dataclasses.replace(known, identity=identity or known.identity)
    client = RpcClient(url, attempts=PROMPT, read_seconds=5, wait=lambda _: None)
    OPENED.append(client)
    if known.family == EVM:
        return EvmReader(held, client)
    from chains.solana_reader import SolanaReader

    return SolanaReader(held, client)


def close_clients() -> None:
    """Close the lines to providers that were opened so far."""
    while OPENED:
        OPENED.pop().close()


def setup_of(chain: str, *urls: str, agreeing: int = 1, identity: str | None = None) -> Setup:
    """Return a chain with these providers."""
    readers = tuple(reader_of(chain, url, identity) for url in urls)
    held = dataclasses.replace(
        chain_named(chain), identity=identity or chain_named(chain).identity
    )
    return Setup(chain=held, readers=readers, agreeing=agreeing)


@dataclass
class ChainBooks:
    """One test's books, and one chain as its providers serve it."""

    books: Books
    setup: Setup
    now: Callable[[], datetime] = field(default=clock.now)

    @property
    def urls(self) -> list[str]:
        """Return where the providers are."""
        return [each._client._url for each in self.setup.readers]  # type: ignore[attr-defined]

    @property
    def chain(self) -> str:
        return self.setup.chain.name

    def watch(
        self, identity: str, address: str, *, begin: str = "now", kind: str | None = None
    ) -> None:
        """Add a wallet and watch it."""
        with self.books.write() as change:
            bank.add_account(
                change,
                identity,
                kind="wallet",
                purpose="deposits",
                chain=self.chain,
                address=address,
            )
        self.watch_account(identity, begin=begin, kind=kind)

    def watch_account(self, identity: str, *, begin: str = "now", kind: str | None = None) -> None:
        """Watch a wallet that the books have."""
        with self.books.read() as session:
            _, wallet = watches.wallet_to_watch(session, identity, kind)
        begins = beginning(self.books.engine, self.setup, wallet, begin)
        with self.books.write() as change:
            watch(change, self.setup, wallet, begins)

    def scan(self, *, quietly: bool = False) -> Scanned:
        """Scan the chain once."""
        return Scanner(
            engine=self.books.engine,
            setup=self.setup,
            actor="treasurer",
            now=self.now,
            quietly=quietly,
        ).scan()

    def using(self, *urls: str, agreeing: int) -> "ChainBooks":
        """Return the same books with other providers."""
        setup = setup_of(self.chain, *urls, agreeing=agreeing, identity=self.setup.chain.identity)
        return dataclasses.replace(self, setup=setup)

    def lines(self, wallet: str) -> list[tuple[str, Decimal]]:
        """Return what moved in a wallet by its bank lines: commodity and signed amount."""
        with self.books.read() as session:
            rows = session.scalars(
                select(BankLine)
                .where(BankLine.bank_account == wallet)
                .order_by(BankLine.on, BankLine.commodity, BankLine.amount, BankLine.id)
            )
            return [(row.commodity, row.amount) for row in rows]

    def rows(self) -> list[tuple[object, ...]]:
        """Return every final transfer as it is kept, but for the moment it was seen."""
        with self.books.read() as session:
            rows = session.scalars(select(ChainTransfer))
            return sorted(
                (
                    *(row.transaction, row.part, row.block, row.block_hash, row.contract),
                    *(row.sender, row.recipient, row.units, row.doubt),
                )
                for row in rows
            )

    def require_equal(self) -> None:
        """Require that for every wallet and commodity books and chain are equal."""
        with self.books.read() as session:
            found = proved(session)
        assert found
        for each in found:
            assert each.residue == 0, each
            assert each.booked == each.on_chain - each.opening, each

    def deposits(self) -> list[Deposit]:
        """Return where deposits stand."""
        with self.books.read() as session:
            return deposits.all_deposits(session, self.now().date())

    def states(self) -> list[str]:
        """Return where deposits stand, in words."""
        return [each.state.value for each in self.deposits()]

    def bounty(
        self,
        identity: str = "bounty-1",
        *,
        commodity: str = "USDC",
        amount: str = "10000",
        declared: Sequence[str] = (),
        funders: Sequence[str] = (),
    ) -> None:
        """Add a bounty, with the transactions that its exchange declared.

        Several funders put up equal parts of it.
        """
        at, self.books.at = self.books.at, self.now()
        with self.books.write() as change:
            for name in ("Gate.io", *funders):
                parties.add(change, name=name, kind="exchange")
            bounties.add(
                change,
                identity=identity,
                title="connector",
                exchange="Gate.io",
                commodity=commodity,
                amount=Decimal(amount),
                funders={name: Decimal(amount) / len(funders) for name in funders},
            )
        self.books.at = at
        self.declare(identity, *declared)

    def declare(self, bounty: str, *transactions: str, chain: str | None = None) -> None:
        """Declare transactions for a bounty."""
        with self.books.write() as change:
            for transaction in transactions:
                deposits.declare(
                    change, bounty, chain or self.chain, transaction, evidence="mail of today"
                )
