"""The tables of bounties and renewals. What became of one is its last event, never a column."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Bounty(Sealed, Base):
    """An amount that is put up for building something, by an exchange unless `funders` say whom.

    `developer` is whom the agreement names; an assignment made later comes before it.
    """

    __tablename__ = "bounties"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    exchange: Mapped[str | None] = mapped_column(ForeignKey("parties.id"), index=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    developer: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    source: Mapped[str]


class BountyFunder(Sealed, Base):
    """A part of a bounty's amount and who puts it up: a party, or the Foundation where blank.

    The parts of a bounty sum to its amount; the database holds it.
    """

    __tablename__ = "bounty_funders"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    party: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))
    amount: Mapped[Quantity]


class BountyTerms(Sealed, Base):
    """What was signed for a bounty; the newest version counts. Shares are blank where no override.

    `upfront` is the fraction of the deposit that has to be there before the work begins.
    """

    __tablename__ = "bounty_terms"
    __table_args__ = (
        CheckConstraint("arrangement IN ('deposit','escrow','direct')", name="arrangement"),
        CheckConstraint("upfront > 0 AND upfront <= 1", name="upfront"),
        CheckConstraint(
            "(developer_share IS NULL AND foundation_share IS NULL AND reviewer_share IS NULL)"
            " OR (developer_share >= 0 AND foundation_share >= 0 AND reviewer_share >= 0"
            " AND developer_share + foundation_share + reviewer_share = 1)",
            name="shares",
        ),
        CheckConstraint(
            "arrangement <> 'escrow' OR (document_sha256 IS NOT NULL"
            " AND signed_by_funder <> '' AND signed_by_us <> '')",
            name="escrow",
        ),
        CheckConstraint("document <> ''", name="document"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_on: Mapped[date]
    arrangement: Mapped[str]
    document: Mapped[str]
    document_sha256: Mapped[str | None] = mapped_column(ForeignKey("evidence.sha256"))
    signed_by_funder: Mapped[str]
    signed_by_us: Mapped[str]
    upfront: Mapped[Quantity]
    developer_share: Mapped[Quantity | None]
    foundation_share: Mapped[Quantity | None]
    reviewer_share: Mapped[Quantity | None]


class BountyStage(Sealed, Base):
    """A part of a bounty that is released by itself: after which gates, and how long after.

    `gates` are named in their usual order, with a space between; the last stage needs all of
    them. `wait_days` count from the official release (a tail payment). The stages of a bounty sum
    to its amount; the database holds it.
    """

    __tablename__ = "bounty_stages"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("wait_days >= 0", name="wait_days"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    amount: Mapped[Quantity]
    gates: Mapped[str]
    wait_days: Mapped[int]


class BountyAssignment(Sealed, Base):
    """Who develops or reviews a bounty from a day on; the newest of a role counts."""

    __tablename__ = "bounty_assignments"
    __table_args__ = (CheckConstraint("role IN ('developer','reviewer')", name="role"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    on: Mapped[date]
    evidence: Mapped[str]


class BountyMember(Sealed, Base):
    """One of several who share a role under an assignment, and the weight of their part."""

    __tablename__ = "bounty_members"
    __table_args__ = (
        CheckConstraint("weight > 0", name="positive"),
        ForeignKeyConstraint(
            ["bounty", "role", "number"],
            ["bounty_assignments.bounty", "bounty_assignments.role", "bounty_assignments.number"],
        ),
    )

    bounty: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    weight: Mapped[Quantity]


class BountyChoice(Sealed, Base):
    """The commodity in which a payee wants their part of a bounty; the newest choice counts."""

    __tablename__ = "bounty_choices"
    __table_args__ = (CheckConstraint("evidence <> ''", name="evidence"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    on: Mapped[date]
    evidence: Mapped[str]


class BountyMove(Sealed, Base):
    """What else happened to a bounty: an event without an amount of its own, in order."""

    __tablename__ = "bounty_moves"
    __table_args__ = (
        CheckConstraint(
            "move IN ('pledge','withdraw','fail','pay-directly','cancel')", name="move"
        ),
        CheckConstraint("(move = 'fail') = (gate IS NOT NULL)", name="gate"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    move: Mapped[str]
    gate: Mapped[str | None]
    on: Mapped[date]
    evidence: Mapped[str]


class BountyGate(Sealed, Base):
    """A gate that a bounty passed, when, and what shows it."""

    __tablename__ = "bounty_gates"
    __table_args__ = (
        CheckConstraint(
            "gate IN ('delivered','approved','qa-passed','proposal-passed','merged','released')",
            name="gate",
        ),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    gate: Mapped[str] = mapped_column(primary_key=True)
    evidence: Mapped[str]
    on: Mapped[date]


class BountyStageRelease(Sealed, Base):
    """A stage of a bounty that was released, once; the last one ends the bounty, too.

    `amount` is what left the deposits by `entry_number`.
    """

    __tablename__ = "bounty_stage_releases"
    __table_args__ = (
        ForeignKeyConstraint(["bounty", "stage"], ["bounty_stages.bounty", "bounty_stages.stage"]),
    )

    bounty: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    on: Mapped[date]
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))


class BountyConversion(Sealed, Base):
    """What an obligation of a bounty was before its payee took it in another commodity.

    `price` is what one unit of `commodity` is in the obligation's own: `from_price` divided by
    `into_price`, both in US dollars, averaged over the days from `first_day` to `last_day` where
    the commodity is not a stablecoin.
    """

    __tablename__ = "bounty_conversions"
    __table_args__ = (
        CheckConstraint("amount > 0 AND from_price > 0 AND into_price > 0", name="positive"),
    )

    obligation: Mapped[str] = mapped_column(ForeignKey("obligations.id"), primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    from_price: Mapped[Quantity]
    into_price: Mapped[Quantity]
    first_day: Mapped[date]
    last_day: Mapped[date]
    prices: Mapped[str]


class BountyOverrun(Sealed, Base):
    """What a bounty cost above its amount, borne by the Foundation and owed to a payee."""

    __tablename__ = "bounty_overruns"
    __table_args__ = (CheckConstraint("reason <> ''", name="reason"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    obligation: Mapped[str] = mapped_column(ForeignKey("obligations.id"), unique=True)
    on: Mapped[date]
    reason: Mapped[str]


class BountyEnd(Sealed, Base):
    """How a bounty ended: released or refunded. Its key is what makes it one or the other, once.

    `amount` is what left the deposits by `entry_number`.
    """

    __tablename__ = "bounty_ends"
    __table_args__ = (CheckConstraint("kind IN ('released','refunded')", name="kind"),)

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    kind: Mapped[str]
    on: Mapped[date]
    reason: Mapped[str]
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class Renewal(Sealed, Base):
    """A year of a connector's upkeep, invoiced to an exchange by `entry_number`."""

    __tablename__ = "renewals"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    connector: Mapped[str]
    year_from: Mapped[date]
    amount: Mapped[Quantity]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    source: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class RenewalEarning(Sealed, Base):
    """The part of a renewal that a month (`2023-10`) earned."""

    __tablename__ = "renewal_earnings"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    renewal: Mapped[str] = mapped_column(ForeignKey("renewals.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class RenewalEnd(Sealed, Base):
    """A renewal that was waived, cancelled or moved to a sponsorship, once, and on what evidence.

    `relieved` is what the exchange no longer owes, `refunded` what it gets back: as money, or
    where it moved, as a credit of its sponsorship.
    """

    __tablename__ = "renewal_ends"
    __table_args__ = (
        CheckConstraint("kind IN ('waived','cancelled','moved')", name="kind"),
        CheckConstraint("relieved >= 0 AND refunded >= 0", name="not_negative"),
        CheckConstraint("evidence <> ''", name="evidence"),
    )

    renewal: Mapped[str] = mapped_column(ForeignKey("renewals.id"), primary_key=True)
    kind: Mapped[str]
    on: Mapped[date]
    evidence: Mapped[str]
    relieved: Mapped[Quantity]
    refunded: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
