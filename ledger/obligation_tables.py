"""The tables of what we owe: obligations, and the day from which each may be paid.

Law: INSERT-only. An obligation never changes: that it fell due is a row of its own, a part that
fell due before the rest is an obligation of its own, and what will never be owed after all is an
adjustment, which may be taken back but never exceeds what has not fallen due. What fell due and
went back is an adjustment of what is due; it never exceeds what nobody has claimed.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Obligation(Sealed, Base):
    """One amount owed to one payee, with what it came from, so that it explains itself.

    A part that fell due before the rest is an obligation of its own, with `split_from`.
    For a maintainer's share: `base` times `rate` is the pool, `weight` of it is this payee's.
    """

    __tablename__ = "obligations"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), index=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    document: Mapped[str] = mapped_column(index=True)
    period: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))
    payable_account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    split_from: Mapped[str | None] = mapped_column(
        ForeignKey("obligations.id"), index=True, default=None
    )
    agreement: Mapped[str | None] = mapped_column(default=None)
    terms_version: Mapped[int | None] = mapped_column(default=None)
    base: Mapped[Quantity | None] = mapped_column(default=None)
    rate: Mapped[Quantity | None] = mapped_column(default=None)
    pool: Mapped[Quantity | None] = mapped_column(default=None)
    weight: Mapped[Quantity | None] = mapped_column(default=None)
    residue_rank: Mapped[int | None] = mapped_column(default=None)
    explanation: Mapped[str] = mapped_column(default="")


class ObligationDue(Sealed, Base):
    """The day from which an obligation may be paid, and the entry that made it payable."""

    __tablename__ = "obligation_dues"

    obligation: Mapped[str] = mapped_column(ForeignKey("obligations.id"), primary_key=True)
    due_on: Mapped[date]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))
    cause: Mapped[str]


class ObligationAdjustment(Sealed, Base):
    """What of an accrued obligation will not be owed after all (negative), or is restored.

    `cause` is the restatement, write-off or recovery that it follows from.
    """

    __tablename__ = "obligation_adjustments"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"),)

    obligation: Mapped[str] = mapped_column(ForeignKey("obligations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))
    cause: Mapped[str]


class DueAdjustment(Sealed, Base):
    """What of a payable obligation went back to accrued (negative), or fell due again.

    `cause` is the restatement, unmatching or release of a claim that it follows from.
    """

    __tablename__ = "due_adjustments"
    __table_args__ = (CheckConstraint("amount <> 0", name="not_zero"),)

    obligation: Mapped[str] = mapped_column(
        ForeignKey("obligation_dues.obligation"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
    cause: Mapped[str]
