"""Workers at the service's own command line: together they look once an interval, and in time."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

import httpx
import pytest
from sqlalchemy import select

from feeshare import clock
from feeshare.chain_jobs import look
from ledger.bank_tables import BankLine
from ledger.tables import ChangeRow
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_chain import BSC_USDC, BSC_USDT, USDC, EvmChain, ethereum, evm_chain
from support.fault_proxy import fails, fault_proxy

UNITS = 10_000 * 10**6
INTERVAL_SECONDS = 1
IN_TIME = timedelta(seconds=INTERVAL_SECONDS + 10)
START_SECONDS = 30
PROGRAM = Path(sys.executable).parent / "feeshare"


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@contextmanager
def workers(count: int, books: Books, folder: Path, **more: str) -> Iterator[list[Path]]:
    """Run workers on these books, and end them; give what each of them says."""
    environment = {
        **os.environ,
        "FEESHARE_DATABASE_URL": books.engine.url.render_as_string(hide_password=False),
        "FEESHARE_ACTOR": "treasurer",
        "FEESHARE_SCAN_SECONDS": str(INTERVAL_SECONDS),
        **more,
    }
    logs = [folder / f"worker-{number}.log" for number in range(count)]
    running = []
    for log in logs:
        with log.open("wb") as out:
            running.append(
                subprocess.Popen(
                    [str(PROGRAM), "worker", "--output", str(folder)],
                    env=environment,
                    stderr=out,
                    stdout=out,
                    cwd=folder,
                )
            )
    try:
        yield logs
    finally:
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            process.wait(20)


def events(log: Path, name: str) -> list[dict[str, object]]:
    lines = (line for line in log.read_text().splitlines() if line.startswith("{"))
    return [found for found in map(json.loads, lines) if found["event"] == name]


def until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def booked_at(books: Books) -> datetime | None:
    with books.read() as session:
        return session.scalar(
            select(ChangeRow.recorded_at)
            .join(BankLine, BankLine.change_no == ChangeRow.number)
            .limit(1)
        )


def test_two_workers_confirm_a_deposit_in_time_once_and_never_before_it_is_final(
    books: Books, chain: EvmChain, tmp_path: Path
) -> None:
    watching = ChainBooks(books, setup_of("ethereum", chain.url))
    wallet = "0x" + token_hex(20)
    watching.watch("deposits", wallet)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    chains = json.dumps(
        {
            "ethereum": {"providers": [chain.url], "agreeing": 1},
            "bsc": {"providers": ["http://127.0.0.1:9"], "agreeing": 1},
        }
    )
    apart = tmp_path / "metrics"
    apart.mkdir()
    with (
        workers(2, books, tmp_path, FEESHARE_CHAINS=chains) as logs,
        workers(1, books, apart, FEESHARE_METRICS_PORT=port, FEESHARE_CHAINS="{}"),
    ):
        until(lambda: all(events(log, "chain_scanned") for log in logs))
        chain.transfer(USDC, chain.people[1], wallet, UNITS)
        time.sleep(2 * INTERVAL_SECONDS + 1)
        assert watching.states() == ["unidentified"]
        assert booked_at(books) is None

        final_at = clock.now()
        chain.finalize()
        until(lambda: booked_at(books) is not None)
        recorded = booked_at(books)
        assert recorded is not None
        assert final_at < recorded < final_at + IN_TIME

        time.sleep(3 * INTERVAL_SECONDS)
        metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert re.search(
        r'feeshare_chain_last_success_seconds\{chain="ethereum"\} 1\.\d+e\+09', metrics
    )
    assert 'feeshare_deposits{state="unidentified"} 1.0' in metrics
    passes = sorted(
        str(each["timestamp"])
        for log in logs
        for each in events(log, "chain_scanned")
        if each["chain"] == "ethereum" and each["state"] == "scanned"
    )
    moments = [datetime.fromisoformat(each) for each in passes]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert min(gaps) > timedelta(seconds=INTERVAL_SECONDS / 2)
    watching.require_equal()
    assert len(watching.lines("deposits")) == 1


def test_a_chain_that_fails_stops_no_other(books: Books, chain: EvmChain) -> None:
    ethereum = ChainBooks(books, setup_of("ethereum", chain.url))
    wallet = "0x" + token_hex(20)
    ethereum.watch("deposits", wallet)
    chain.transfer(USDC, chain.people[1], wallet, UNITS)
    chain.finalize()
    with evm_chain(56) as other, fault_proxy(other.url) as proxy:
        for token in (BSC_USDC, BSC_USDT):
            other.place_token(token, "X", 18)
        other.mine(20)
        bsc = ChainBooks(books, setup_of("bsc", proxy.url))
        bsc.watch("deposits-bsc", wallet)
        proxy.inject(fails())
        interval = timedelta(seconds=1)
        assert look(books.engine, bsc.setup, clock.now, interval) is None
        found = look(books.engine, ethereum.setup, clock.now, interval)
    assert found is not None
    assert found.booked == 1


def test_what_was_looked_at_just_now_is_not_looked_at_again(books: Books, chain: EvmChain) -> None:
    watching = ChainBooks(books, setup_of("ethereum", chain.url))
    watching.watch("deposits", "0x" + token_hex(20))
    now = clock.now()
    hour = timedelta(hours=1)
    assert look(books.engine, watching.setup, lambda: now, hour) is not None
    assert look(books.engine, watching.setup, lambda: now + hour / 2, hour) is None
    assert look(books.engine, watching.setup, lambda: now + hour, hour) is not None
