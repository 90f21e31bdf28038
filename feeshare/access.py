"""The access log: who read the books and who was refused, apart from the books and their chain.

Law: a line is written after what it tells of has ended, in a transaction of its own that takes no
lock of the books. Where the log cannot be written, what was read or refused stays as it was: the
line goes to stderr instead. What was written is no access: the changes tell it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from feeshare.database import NoBooks, translated
from feeshare.tables import Access
from ledger.errors import Refusal, Unavailable

SUBJECT_LENGTH = 2_000
"""A longer subject is cut to this many characters."""

_BRIEFLY = text("""
    SELECT set_config('synchronous_commit', 'off', true),
        set_config('statement_timeout', '1s', true)
""")
"""For one transaction: do not wait for the disk, nor for anybody else."""


def log(engine: Engine, access: Access, refusal: Refusal | None = None) -> None:
    """Write one line; where that fails, tell it on stderr and raise nothing.

    That a system outside does not answer is no refusal of anybody, and is not logged; nor is what
    was refused where there are no books yet.

    Args:
        engine: of the service's role.
        access: what is to be written.
        refusal: what ended the access, if something did.
    """
    if isinstance(refusal, Unavailable):
        return
    try:
        record(engine, access)
    except Exception as failure:  # noqa: BLE001 - whatever it is, the answer was given already
        if refusal is None or not isinstance(failure, NoBooks):
            _tell(access, failure)


def record(engine: Engine, access: Access) -> None:
    """Write one line of the log, in a transaction of its own.

    Raises:
        Refusal: the database does not take it.
    """
    with translated(), engine.begin() as connection:
        connection.execute(_BRIEFLY)
        connection.execute(
            insert(Access).values(
                actor=printable(access.actor),
                channel=access.channel,
                action=access.action,
                subject=printable(access.subject)[:SUBJECT_LENGTH],
                code=access.code,
                exit_status=access.exit_status,
                request_id=access.request_id,
            )
        )


def accesses(
    session: Session,
    *,
    since: date | None = None,
    until: date | None = None,
    actor: str | None = None,
    refused: bool = False,
) -> Sequence[Access]:
    """Return lines of the log, oldest first: those of some days (UTC, both counted), of a name."""
    wanted = select(Access).order_by(Access.id)
    if since is not None:
        wanted = wanted.where(Access.at >= datetime.combine(since, time.min, UTC))
    if until is not None:
        wanted = wanted.where(Access.at <= datetime.combine(until, time.max, UTC))
    if actor is not None:
        wanted = wanted.where(Access.actor == actor)
    if refused:
        wanted = wanted.where(Access.action == "refused")
    return session.scalars(wanted).all()


def printable(said: str) -> str:
    """Return a text with what a terminal would obey, and what is no text, spelt out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in said
    )


def _tell(access: Access, failure: Exception) -> None:
    import structlog

    from feeshare import logs

    logs.configure(quiet=True)
    structlog.get_logger().warning(
        "access_not_logged",
        actor=access.actor,
        action=access.action,
        subject=access.subject,
        code=access.code,
        why=str(failure),
    )
