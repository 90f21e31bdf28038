"""The tables of the books: changes, the chart, entries and postings, balances, months, prices.

Law: every one is INSERT-only, here and in the other modules of tables (people, obligations, bank);
the migrations attach the triggers.
"""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ledger.base import Base, Quantity, Sealed


class ChangeRow(Base):
    """The header of one sealed change: everything that was written in one transaction.

    `entry_last` is the number of the last journal entry as of this change, so that what was known
    then is every entry up to it.
    """

    __tablename__ = "changes"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    request_id: Mapped[str | None] = mapped_column(unique=True)
    entry_count: Mapped[int]
    posting_count: Mapped[int]
    row_count: Mapped[int]
    entry_last: Mapped[int]
    root: Mapped[bytes]
    previous_hash: Mapped[bytes]
    hash: Mapped[bytes]


class RequestRow(Sealed, Base):
    """A change's key, given by its caller for ever, and the fingerprint of what was asked."""

    __tablename__ = "requests"
    __table_args__ = (CheckConstraint("fingerprint ~ '^[0-9a-f]{64}$'", name="fingerprint"),)

    request_id: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]


class ChangeTally(Base):
    """How many rows a statement added to a table for a change; written by triggers alone.

    Its deferred key to `changes` is what refuses a commit that was not sealed.
    """

    __tablename__ = "change_tallies"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True, init=False)
    change_no: Mapped[int] = mapped_column(
        ForeignKey("changes.number", deferrable=True, initially="DEFERRED"), index=True
    )
    table_name: Mapped[str]
    row_count: Mapped[int]


class Commodity(Sealed, Base):
    """What is counted: a currency or a token, wherever it lies.

    `allocation_scale` is the decimals of its smallest payable unit.
    """

    __tablename__ = "commodities"
    __table_args__ = (CheckConstraint("allocation_scale BETWEEN 0 AND 18", name="scale"),)

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    allocation_scale: Mapped[int]


class Account(Sealed, Base):
    """An account of the chart.

    `detail` is how finely its balance is kept (`account`, `party`, `document`). `floor` is true
    where that balance may not pass zero to the other side (liabilities paid too much).
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("type IN ('asset','liability','equity','income','expense')", name="type"),
        CheckConstraint("detail IN ('account','party','document')", name="detail"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    type: Mapped[str]
    detail: Mapped[str]
    floor: Mapped[bool]


class Evidence(Sealed, Base):
    """A file as it came, under the SHA-256 of its bytes."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("sha256 = encode(sha256(content), 'hex')", name="content"),
        CheckConstraint("size = octet_length(content)", name="size"),
    )

    sha256: Mapped[str] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    content: Mapped[bytes]


class JournalEntryRow(Base):
    """A journal entry. Its number is gapless over the books; its reference is unique for ever."""

    __tablename__ = "journal_entries"
    __table_args__ = (
        CheckConstraint("octet_length(fingerprint) = 32", name="fingerprint"),
        CheckConstraint("reverses < number", name="reverses_earlier"),
        Index("journal_entries_effective_date_idx", "effective_date"),
        Index(
            "journal_entries_reverses_key",
            "reverses",
            unique=True,
            postgresql_where="reverses IS NOT NULL",
        ),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    change_no: Mapped[int]
    effective_date: Mapped[date]
    kind: Mapped[str]
    narration: Mapped[str]
    reference: Mapped[str] = mapped_column(unique=True)
    fingerprint: Mapped[bytes]
    reverses: Mapped[int | None]
    evidence: Mapped[str | None]
    relates_to_period: Mapped[str | None]


class PostingRow(Base):
    """One line of a journal entry. `amount` is signed: a debit is positive, a credit negative."""

    __tablename__ = "postings"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        Index("postings_account_effective_date_idx", "account", "effective_date"),
        Index("postings_document_idx", "document", postgresql_where="document IS NOT NULL"),
    )

    entry_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str]
    party: Mapped[str | None]
    document: Mapped[str | None]
    commodity: Mapped[str]
    amount: Mapped[Quantity]
    effective_date: Mapped[date]
    memo: Mapped[str | None]


class AccountBalance(Base):
    """The balance of an account after a change that touched it; the newest row is the balance.

    Written by the seal alone. `party` and `document` are blank where the account's balance is
    not kept by them.
    """

    __tablename__ = "account_balances"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"), primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    document: Mapped[str] = mapped_column(primary_key=True)
    change_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    balance: Mapped[Quantity]


class PeriodEvent(Sealed, Base):
    """A month closed or reopened. `period` is the month's first day."""

    __tablename__ = "period_events"
    __table_args__ = (
        CheckConstraint("event IN ('closed','reopened')", name="event"),
        CheckConstraint("date_trunc('month', period) = period", name="first_day"),
        UniqueConstraint("period", "close_no", "event"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    period: Mapped[date]
    event: Mapped[str]
    close_no: Mapped[int]
    actor: Mapped[str]
    reason: Mapped[str]
    trial_balance_hash: Mapped[str | None]


class BalanceCheckpoint(Sealed, Base):
    """A balance as frozen when a month was closed, at the end of that month."""

    __tablename__ = "balance_checkpoints"

    period: Mapped[date] = mapped_column(primary_key=True)
    close_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"), primary_key=True)
    party: Mapped[str] = mapped_column(primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"), primary_key=True)
    balance: Mapped[Quantity]


class Price(Sealed, Base):
    """What one unit of a commodity was worth in another on a day, and who says so."""

    __tablename__ = "prices"
    __table_args__ = (CheckConstraint("price > 0", name="positive"),)

    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"), primary_key=True)
    quote: Mapped[str] = mapped_column(ForeignKey("commodities.code"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Quantity]
