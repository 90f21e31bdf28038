"""Posting entries one by one, each a change of its own that is sealed and on disk."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from sqlalchemy.engine import URL

from bench.books import entry, open_books, service
from bench.figures import RUNS, Section, rate
from feeshare.clock import now
from feeshare.database import writing
from ledger.journal import post_one

POSTS = 400
CLIENTS = 8


def measure(server: URL) -> Section:
    """Return posts a second with one client, and with several processes at once."""
    owner = open_books(server, "bench_single")
    url = owner.render_as_string(hide_password=False)
    _posts(url, "warm", POSTS // 4)
    alone = [_posts(url, f"alone{run}", POSTS) for run in range(RUNS)]
    with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn")) as pool:
        list(pool.map(_posts, *zip(*_work(url, "warm-up", 10), strict=True)))
        together = []
        for run in range(RUNS):
            start = time.perf_counter()
            list(pool.map(_posts, *zip(*_work(url, f"run{run}", POSTS // CLIENTS), strict=True)))
            together.append(time.perf_counter() - start)
    return Section(
        title="Single posts",
        about="Each entry a change of its own, sealed and on disk before the next of its client.",
        figures=[
            rate("1 client", POSTS, alone),
            rate(f"{CLIENTS} clients, each a process", POSTS, together),
        ],
    )


def _work(url: str, name: str, count: int) -> list[tuple[str, str, int]]:
    return [(url, f"{name}-{client}", count) for client in range(CLIENTS)]


def _posts(url: str, name: str, count: int) -> float:
    from sqlalchemy.engine import make_url

    engine = service(make_url(url))
    try:
        with engine.connect():
            pass
        start = time.perf_counter()
        for number in range(count):
            with writing(engine, actor=name, reason="single", at=now()) as change:
                post_one(change, entry(number, name))
        return time.perf_counter() - start
    finally:
        engine.dispose()
