"""Health: how scanning and each provider stand now. It is written over; it is no record."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chains.movements import Block
from chains.providers import Panel
from chains.tables import ChainScan, ProviderHealth


def note_scan(
    session: Session,
    chain: str,
    now: datetime,
    *,
    worker: str,
    seconds: float,
    fault: str = "",
    head: int = 0,
    final: Block | None = None,
) -> None:
    """Write how a pass over a chain went; what it did not find out stays as it was."""
    told: dict[str, object] = {"fault": fault, "worker": worker, "seconds": seconds}
    told |= {"failed_at": now} if fault else {"succeeded_at": now}
    told |= {"head": head} if head else {}
    told |= {"final": final.number, "final_at": final.at} if final else {}
    first = {"head": 0, "final": 0, "chain": chain} | told
    session.execute(
        insert(ChainScan).values(first).on_conflict_do_update(index_elements=["chain"], set_=told)
    )


def note_providers(session: Session, panel: Panel, now: datetime) -> None:
    """Write how each provider answered in a pass."""
    for reader in panel.setup.readers:
        fault = panel.faults.get(reader.provider)
        block = panel.finals.get(reader.provider)
        told: dict[str, object] = {"fault": fault.message if fault else ""}
        told |= {"failed_at": now} if fault else {"answered_at": now}
        told |= {"final": block.number} if block else {}
        known = {"chain": panel.setup.chain.name, "provider": reader.provider}
        session.execute(
            insert(ProviderHealth)
            .values({"final": 0} | known | told)
            .on_conflict_do_update(index_elements=["chain", "provider"], set_=told)
        )


def scans(session: Session) -> Mapping[str, ChainScan]:
    """Return how the scanning of each chain stands, by chain."""
    return {row.chain: row for row in session.scalars(select(ChainScan))}


def providers(session: Session) -> Sequence[ProviderHealth]:
    """Return how each provider stands, by chain and name; those that failed last come first."""
    failing = case((ProviderHealth.fault != "", 0), else_=1)
    return session.scalars(
        select(ProviderHealth).order_by(
            ProviderHealth.chain, failing, func.lower(ProviderHealth.provider)
        )
    ).all()
