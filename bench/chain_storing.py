"""Transfers from a node into PostgreSQL: ours whole, against web3.py and an ORM row by row."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Engine, Numeric, Text, UniqueConstraint, select
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.books import open_books, recreate
from bench.chain_reading import BLOCKS, LOGS, LOGS_EACH, WEB3_BLOCKS, seed, wallets, web3_transfer
from bench.figures import RUNS, Section, rate, ratio
from chains import watches
from chains.coverage import Range
from chains.evm_reader import EvmReader
from chains.jsonrpc import RpcClient
from chains.providers import Panel, Setup
from chains.registry import chain_named
from chains.tables import ChainTransfer, WalletWatch
from feeshare.chain_scanning import keep
from feeshare.database import make_engine, writing
from ledger import bank
from support.evm_chain import INSTANT_BLOCKS, evm_chain

STEP = 20
LEAST = 15
NOW = datetime(2026, 11, 1, tzinfo=UTC)


class Base(DeclarativeBase):
    """The tables of the loop."""


class Transfer(Base):
    """A transfer as a loop would keep it, known as most keep it."""

    __tablename__ = "bench_transfers"
    __table_args__ = (UniqueConstraint("transaction", "log_index"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    transaction: Mapped[str] = mapped_column(Text)
    log_index: Mapped[int] = mapped_column(BigInteger)
    block: Mapped[int] = mapped_column(BigInteger)
    sender: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(Text)
    units: Mapped[Decimal] = mapped_column(Numeric(78, 0))


def measure(server: URL) -> list[Section]:
    """Fill a chain and scan it into books of its own, in turns with the loop."""
    ours: list[float] = []
    loop: list[float] = []
    count = WEB3_BLOCKS * LOGS_EACH
    with evm_chain(1, INSTANT_BLOCKS) as chain:
        first, last = seed(chain)
        for number in range(RUNS):
            ours.append(_ours(server, f"bench_chain_{number}", chain.url, first, last))
            loop.append(_loop(server, chain.url, first, first + WEB3_BLOCKS - 1))
    every = [seconds * LOGS / count for seconds in loop]
    return [
        Section(
            title="Transfers from a node into the database",
            about=f"""\
{LOGS:,} Transfer logs in {BLOCKS} blocks: read in stretches of {STEP} blocks, held to receipts and
headers, native coin looked for, kept with their coverage, a transaction a stretch, against
triggers and keys. The loop takes web3.py's `contract.events.Transfer().get_logs` and flushes an
object a log through SQLAlchemy's ORM into a table with a unique key ({WEB3_BLOCKS} blocks, for
each log), and checks nothing.""",
            figures=[
                rate("Transfers read, checked and kept", LOGS, ours),
                rate("web3.py and an ORM", count, loop),
                ratio("Speed against web3.py and an ORM", every, ours, least=LEAST),
            ],
        )
    ]


def _ours(server: URL, database: str, url: str, first: int, last: int) -> float:
    engine = make_engine(open_books(server, database))
    group = _watched(engine, first)
    client = RpcClient(url)
    chain = chain_named("ethereum")
    setup = Setup(chain=chain, readers=(EvmReader(chain, client, STEP),), agreeing=1)
    start = time.perf_counter()
    panel = Panel(setup)
    panel.open()
    for at in range(first, last + 1, STEP):
        end = min(last, at + STEP - 1)
        seen, names = panel.seen(wallets(), at, end)
        read = Range(first=at, last=end, last_hash="", providers=tuple(names), seen=seen)
        keep(engine, group, read, NOW)
    took = time.perf_counter() - start
    client.close()
    with Session(engine) as session:
        assert len(session.scalars(select(ChainTransfer.part)).all()) == LOGS
    engine.dispose()
    return took


def _watched(engine: Engine, first: int) -> list[WalletWatch]:
    with writing(engine, actor="bench", reason="bench", at=NOW) as change:
        for wallet in wallets():
            bank.add_account(
                change,
                wallet.id,
                kind="wallet",
                purpose="bench",
                chain="ethereum",
                address=wallet.address,
            )
            watches.add(
                change,
                chain_named("ethereum"),
                wallet,
                first_block=first,
                since=date(2026, 1, 1),
                openings={},
            )
    with Session(engine) as session:
        found = list(watches.all_of(session, "ethereum"))
        session.expunge_all()
    return found


def _loop(server: URL, url: str, first: int, last: int) -> float:
    engine = make_engine(recreate(server, "bench_loop"))
    Base.metadata.create_all(engine)
    transfer = web3_transfer(url)
    start = time.perf_counter()
    with Session(engine) as session:
        for at in range(first, last + 1, STEP):
            for event in transfer.get_logs(from_block=at, to_block=min(last, at + STEP - 1)):
                session.add(
                    Transfer(
                        transaction=event["transactionHash"].hex(),
                        log_index=event["logIndex"],
                        block=event["blockNumber"],
                        sender=event["args"]["from"],
                        recipient=event["args"]["to"],
                        units=event["args"]["value"],
                    )
                )
                session.flush()
            session.commit()
    took = time.perf_counter() - start
    engine.dispose()
    return took
