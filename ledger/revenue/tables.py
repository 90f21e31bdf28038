"""The tables of what exchanges owe: agreements, their dated terms, and statements."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.people_tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class Agreement(Sealed, Base):
    """A fee-share contract with an exchange for one stream, in one commodity."""

    __tablename__ = "agreements"
    __table_args__ = (UniqueConstraint("exchange", "stream", "commodity"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    exchange: Mapped[str] = mapped_column(ForeignKey("parties.id"))
    stream: Mapped[str]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    source: Mapped[str]


class AgreementTerms(Sealed, Base):
    """What an agreement says from a day on, until its end or the next version.

    Rates are fractions (0.3 is 30 %). `rate_low` and `rate_high` differ where the actual rate
    comes with each statement. A fixed agreement has an amount a month instead. `maintainer_rate`
    is the pool's part of the fee share; blank takes the policy's for the kind.
    """

    __tablename__ = "agreement_terms"
    __table_args__ = (
        CheckConstraint(
            # A comparison with a missing value is neither true nor false, and would pass.
            "coalesce((kind = 'variable' AND rate_low > 0 AND rate_low <= rate_high"
            " AND rate_high <= 1 AND fixed_amount IS NULL)"
            " OR (kind = 'fixed' AND fixed_amount > 0 AND rate_low IS NULL"
            " AND rate_high IS NULL), false)",
            name="kind",
        ),
        CheckConstraint("maintainer_rate BETWEEN 0 AND 1", name="maintainer_rate"),
        CheckConstraint("effective_to >= effective_from", name="dates"),
    )

    agreement: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    kind: Mapped[str]
    rate_low: Mapped[Quantity | None]
    rate_high: Mapped[Quantity | None]
    fixed_amount: Mapped[Quantity | None]
    maintainer_rate: Mapped[Quantity | None]
    source: Mapped[str]


class TermsMaintainer(Sealed, Base):
    """A maintainer under a version of terms; the weights of one version sum to 1."""

    __tablename__ = "terms_maintainers"
    __table_args__ = (
        CheckConstraint("weight > 0 AND weight <= 1", name="weight"),
        ForeignKeyConstraint(
            ["agreement", "terms_version"],
            ["agreement_terms.agreement", "agreement_terms.version"],
        ),
    )

    agreement: Mapped[str] = mapped_column(primary_key=True)
    terms_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payee: Mapped[str] = mapped_column(ForeignKey("parties.id"), primary_key=True)
    weight: Mapped[Quantity]


class Statement(Sealed, Base):
    """What an exchange reports for an agreement and a month, staged from a file.

    `fee_share` is what it owes us, in `commodity`; `rate` what it says it applied, if it says.
    """

    __tablename__ = "statements"
    __table_args__ = (UniqueConstraint("agreement", "period", "version"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    agreement: Mapped[str] = mapped_column(ForeignKey("agreements.id"))
    period: Mapped[str]
    version: Mapped[int]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"), index=True)
    mapping: Mapped[str]
    mapping_version: Mapped[int]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    fee_share: Mapped[Quantity]
    rate: Mapped[Quantity | None]
    row_count: Mapped[int]


class StatementLine(Sealed, Base):
    """One row of a statement's file that counts, as it was read.

    `cells` is JSON: the texts of the row in the order of the header. There may be a million of
    them, so no key is looked up for each: the seal's tally and a trigger over all the rows of a
    statement hold them to their change and their statement.
    """

    __tablename__ = "statement_lines"

    statement: Mapped[str] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    occurrence: Mapped[int]
    fee_share: Mapped[Quantity]
    cells: Mapped[str]
    change_no: Mapped[int] = mapped_column(index=True, init=False)


class StatementAcceptance(Sealed, Base):
    """A staged statement that a person accepted, and the entry that it became.

    A later version of a month that says the same in all has no entry.
    """

    __tablename__ = "statement_acceptances"

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    accepted_by: Mapped[str]
    terms_version: Mapped[int]
    entry_number: Mapped[int | None] = mapped_column(
        ForeignKey("journal_entries.number"), unique=True
    )


class StatementWithdrawal(Sealed, Base):
    """An accepted statement that a person took back, and the entry that undid it."""

    __tablename__ = "statement_withdrawals"

    statement: Mapped[str] = mapped_column(
        ForeignKey("statement_acceptances.statement"), primary_key=True
    )
    withdrawn_by: Mapped[str]
    reason: Mapped[str]
    entry_number: Mapped[int | None] = mapped_column(
        ForeignKey("journal_entries.number"), unique=True
    )


class StatementRejection(Sealed, Base):
    """A staged statement that a person turned away, and why."""

    __tablename__ = "statement_rejections"

    statement: Mapped[str] = mapped_column(ForeignKey("statements.id"), primary_key=True)
    rejected_by: Mapped[str]
    reason: Mapped[str]


class StatementWaiver(Sealed, Base):
    """A statement that will not come for an agreement and a month, and why."""

    __tablename__ = "statement_waivers"

    agreement: Mapped[str] = mapped_column(ForeignKey("agreements.id"), primary_key=True)
    period: Mapped[str] = mapped_column(primary_key=True)
    waived_by: Mapped[str]
    reason: Mapped[str]


class WriteOff(Sealed, Base):
    """A part of a statement's receivable that somebody proposes to give up, and why."""

    __tablename__ = "write_offs"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(
        ForeignKey("statement_acceptances.statement"), index=True
    )
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    reason: Mapped[str]
    proposed_by: Mapped[str]


class WriteOffConfirmation(Sealed, Base):
    """Another person's word that a write-off is right, and the entry that it became."""

    __tablename__ = "write_off_confirmations"

    write_off: Mapped[str] = mapped_column(ForeignKey("write_offs.id"), primary_key=True)
    confirmed_by: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)


class WriteOffRecovery(Sealed, Base):
    """So much of what was written off is owed again, and why: money came, or it was a mistake."""

    __tablename__ = "write_off_recoveries"
    __table_args__ = (CheckConstraint("amount > 0", name="positive"),)

    write_off: Mapped[str] = mapped_column(
        ForeignKey("write_off_confirmations.write_off"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[Quantity]
    reason: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
