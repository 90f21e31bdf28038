"""The tables of exceptions: whose they are, and what was written about them.

Law: INSERT-only. That there is an exception is no row: it follows from what is open, and is closed
by the fact that settles it. The newest assignment counts; notes stay.
"""

from sqlalchemy.orm import Mapped, mapped_column

import ledger.tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class ExceptionAssignment(Sealed, Base):
    """Who looks after an exception from now on."""

    __tablename__ = "exception_assignments"

    exception: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    owner: Mapped[str]
    assigned_by: Mapped[str]


class ExceptionNote(Sealed, Base):
    """What a person wrote about an exception."""

    __tablename__ = "exception_notes"

    exception: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    written_by: Mapped[str]
