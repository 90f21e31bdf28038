"""Transfers: movements kept once for ever when they are final, and as sightings before that.

Law: the same movement read again, by whomever, is the same row. One that is told with other
content is refused whole, because one of the two tellings is not the chain's.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from chains.errors import FinalityBroken
from chains.movements import Execution, Movement
from chains.tables import ChainSighting, ChainTransfer
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
FROM unnest({arrays}) AS m ({columns})
ON CONFLICT DO NOTHING
"""
INSERT = "INSERT INTO {table} ({columns}) SELECT * FROM unnest({arrays}) ON CONFLICT DO NOTHING"

DIFFERING = """
SELECT t.block, t.block_hash, m.block_hash FROM unnest({arrays}) AS m ({columns})
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
    columns = _arrays(MOVEMENT, [_row(chain, each, now) for each in movements])
    told = ", ".join(f"m.{name}" for name in MOVEMENT if name != "seen_at")
    cursor = driver_of(session).execute(
        FIRST_SEEN.format(columns=_names(MOVEMENT), told=told, arrays=_casts(MOVEMENT)), columns
    )
    if cursor.rowcount < len(movements):
        _require_same(session, chain, columns)
    return cursor.rowcount


def sight(session: Session, chain: str, movements: Sequence[Movement], now: datetime) -> int:
    """Keep movements that are not final yet as sightings; return how many were not there."""
    if not movements:
        return 0
    columns = _arrays(MOVEMENT, [_row(chain, each, now) for each in movements])
    return _insert(session, "chain_sightings", MOVEMENT, columns)


def keep_executions(session: Session, chain: str, executions: Sequence[Execution]) -> int:
    """Keep what Safes carried out in final blocks; return how many were not there."""
    if not executions:
        return 0
    rows = [
        {name: chain if name == "chain" else getattr(each, name) for name in EXECUTION}
        for each in executions
    ]
    return _insert(session, "chain_executions", EXECUTION, _arrays(EXECUTION, rows))


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


def _require_same(session: Session, chain: str, columns: Mapping[str, list[Any]]) -> None:
    differing = DIFFERING.format(
        arrays=_casts(MOVEMENT),
        columns=_names(MOVEMENT),
        ours=", ".join(f"m.{name}" for name in CONTENT),
        theirs=", ".join(f"t.{name}" for name in CONTENT),
    )
    found = driver_of(session).execute(differing, columns).fetchone()
    if found is not None:
        raise FinalityBroken(chain, *found)


def _insert(
    session: Session, table: str, types: Mapping[str, str], columns: Mapping[str, list[Any]]
) -> int:
    statement = INSERT.format(table=table, columns=_names(types), arrays=_casts(types))
    return driver_of(session).execute(statement, columns).rowcount


def _row(chain: str, movement: Movement, now: datetime) -> dict[str, object]:
    own = {"chain": chain, "seen_at": now}
    return {name: own[name] if name in own else getattr(movement, name) for name in MOVEMENT}


def _names(types: Iterable[str]) -> str:
    return ", ".join(types)


def _casts(types: Mapping[str, str]) -> str:
    return ", ".join(f"%({name})s::{kind}[]" for name, kind in types.items())


def _arrays(
    types: Mapping[str, str], rows: Sequence[Mapping[str, object]]
) -> dict[str, list[Any]]:
    return {name: [row[name] for row in rows] for name in types}
