"""Importing votes: a file or an answer is kept as evidence, its votes are recorded and decided.

Law: a vote that passed authorises what it asked for in the same change; where nobody has told how
much that is, it authorises no distribution yet.
"""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from feeshare import vote_files
from feeshare.snapshot_answers import Told
from ledger import evidence
from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.money import plain
from ledger.sealing import Change
from ledger.validation import bad_input
from payouts import proposals, votes
from payouts.distribution_tables import Proposal
from payouts.vote_rules import Decision
from payouts.vote_tables import Vote


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A vote that was imported, whether it is new, what became of it, and what it authorises."""

    vote: Vote
    new: bool
    decision: Decision
    authorised: Proposal | None


def take(change: Change, content: bytes, path: Path, told: Told) -> list[Imported]:
    """Record the votes in a file's bytes, and what those that passed authorise.

    Args:
        change: the open change.
        content: the bytes, kept as evidence.
        path: their name; its suffix says how they are read.
        told: what whoever imports says besides, of the one vote that there is then.

    Raises:
        BadInput: with everything that is wrong with the file.
        ReferenceReused: a proposal is recorded with another amount than its vote was on.
    """
    seen = vote_files.read(content, path, told)
    if len(seen) > 1 and told != Told():
        raise bad_input(
            code="option_unfit",
            place=path.name,
            value=f"{len(seen)} proposals",
            expected="one proposal, where a label, type, amount, supply or choice is said of it",
        )
    digest = evidence.keep(change, content, path.name)
    recorded, problems = [], list[Problem]()
    for each in seen:
        try:
            recorded.append(votes.record(change, each, digest))
        except BadInput as refusal:
            problems += refusal.problems
    if problems:
        raise BadInput(problems)
    return [_imported(change, vote, new=new) for vote, new in recorded]


def _imported(change: Change, vote: Vote, *, new: bool) -> Imported:
    decision = votes.decision_of(change.session, vote)
    authorised = change.session.get(Proposal, vote.proposal)
    if decision.has_passed and vote.amount is not None:
        authorised = _authorise(change, vote, authorised)
    return Imported(vote=vote, new=new, decision=decision, authorised=authorised)


def _authorise(change: Change, vote: Vote, known: Proposal | None) -> Proposal:
    amount, commodity = vote.amount, vote.commodity
    if amount is None or commodity is None:
        raise AssertionError(vote.proposal)
    if known is not None:
        if (known.amount, known.commodity) != (amount, commodity):
            told = f"amount is {plain(known.amount)} {known.commodity}"
            raise ReferenceReused("Proposal", known.id, told)
        return known
    return proposals.add(
        change,
        space=vote.space,
        proposal_hash=vote.hash,
        label=vote.label or vote.hash,
        title=vote.title,
        passed_on=vote.ends_at.astimezone(UTC).date(),
        amount=amount,
        commodity=commodity,
        source=f"its vote: {vote.link}" if vote.link else "its vote",
    )[0]
