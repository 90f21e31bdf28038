"""Verifying: the whole books, with every table that this version of the software knows."""

from sqlalchemy.orm import Session

from feeshare.every_table import MODULES
from ledger.verification import Progress, Verification, verify


def verify_books(session: Session, *, progress: Progress | None = None) -> Verification:
    """Recompute the books; see `ledger.verification`.

    Verification reads the tables that are declared, so all of them have to be imported first.
    """
    if not MODULES:
        raise AssertionError("no table is known")
    return verify(session, progress=progress)
