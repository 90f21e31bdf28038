"""Jobs: work that the service does by itself. None approves anything or moves money.

Law: any number of workers may run; each job's occasion is done once. A run holds an advisory lock
of the database while it works, and its result is a unique row: a worker that dies leaves no
result, so another does it again.
"""

import os
import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from feeshare.database import reading
from feeshare.settings import read_settings
from feeshare.tables import JobResult
from ledger.months import month_of
from ledger.periods import closed_through
from ledger.tables import PeriodEvent

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run found: whether all was well, and a sentence."""

    well: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job: its name, the occasion due at a moment (blank: none), and the work."""

    name: str
    about: str
    occasion: Callable[[Engine, datetime], str]
    work: Callable[[Engine, datetime, Path], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One job's turn: done now, or already done, or being done by another worker."""

    job: str
    occasion: str
    state: str
    detail: str


def run_due(
    engine: Engine, now: datetime, folder: Path, jobs: Iterable[Job] | None = None
) -> list[Run]:
    """Run every job whose occasion has come and was not done; a failing one stops no other."""
    return [run(engine, job, now, folder) for job in (jobs if jobs is not None else JOBS)]


def run(engine: Engine, job: Job, now: datetime, folder: Path) -> Run:
    """Run one job for its present occasion, unless it is done or under way elsewhere."""
    occasion = ""
    try:
        occasion = job.occasion(engine, now) or ""
        if not occasion:
            return Run(job=job.name, occasion="", state="nothing due", detail="")
        return _once(engine, job, occasion, now, folder)
    except Exception as error:
        # Whatever happens in one job, the others go on; without a result it is tried again.
        log.exception("job_failed", job=job.name, occasion=occasion)
        return Run(job=job.name, occasion=occasion, state="failed", detail=str(error))


def _once(engine: Engine, job: Job, occasion: str, now: datetime, folder: Path) -> Run:
    with Session(engine) as session, session.begin():
        key = f"feeshare-job:{job.name}:{occasion}"
        free = session.scalar(
            text("SELECT pg_try_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key}
        )
        if not free:
            return Run(job=job.name, occasion=occasion, state="under way", detail="")
        done = session.get(JobResult, (job.name, occasion))
        if done is not None:
            return Run(job=job.name, occasion=occasion, state="done before", detail=done.detail)
        outcome = job.work(engine, now, folder)
        session.add(
            JobResult(
                job=job.name,
                occasion=occasion,
                finished_at=now,
                worker=f"{socket.gethostname()}:{os.getpid()}",
                result="well" if outcome.well else "wrong",
                detail=outcome.detail,
            )
        )
    report = log.info if outcome.well else log.error
    report("job_done", job=job.name, occasion=occasion, well=outcome.well, detail=outcome.detail)
    return Run(
        job=job.name,
        occasion=occasion,
        state="well" if outcome.well else "wrong",
        detail=outcome.detail,
    )


def results(session: Session) -> Sequence[JobResult]:
    """Return what jobs did, newest first."""
    return session.scalars(
        select(JobResult).order_by(JobResult.finished_at.desc(), JobResult.job)
    ).all()


def _tonight(engine: Engine, now: datetime) -> str:  # noqa: ARG001 - the signature of occasions
    return now.date().isoformat()


def _self_check(engine: Engine, now: datetime, folder: Path) -> Outcome:  # noqa: ARG001 - as above
    from feeshare.verifying import verify_books

    with reading(engine) as session:
        found = verify_books(session)
    if found.problems:
        return Outcome(well=False, detail=f"{len(found.problems)} differ: {found.problems[0]}")
    return Outcome(
        well=True,
        detail=f"{found.changes} changes, {found.entries} entries, {found.postings} postings",
    )


def _latest_close(engine: Engine, now: datetime) -> str:  # noqa: ARG001 - as above
    with reading(engine) as session:
        closed = closed_through(session)
        if closed is None:
            return ""
        number = session.scalar(
            select(PeriodEvent.close_no)
            .where(PeriodEvent.period == closed, PeriodEvent.event == "closed")
            .order_by(PeriodEvent.close_no.desc())
            .limit(1)
        )
    return f"{month_of(closed)}:{number}"


def _month_report(engine: Engine, now: datetime, folder: Path) -> Outcome:
    from feeshare.reporting import write_month

    with reading(engine) as session:
        closed = closed_through(session)
        if closed is None:
            return Outcome(well=True, detail="no month is closed")
        files = write_month(session, closed, folder / month_of(closed), made_at=now)
    return Outcome(well=True, detail=f"{len(files)} files in {folder / month_of(closed)}")


def _yesterday(engine: Engine, now: datetime) -> str:
    from feeshare.price_fetching import feeds_reached

    if not feeds_reached(engine, read_settings(), now.date()):
        return ""
    return (now.date() - timedelta(days=1)).isoformat()


def _prices(engine: Engine, now: datetime, folder: Path) -> Outcome:  # noqa: ARG001 - as above
    from feeshare.price_fetching import fetch_day

    day = now.date() - timedelta(days=1)
    found, refused = fetch_day(engine, read_settings(), day, now)
    detail = f"{found.new} prices of {day} recorded, {found.known} known already"
    return Outcome(well=not refused, detail="; ".join([detail, *refused]))


JOBS: tuple[Job, ...] = (
    Job(
        name="self-check",
        about="recompute the books every night and name what differs",
        occasion=_tonight,
        work=_self_check,
    ),
    Job(
        name="month-report",
        about="write the reports of a month once it is closed",
        occasion=_latest_close,
        work=_month_report,
    ),
    Job(
        name="prices",
        about="fetch the closing prices of the day before, where settings name a source",
        occasion=_yesterday,
        work=_prices,
    ),
)
