"""Verifying: the whole books, with every table and every rule that this version knows."""

from dataclasses import replace

from sqlalchemy.orm import Session

import feeshare.every_table  # noqa: F401 - verification reads the tables that are declared
from ledger.verification import Progress, Verification, verify
from ledger.verification_rules import check_rules


def verify_books(session: Session, *, progress: Progress | None = None) -> Verification:
    """Recompute the books, every table of them, and hold what is there against the rules."""
    from payouts.destination_proofs import check_proofs
    from payouts.verification import check_batches

    found = verify(session, progress=progress)
    problems = list(found.problems)
    check_rules(session, problems)
    check_batches(session, problems)
    check_proofs(session, problems)
    return replace(found, problems=tuple(problems))
