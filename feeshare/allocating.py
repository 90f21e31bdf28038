"""Allocating: a file of points becomes the parts of a pool, printed or fixed under a proposal.

Law: what is printed is what would be fixed. Parts are fixed whole or not at all; the file of
points is kept as evidence, and each part says what it was computed from.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from feeshare import pool_files
from feeshare.pool_files import PointsFile
from feeshare.pool_terms import FIXED, METHODS, PRO_RATA, Terms
from ledger import commodities, evidence
from ledger.errors import BadInput, Problem
from ledger.money import CONTEXT, plain, total
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable
from payouts import distributions, pools, votes
from payouts.distribution_tables import DistributionPart, Proposal
from payouts.pools import PoolPart
from payouts.vote_tables import Vote


def parts_of(
    session: Session,
    proposal: Proposal,
    terms: Terms,
    file: PointsFile,
    poll: Vote | None = None,
) -> tuple[PoolPart, ...]:
    """Return what each payee in a file gets, most points first.

    Args:
        session: the books.
        proposal: in whose commodity it is.
        terms: how it is shared.
        file: its columns are payee, and points, place or, with a poll, choice.
        poll: whose votes are the points.

    Raises:
        BadInput: something is wrong with the terms or the file.
    """
    _require_terms(session, proposal, terms)
    if terms.method == FIXED and poll is None:
        return pools.prizes(pool_files.places(session, file), terms.prizes)
    ballot = None
    if poll is not None:
        ballot = {each.choice: each.score for each in votes.choices_of(session, poll)}
    points = pool_files.points(session, file, ballot)
    if terms.method == FIXED:
        reached = {payee: each for payee, each in points.items() if each >= terms.threshold}
        return pools.prizes(pools.ranked(reached), terms.prizes)
    scale, pool = commodities.scale_of(session, proposal.commodity), terms.pool or Decimal(0)
    if terms.method == PRO_RATA:
        return pools.pro_rata(pool, points, terms.cap, scale)
    return pools.top(
        pool, points, terms.cap, scale, places=terms.places, threshold=terms.threshold
    )


def fix(
    change: Change,
    proposal: Proposal,
    parts: Sequence[PoolPart],
    file: PointsFile,
    *,
    on: date,
    tranche: str,
) -> int:
    """Fix the parts of a pool, as a tranche, with what each was computed from; count the new ones.

    Raises:
        BadInput: they are more than is left of the proposal, or something speaks against one.
        ReferenceReused: a part of this tranche is fixed already with another amount or day.
        PeriodClosed: the day is in a closed month.
    """
    if not tranche.strip():
        raise bad_input(
            code="value_missing", place="--tranche", expected="a name such as 2023-W26"
        )
    wanted = [part for part in parts if part.amount]
    _require_left(change.session, proposal, wanted, tranche)
    digest = evidence.keep(change, file.content, file.path.name)
    new, problems = 0, list[Problem]()
    for part in wanted:
        try:
            new += distributions.fix_part(
                change,
                proposal,
                part.payee,
                part.amount,
                on=on,
                tranche=tranche,
                explanation=f"{part.explanation}, by {file.path.name} ({digest[:16]})",
            )[1]
        except BadInput as refusal:
            problems += refusal.problems
    if problems:
        raise BadInput(problems)
    return new


def _require_left(
    session: Session, proposal: Proposal, wanted: Sequence[PoolPart], tranche: str
) -> None:
    """Refuse parts that together are more than is left: whole, before any of them is fixed."""
    fresh = total(
        part.amount
        for part in wanted
        if session.get(DistributionPart, f"{proposal.id}/{part.payee}/{tranche}") is None
    )
    left = CONTEXT.subtract(proposal.amount, distributions.fixed(session, proposal))
    if fresh > left:
        raise bad_input(
            code="proposal_invalid",
            place=f"tranche {tranche} of {proposal.id}",
            value=plain(fresh),
            expected=f"{plain(left)} or less, what is left of the {plain(proposal.amount)} "
            f"{proposal.commodity} that {proposal.label} authorises",
        )


def _require_terms(session: Session, proposal: Proposal, terms: Terms) -> None:
    if terms.method not in METHODS:
        expected = f"one of {', '.join(METHODS)}"
        raise bad_input(
            code="value_unknown", place="--method", value=terms.method, expected=expected
        )
    amounts = terms.prizes if terms.method == FIXED else (terms.pool or Decimal(0),)
    option = "--prizes" if terms.method == FIXED else "--pool"
    if not amounts:
        raise bad_input(code="option_missing", place=option, expected="amounts by place")
    for amount in amounts:
        require_payable(session, amount, proposal.commodity, option)
