"""The worker: jobs at their hours, on APScheduler; the table of results is the truth.

The scheduler keeps nothing: its store is memory, and a job that two workers start at once is
done by one of them (`feeshare.jobs`, `feeshare.chain_jobs`). Each chain has a thread of its own,
so that one whose providers are slow holds up no other.
"""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from feeshare import clock
from feeshare.jobs import JOBS, run, run_due
from feeshare.settings import Settings
from ledger.recursion import usual_recursion_limit

NIGHTLY_HOUR_UTC = 2
PRICES_MINUTE = 20
"""Minute of every hour at which the day before's prices are fetched, until they are there."""

CHAINS = "chains"
JOB_THREADS = 4
CHAIN_THREADS = 8
"""More than there are chains: none waits for another."""

LOOK_MINUTES = 5
"""How often a worker looks whether a month was closed since."""


def serve(engine: Engine, settings: Settings, now: Callable[[], datetime], folder: Path) -> None:
    """Do what is due, then run jobs at their hours until the process is told to stop."""
    with usual_recursion_limit():
        import eth_account  # noqa: F401 - while there is one thread: others read what nodes answer
    scheduler = make_scheduler(engine, now, folder)
    add_chains(scheduler, engine, settings, now)
    if settings.metrics_port is not None:
        from feeshare.metrics import serve_metrics

        serve_metrics(engine, settings, now)
    run_due(engine, now(), folder)

    def stop(*_: object) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()


def make_scheduler(engine: Engine, now: Callable[[], datetime], folder: Path) -> BlockingScheduler:
    """Return a scheduler with every job at its hours; one run of a job at a time."""
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={
            "default": ThreadPoolExecutor(JOB_THREADS),
            CHAINS: ThreadPoolExecutor(CHAIN_THREADS),
        },
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
    )
    triggers = {
        "self-check": CronTrigger(hour=NIGHTLY_HOUR_UTC, timezone=UTC),
        "month-report": IntervalTrigger(minutes=LOOK_MINUTES, timezone=UTC),
        "prices": CronTrigger(minute=PRICES_MINUTE, timezone=UTC),
    }
    for job in JOBS:
        scheduler.add_job(
            lambda job=job: run(engine, job, now(), folder), triggers[job.name], id=job.name
        )
    return scheduler


def add_chains(
    scheduler: BlockingScheduler, engine: Engine, settings: Settings, now: Callable[[], datetime]
) -> None:
    """Add a look at each chain that is set, once an interval, the first at once."""
    if not settings.chains:
        return
    from feeshare.chain_jobs import look
    from feeshare.chain_setup import setups

    interval = timedelta(seconds=settings.scan_seconds)
    for setup in setups(settings):
        scheduler.add_job(
            lambda setup=setup: look(engine, setup, now, interval),
            IntervalTrigger(seconds=settings.scan_seconds, timezone=UTC),
            id=f"chain-{setup.chain.name}",
            name=f"look at {setup.chain.name}",
            executor=CHAINS,
            next_run_time=clock.now(None),
            misfire_grace_time=None,
        )
