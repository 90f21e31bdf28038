"""What else happens to a bounty: a pledge, a developer who gives it back, its cancellation."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import Conflict
from ledger.money import plain
from ledger.revenue.bounties import own_part
from ledger.revenue.bounty_clocks import Happened
from ledger.revenue.bounty_gates import passed
from ledger.revenue.bounty_held import deposit_days, deposited
from ledger.revenue.bounty_standing import (
    developer_of,
    end_of,
    is_funded,
    moves_of,
    require_move,
    terms_of,
)
from ledger.revenue.bounty_states import Gate, Move
from ledger.revenue.bounty_tables import Bounty, BountyAssignment, BountyMove
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence


def record(change: Change, bounty: Bounty, move: Move, *, evidence: str, on: date) -> bool:
    """Record a move that has no amount of its own; say whether it is new.

    The Foundation pledges its part, a developer gives the bounty back, the exchange pays the
    developer itself, or the bounty is cancelled.

    Raises:
        BadInput: nothing shows it, or there is nothing to pledge.
        Conflict: nobody develops it, or a deposit is held, which is refunded instead.
        BountyEnded: it was released or refunded.
        MoveRefused: the table of moves does not allow it.
    """
    session = change.session
    require_evidence(evidence, f"{move} of bounty {bounty.id}")
    before = moves_of(session, bounty)
    if any((row.move, row.on, row.evidence) == (move, on, evidence) for row in before):
        return False
    if move is Move.PLEDGE and any(row.move == move for row in before):
        raise Conflict(f"The Foundation's part of bounty {bounty.id!r} is pledged already.")
    require_move(session, bounty, move)
    _require_sense(session, bounty, move)
    change.add(
        BountyMove(
            bounty=bounty.id,
            number=len(before) + 1,
            move=move.value,
            gate=None,
            on=on,
            evidence=evidence,
        )
    )
    return True


def happened(session: Session, bounty: Bounty, *, until: date | None = None) -> Happened:
    """Return on which days the events of a bounty came, until a day."""
    terms, end = terms_of(session, bounty, until=until), end_of(session, bounty, until=until)
    moves, gates = moves_of(session, bounty, until=until), passed(session, bounty, until=until)
    first, last = _assignments(session, bounty, until)
    days = {row.move: row.on for row in moves}
    failed = [row.on for row in moves if row.gate == Gate.QA_PASSED]
    funded = _funded_on(session, bounty, terms.signed_on if terms else None, until)
    named = terms.signed_on if terms else funded
    is_assigned = developer_of(session, bounty, until=until) is not None
    return Happened(
        signed=terms.signed_on if terms else None,
        funded=funded,
        first_assigned=first or (named if bounty.developer else None),
        assigned=(last or named) if is_assigned else None,
        withdrawn=days.get(Move.WITHDRAW),
        delivered=gates.get(Gate.DELIVERED),
        tested=gates.get(Gate.QA_PASSED),
        voted=gates.get(Gate.PROPOSAL_PASSED),
        failed=failed[-1] if failed and Gate.QA_PASSED not in gates else None,
        ended=end.on if end else days.get(Move.CANCEL, days.get(Move.PAY_DIRECTLY)),
        refunded=end.on if end and end.kind == "refunded" else None,
    )


def _funded_on(
    session: Session, bounty: Bounty, signed: date | None, until: date | None
) -> date | None:
    """Return the first day at whose end all was there that the work waits for."""
    pledges = [row.on for row in moves_of(session, bounty) if row.move == Move.PLEDGE]
    days = {*deposit_days(session, bounty), *pledges, *filter(None, [signed])}
    known = sorted(day for day in days if until is None or day <= until)
    return next((day for day in known if is_funded(session, bounty, until=day)), None)


def _assignments(
    session: Session, bounty: Bounty, until: date | None
) -> tuple[date | None, date | None]:
    row = session.execute(
        select(
            func.min(BountyAssignment.on).label("first"),
            func.max(BountyAssignment.on).label("last"),
        )
        .where(BountyAssignment.bounty == bounty.id, BountyAssignment.role == "developer")
        .where(*([] if until is None else [BountyAssignment.on <= until]))
    ).one()
    return row.first, row.last


def _require_sense(session: Session, bounty: Bounty, move: Move) -> None:
    if move is Move.PLEDGE and not own_part(session, bounty):
        raise bad_input(
            code="funders_invalid",
            place=f"pledge of bounty {bounty.id}",
            expected="a bounty that the Foundation has a part in",
        )
    if move is Move.WITHDRAW and developer_of(session, bounty) is None:
        raise Conflict(
            f"Nobody develops bounty {bounty.id!r}.", mend=f"feeshare bounty assign {bounty.id}"
        )
    held = deposited(session, bounty) if move is Move.CANCEL else Decimal(0)
    if held:
        raise Conflict(
            f"{plain(held)} {bounty.commodity} is held for bounty {bounty.id!r}.",
            mend=f"Pay it back: feeshare bounty refund {bounty.id} --reason …",
        )
