"""The service's own tables: what its jobs did. They are no books, and stand outside the seals."""

from datetime import datetime

from sqlalchemy import CheckConstraint
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
