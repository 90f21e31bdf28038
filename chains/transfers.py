"""Transfers: movements kept once for ever when they are final, and as sightings before that.

Law: the same movement read again, by whomever, is the same row. One that is told with other
content is refused whole, because one of the two tellings is not the chain's.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import json
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from chains.errors import FinalityBroken
from chains.movements import Block, Execution, Movement
from chains.tables import ChainSighting, ChainTransfer, SafeNonce
from ledger.driver import driver_of

MOVEMENT = {
    "chain": "text",
    "transaction": "text",
    "part": "text",
    "block_hash": "text",
    "block": "bigint",
    "at": "timestamptz",
    "contract": "text",
    "sender": "text",
    "recipient": "text",
    "units": "numeric",
    "doubt": "text",
    "seen_at": "timestamptz",
}
EXECUTION = {
    "chain": "text",
    "safe": "text",
    "safe_tx_hash": "text",
    "transaction": "text",
    "block": "bigint",
    "at": "timestamptz",
    "succeeded": "boolean",
}
CONTENT = ("block_hash", "block", "contract", "sender", "recipient", "units", "doubt")

FIRST_SEEN = """
INSERT INTO chain_transfers ({columns})
SELECT {told}, least(m.seen_at, (
    SELECT min(s.seen_at) FROM chain_sightings s
    WHERE s.chain = m.chain AND s.transaction = m.transaction AND s.part = m.part))
FROM {rows}
ON CONFLICT DO NOTHING
"""
INSERT = "INSERT INTO {table} ({columns}) SELECT {told} FROM {rows} ON CONFLICT DO NOTHING"

DIFFERING = """
SELECT t.block, t.block_hash, m.block_hash FROM {rows}
JOIN chain_transfers t ON t.chain = m.chain AND t.transaction = m.transaction AND t.part = m.part
WHERE ({ours}) IS DISTINCT FROM ({theirs})
LIMIT 1
"""


def keep(session: Session, chain: str, movements: Sequence[Movement], now: datetime) -> int:
    """Keep final movements; return how many were not there.

    Raises:
        FinalityBroken: one is there with other content.
    """
    if not movements:
        return 0
    rows = _rows(chain, movements, now)
    cursor = driver_of(session).execute(
        FIRST_SEEN.format(
            columns=", ".join(MOVEMENT),
            told=_told(name for name in MOVEMENT if name != "seen_at"),
            rows=_recordset(MOVEMENT),
        ),
        {"rows": rows},
    )
    if cursor.rowcount < len(movements):
        _require_same(session, chain, rows)
    return cursor.rowcount


def sight(session: Session, chain: str, movements: Sequence[Movement], now: datetime) -> int:
    """Keep movements that are not final yet as sightings; return how many were not there."""
    if not movements:
        return 0
    return _insert(session, "chain_sightings", MOVEMENT, _rows(chain, movements, now))


def keep_executions(session: Session, chain: str, executions: Sequence[Execution]) -> int:
    """Keep what Safes carried out in final blocks; return how many were not there."""
    if not executions:
        return 0
    rows = [
        {name: chain if name == "chain" else getattr(each, name) for name in EXECUTION}
        for each in executions
    ]
    return _insert(session, "chain_executions", EXECUTION, json.encode(rows))


def note_nonce(session: Session, chain: str, safe: str, block: Block, nonce: int) -> None:
    """Keep how many transactions a Safe had carried out at a final block, if that moved on."""
    known = session.scalar(
        select(func.max(SafeNonce.nonce)).where(SafeNonce.chain == chain, SafeNonce.safe == safe)
    )
    if known is None or nonce > known:
        session.add(
            SafeNonce(
                chain=chain, safe=safe, block=block.number, block_hash=block.hash, nonce=nonce
            )
        )


def between(session: Session, chain: str, address: str, first: int, last: int) -> list[Movement]:
    """Return the final movements of an address in these blocks, as they were told."""
    rows = session.scalars(
        of_address(chain, address).where(ChainTransfer.block.between(first, last))
    )
    return [movement_of(row) for row in rows]


def of_address(chain: str, address: str) -> Select[ChainTransfer]:
    """Return the query for an address's final transfers, in the order of blocks."""
    return (
        select(ChainTransfer)
        .where(
            ChainTransfer.chain == chain,
            (ChainTransfer.sender == address) | (ChainTransfer.recipient == address),
        )
        .order_by(ChainTransfer.block, ChainTransfer.transaction, ChainTransfer.part)
    )


def movement_of(row: ChainTransfer | ChainSighting) -> Movement:
    """Return what a row says, as readers say it."""
    return Movement(
        block=row.block,
        block_hash=row.block_hash,
        at=row.at,
        transaction=row.transaction,
        part=row.part,
        contract=row.contract,
        sender=row.sender,
        recipient=row.recipient,
        units=int(row.units),
        doubt=row.doubt,
    )


def _require_same(session: Session, chain: str, rows: bytes) -> None:
    differing = DIFFERING.format(
        rows=_recordset(MOVEMENT),
        ours=_told(CONTENT),
        theirs=", ".join(f"t.{name}" for name in CONTENT),
    )
    found = driver_of(session).execute(differing, {"rows": rows}).fetchone()
    if found is not None:
        raise FinalityBroken(chain, *found)


def _insert(session: Session, table: str, types: Mapping[str, str], rows: bytes) -> int:
    statement = INSERT.format(
        table=table, columns=", ".join(types), told=_told(types), rows=_recordset(types)
    )
    return driver_of(session).execute(statement, {"rows": rows}).rowcount


def _rows(chain: str, movements: Sequence[Movement], now: datetime) -> bytes:
    """Return movements as one JSON text, which the database takes many times faster than rows."""
    return json.encode(
        [
            {
                "chain": chain,
                "transaction": each.transaction,
                "part": each.part,
                "block_hash": each.block_hash,
                "block": each.block,
                "at": each.at,
                "contract": each.contract,
                "sender": each.sender,
                "recipient": each.recipient,
                "units": str(each.units),
                "doubt": each.doubt,
                "seen_at": now,
            }
            for each in movements
        ]
    )


def _told(names: Iterable[str]) -> str:
    return ", ".join(f"m.{name}" for name in names)


def _recordset(types: Mapping[str, str]) -> str:
    """Return the JSON text as rows named m."""
    columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
    return f"json_to_recordset(convert_from(%(rows)s, 'UTF8')::json) AS m ({columns})"
