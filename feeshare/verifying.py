"""Verifying: the whole books, with every table that this version of the software knows."""

from dataclasses import replace

from sqlalchemy.orm import Session

import feeshare.every_table  # noqa: F401 - verification reads the tables that are declared
from ledger.verification import Progress, Verification, verify


def verify_books(session: Session, *, progress: Progress | None = None) -> Verification:
    """Recompute the books, every table of them, and verify every signature in them again."""
    from payouts.verification import check_batches

    found = verify(session, progress=progress)
    problems = list(found.problems)
    check_batches(session, problems)
    return replace(found, problems=tuple(problems))
