"""Loading connectors, with their official release if there was one."""

from feeshare.loading import Format
from feeshare.records import Record
from ledger.revenue import connectors
from ledger.sealing import Change

CONNECTOR_STATE = ("state", "until", "document", "next_year")
"""What the list adds from the books."""


def _connector(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    facts = {name: record.text(name) for name in ("exchange", "kind", "source")}
    identity = record.text("id")
    released_on = record.day("released_on", required=False)
    evidence = record.text("evidence", required=released_on is not None)
    bounty = record.text("bounty", required=False) or None
    if len(record.faults.problems) > before:
        return False
    connector, new = connectors.add(change, identity=identity, **facts)
    if released_on is not None:
        told = connectors.release(
            change, connector, on=released_on, evidence=evidence, bounty=bounty
        )
        return new or told
    return new


CONNECTORS = Format(
    required=("id", "exchange", "kind", "source"),
    optional=("released_on", "evidence", "bounty", *CONNECTOR_STATE),
    take=_connector,
)
