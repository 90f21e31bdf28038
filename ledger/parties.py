"""Parties: anyone who owes or is owed, found by id, name or any known alias."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import ReferenceReused, UnknownReference
from ledger.people_tables import Party, PartyAlias
from ledger.sealing import Change


def slug(name: str) -> str:
    """Return a party's id made of its name: lower case, everything else a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def find(session: Session, name: str) -> Party | None:
    """Return the party that a name or alias stands for, spelt in any case; nothing if none."""
    alias = session.get(PartyAlias, name.casefold())
    return session.get(Party, alias.party) if alias else session.get(Party, name)


def named(session: Session, name: str, *, kind: str = "party") -> Party:
    """Return the party that a name or alias stands for.

    Raises:
        UnknownReference: there is none.
    """
    found = find(session, name)
    if found is None:
        raise UnknownReference(
            kind, name, mend="Add it, or add this spelling as an alias of one that is there."
        )
    return found


def add(
    change: Change, *, name: str, kind: str, aliases: tuple[str, ...] = (), source: str = ""
) -> tuple[Party, bool]:
    """Add a party under the id made of its name, with its aliases; say whether it is new.

    A party that is there with the same kind is returned; new aliases are added to it.

    Raises:
        ReferenceReused: the id or an alias is another's.
    """
    session = change.session
    identity = slug(name)
    party = session.get(Party, identity)
    new = party is None
    if party is None:
        party = Party(id=identity, kind=kind, name=name, source=source)
        change.add(party)
    elif (party.kind, party.name) != (kind, name):
        raise ReferenceReused("Party", identity, f"it is the {party.kind} {party.name!r}")
    for alias in sorted({name.casefold(), *(alias.casefold() for alias in aliases)}):
        taken = session.get(PartyAlias, alias)
        if taken is None:
            change.add(PartyAlias(alias=alias, party=identity))
            new = True
        elif taken.party != identity:
            raise ReferenceReused("Alias", alias, f"it stands for {taken.party!r}")
    return party, new


def all_of(session: Session, kind: str) -> list[Party]:
    """Return the parties of a kind, by id."""
    return list(session.scalars(select(Party).where(Party.kind == kind).order_by(Party.id)))
