"""Connectors: what they are, when they were officially released, what keeps them maintained."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import Conflict, UnknownReference
from ledger.revenue import bounties
from ledger.revenue.connector_tables import Connector, ConnectorRelease, ConnectorUpkeep
from ledger.revenue.upkeep import quarter_of
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence, require_not_later, require_same

KINDS = ("clob-spot", "clob-perpetual", "amm")
"""What a connector trades on: an order book, spot or perpetual, or pools."""

POLL, EXCHANGE, EXCHANGE_ENDED = "poll", "exchange", "exchange-ended"


class NotReleased(Conflict):
    """A connector without an official release, so that no year of it has begun."""

    code = "connector_not_released"

    def __init__(self, connector: str) -> None:
        super().__init__(
            f"Connector {connector!r} was not released yet.",
            mend=f"feeshare connector release {connector} --on DAY --evidence LINK",
        )


def add(
    change: Change, *, identity: str, exchange: str, kind: str, source: str = ""
) -> tuple[Connector, bool]:
    """Add a connector under its name; say whether it is new. The exchange may be an alias.

    Raises:
        UnknownReference: the exchange is not recorded.
        BadInput: the kind is none.
        ReferenceReused: the name is there with other content.
    """
    session = change.session
    if kind not in KINDS:
        raise bad_input(
            code="value_unknown",
            place=f"connector {identity}",
            value=kind,
            expected=f"one of {', '.join(KINDS)}",
        )
    party = parties.named(session, exchange, kind="exchange").id
    wanted = Connector(id=identity, exchange=party, kind=kind, source=source)
    known = session.get(Connector, identity)
    if known is not None:
        require_same("Connector", known, wanted, without={"source"})
        return known, False
    change.add(wanted)
    return wanted, True


def release(
    change: Change, connector: Connector, *, on: date, evidence: str, bounty: str | None = None
) -> bool:
    """Record a connector's official release, where its first year begins; say whether it is new.

    Raises:
        BadInput: the day has not come yet, or no evidence is given.
        UnknownReference: there is no such bounty.
        Conflict: the bounty is another exchange's.
        ReferenceReused: it was released on another day, by other evidence or bounty.
    """
    session = change.session
    place = f"release of {connector.id}"
    require_evidence(evidence, place)
    require_not_later(on, change.at.date(), place)
    if bounty is not None:
        found = bounties.named(session, bounty)
        if found.exchange != connector.exchange:
            raise Conflict(
                f"Bounty {bounty!r} is {found.exchange}'s, connector {connector.id!r} is "
                f"{connector.exchange}'s.",
                mend="Name the bounty that paid for this connector, or none.",
            )
    wanted = ConnectorRelease(
        connector=connector.id, released_on=on, evidence=evidence, bounty=bounty
    )
    known = session.get(ConnectorRelease, connector.id)
    if known is not None:
        require_same("Release of connector", known, wanted, without=set())
        return False
    change.add(wanted)
    return True


def poll(
    change: Change,
    connector: Connector,
    quarter: str,
    *,
    evidence: str,
    proposal: str | None = None,
) -> bool:
    """Record that a quarterly poll (`2026-Q1`) keeps a connector maintained; say if that is new.

    `proposal` is the id of a recorded proposal, which the database looks up.

    Raises:
        BadInput: it is no quarter, or no evidence is given.
        ReferenceReused: it is recorded with other evidence or proposal.
    """
    place = f"poll of {connector.id}"
    require_evidence(evidence, place)
    try:
        first, last = quarter_of(quarter)
    except ValueError:
        raise bad_input(
            code="date_invalid", place=place, value=quarter, expected="a quarter as 2026-Q1"
        ) from None
    row = ConnectorUpkeep(
        connector=connector.id,
        kind=POLL,
        from_on=first,
        until_on=last,
        evidence=evidence,
        proposal=proposal,
    )
    return _keep(change, row)


def self_maintained(
    change: Change, connector: Connector, *, since: date, evidence: str, ended: bool = False
) -> bool:
    """Record that its own exchange maintains a connector from a day on, or does not any more.

    Returns whether that is new.

    Raises:
        BadInput: no evidence is given.
        ReferenceReused: it is recorded with other evidence.
    """
    require_evidence(evidence, f"upkeep of {connector.id}")
    row = ConnectorUpkeep(
        connector=connector.id,
        kind=EXCHANGE_ENDED if ended else EXCHANGE,
        from_on=since,
        until_on=None,
        evidence=evidence,
        proposal=None,
    )
    return _keep(change, row)


def named(session: Session, identity: str) -> Connector:
    """Return a connector by its name.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Connector, identity)
    if found is None:
        raise UnknownReference("connector", identity, mend="feeshare connector list")
    return found


def all_of(session: Session) -> list[Connector]:
    """Return every connector, by name."""
    return list(session.scalars(select(Connector).order_by(Connector.id)))


def release_of(session: Session, connector: Connector) -> ConnectorRelease | None:
    """Return a connector's official release; nothing if it was not released."""
    return session.get(ConnectorRelease, connector.id)


def released(session: Session, connector: Connector) -> date:
    """Return the day of a connector's official release.

    Raises:
        NotReleased: it was not released.
    """
    found = release_of(session, connector)
    if found is None:
        raise NotReleased(connector.id)
    return found.released_on


def upkeep_of(session: Session, connector: str) -> list[ConnectorUpkeep]:
    """Return the polls and self-maintenance of a connector, oldest first."""
    return list(
        session.scalars(
            select(ConnectorUpkeep)
            .where(ConnectorUpkeep.connector == connector)
            .order_by(ConnectorUpkeep.from_on, ConnectorUpkeep.kind)
        )
    )


def _keep(change: Change, row: ConnectorUpkeep) -> bool:
    known = change.session.get(ConnectorUpkeep, (row.connector, row.kind, row.from_on))
    if known is not None:
        require_same("Upkeep of connector", known, row, without=set())
        return False
    change.add(row)
    return True
