"""Access review (R13): who may do what, by whose word, with which keys, and what each name did.

A row is a name: everybody who is a user, and every other name that sealed a change, read the books
or was refused. Law: rights and changes come from the sealed books; reads and refusals from the
access log, which is not sealed and has a clock of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.users import AUDITOR, READING_ROLES
from payouts.approvals import APPROVING_ROLES
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

WRITING_ROLES = ("treasurer", "approver")
"""Roles whose work is to seal changes; auditors look, maintainers are paid."""

COLUMNS = (
    Column(name="user", kind=Kind.TEXT),
    Column(name="role", kind=Kind.IDENTIFIER),
    Column(name="paid_as", kind=Kind.IDENTIFIER),
    Column(name="granted_by", kind=Kind.TEXT),
    Column(name="granted_at", kind=Kind.TIME),
    Column(name="keys", kind=Kind.TEXT),
    Column(name="confirmed_keys", kind=Kind.INTEGER, total=True),
    Column(name="can_prepare", kind=Kind.FLAG),
    Column(name="can_approve", kind=Kind.FLAG),
    Column(name="can_change_address", kind=Kind.FLAG),
    Column(name="addresses_set", kind=Kind.INTEGER),
    Column(name="changes", kind=Kind.INTEGER, total=True),
    Column(name="last_change_at", kind=Kind.TIME),
    Column(name="reads", kind=Kind.INTEGER, total=True),
    Column(name="refusals", kind=Kind.INTEGER, total=True),
    Column(name="last_access_at", kind=Kind.TIME),
    Column(name="conflict", kind=Kind.TEXT),
)
NOTES = (
    "A name without a role is no user; without a name, nobody was named.",
    "can_prepare: auditors and maintainers freeze no batch; the database refuses it.",
    "can_approve: the role approves and a key is confirmed. The database refuses to approve a "
    "batch that one made, is paid by, or set an address of.",
    "can_change_address: whoever is no auditor asks for an address, a payee too; another person, "
    "no maintainer and not paid there, confirms it. addresses_set: how many a name asked for or "
    "confirmed.",
    "conflict: changes sealed by a name that is no user, or whose role does not write.",
    "Names are told, not proven: only approvals are signatures.",
    "reads and refusals are lines of the access log, which is not sealed and is dated by the "
    "database's clock: period and as-of narrow it, known-at does not.",
    "Left out: expires_at, last_login and mfa, which nothing records.",
)

PEOPLE = """
    WITH known AS (
        SELECT number, actor, recorded_at, CAST(recorded_at AT TIME ZONE 'UTC' AS date) AS day
        FROM changes WHERE number <= :change
    ), granted AS (
        SELECT u.name, u.role, u.party, k.actor AS granted_by, k.recorded_at AS granted_at
        FROM users u JOIN known k ON k.number = u.change_no
        WHERE k.day <= CAST(:until AS date)
    ), enrolled AS (
        SELECT e.user_name AS name, count(c.public_key) AS confirmed_keys,
            string_agg(e.public_key || ' enrolled by ' || e.enrolled_by
                || coalesce(', confirmed by ' || c.confirmed_by, ', not confirmed'),
                '; ' ORDER BY e.public_key COLLATE "C") AS keys
        FROM user_keys e JOIN known k ON k.number = e.change_no
        LEFT JOIN (
            SELECT o.* FROM user_key_confirmations o JOIN known k ON k.number = o.change_no
            WHERE k.day <= CAST(:until AS date)) c ON c.public_key = e.public_key
        WHERE k.day <= CAST(:until AS date) GROUP BY 1
    ), addresses AS (
        SELECT k.actor AS name, count(*) AS addresses_set FROM (
            SELECT change_no FROM destinations
            UNION ALL SELECT change_no FROM destination_confirmations) d
        JOIN known k ON k.number = d.change_no
        WHERE k.day <= CAST(:until AS date) GROUP BY 1
    ), sealed AS (
        SELECT actor AS name, count(*) AS changes, max(recorded_at) AS last_change_at
        FROM known WHERE day BETWEEN CAST(:since AS date) AND CAST(:until AS date) GROUP BY 1
    ), logged AS (
        SELECT actor AS name, count(*) AS lines, max(at) AS last_access_at,
            count(*) FILTER (WHERE action = 'read') AS reads,
            count(*) FILTER (WHERE action = 'refused') AS refusals
        FROM access_log WHERE CAST(at AT TIME ZONE 'UTC' AS date)
            BETWEEN CAST(:since AS date) AND CAST(:until AS date) GROUP BY 1
    )
    SELECT name, g.role, g.party, g.granted_by, g.granted_at, e.keys,
        coalesce(e.confirmed_keys, 0) AS confirmed_keys,
        coalesce(a.addresses_set, 0) AS addresses_set,
        coalesce(s.changes, 0) AS changes, s.last_change_at,
        coalesce(l.lines, 0) AS lines, coalesce(l.reads, 0) AS reads,
        coalesce(l.refusals, 0) AS refusals, l.last_access_at
    FROM granted g FULL JOIN sealed s USING (name) FULL JOIN logged l USING (name)
    LEFT JOIN enrolled e USING (name) LEFT JOIN addresses a USING (name)
    WHERE CAST(:actor AS text) IS NULL OR name = :actor
    ORDER BY name COLLATE "C"
