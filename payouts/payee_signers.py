"""Signers: whose wallet pays the network for what our Safes carry out.

Law: one person registers an address, another who is not paid for it confirms it. An address is one
payee's for ever.
"""

import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties, users
from ledger.errors import ReferenceReused, UnknownReference
from ledger.sealing import Change
from ledger.validation import bad_input
from payouts import destination_risks
from payouts.signer_tables import PayeeSigner, PayeeSignerConfirmation

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def register(change: Change, payee: str, address: str, *, source: str) -> bool:
    """Register an address as a payee's who signs and sends; say if that is new.

    Raises:
        UnknownReference: there is no such payee.
        BadInput: it is no address of an EVM chain, or no source is given.
        ReferenceReused: it is another payee's.
        Denied: the actor's role only reads.
    """
    session = change.session
    users.refuse_roles(session, change.actor, "register a signer")
    party = parties.named(session, payee, kind="payee")
    if not ADDRESS.fullmatch(address):
        raise bad_input(
            code="address_malformed",
            place="signer",
            value=address,
            expected="an address of an EVM chain, 0x and 40 hexadecimal digits",
        )
    if not source.strip():
        raise bad_input(
            code="reason_missing", place="--source", expected="where the payee said so"
        )
    known = session.get(PayeeSigner, address.lower())
    if known is not None:
        if known.payee != party.id:
            raise ReferenceReused("Signer", address, f"it is {known.payee}'s")
        return False
    change.add(
        PayeeSigner(
            address=address.lower(), payee=party.id, source=source, registered_by=change.actor
        )
    )
    return True


def confirm(change: Change, address: str) -> bool:
    """Confirm a signer's address, as another person than registered it; say if that is new.

    Raises:
        UnknownReference: nobody registered it.
        Denied: whoever registered it, or is paid for it, asks.
    """
    session = change.session
    found = session.get(PayeeSigner, address.lower())
    if found is None:
        raise UnknownReference("signer", address, mend="See: feeshare payee signer list")
    if session.get(PayeeSignerConfirmation, found.address) is not None:
        return False
    destination_risks.require_second(
        session, change.actor, found.registered_by, found.payee, f"signer {found.address}"
    )
    change.add(PayeeSignerConfirmation(address=found.address, confirmed_by=change.actor))
    return True


def payees_of(session: Session, addresses: Sequence[str]) -> dict[str, str]:
    """Return the payee of each address that two persons stand for."""
    rows = session.execute(
        select(PayeeSigner.address, PayeeSigner.payee)
        .join(PayeeSignerConfirmation)
        .where(PayeeSigner.address.in_(addresses))
    )
    return {row.address: row.payee for row in rows}
