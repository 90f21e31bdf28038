"""Approvals: checkers' signatures over a batch's content hash.

Law: maker, payees and whoever set a destination do not approve, nobody approves twice, and a row
without a valid signature counts for nothing. The private key stays with the checker: in a file on
their own machine, where `sign` runs, or in a wallet, which signs what `wallet_approvals` says.
The service sees signatures and public halves only.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import signing, users, wallet_keys
from ledger.errors import Denied
from ledger.sealing import Change
from ledger.signing import private_key_of
from payouts import destinations
from payouts.batches import Action, State, record, require, state_of
from payouts.contents import Contents, contents_of
from payouts.errors import BatchChanged, SelfApproval, SignatureInvalid
from payouts.tables import Approval
from payouts.wallet_approvals import typed_data

DOMAIN = b"feeshare-approval-1\n"
"""First bytes of what is signed: a signature made for anything else is no approval."""

APPROVING_ROLES = ("treasurer", "approver")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Where a batch stands after an approval, and whether this call added it."""

    batch: str
    approvals: int
    checkers: int
    state: State
    new: bool


def message(content_hash: str) -> bytes:
    """Return the bytes that an approval signs."""
    return DOMAIN + content_hash.encode()


def sign(content_hash: str, private_key_pem: bytes) -> str:
    """Return the signature (hex) over a content hash; for the checker's own machine.

    Raises:
        BadInput: it is no Ed25519 private key in PEM without a password.
    """
    return private_key_of(private_key_pem).sign(message(content_hash)).hex()


def is_signed(content_hash: str, public_key: str, signature: str) -> bool:
    """Return whether a key (hex) made a signature (hex) over a content hash."""
    return signing.is_signed(message(content_hash), public_key, signature)


def signs(contents: Contents, approver: str, key: str, signature: str) -> bool:
    """Return whether a key made a signature by which its owner approves a batch.

    A wallet's address signs typed data, an Ed25519 key (hex) the content hash.
    """
    if wallet_keys.is_wallet(key):
        return wallet_keys.is_signed(typed_data(contents, approver), key, signature)
    return is_signed(contents.batch.content_hash, key, signature)


def signing_key(session: Session, contents: Contents, approver: str, signature: str) -> str | None:
    """Return the confirmed key of a person's that made a signature over a batch, if one did."""
    keys = users.confirmed_keys(session, approver)
    return next((key for key in keys if signs(contents, approver, key, signature)), None)


def approve(change: Change, batch: str, content_hash: str, signature_hex: str) -> Approved:
    """Approve a batch as the person who acts; the same approval again changes nothing.

    Args:
        change: the open change; its actor is the checker.
        batch: the batch's id.
        content_hash: the hash that the checker looked at.
        signature_hex: what `sign` returned for it, or a wallet's signature over `typed_data`.

    Raises:
        UnknownReference: there is no such batch, or the actor is no user.
        BatchChanged: the hash is not the batch's.
        SelfApproval: the actor made it, is paid by it or set one of its destinations.
        Denied: the actor's role does not approve.
        SignatureInvalid: no confirmed key of the actor's made the signature.
        BatchState: the batch waits for no approval.
    """
    session = change.session
    contents = contents_of(session, batch)
    require_hash(contents, content_hash)
    if session.get(Approval, (batch, change.actor)) is not None:
        return _standing(session, contents, new=False)
    require(session, batch, Action.APPROVE)
    require_checker(session, contents, change.actor)
    key = signing_key(session, contents, change.actor, signature_hex)
    if key is None:
        raise SignatureInvalid(change.actor, batch)
    change.add(
        Approval(
            batch=batch,
            approver=change.actor,
            public_key=key,
            content_hash=content_hash,
            signature=wallet_keys.spelt(signature_hex) or signature_hex.lower(),
        )
    )
    if len(approvals_of(session, batch)) >= contents.batch.checkers:
        record(change, batch, Action.APPROVE, reason="approved by all checkers it needs")
    return _standing(session, contents, new=True)


def approvals_of(session: Session, batch: str) -> list[Approval]:
    """Return a batch's approvals as recorded, by approver; `verified` says which count."""
    return list(
        session.scalars(
            select(Approval).where(Approval.batch == batch).order_by(Approval.approver)
        )
    )


def verified(session: Session, contents: Contents) -> list[Approval]:
    """Return a batch's approvals, each verified again.

    Raises:
        BatchChanged: the batch's rows do not hash to what was approved.
        SignatureInvalid: one of them was not made by a confirmed key of its approver.
    """
    require_hash(contents, contents.batch.content_hash)
    found = approvals_of(session, contents.batch.id)
    for approval in found:
        known = approval.public_key in users.confirmed_keys(session, approval.approver)
        if not known or not signs(
            contents, approval.approver, approval.public_key, approval.signature
        ):
            raise SignatureInvalid(approval.approver, contents.batch.id)
    return found


def require_hash(contents: Contents, given: str) -> None:
    """Refuse a hash that is not the batch's, and rows that do not hash to the batch's hash.

    Raises:
        BatchChanged: they differ.
    """
    recorded = contents.batch.content_hash
    computed = contents.hash()
    if computed != recorded:
        raise BatchChanged(contents.batch.id, recorded, computed)
    if given != recorded:
        raise BatchChanged(contents.batch.id, given, recorded)


def require_checker(session: Session, contents: Contents, actor: str) -> None:
    """Refuse whoever may not approve a batch, whatever they sign.

    Raises:
        SelfApproval: the actor made it, is paid by it or set one of its destinations.
        Denied: the actor's role does not approve.
        UnknownReference: the actor is no user.
    """
    batch = contents.batch
    if batch.maker == actor:
        raise SelfApproval(actor, batch.id, "made the batch")
    user = users.named(session, actor)
    if user.role not in APPROVING_ROLES:
        raise Denied(f"{actor} is {user.role}; only {' and '.join(APPROVING_ROLES)} approve.")
    if user.party is not None and user.party in {line.payee for line in contents.lines}:
        raise SelfApproval(actor, batch.id, "is paid by the batch")
    set_by_actor = destinations.set_by(
        session, [line.destination for line in contents.lines], actor
    )
    if set_by_actor is not None:
        raise SelfApproval(actor, batch.id, f"set the destination {set_by_actor}")


def _standing(session: Session, contents: Contents, *, new: bool) -> Approved:
    batch = contents.batch
    return Approved(
        batch=batch.id,
        approvals=len(approvals_of(session, batch.id)),
        checkers=batch.checkers,
        state=state_of(session, batch.id),
        new=new,
    )
