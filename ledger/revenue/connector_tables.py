"""The tables of connectors: what they are, when they were released, what keeps them maintained."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.revenue.bounty_tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class Connector(Sealed, Base):
    """The code by which an exchange is traded on; `id` is its name, as renewals write it."""

    __tablename__ = "connectors"
    __table_args__ = (
        CheckConstraint("kind IN ('clob-spot','clob-perpetual','amm')", name="kind"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    kind: Mapped[str]
    source: Mapped[str]


class ConnectorRelease(Sealed, Base):
    """The official release of a connector, once, with what shows it; its first year begins there.

    `bounty` is the bounty that paid for it and includes the first year.
    """

    __tablename__ = "connector_releases"
    __table_args__ = (CheckConstraint("evidence <> ''", name="evidence"),)

    connector: Mapped[str] = mapped_column(ForeignKey("connectors.id"), primary_key=True)
    released_on: Mapped[date]
    evidence: Mapped[str]
    bounty: Mapped[str | None] = mapped_column(ForeignKey("bounties.id"))


class ConnectorUpkeep(Sealed, Base):
    """What keeps a connector maintained without an invoice, from a day on.

    A `poll` keeps it to `until_on`, its quarter's last day, and may name a proposal. Its own
    exchange keeps it (`exchange`) until the newest such row says that it does not any more
    (`exchange-ended`).
    """

    __tablename__ = "connector_upkeep"
    __table_args__ = (
        CheckConstraint("kind IN ('poll','exchange','exchange-ended')", name="kind"),
        CheckConstraint("evidence <> ''", name="evidence"),
        CheckConstraint(
            "(kind = 'poll') = (until_on IS NOT NULL) AND (kind = 'poll' OR proposal IS NULL)",
            name="poll",
        ),
        CheckConstraint(
            "kind <> 'poll' OR (until_on = from_on + interval '3 months' - interval '1 day'"
            " AND date_trunc('quarter', from_on) = from_on)",
            name="quarter",
        ),
    )

    connector: Mapped[str] = mapped_column(ForeignKey("connectors.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    from_on: Mapped[date] = mapped_column(primary_key=True)
    until_on: Mapped[date | None]
    evidence: Mapped[str]
    proposal: Mapped[str | None]
