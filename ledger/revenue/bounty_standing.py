"""Where a bounty stands by all that was recorded of it, and the refusal of what cannot follow."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict
from ledger.money import CONTEXT
from ledger.obligation_tables import Obligation
from ledger.revenue.bounties import own_part
from ledger.revenue.bounty_held import awaited, deposited_by
from ledger.revenue.bounty_states import (
    ELSEWHERE,
    EVIDENCE,
    Gate,
    Move,
    Standing,
    State,
    allowed_in,
    belongs,
    may,
)
from ledger.revenue.bounty_tables import (
    Bounty,
    BountyAssignment,
    BountyEnd,
    BountyMove,
    BountyTerms,
)
from ledger.tables import PostingRow

DIRECT = "direct"
"""The arrangement under which an exchange pays the developer itself."""


class BountyEnded(Conflict):
    """A bounty that was released or refunded takes nothing more."""

    code = "bounty_ended"

    def __init__(self, end: BountyEnd) -> None:
        super().__init__(
            f"Bounty {end.bounty!r} was {end.kind} on {end.on} by entry {end.entry_number}.",
            mend="Add another bounty for what comes after.",
        )


class MoveRefused(Conflict):
    """A move that does not follow from where a bounty stands."""

    code = "bounty_move_refused"

    def __init__(self, bounty: str, state: State, what: str, *, is_direct: bool) -> None:
        follow = [move for move in allowed_in(state) if belongs(move, is_direct=is_direct)]
        moves = ", ".join(f"{move} ({EVIDENCE[move]})" for move in follow)
        super().__init__(
            f"Bounty {bounty!r} is {state}; it takes no {what} there.",
            mend=f"What may follow: {moves}." if moves else "Add another bounty.",
        )


def terms_of(session: Session, bounty: Bounty, *, until: date | None = None) -> BountyTerms | None:
    """Return what was signed for a bounty, or was by a day; nothing if nothing was."""
    return session.scalar(
        select(BountyTerms)
        .where(BountyTerms.bounty == bounty.id)
        .where(*([] if until is None else [BountyTerms.signed_on <= until]))
        .order_by(BountyTerms.number.desc())
        .limit(1)
    )


def end_of(session: Session, bounty: Bounty, *, until: date | None = None) -> BountyEnd | None:
    """Return how a bounty ended, until a day; nothing while its deposit is held or awaited."""
    end = session.get(BountyEnd, bounty.id)
    return None if end and until and end.on > until else end


def moves_of(
    session: Session, bounty: Bounty, *, until: date | None = None
) -> Sequence[BountyMove]:
    """Return what else happened to a bounty, until a day, in order."""
    return session.scalars(
        select(BountyMove)
        .where(BountyMove.bounty == bounty.id)
        .where(*([] if until is None else [BountyMove.on <= until]))
        .order_by(BountyMove.number)
    ).all()


def state_of(session: Session, bounty: Bounty, *, until: date | None = None) -> State:
    """Return where a bounty stands, or stood at the end of a day."""
    return standing_of(session, bounty, until=until).state


def standing_of(session: Session, bounty: Bounty, *, until: date | None = None) -> Standing:
    """Return what was recorded of a bounty as far as its state depends on it, until a day."""
    moves = {row.move for row in moves_of(session, bounty, until=until)}
    terms, end = terms_of(session, bounty, until=until), end_of(session, bounty, until=until)
    return Standing(
        signed=terms is not None,
        funded=is_funded(session, bounty, until=until),
        has_developer=developer_of(session, bounty, until=until) is not None,
        is_cancelled=Move.CANCEL in moves,
        was_paid_directly=Move.PAY_DIRECTLY in moves,
        end=end.kind if end else None,
        owes_nothing=end is not None and _owes_nothing(session, bounty, until),
    )


def is_direct(session: Session, bounty: Bounty) -> bool:
    """Return whether the exchange pays the developer itself, by what was signed."""
    terms = terms_of(session, bounty)
    return terms is not None and terms.arrangement == DIRECT


def is_funded(session: Session, bounty: Bounty, *, until: date | None = None) -> bool:
    """Return whether what has to be there before the work begins is there, or was by a day."""
    terms = terms_of(session, bounty, until=until)
    if terms is not None and terms.arrangement == DIRECT:
        return True
    upfront = terms.upfront if terms else Decimal(1)
    came = deposited_by(session, bounty, until=until)
    for party, part in awaited(session, bounty).items():
        if came.get(party, Decimal(0)) < CONTEXT.multiply(part, upfront):
            return False
    moves = {row.move for row in moves_of(session, bounty, until=until)}
    return not own_part(session, bounty) or Move.PLEDGE in moves


def developer_of(session: Session, bounty: Bounty, *, until: date | None = None) -> str | None:
    """Return who develops a bounty, or did at the end of a day; nothing if nobody does.

    Who gave it back develops it no more, whoever the agreement names.
    """
    last = last_assignment(session, bounty, "developer", until=until)
    given_back = [
        row.change_no
        for row in moves_of(session, bounty, until=until)
        if row.move == Move.WITHDRAW
    ]
    if given_back and (last is None or last.change_no < given_back[-1]):
        return None
    return last.payee if last else bounty.developer


def last_assignment(
    session: Session, bounty: Bounty, role: str, *, until: date | None = None
) -> BountyAssignment | None:
    """Return the newest assignment of a role, or the newest by a day; nothing if there is none."""
    return session.scalar(
        select(BountyAssignment)
        .where(BountyAssignment.bounty == bounty.id, BountyAssignment.role == role)
        .where(*([] if until is None else [BountyAssignment.on <= until]))
        .order_by(BountyAssignment.number.desc())
        .limit(1)
    )


def takes(session: Session, bounty: Bounty, move: Move, gate: Gate | None = None) -> bool:
    """Return whether a move follows from where a bounty stands and how it is paid."""
    is_one_of_it = belongs(move, is_direct=is_direct(session, bounty))
    return is_one_of_it and may(state_of(session, bounty), move, gate)


def require_move(session: Session, bounty: Bounty, move: Move, gate: Gate | None = None) -> None:
    """Refuse a move that does not follow from where a bounty stands.

    Raises:
        BountyEnded: it was released or refunded.
        MoveRefused: the table of moves does not allow it, or the exchange pays directly.
    """
    if takes(session, bounty, move, gate):
        return
    end, direct = end_of(session, bounty), is_direct(session, bounty)
    if end is not None:
        raise BountyEnded(end)
    what = f"{move} of {gate}" if gate else str(move)
    if direct and move in ELSEWHERE:
        what = f"{what}: the exchange pays its developer itself"
    raise MoveRefused(bounty.id, state_of(session, bounty), what, is_direct=direct)


def _owes_nothing(session: Session, bounty: Bounty, until: date | None) -> bool:
    """Return whether all that a bounty's end owes was paid by a day, by the accounts."""
    left = session.scalars(
        select(func.sum(PostingRow.amount))
        .join(
            Obligation,
            and_(
                Obligation.id == PostingRow.document,
                Obligation.payable_account == PostingRow.account,
            ),
        )
        .where(Obligation.document == bounty.id, Obligation.kind.startswith("bounty-"))
        .where(*([] if until is None else [PostingRow.effective_date <= until]))
        .group_by(Obligation.id)
    )
    return not any(left)
