"""The tables of votes on proposals: what was seen of each, and its choices."""

from datetime import datetime

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Vote(Sealed, Base):
    """What was seen of a proposal's vote at a moment; of several observations the newest counts.

    `proposal` is its space and hash, whether it authorises anything or not. `kind` is its type,
    blank for a poll. Moments are in UTC. A supply is as its source told it, in HBOT. `amount` is
    what the proposal asks for. Votes are those of its choices.
    """

    __tablename__ = "votes"
    __table_args__ = (
        CheckConstraint("proposal = space || '/' || hash", name="identity"),
        CheckConstraint("kind IN ('PRP','HIP','NCP','HGP','')", name="kind"),
        CheckConstraint("state IN ('pending','active','closed','cancelled')", name="state"),
        CheckConstraint(
            "method IN ('basic','single-choice','weighted','quadratic','ranked-choice',"
            "'approval')",
            name="method",
        ),
        CheckConstraint("ends_at > starts_at", name="window"),
        CheckConstraint(
            "coalesce(circulating_supply, 1) > 0 AND coalesce(total_supply, 1) > 0 AND ("
            "supply_source <> '' OR coalesce(circulating_supply, total_supply) IS NULL)",
            name="supply",
        ),
        CheckConstraint(
            "(amount IS NULL) = (commodity IS NULL) AND coalesce(amount, 1) > 0", name="amount"
        ),
    )

    proposal: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    space: Mapped[str]
    hash: Mapped[str]
    label: Mapped[str] = mapped_column(index=True)
    title: Mapped[str]
    kind: Mapped[str]
    method: Mapped[str]
    state: Mapped[str]
    created_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    snapshot_block: Mapped[str]
    circulating_supply: Mapped[Quantity | None]
    total_supply: Mapped[Quantity | None]
    supply_source: Mapped[str]
    amount: Mapped[Quantity | None]
    commodity: Mapped[str | None] = mapped_column(ForeignKey("commodities.code"))
    link: Mapped[str]
    author: Mapped[str]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))


class VoteChoice(Sealed, Base):
    """A choice of a vote and the HBOT that voted for it; `counts_as` is blank where it only ranks.

    `place` is its place on the ballot, from 1.
    """

    __tablename__ = "vote_choices"
    __table_args__ = (
        CheckConstraint("counts_as IN ('for','against','abstain','')", name="counts_as"),
        CheckConstraint("score >= 0", name="score"),
        ForeignKeyConstraint(["proposal", "number"], ["votes.proposal", "votes.number"]),
    )

    proposal: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    choice: Mapped[str]
    counts_as: Mapped[str]
    score: Mapped[Quantity]
