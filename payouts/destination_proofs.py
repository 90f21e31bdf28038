"""Proofs: a payee signs for an address with its key and, for a change, the key it replaces.

Law: a changed address is confirmed once both keys signed, or once a further person vouched for it
with a reason; by the policy `destination-proof` a first one, too. Signatures are checked here and
by verification; that they are there, and by which address, the database holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from ledger.bank_tables import Token
from ledger.errors import BadInput, Conflict, Problem
from ledger.sealing import Change
from ledger.tables import ChangeRow
from payouts import destination_risks
from payouts.destination_signatures import scheme_of
from payouts.destination_tables import DestinationProof, DestinationVoucher
from payouts.errors import ProofMissing
from payouts.tables import Destination, DestinationConfirmation

NEW, OLD = "new", "old"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Which key signed, by which scheme, and whether this call added that."""

    key: str
    scheme: str
    complete: bool
    new: bool


def replaced(session: Session, destination: Destination) -> Destination | None:
    """Return the confirmed destination that another one takes the place of; a first one, none."""
    identity = session.scalar(select(func.replaced_destination(destination.id)))
    return None if identity is None else session.get(Destination, identity)


def challenge(session: Session, destination: Destination) -> str:
    """Return the text that a payee signs for a destination; it names this request and no other."""
    old = replaced(session, destination)
    asked = session.get_one(ChangeRow, destination.change_no)
    lines = (
        "feeshare payout address 1",
        "I ask to be paid at the new address below.",
        f"payee: {destination.payee}",
        f"rail: {destination.rail}",
        f"chain: {destination.chain or '-'}",
        f"commodity: {destination.commodity or 'any'}",
        f"new address: {destination.address}",
        f"old address: {old.address if old else '-'}",
        f"request: {destination.id}, change {destination.change_no}",
        f"asked on: {asked.recorded_at:%Y-%m-%d}",
    )
    return "\n".join(lines)


def prove(change: Change, destination: Destination, signature: str) -> Proved:
    """Record a signature over a destination's challenge; the same again changes nothing.

    Raises:
        BadInput: neither the new key nor the one it replaces made it.
        Conflict: the destination is confirmed already.
    """
    session = change.session
    if session.get(DestinationConfirmation, destination.id) is not None:
        raise Conflict(
            f"Destination {destination.id} is confirmed already.",
            mend="There is nothing to prove.",
        )
    message = challenge(session, destination)
    for key, place in _keys(session, destination):
        scheme = scheme_of(message, place.address, chain_id_of(session, place), signature)
        if scheme is None:
            continue
        known = session.get(DestinationProof, (destination.id, key))
        if known is None:
            change.add(
                DestinationProof(
                    destination=destination.id,
                    key=key,
                    signer=place.address,
                    scheme=scheme,
                    message=message,
                    signature=signature,
                )
            )
        return Proved(
            key=key,
            scheme=scheme,
            complete=is_proved(session, destination),
            new=known is None,
        )
    raise BadInput(
        [
            Problem(
                code="proof_invalid",
                place=f"destination {destination.id}",
                value=signature,
                expected="a signature by the new address, or the old one, over the challenge",
                mend=f"feeshare payee destination challenge {destination.id} prints what is to be "
                "signed, to the byte.",
            )
        ]
    )


def is_proved(session: Session, destination: Destination) -> bool:
    """Return whether every key that has to sign for a destination did."""
    return bool(session.scalar(select(func.is_proved(destination.id))))


def vouch(
    change: Change, destination: Destination, reason: str, evidence: str | None = None
) -> bool:
    """Vouch for a destination that no key proves, as a further person; say if that is new.

    Args:
        change: the open change.
        destination: what to vouch for.
        reason: how the payee was asked, and what they said.
        evidence: the SHA-256 of a file that is kept, such as their letter.

    Raises:
        BadInput: no reason is given.
        Denied: whoever asked for it, or is paid there, vouches.
    """
    if not reason.strip():
        raise BadInput(
            [Problem(code="reason_missing", place="--reason", expected="why, in a few words")]
        )
    session = change.session
    if session.get(DestinationVoucher, (destination.id, change.actor)) is not None:
        return False
    destination_risks.require_second(
        session, change.actor, destination.requested_by, destination.payee, destination.id
    )
    change.add(
        DestinationVoucher(
            destination=destination.id,
            vouched_by=change.actor,
            reason=reason,
            evidence=evidence,
        )
    )
    return True


def require_proof(change: Change, destination: Destination) -> None:
    """Refuse to confirm what a key should have signed for, and nobody but the actor vouches for.

    Raises:
        ProofMissing: so it is.
    """
    session = change.session
    needed = session.scalar(select(func.needs_proof(destination.id, change.at.date())))
    if not needed or is_proved(session, destination):
        return
    vouchers = vouchers_of(session, destination.id)
    if all(voucher.vouched_by == change.actor for voucher in vouchers):
        raise ProofMissing(destination.id, destination.payee)


def vouchers_of(session: Session, destination: str) -> list[DestinationVoucher]:
    """Return who vouches for a destination, by name."""
    return list(
        session.scalars(
            select(DestinationVoucher)
            .where(DestinationVoucher.destination == destination)
            .order_by(DestinationVoucher.vouched_by)
        )
    )


def chain_id_of(session: Session, destination: Destination) -> int | None:
    """Return the EVM chain's id of a destination; blank on others and for wires."""
    return session.scalar(select(Token.chain_id).where(Token.chain == destination.chain).limit(1))


def check_proofs(session: Session, problems: list[str]) -> None:
    """Add a problem for each proof whose signature its address did not make."""
    if not inspect(session.connection()).has_table(DestinationProof.__tablename__):
        return
    for proof in session.scalars(
        select(DestinationProof).order_by(DestinationProof.destination, DestinationProof.key)
    ):
        destination = session.get_one(Destination, proof.destination)
        signer = next(
            (it for key, it in _keys(session, destination) if it.address == proof.signer),
            destination,
        )
        chain_id = chain_id_of(session, signer)
        names = f"request: {destination.id}, change {destination.change_no}\n" in proof.message
        made = scheme_of(proof.message, proof.signer, chain_id, proof.signature)
        if not names or made != proof.scheme:
            problems.append(
                f"proof of {proof.destination} by its {proof.key} key: {proof.signer} did not "
                "sign this request"
            )


def _keys(session: Session, destination: Destination) -> Iterator[tuple[str, Destination]]:
    """Yield the places whose keys may sign for a destination: its own, and what it replaces."""
    old = replaced(session, destination)
    for key, place in ((NEW, destination), (OLD, old)):
        if place is not None and place.chain is not None:
            yield key, place
