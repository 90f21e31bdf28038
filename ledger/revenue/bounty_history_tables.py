"""The tables of bounties before the books: the tracker's rows, and what persons said of them.

Law: INSERT-only. A row that the tracker restates is its next version; the versions before stay.
Nothing here is posted or owed.
"""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class BountyHistory(Sealed, Base):
    """A row of the tracker as it was written, in the `evidence_row` of a file; its newest counts.

    `row` is its number in the tracker, `occurrence` which of its id and link it says to be.
    Who funded it is kept as written: which party that is, names and aliases say.
    """

    __tablename__ = "bounty_history"
    __table_args__ = (
        CheckConstraint("row > 0 AND occurrence > 0 AND evidence_row > 0", name="row"),
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint(
            "bounty <> '' AND type <> '' AND funder <> '' AND status <> '' AND source <> ''",
            name="told",
        ),
        UniqueConstraint("evidence", "row"),
    )

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bounty: Mapped[str]
    type: Mapped[str]
    funder: Mapped[str]
    connector: Mapped[str]
    amount: Mapped[Quantity]
    amount_as_written: Mapped[str]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    status: Mapped[str]
    link: Mapped[str]
    occurrence: Mapped[int]
    source: Mapped[str]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))
    evidence_row: Mapped[int]
    loaded_by: Mapped[str]


class BountyHistoryDecision(Sealed, Base):
    """A person's word on a version of a row: `accepted` or `rejected`, and why; the newest counts.

    The database refuses that of whoever loaded it.
    """

    __tablename__ = "bounty_history_decisions"
    __table_args__ = (
        CheckConstraint("verdict IN ('accepted','rejected')", name="verdict"),
        CheckConstraint("reason <> ''", name="reason"),
        ForeignKeyConstraint(["row", "version"], ["bounty_history.row", "bounty_history.version"]),
    )

    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    verdict: Mapped[str]
    reason: Mapped[str]
    decided_by: Mapped[str]
