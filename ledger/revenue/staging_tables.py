"""The tables of what is staged: how files were read, what was set aside, what people said of it.

Law: INSERT-only. Rows that came in are the lines, the skipped and the quarantined ones, no more
and no fewer; a quarantined row is corrected or left out by a person, with a reason, before its
statement is accepted. The database holds both.
"""

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.revenue.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class StatementReading(Sealed, Base):
    """How a statement came out of its file: counts, totals, and what the file looked like.

    `header` is JSON, the names that the cells of lines stand under. `control_total` is what the
    file states its rows sum to, in the statement's commodity. A statement that `adds` is one of a
    month's parts: its figure comes on top of the versions before it.
    """

    __tablename__ = "statement_readings"
    __table_args__ = (
        CheckConstraint("rows_skipped >= 0 AND rows_quarantined >= 0", name="counts"),
        CheckConstraint("volume >= 0 AND trading_fees >= 0", name="cross_checks"),
    )

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    encoding: Mapped[str]
    sheet: Mapped[str | None]
    header: Mapped[str]
    rows_in: Mapped[int]
    rows_skipped: Mapped[int]
    rows_quarantined: Mapped[int]
    control_total: Mapped[Quantity | None]
    trading_fees: Mapped[Quantity | None]
    volume: Mapped[Quantity | None]
    adds: Mapped[bool]


class RowAside(Sealed, Base):
    """A row of a statement's file that does not count: skipped by a rule, or quarantined.

    `told` says why: the rule's reason, or every problem of the row, a line each.
    """

    __tablename__ = "statement_rows_aside"
    __table_args__ = (CheckConstraint("state IN ('skipped','quarantined')", name="state"),)

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str]
    codes: Mapped[str]
    told: Mapped[str]
    cells: Mapped[str]


class StatementCorrection(Sealed, Base):
    """What a person says a row comes to, while its statement waits, and why.

    `fee_share` is what the row counts for from now on, zero for one that is left out;
    `difference` is that less what it counted for before.
    """

    __tablename__ = "statement_corrections"
    __table_args__ = (CheckConstraint("fee_share >= 0", name="not_negative"),)

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    fee_share: Mapped[Quantity]
    difference: Mapped[Quantity]
    reason: Mapped[str]
    corrected_by: Mapped[str]


class StatementWarning(Sealed, Base):
    """Something about a statement that is no mistake by itself, and that a person has to see."""

    __tablename__ = "statement_warnings"

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    told: Mapped[str]


class WarningAcknowledgement(Sealed, Base):
    """A person's word that a warning was seen and the statement is right all the same."""

    __tablename__ = "statement_acknowledgements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["statement", "number"], ["statement_warnings.statement", "statement_warnings.number"]
        ),
    )

    statement: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    acknowledged_by: Mapped[str]


class PersonalFile(Base):
    """A file with user ids, as it came: no book, outside the seals, and erased when it must be.

    What the books keep of it is its copy with pseudonyms, under `evidence`.
    """

    __tablename__ = "personal_files"

    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"), primary_key=True)
    file_name: Mapped[str]
    content: Mapped[bytes]


class PseudonymKey(Base):
    """The secret that makes an exchange's user ids into pseudonyms; without it none leads back."""

    __tablename__ = "pseudonym_keys"
    __table_args__ = (CheckConstraint("octet_length(key) = 32", name="length"),)

    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    key: Mapped[bytes]


class PersonalErasure(Sealed, Base):
    """That a file with user ids was erased, by whom and why."""

    __tablename__ = "personal_erasures"

    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"), primary_key=True)
    erased_by: Mapped[str]
    reason: Mapped[str]


class ReportedVolume(Sealed, Base):
    """A trading volume that somebody reports for an agreement's month: the fee's cross-check."""

    __tablename__ = "reported_volumes"
    __table_args__ = (CheckConstraint("volume >= 0", name="not_negative"),)

    agreement: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    volume: Mapped[Quantity]
