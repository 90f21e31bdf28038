"""How fast an EVM chain is read: decoding, waiting for a provider, memory. On a real node here."""

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eth_utils.address import to_checksum_address

from bench.figures import RUNS, Figure, Section, duration, rate, ratio
from bench.programs import COMPARISONS, run, version
from chains.evm_logs import transfer_of
from chains.evm_reader import EvmReader
from chains.jsonrpc import RpcClient
from chains.movements import Wallet
from chains.registry import chain_named
from ledger.recursion import usual_recursion_limit
from support.evm_chain import INSTANT_BLOCKS, USDC, EvmChain, evm_chain
from support.fault_proxy import fault_proxy, latency

BLOCKS = 200
LOGS_EACH = 500
LOGS = BLOCKS * LOGS_EACH
STEP = 20
"""Blocks asked for at once, so that an answer has 10,000 logs, as many as most providers give."""

WEB3_BLOCKS = 40
"""It takes twenty seconds for all."""

RECIPIENTS = 10
QUIET_RANGES = 25
LATE_SECONDS = 0.04
CRYO = Path(__file__).with_name("cryo_logs.py")
TRANSFERS: list[dict[str, Any]] = [
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


def wallets() -> list[Wallet]:
    """Return the wallets that the logs go to."""
    addresses = ["0x" + f"{number:02x}" * 20 for number in range(0xA0, 0xA0 + RECIPIENTS)]
    return [Wallet(id=each, address=each, kind="account", tokens=()) for each in addresses]


def seed(chain: EvmChain) -> tuple[int, int]:
    """Fill blocks with transfer logs to the wallets; return the first and the last of them."""
    chain.place_token(USDC, "USDC", 6)
    first = chain.head + 1
    chain.spam(USDC, [each.address for each in wallets()], BLOCKS, LOGS_EACH)
    return first, chain.head


@contextmanager
def reading(url: str) -> Iterator[EvmReader]:
    """Read a chain in ranges of `STEP` blocks."""
    client = RpcClient(url)
    try:
        yield EvmReader(chain_named("ethereum"), client, STEP)
    finally:
        client.close()


def measure() -> list[Section]:
    """Measure on one node: decoding in turns, a backfill through a slow line, memory."""
    with evm_chain(1, INSTANT_BLOCKS) as chain:
        first, last = seed(chain)
        chain.mine(QUIET_RANGES * STEP)
        return [
            _decoding(chain, first, last),
            _waiting(chain, last + 1, chain.head),
            _memory(chain, first),
        ]


def _decoding(chain: EvmChain, first: int, last: int) -> Section:
    ours: list[float] = []
    whole: list[float] = []
    web3: list[float] = []
    cryo: list[float] = []
    until = first + WEB3_BLOCKS - 1
    count = WEB3_BLOCKS * LOGS_EACH
    for _ in range(RUNS):
        ours.append(_seconds(lambda: _our_logs(chain, first, last), LOGS))
        whole.append(_seconds(lambda: _our_movements(chain, first, last), LOGS))
        web3.append(_seconds(lambda: _web3_logs(chain.url, first, until), count))
        cryo.append(_cryo_seconds(chain, first, last))
    every = [seconds * LOGS / count for seconds in web3]
    versions = f"{version(Path(sys.executable), 'web3')}, {version(COMPARISONS, 'cryo')}"
    return Section(
        title="Reading transfers from a node",
        about=f"""\
{LOGS:,} Transfer logs in {BLOCKS} blocks of a local node, {STEP * LOGS_EACH:,} an answer: asked
for, decoded, with amounts as whole numbers, counted. Ours are asked for in both directions and
found by wallet, web3.py's (`contract.events.Transfer().get_logs`, {WEB3_BLOCKS} blocks, for each
log) and cryo's by the token's address; cryo is a process of its own, of which only the reading
counts. Movements are held to receipts and headers besides, of which there is one each for
{LOGS_EACH} logs, and the native coin of {RECIPIENTS} wallets is looked for. {versions}.""",
        figures=[
            rate("Logs, decoded", LOGS, ours),
            rate("Movements, held to receipts", LOGS, whole),
            rate("web3.py", count, web3),
            rate("cryo", LOGS, cryo),
            ratio("Logs decoded, speed against web3.py", every, ours, least=20),
            ratio("Logs decoded, speed against cryo", cryo, ours, least=1),
            ratio("Movements, speed against web3.py's bare logs", every, whole),
        ],
    )


def _waiting(chain: EvmChain, first: int, last: int) -> Section:
    logs: list[float] = []
    whole: list[float] = []
    web3: list[float] = []
    with fault_proxy(chain.url, latency(LATE_SECONDS)) as proxy:
        for _ in range(RUNS):
            with reading(proxy.url) as reader:
                logs.append(_seconds(lambda: _count(reader.logs(wallets(), first, last)), 0))
            with reading(proxy.url) as reader:
                whole.append(_seconds(lambda: _seen(reader, first, last), 0))
            web3.append(_seconds(lambda: _web3_both_ways(proxy.url, first, last), 0))
    questions = 2 * QUIET_RANGES
    return Section(
        title="Reading a quiet range from afar",
        about=f"""\
{QUIET_RANGES} ranges of {STEP} blocks without a transfer, through a line that answers
{LATE_SECONDS * 1000:.0f} ms late: {questions} questions for logs in both directions, ours at most
8 at a time, web3.py's one after the other. With everything, head, hashes and the native coin are
asked for besides.""",
        figures=[
            duration("Logs", logs),
            duration("Everything", whole),
            duration("web3.py, logs", web3),
            ratio("Logs, speed against web3.py", web3, logs, least=5),
            ratio("Everything, speed against web3.py's logs", web3, whole),
        ],
    )


def _memory(chain: EvmChain, first: int) -> Section:
    sizes = (BLOCKS // 4, BLOCKS)
    peaks = [_peak(chain, first, first + size - 1) for size in sizes]
    grown = peaks[1] / peaks[0]
    return Section(
        title="Memory of reading",
        about=f"""\
{sizes[0]} and {sizes[1]} blocks of {LOGS_EACH} transfers, read in stretches of {STEP} blocks: the
most that Python held at once (tracemalloc), once each.""",
        figures=[
            Figure(
                what=f"{sizes[1] // sizes[0]} times as many blocks",
                measured=f"{peaks[0]:.0f} MB · {peaks[1]:.0f} MB: {grown:.2f} times",
                aim="at most 1.1 times",
                missed="" if grown <= 1.1 else "What bounds it is not known.",
            )
        ],
    )


def _our_logs(chain: EvmChain, first: int, last: int) -> int:
    with reading(chain.url) as reader:
        found = map(transfer_of, reader.logs(wallets(), first, last))
        return _count(each.units for each in found if each is not None)


def _our_movements(chain: EvmChain, first: int, last: int) -> int:
    with reading(chain.url) as reader:
        return _seen(reader, first, last)


def _seen(reader: EvmReader, first: int, last: int) -> int:
    return len(reader.seen(wallets(), first, last).movements)


def _web3_logs(url: str, first: int, last: int) -> int:
    transfer = web3_transfer(url)
    found = (
        event["args"]["value"]
        for start, end in _ranges(first, last)
        for event in transfer.get_logs(from_block=start, to_block=end)
    )
    return _count(found)


def _web3_both_ways(url: str, first: int, last: int) -> int:
    transfer = web3_transfer(url)
    ours = [to_checksum_address(each.address) for each in wallets()]
    found = (
        event["args"]["value"]
        for direction in ("from", "to")
        for start, end in _ranges(first, last)
        for event in transfer.get_logs(
            from_block=start, to_block=end, argument_filters={direction: ours}
        )
    )
    return _count(found)


def web3_transfer(url: str) -> Any:  # noqa: ANN401 - made from the ABI
    """Return web3.py's event of the token's transfers."""
    with usual_recursion_limit():
        from web3 import HTTPProvider, Web3

    address = to_checksum_address(USDC)
    return Web3(HTTPProvider(url)).eth.contract(address=address, abi=TRANSFERS).events.Transfer()


def _ranges(first: int, last: int) -> Iterator[tuple[int, int]]:
    for start in range(first, last + 1, STEP):
        yield start, min(start + STEP - 1, last)


def _cryo_seconds(chain: EvmChain, first: int, last: int) -> float:
    arguments = [chain.url, str(first), str(last), USDC, str(STEP)]
    *_, counted, seconds = run([COMPARISONS, CRYO, *arguments]).output.splitlines()
    assert counted.split()[0] == str(LOGS), counted
    return float(seconds)


def _peak(chain: EvmChain, first: int, last: int) -> float:
    """Return the most memory that was held while these blocks were read, in MB."""
    gc.collect()
    tracemalloc.start()
    with reading(chain.url) as reader:
        for start, end in _ranges(first, last):
            _seen(reader, start, end)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _seconds(read: Callable[[], int], count: int) -> float:
    """Return how long it takes to read so many rows."""
    start = time.perf_counter()
    found = read()
    seconds = time.perf_counter() - start
    assert found == count, (found, count)
    return seconds


def _count(rows: Iterator[object] | Sequence[object]) -> int:
    return sum(1 for _ in rows)


if __name__ == "__main__":
    for section in measure():
        print(section.title)
        for each in section.figures:
            print(f"  {each.what}: {each.measured} (aim: {each.aim or 'none'}){each.missed}")
