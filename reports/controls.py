"""Control log (R12): who asked, confirmed, approved and overrode what, and who was refused.

A row is one control: a row of a sealed table that is somebody's word, or a refusal. Law: what was
done comes from the sealed books, with the hash of the books before and after its change; refusals
come from the access log, which is not sealed and has a clock of its own.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from reports.control_sources import SOURCES
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import count_tie

COLUMNS = (
    Column(name="time", kind=Kind.TIME),
    Column(name="change", kind=Kind.INTEGER),
    Column(name="actor", kind=Kind.TEXT),
    Column(name="role", kind=Kind.IDENTIFIER),
    Column(name="action", kind=Kind.TEXT),
    Column(name="object_type", kind=Kind.TEXT),
    Column(name="object_id", kind=Kind.TEXT),
    Column(name="detail", kind=Kind.TEXT),
    Column(name="before_hash", kind=Kind.IDENTIFIER),
    Column(name="after_hash", kind=Kind.IDENTIFIER),
    Column(name="reason", kind=Kind.TEXT),
    Column(name="result", kind=Kind.TEXT),
    Column(name="override", kind=Kind.FLAG),
)
NOTES = (
    "before_hash and after_hash: the hash of the books before and after the change. A refusal "
    "changed nothing and has none.",
    "detail: what was decided, such as an address, a policy's value or a batch's content hash.",
    "override: a person's word against what a check said, or a month opened again.",
    "role: the actor's role now; a name without one is no user.",
    "result: done, or the code of the refusal. Refusals are lines of the access log, which is not "
    "sealed and is dated by the database's clock: period and as-of narrow it, known-at does not.",
    "Left out: second_factor and ip_country, which nothing records; and the reason of a change, "
    "where its row has one of its own.",
)

CONTROLS = f"""
    WITH controls AS ({" UNION ALL ".join(source.sql() for source in SOURCES)}),
    log AS (
    SELECT c.recorded_at AS time, c.number AS change, c.actor, u.role, k.action, k.object_type,
        k.object_id, k.detail, encode(c.previous_hash, 'hex') AS before_hash,
        encode(c.hash, 'hex') AS after_hash, coalesce(nullif(k.reason, ''), c.reason) AS reason,
        'done' AS result, k.override, k.source
    FROM controls k JOIN changes c ON c.number = k.change_no LEFT JOIN users u ON u.name = c.actor
    WHERE c.number <= :change
        AND CAST(c.recorded_at AT TIME ZONE 'UTC' AS date)
            BETWEEN CAST(:since AS date) AND CAST(:until AS date)
        AND (CAST(:actor AS text) IS NULL OR c.actor = :actor)
    UNION ALL
    SELECT l.at, NULL, nullif(l.actor, ''), u.role, 'refused', 'command', l.subject, NULL, NULL,
        NULL, NULL, coalesce(l.code, 'refused'), false, 'access_log'
    FROM access_log l LEFT JOIN users u ON u.name = l.actor
    WHERE l.action = 'refused'
        AND CAST(l.at AT TIME ZONE 'UTC' AS date)
            BETWEEN CAST(:since AS date) AND CAST(:until AS date)
        AND (CAST(:actor AS text) IS NULL OR l.actor = :actor))
    SELECT * FROM log ORDER BY time, change NULLS LAST, source COLLATE "C",
        object_id COLLATE "C", action COLLATE "C"
"""  # noqa: S608 - made of this package's own text
TALLIES = """
    SELECT t.table_name, sum(t.row_count) AS rows
    FROM change_tallies t JOIN changes c ON c.number = t.change_no
    WHERE c.number <= :change
        AND CAST(c.recorded_at AT TIME ZONE 'UTC' AS date)
            BETWEEN CAST(:since AS date) AND CAST(:until AS date)
        AND (CAST(:actor AS text) IS NULL OR c.actor = :actor)
    GROUP BY 1
"""
BROKEN = """
    SELECT count(*) AS links FROM changes c JOIN changes b ON b.number = c.number - 1
    WHERE c.number <= :change AND c.previous_hash <> b.hash
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every control in the scope, in order; of one name, or all."""
    limits = scope(session, asked)
    parameters = {**limits.parameters, "actor": asked.actor}
    found = fetch(session, CONTROLS, **parameters)
    tallies = {row.table_name: int(row.rows) for row in fetch(session, TALLIES, **parameters)}
    (broken,) = fetch(session, BROKEN, **parameters)
    counted = Counter(row.source for row in found)
    return Report(
        name="controls",
        title="Approvals and control log",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("time", "change"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=tuple((f"rows of {name}", str(count)) for name, count in sorted(counted.items())),
        tie_outs=(
            *tallied(counted, tallies),
            count_tie("changes that do not name the hash before = 0", broken.links, 0),
        ),
    )


def tallied(counted: Counter[str], tallies: dict[str, int]) -> list[TieOut]:
    """Return the checks that the log has as many rows of each table as the changes tallied."""
    return [
        count_tie(
            f"controls from {source.table} = rows tallied",
            counted[source.table],
            tallies.get(source.table, 0),
        )
        for source in SOURCES
        if source.whole
    ]


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one control."""
    return tuple(row)[: len(COLUMNS)]
