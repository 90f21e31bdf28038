from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Engine, create_engine

from feeshare import worker
from feeshare.jobs import JOBS, Job, Run
from feeshare.worker import NIGHTLY_HOUR_UTC, make_scheduler

NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)


@pytest.fixture
def engine() -> Engine:
    """Give an engine that nobody connects."""
    return create_engine("postgresql+psycopg://nowhere/none")


def test_every_job_has_its_hours_in_utc(engine: Engine, tmp_path: Path) -> None:
    scheduler = make_scheduler(engine, lambda: NOW, tmp_path)
    assert scheduler.timezone == UTC
    assert {job.id for job in scheduler.get_jobs()} == {job.name for job in JOBS}
    assert {job.trigger.timezone for job in scheduler.get_jobs()} == {UTC}


def test_the_self_check_comes_at_night_and_a_close_is_looked_for_all_day(
    engine: Engine, tmp_path: Path
) -> None:
    triggers = {
        job.id: job.trigger for job in make_scheduler(engine, lambda: NOW, tmp_path).get_jobs()
    }
    nightly = triggers["self-check"].get_next_fire_time(None, NOW)
    assert nightly == datetime(2023, 11, 4, NIGHTLY_HOUR_UTC, tzinfo=UTC)
    assert isinstance(triggers["month-report"], IntervalTrigger)


def test_each_scheduled_call_runs_its_own_job_at_the_moment_it_is_called(
    engine: Engine, tmp_path: Path
) -> None:
    called: list[tuple[str, datetime, Path]] = []

    def remember(_: Engine, job: Job, now: datetime, folder: Path) -> Run:
        called.append((job.name, now, folder))
        return Run(job=job.name, occasion="", state="nothing due", detail="")

    with patch.object(worker, "run", remember):
        for job in make_scheduler(engine, lambda: NOW, tmp_path).get_jobs():
            job.func()
    assert called == [(job.name, NOW, tmp_path) for job in JOBS]
