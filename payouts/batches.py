"""Batches: a plan frozen by its hash, and the states it goes through from there.

Law: what is frozen is exactly what was planned; a batch's state is that of its newest event, and
the table below is all there is, in the database too. Nothing a signer may hold is ever released.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from enum import StrEnum

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ledger import users
from ledger.errors import BadInput, Denied, Problem, ReferenceReused
from ledger.sealing import Change
from payouts import claims, durable_nonces, limits, plans, quorum
from payouts.contents import batch_named
from payouts.errors import BatchState, NothingToPay, PayoutBlocked, PlanChanged, SlotStillLive
from payouts.freezing import freeze
from payouts.planned import Plan
from payouts.rails.solana import NAME as SOLANA
from payouts.safe_signers import Signers
from payouts.tables import BatchEvent, PayoutBatch

WIRE = "wire"


class State(StrEnum):
    """Where a batch stands."""

    FROZEN = "frozen"
    APPROVED = "approved"
    EXPORTED = "exported"
    SETTLED = "settled"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Action(StrEnum):
    """What moves a batch on; `approve` is the approval that completes the quorum."""

    APPROVE = "approve"
    EXPORT = "export"
    SETTLE = "settle"
    FAIL = "fail"
    CANCEL = "cancel"
    REJECT = "reject"


BATCH_TRANSITIONS: dict[tuple[State, Action], State] = {
    (State.FROZEN, Action.APPROVE): State.APPROVED,
    (State.FROZEN, Action.CANCEL): State.CANCELLED,
    (State.FROZEN, Action.REJECT): State.REJECTED,
    (State.APPROVED, Action.EXPORT): State.EXPORTED,
    (State.APPROVED, Action.CANCEL): State.CANCELLED,
    (State.APPROVED, Action.REJECT): State.REJECTED,
    (State.EXPORTED, Action.SETTLE): State.SETTLED,
    (State.EXPORTED, Action.FAIL): State.FAILED,
}
"""Every pair that is not here is refused; `batch_transition` in the database says the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A frozen batch: what its checkers need to know of it."""

    id: str
    content_hash: str
    source_account: str
    nonce: int | None
    checkers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The batches of a plan, and whether this call froze them."""

    batches: tuple[Frozen, ...]
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The state of a batch, and whether this call brought it there."""

    batch: str
    state: State
    new: bool


_NEWEST = (
    select(BatchEvent.batch, BatchEvent.state)
    .ext(distinct_on(BatchEvent.batch))
    .where(BatchEvent.batch == func.any(bindparam("wanted", type_=ARRAY(Text))))
    .order_by(BatchEvent.batch, BatchEvent.number.desc())
)


def states_of(session: Session, wanted: Collection[str]) -> dict[str, State]:
    """Return where each of some batches stands, in one query."""
    newest = session.execute(_NEWEST, {"wanted": list(wanted)})
    return dict.fromkeys(wanted, State.FROZEN) | {row.batch: State(row.state) for row in newest}


def state_of(session: Session, batch: str) -> State:
    """Return where a batch stands."""
    return states_of(session, [batch])[batch]


def require(session: Session, batch: str, action: Action) -> State:
    """Return the state that an action leads to from where a batch stands.

    Raises:
        BatchState: it leads nowhere from there.
    """
    state = state_of(session, batch)
    after = BATCH_TRANSITIONS.get((state, action))
    if after is None:
        raise BatchState(batch, state, action)
    return after


def record(
    change: Change, batch: str, action: Action, *, reason: str, files: str | None = None
) -> State:
    """Write the event that moves a batch on, and return its new state."""
    after = require(change.session, batch, action)
    earlier = change.session.scalar(
        select(func.max(BatchEvent.number)).where(BatchEvent.batch == batch)
    )
    change.add(
        BatchEvent(
            batch=batch,
            number=1 + (earlier or 0),
            action=action.value,
            state=after.value,
            actor=change.actor,
            reason=reason,
            files=files,
        )
    )
    return after


def submit(
    change: Change,
    plan_hash: str,
    period: date,
    *,
    on: date,
    nonces: Mapping[str, int],
    durable: Mapping[str, Mapping[str, str]] | None = None,
    seen_at: int | None = None,
    signers: Mapping[str, Signers] | None = None,
) -> Submitted:
    """Freeze exactly the plan whose hash was given, one batch a source account.

    Args:
        change: the open change; its actor is the maker.
        plan_hash: the hash that planning printed.
        period: the plan's month.
        on: the plan's day, today or earlier.
        nonces: the first nonce to pin for each wallet that pays.
        durable: for each wallet on Solana that pays, the present values of its nonce accounts;
            of these as many are pinned as its batch has parts.
        seen_at: the final slot at which the chain said these values; none where a person did.
        signers: who can sign for each Safe that pays, as far as its chain was asked.

    Raises:
        PlanChanged: what would be paid now is something else.
        NothingToPay: the plan has no line.
        SlotTaken: a nonce is pinned to another live batch.
        Denied: the actor's role only reads.
        PayoutBlocked: the plan is over a limit; carries every reason.
        ReferenceReused: this plan is frozen with other nonces.
        BadInput: nonces are missing or too many, or the rail refuses a line.
    """
    session = change.session
    earlier = session.scalars(
        select(PayoutBatch).where(PayoutBatch.plan_hash == plan_hash).order_by(PayoutBatch.id)
    ).all()
    if earlier:
        pinned = {it.source_account: it.nonce for it in earlier if it.nonce is not None}
        if pinned != dict(nonces):
            raise ReferenceReused("Plan", plan_hash, f"its nonces are {pinned}")
        return Submitted(batches=tuple(_frozen(it) for it in earlier), new=False)
    users.refuse_roles(session, change.actor, "freeze a batch")
    today = change.at.astimezone(UTC).date()
    if on > today:
        raise BadInput(
            [_problem("date_in_future", "on", on.isoformat(), f"{today} or a day before")]
        )
    plan = plans.plan(session, period, on=on)
    if plan.hash != plan_hash:
        raise PlanChanged(plan_hash, plan.hash)
    if not plan.batches:
        raise NothingToPay(len(plan.held))
    _require_nonces(plan, nonces)
    outgoing = [
        quorum.Outgoing(change.actor, line.payee, line.commodity, line.amount)
        for planned in plan.batches
        for line in planned.lines
    ]
    reasons = limits.exceeded_to_freeze(change, outgoing)
    if reasons:
        raise PayoutBlocked(f"of plan {plan_hash[:12]}…", reasons)
    frozen = [
        freeze(
            change,
            plan,
            planned,
            nonce=nonces.get(planned.source_account),
            values=(durable or {}).get(planned.source_account),
            seen_at=seen_at,
            signers=(signers or {}).get(planned.source_account),
            outgoing=outgoing,
        )
        for planned in plan.batches
    ]
    return Submitted(batches=tuple(_frozen(it) for it in frozen), new=True)


def cancel(change: Change, batch: str, *, reason: str) -> Moved:
    """Take a batch back before it is exported and give up its claims and slots.

    Raises:
        SlotStillLive: it was exported, so that signers may still run it.
        BatchState: it is settled, failed, or was rejected.
    """
    return _end(change, batch, Action.CANCEL, reason)


def reject(change: Change, batch: str, *, reason: str) -> Moved:
    """Refuse a batch as a checker; its maker cancels it instead.

    Raises:
        Denied: its maker asks. Whoever else sees something wrong may stop it, a reader, too.
        SlotStillLive: it was exported, so that signers may still run it.
        BatchState: it is settled, failed, or was cancelled.
    """
    if batch_named(change.session, batch).maker == change.actor:
        raise Denied(
            f"{change.actor} made batch {batch}; another person rejects it.",
            mend=f"Take it back: feeshare payout cancel {batch}",
        )
    return _end(change, batch, Action.REJECT, reason)


def _end(change: Change, batch: str, action: Action, reason: str) -> Moved:
    batch_named(change.session, batch)
    state = state_of(change.session, batch)
    if state is BATCH_TRANSITIONS[State.FROZEN, action]:
        return Moved(batch=batch, state=state, new=False)
    if state is State.EXPORTED:
        raise SlotStillLive(batch)
    after = record(change, batch, action, reason=reason)
    claims.release(change, batch, reason)
    durable_nonces.release(change, batch, reason)
    claims.follow_released(change, batch)
    return Moved(batch=batch, state=after, new=True)


def _require_nonces(plan: Plan, nonces: Mapping[str, int]) -> None:
    wallets = {it.source_account for it in plan.batches if it.rail not in (WIRE, SOLANA)}
    expected = "the first nonce to pin for each wallet of the plan, and no other"
    problems = [
        _problem("nonce_missing", "nonce", account, expected) for account in wallets - set(nonces)
    ]
    problems += [
        _problem("nonce_unused", "nonce", account, expected) for account in set(nonces) - wallets
    ]
    problems += [
        _problem("nonce_invalid", "nonce", f"{account}={nonce}", "a whole number from 0")
        for account, nonce in nonces.items()
        if nonce < 0
    ]
    if problems:
        raise BadInput(sorted(problems, key=lambda it: (it.code, it.value or "")))


def _frozen(batch: PayoutBatch) -> Frozen:
    return Frozen(
        id=batch.id,
        content_hash=batch.content_hash,
        source_account=batch.source_account,
        nonce=batch.nonce,
        checkers=batch.checkers,
    )


def _problem(code: str, column: str, value: str, expected: str) -> Problem:
    return Problem(code=code, column=column, value=value, expected=expected)
