"""The worker: jobs at their hours, on APScheduler; the table of results is the truth.

The scheduler keeps nothing: its store is memory, and a job that two workers start at once is
done by one of them (`feeshare.jobs`).
"""

import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine

from feeshare.jobs import JOBS, run, run_due

NIGHTLY_HOUR_UTC = 2
PRICES_MINUTE = 20
"""Minute of every hour at which the day before's prices are fetched, until they are there."""

LOOK_MINUTES = 5
"""How often a worker looks whether a month was closed since."""


def serve(engine: Engine, now: Callable[[], datetime], folder: Path) -> None:
    """Do what is due, then run jobs at their hours until the process is told to stop."""
    run_due(engine, now(), folder)
    scheduler = make_scheduler(engine, now, folder)

    def stop(*_: object) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()


def make_scheduler(engine: Engine, now: Callable[[], datetime], folder: Path) -> BlockingScheduler:
    """Return a scheduler with every job at its hours; one run of a job at a time."""
    scheduler = BlockingScheduler(
        timezone=UTC,
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
