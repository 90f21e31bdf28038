"""Notices: every known contact of a payee is told what happens to where they are paid.

Law: a notice is a row of the change that it tells of, so that none is forgotten; the database
refuses the change without it. Nothing is sent from here: the list is what somebody sends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import BadInput, Problem
from ledger.sealing import Change
from payouts.payee_tables import Notice, PayeeContact
from payouts.tables import Destination

CHANNELS = ("email", "github", "chat", "phone")

REQUEST, CONFIRMATION, FREEZE = "request", "confirmation", "freeze"

WORDS = {
    REQUEST: "somebody asked that you be paid at {address} from now on",
    CONFIRMATION: "the address {address} is confirmed, and you are paid there once its hold is "
    "over",
    FREEZE: "the address {address} is frozen: nothing is paid there until two persons lift that",
}

ALARM = (
    "If you do not expect this, say so at once; anyone of us can freeze it: "
    "feeshare payee destination freeze {destination} --reason …"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice with where it is to be sent."""

    number: int
    payee: str
    channel: str
    address: str
    destination: str
    event: str
    text: str


def add_contact(change: Change, payee: str, channel: str, address: str) -> bool:
    """Add a channel by which a payee is told; say whether it is new.

    Raises:
        UnknownReference: there is no such payee.
        BadInput: no channel has this name, or the address is blank.
    """
    party = parties.named(change.session, payee, kind="payee")
    if channel not in CHANNELS or not address.strip():
        raise BadInput(
            [
                Problem(
                    code="contact_invalid",
                    place="contact",
                    value=f"{channel} {address}".strip(),
                    expected=f"one of {', '.join(CHANNELS)}, and an address there",
                )
            ]
        )
    known = contacts_of(change.session, party.id)
    if any((each.channel, each.address) == (channel, address) for each in known):
        return False
    change.add(
        PayeeContact(
            payee=party.id,
            number=len(known) + 1,
            channel=channel,
            address=address,
            added_by=change.actor,
        )
    )
    return True


def contacts_of(session: Session, payee: str) -> Sequence[PayeeContact]:
    """Return a payee's contacts in the order they were added."""
    return session.scalars(
        select(PayeeContact).where(PayeeContact.payee == payee).order_by(PayeeContact.number)
    ).all()


def tell(change: Change, destination: Destination, event: str) -> int:
    """Write what each contact of a payee is to be told; return how many there are."""
    session = change.session
    known = contacts_of(session, destination.payee)
    first = 1 + (session.scalar(select(func.max(Notice.number))) or 0)
    text = " ".join(
        (
            f"{destination.payee}: {WORDS[event].format(address=destination.address)}.",
            ALARM.format(destination=destination.id),
        )
    )
    change.add(
        *(
            Notice(
                number=number,
                payee=destination.payee,
                contact=contact.number,
                destination=destination.id,
                event=event,
                text=text,
            )
            for number, contact in enumerate(known, start=first)
        )
    )
    return len(known)


def notices(session: Session, payee: str | None = None) -> list[Told]:
    """Return the notices, of a payee or of all, in the order they were written."""
    rows = session.execute(
        select(Notice, PayeeContact)
        .join(
            PayeeContact,
            (PayeeContact.payee == Notice.payee) & (PayeeContact.number == Notice.contact),
        )
        .where(true() if payee is None else Notice.payee == payee)
        .order_by(Notice.number)
    )
    return [
        Told(
            number=notice.number,
            payee=notice.payee,
            channel=contact.channel,
            address=contact.address,
            destination=notice.destination,
            event=notice.event,
            text=notice.text,
        )
        for notice, contact in rows
    ]
