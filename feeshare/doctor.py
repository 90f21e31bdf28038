"""The doctor: whether this installation is well, one finding a line, each with its mend."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from feeshare import clock, schema
from feeshare.database import owner_url, service_url
from feeshare.settings import Settings
from ledger.errors import Refusal

LOW_DISK_BYTES = 1_000_000_000
CLOCK_SLACK_SECONDS = 60

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
"""Settings of the server without which an acknowledgement does not survive a loss of power."""


class DiskUsage(Protocol):
    """What the operating system says of a disk, in bytes."""

    @property
    def free(self) -> int:
        """Return the bytes that are free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One check: `well` or `wrong`, what was seen and how to mend it."""

    check: str
    state: str
    detail: str
    mend: str = ""


def findings(settings: Settings, disk: DiskUsage) -> list[Finding]:
    """Look at settings, database, schema, role, clock, disk and the chains that are set."""
    found = [*_settings(settings), *_database(settings), _disk(disk)]
    if settings.chains:
        from feeshare.chain_findings import chain_findings

        found += chain_findings(settings, clock.now(settings.clock))
    return found


def _settings(settings: Settings) -> Iterator[Finding]:
    kind = "your own PostgreSQL" if settings.database_url else f"embedded in {settings.home}"
    yield Finding(check="settings", state="well", detail=f"database: {kind}")
    if settings.clock:
        yield Finding(check="clock", state="well", detail=f"fixed at {settings.clock}")


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        url = service_url(settings)
        shown = url.render_as_string(hide_password=True)
        yield Finding(check="database_url", state="well", detail=shown)
        at, newest = schema.revision(owner_url(settings)), schema.newest_revision()
    except (Refusal, DBAPIError) as error:
        yield Finding(
            check="database",
            state="wrong",
            detail=str(error).splitlines()[0],
            mend="Start the server, or mend FEESHARE_DATABASE_URL.",
        )
        return
    yield Finding(
        check="schema",
        state="well" if at == newest else "wrong",
        detail=f"at {at or 'nothing'}, newest is {newest}",
        mend="" if at == newest else "feeshare init",
    )
    if at is None:
        return
    engine = create_engine(url)
    with engine.connect() as connection:
        owns = connection.scalar(
            text(
                "SELECT count(*) FROM pg_tables WHERE tableowner = current_user "
                "AND schemaname = 'public'"
            )
        )
        off = connection.scalars(
            text(
                "SELECT name FROM pg_settings WHERE name = ANY(:names) AND setting = 'off' "
                "ORDER BY name"
            ),
            {"names": list(DURABLE)},
        ).all()
        server_time = connection.scalar(text("SELECT clock_timestamp()"))
        head = connection.execute(
            text("SELECT number, encode(hash, 'hex') FROM changes ORDER BY number DESC LIMIT 1")
        ).one_or_none()
    engine.dispose()
    yield Finding(
        check="role",
        state="wrong" if owns else "well",
        detail=f"the service's role owns {owns} tables",
        mend="Connect as a member of feeshare_app; keep the owner for init." if owns else "",
    )
    yield Finding(
        check="head",
        state="well",
        detail=f"change {head[0]}, {head[1]}" if head else "no change yet",
        mend="" if head else "feeshare init",
    )
    yield Finding(
        check="durability",
        state="wrong" if off else "well",
        detail=f"{', '.join(off)} off" if off else "what is acknowledged is on disk",
        mend="Switch it on at the server, or a loss of power loses what was acknowledged."
        if off
        else "",
    )
    apart = abs((server_time - clock.now()).total_seconds()) if server_time else 0
    yield Finding(
        check="clocks",
        state="well" if apart < CLOCK_SLACK_SECONDS else "wrong",
        detail=f"this machine and the database are {apart:.1f} s apart",
        mend="" if apart < CLOCK_SLACK_SECONDS else "Synchronise both with NTP.",
    )


def _disk(disk: DiskUsage) -> Finding:
    enough = disk.free >= LOW_DISK_BYTES
    return Finding(
        check="disk",
        state="well" if enough else "wrong",
        detail=f"{disk.free // 1_000_000:,} MB free",
        mend="" if enough else "Free some space.",
    )
