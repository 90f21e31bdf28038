"""Proposals of parts: exported transactions that a signing service was told of, once each.

Law: only what was exported is proposed, under the hash that was stored when it was frozen; the
database refuses another. A proposal moves nothing and changes no state: it is an event of control.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Problem
from ledger.sealing import Change
from payouts import quorum
from payouts.approvals import verified
from payouts.batches import State, state_of
from payouts.contents import contents_of
from payouts.errors import ApprovalsMissing, BatchChanged, BatchState
from payouts.holder_tables import PartProposal
from payouts.parts import parts_of_batch
from payouts.rails.safe import SafeRail, parts_of
from payouts.rails.safe_tx import SafeTx, safe_tx_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposable:
    """A part of an exported batch as its owners sign it."""

    batch: str
    part: int
    chain: str
    tx: SafeTx


def proposable(session: Session, batch: str) -> list[Proposable]:
    """Return the parts of an exported batch, every signature and hash checked again.

    Raises:
        UnknownReference: there is no such batch.
        BadInput: no Safe pays it.
        BatchState: it is not exported, or its payments were seen.
        BatchChanged: its rows, or a part's hash, are not those that were approved and exported.
        SignatureInvalid: an approval was not made by a confirmed key of its approver.
        ApprovalsMissing: fewer approvals than its total asks for.
    """
    contents = contents_of(session, batch)
    chain = contents.batch.chain
    if contents.batch.rail != SafeRail.name or chain is None:
        raise BadInput(
            [
                Problem(
                    code="batch_unexecutable",
                    place=f"batch {batch}",
                    value=contents.batch.rail,
                    expected="a batch that a Safe pays",
                )
            ]
        )
    state = state_of(session, batch)
    if state is not State.EXPORTED:
        raise BatchState(batch, state, "be proposed")
    have, need = len(verified(session, contents)), quorum.checkers_of(session, contents.batch)
    if have < need:
        raise ApprovalsMissing(batch, have, need)
    signed = [each.transaction_hash for each in parts_of_batch(session, batch)]
    found = [
        Proposable(batch=batch, part=number, chain=chain, tx=safe_tx_of(part))
        for number, part in enumerate(parts_of(contents.instruction()), start=1)
    ]
    hashes = [each.tx.safe_tx_hash() for each in found]
    if hashes != signed:
        raise BatchChanged(batch, " ".join(hashes), " ".join(signed))
    return found


def record(
    change: Change, proposed: Sequence[Proposable], *, service: str, delegate: str
) -> list[PartProposal]:
    """Record which parts a service was told of and by which delegate; return those that are new.

    What was proposed before keeps its first record.
    """
    known = {
        (row.batch, row.part)
        for each in {it.batch for it in proposed}
        for row in proposals_of(change.session, each)
    }
    rows = [
        PartProposal(
            batch=each.batch,
            part=each.part,
            transaction_hash=each.tx.safe_tx_hash(),
            service=service,
            delegate=delegate,
            proposed_by=change.actor,
        )
        for each in proposed
        if (each.batch, each.part) not in known
    ]
    change.add(*rows)
    return rows


def proposals_of(session: Session, batch: str) -> Sequence[PartProposal]:
    """Return what a service was told of a batch, in the order of its parts."""
    return session.scalars(
        select(PartProposal).where(PartProposal.batch == batch).order_by(PartProposal.part)
    ).all()