"""
TOTALS = """
    SELECT (SELECT count(*) FROM changes WHERE number <= :change
            AND CAST(recorded_at AT TIME ZONE 'UTC' AS date)
                BETWEEN CAST(:since AS date) AND CAST(:until AS date)
            AND (CAST(:actor AS text) IS NULL OR actor = :actor)) AS changes,
        count(*) AS lines, coalesce(max(id), 0) AS last_line
    FROM access_log WHERE CAST(at AT TIME ZONE 'UTC' AS date)
            BETWEEN CAST(:since AS date) AND CAST(:until AS date)
        AND (CAST(:actor AS text) IS NULL OR actor = :actor)
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return everybody's rights, and what each name did in the scope; one name, or all."""
    limits = scope(session, asked)
    parameters = {**limits.parameters, "actor": asked.actor}
    found = fetch(session, PEOPLE, **parameters)
    (all_,) = fetch(session, TOTALS, **parameters)
    return Report(
        name="access",
        title="Access review",
        columns=COLUMNS,
        rows=[cells(row) for row in found],
        sorted_by=("user",),
        filters=(*limits.filters, ("access_log_to", str(all_.last_line))),
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            count_tie("conflicts = 0", sum(conflict(row) is not None for row in found), 0),
            count_tie("changes of the names = all changes", _sum(found, "changes"), all_.changes),
            count_tie(
                "lines of the names = all lines of the access log",
                _sum(found, "lines"),
                all_.lines,
            ),
        ),
    )


def cells(row: Row[Any]) -> tuple[Cell, ...]:
    """Return the row of one name."""
    return (
        row.name or None,
        row.role,
        row.party,
        row.granted_by,
        row.granted_at,
        row.keys,
        row.confirmed_keys,
        row.role not in READING_ROLES,
        row.role in APPROVING_ROLES and row.confirmed_keys > 0,
        row.role != AUDITOR,
        row.addresses_set,
        row.changes,
        row.last_change_at,
        row.reads,
        row.refusals,
        row.last_access_at,
        conflict(row),
    )


def conflict(row: Row[Any]) -> str | None:
    """Return what a reviewer has to ask about, if there is something; nothing refuses it."""
    if not row.changes or row.role in WRITING_ROLES:
        return None
    return "sealed changes, is no user" if row.role is None else f"sealed changes as {row.role}"


def _sum(rows: Sequence[Row[Any]], column: str) -> int:
    return sum(row._mapping[column] for row in rows)  # noqa: SLF001 - SQLAlchemy's public view
