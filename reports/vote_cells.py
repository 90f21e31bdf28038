"""What reports tell of a proposal's vote: where it was held, its rule, its votes, its quorum."""

from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.money import total
from payouts import votes
from payouts.vote_tables import Vote
from reports.report import Cell, Column, Kind

VOTING_TOKEN = "HBOT"  # noqa: S105 - a token of governance
"""What votes are counted in."""

VOTE_COLUMNS = (
    Column(name="snapshot_url", kind=Kind.TEXT),
    Column(name="rule_version", kind=Kind.TEXT),
    Column(name="votes_for", kind=Kind.AMOUNT, commodity_column="votes_in"),
    Column(name="votes_against", kind=Kind.AMOUNT, commodity_column="votes_in"),
    Column(name="quorum_required", kind=Kind.AMOUNT, commodity_column="votes_in"),
    Column(name="votes_in", kind=Kind.IDENTIFIER),
    Column(name="quorum_met", kind=Kind.FLAG),
)
VOTE_NOTE = "Votes are blank where none was seen: such a proposal stands by its source alone."


def vote_cells(session: Session, proposal: str) -> tuple[Cell, ...]:
    """Return the cells of a proposal's vote, all blank where none was seen."""
    vote = votes.newest(session, proposal)
    if vote is None:
        return (None,) * len(VOTE_COLUMNS)
    decision = votes.decision_of(session, vote)
    return (
        vote.link or None,
        decision.rule_version or None,
        _votes(session, vote, "for"),
        _votes(session, vote, "against"),
        decision.quorum,
        VOTING_TOKEN,
        decision.quorum_met,
    )


def _votes(session: Session, vote: Vote, side: str) -> Decimal:
    choices = votes.choices_of(session, vote)
    return total(each.score for each in choices if each.counts_as == side)
