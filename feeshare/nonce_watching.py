"""Nonce accounts that exported parts wait on: looked at in each pass, kept once they moved on.

Law: a look counts if it is of a final slot after the one at which the pinned value was seen, and
whole from there on. What a look found is kept with it in one transaction, and read from there
where a batch is settled: nothing is decided from what a process remembers.
"""

from dataclasses import asdict, dataclass

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from chains.providers import Setup
from chains.solana_nonces import NonceHistory, NonceState, NonceUse
from chains.tables import KeptNonceUse, NonceLook
from feeshare.database import reading, translated
from feeshare.solana_nonces import Fate, Pinned, ending_of, history_of, states_of
from payouts.batches import State, state_of
from payouts.durable_tables import DurableSlot, DurableStart
from payouts.ending_tables import PartOutcome
from payouts.parts import Ended, Outcome
from payouts.rails.solana_message import memo_of
from payouts.tables import PayoutBatch

OUTCOMES = {
    Fate.PAID: Outcome.RAN,
    Fate.FAILED: Outcome.FAILED,
    Fate.SUPERSEDED: Outcome.REPLACED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """A part of an exported batch of which nothing is known yet.

    `seen_at` is the final slot at which its nonce was seen to have the pinned value.
    """

    part: int
    pinned: Pinned
    seen_at: int


def awaited(session: Session, batch: str) -> list[Awaited]:
    """Return the parts of an exported batch on Solana that did not end yet, in order.

    There are none where a person said the nonces' values: since when is not known then.
    """
    if state_of(session, batch) is not State.EXPORTED:
        return []
    rows = session.execute(
        select(DurableSlot, DurableStart.slot)
        .join(DurableStart, DurableStart.batch == DurableSlot.batch)
        .outerjoin(
            PartOutcome,
            (PartOutcome.batch == DurableSlot.batch) & (PartOutcome.part == DurableSlot.part),
        )
        .where(DurableSlot.batch == batch, PartOutcome.batch.is_(None))
        .order_by(DurableSlot.part)
    )
    return [
        Awaited(
            part=row.part,
            pinned=Pinned(
                account=row.nonce_account,
                value=row.nonce_value,
                message_hash=row.message_hash,
                memo=memo_of(batch, row.part),
            ),
            seen_at=seen_at,
        )
        for row, seen_at in rows
    ]


def look(engine: Engine, setup: Setup) -> int:
    """Look at the nonces that exported batches of a chain wait on; return how many moved on.

    Raises:
        ProvidersTooFew: too few providers answer, or keep what was since a value was seen.
        ProvidersDisagree: they tell different things.
    """
    with reading(engine) as session:
        waiting = _waiting(session, setup.chain.name)
    if not waiting:
        return 0
    states = states_of(setup, sorted({each.pinned.account for each in waiting}))
    moved = [
        each
        for each in waiting
        if each.pinned.account in states.found
        and states.found[each.pinned.account].value != each.pinned.value
    ]
    for each in moved:
        history = history_of(setup, each.pinned.account, each.seen_at + 1)
        # What is not understood yet is read again at the next look.
        if ending_of(each.pinned, history).fate is not Fate.MAY_RUN:
            with translated(), Session(engine) as session, session.begin():
                _keep(session, history)
    return len(moved)


def ended(session: Session, batch: str) -> list[Ended]:
    """Return what is known, from kept looks, of the parts of a batch on Solana that ended."""
    found = []
    for each in awaited(session, batch):
        history = _kept(session, each)
        if history is None:
            continue
        ending = ending_of(each.pinned, history)
        if ending.by is not None:
            is_run = ending.fate is Fate.PAID
            found.append(
                Ended(
                    part=each.part,
                    outcome=OUTCOMES[ending.fate],
                    transaction=ending.by.signature,
                    block=ending.by.slot if is_run else history.slot,
                )
            )
    return found


def _waiting(session: Session, chain: str) -> list[Awaited]:
    batches = session.scalars(
        select(PayoutBatch.id).where(
            PayoutBatch.chain == chain,
            PayoutBatch.id.in_(select(DurableSlot.batch)),
        )
    )
    return [each for batch in batches for each in awaited(session, batch)]


def _keep(session: Session, history: NonceHistory) -> None:
    """Keep a look and what it found; what is there already is the same."""
    if history.state is None:
        return
    seen = {
        "nonce_account": history.account,
        "slot": history.slot,
        "first_slot": history.first,
        "value": history.state.value,
    }
    session.execute(insert(NonceLook).values(seen).on_conflict_do_nothing())
    for use in history.uses:
        row = asdict(use) | {"nonce_account": history.account, "memos": "\n".join(use.memos)}
        session.execute(insert(KeptNonceUse).values(row).on_conflict_do_nothing())


def _kept(session: Session, wanted: Awaited) -> NonceHistory | None:
    """Return the newest kept history that is whole since a value was seen; none where none is."""
    seen = session.scalars(
        select(NonceLook)
        .where(
            NonceLook.nonce_account == wanted.pinned.account,
            NonceLook.slot > wanted.seen_at,
            NonceLook.first_slot <= wanted.seen_at + 1,
        )
        .order_by(NonceLook.slot.desc())
        .limit(1)
    ).one_or_none()
    if seen is None:
        return None
    return NonceHistory(
        account=seen.nonce_account,
        first=seen.first_slot,
        slot=seen.slot,
        state=NonceState(authority="", value=seen.value),
        uses=_uses(session, seen, wanted.seen_at),
    )


def _uses(session: Session, seen: NonceLook, since: int) -> tuple[NonceUse, ...]:
    rows = session.scalars(
        select(KeptNonceUse)
        .where(
            KeptNonceUse.nonce_account == seen.nonce_account,
            KeptNonceUse.slot > since,
            KeptNonceUse.slot <= seen.slot,
        )
        .order_by(KeptNonceUse.slot, KeptNonceUse.signature)
    )
    return tuple(
        NonceUse(
            signature=row.signature,
            slot=row.slot,
            succeeded=row.succeeded,
            message_hash=row.message_hash,
            nonce_value=row.nonce_value,
            memos=tuple(row.memos.split("\n")),
            advances=row.advances,
        )
        for row in rows
    )
