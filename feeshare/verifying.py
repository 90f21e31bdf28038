"""Verifying: the whole books, with every table that this version of the software knows."""

from sqlalchemy.orm import Session

import feeshare.every_table  # noqa: F401 - verification reads the tables that are declared
from ledger.verification import Progress, Verification, verify


def verify_books(session: Session, *, progress: Progress | None = None) -> Verification:
    """Recompute the books, every table of them; see `ledger.verification`."""
    return verify(session, progress=progress)
