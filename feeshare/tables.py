"""The service's own tables: what its jobs did, who read or was refused, when books were restored.

They are no books, and stand outside the seals.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from ledger.base import Base


class JobResult(Base):
    """One finished run of a job: there is one for each job and occasion, whoever ran it."""

    __tablename__ = "job_results"
    __table_args__ = (CheckConstraint("result IN ('well','wrong')", name="result"),)

    job: Mapped[str] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime]
    worker: Mapped[str]
    result: Mapped[str]
    detail: Mapped[str]


class Access(Base):
    """One line of the access log; see `feeshare.access`.

    `id` and `at` are the database's: the service's role cannot write them. `actor` is blank where
    nobody was named, `code` the refusal's. `exit_status` is the command line's, `request_id` of
    other channels.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        CheckConstraint("channel IN ('command line','web','worker')", name="channel"),
        CheckConstraint("action IN ('read','refused','login')", name="action"),
        CheckConstraint("(action = 'refused') = (code IS NOT NULL)", name="code"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True, init=False)
    at: Mapped[datetime] = mapped_column(
        server_default=text("clock_timestamp()"), index=True, init=False
    )
    actor: Mapped[str]
    channel: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    code: Mapped[str | None] = mapped_column(default=None)
    exit_status: Mapped[int | None] = mapped_column(SmallInteger, default=None)
    request_id: Mapped[str | None] = mapped_column(default=None)


class Recovery(Base):
    """Books that came out of a backup: what they ended with. It lasts until it has an end."""

    __tablename__ = "recoveries"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[datetime]
    started_by: Mapped[str]
    head_number: Mapped[int]
    head_hash: Mapped[bytes]


class RecoveryEnd(Base):
    """The end of a recovery: who compared the books with an anchor, and with which.

    Without an anchor somebody answers for it, another person than restored the books: the
    database refuses the same one. `reason` says why.
    """

    __tablename__ = "recovery_ends"

    recovery: Mapped[int] = mapped_column(
        ForeignKey("recoveries.id"), primary_key=True, autoincrement=False
    )
    ended_at: Mapped[datetime]
    ended_by: Mapped[str]
    anchor_number: Mapped[int | None]
    reason: Mapped[str]
