"""People who act, their roles, and the keys that they approve with.

A key is an Ed25519 public key or the address of an Ethereum wallet, enrolled by one person and
confirmed by another; only then does its signature count. The service never sees a private key.
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import wallet_keys
from ledger.errors import BadInput, Denied, Problem, ReferenceReused, UnknownReference
from ledger.people_tables import User, UserKey, UserKeyConfirmation
from ledger.sealing import Change

ROLES = ("treasurer", "approver", "auditor", "maintainer")

AUDITOR = "auditor"
READING_ROLES = (AUDITOR, "maintainer")
"""Roles that freeze no batch and confirm no address; a maintainer may ask for one."""

KEY_HEX_LENGTH = 64
"""An Ed25519 public key is 32 bytes (RFC 8032)."""


class SelfConfirmation(Denied):
    """A second word by whoever said the first one, or by whoever is paid by it."""

    code = "self_confirmation"

    def __init__(self, actor: str, did: str, *, then: str = "confirms it", mend: str = "") -> None:
        self.actor = actor
        super().__init__(f"{actor} {did}; another person {then}.", mend=mend)


def add(change: Change, name: str, role: str, *, party: str | None = None) -> bool:
    """Add a person; say whether that was new. `party` is who the person is when paid.

    Raises:
        BadInput: the role is none that there is.
        ReferenceReused: the name is there with another role or party.
    """
    if role not in ROLES:
        raise BadInput(
            [Problem(code="role_unknown", place="role", value=role, expected=f"one of {ROLES}")]
        )
    known = change.session.get(User, name)
    if known is not None:
        if (known.role, known.party) != (role, party):
            raise ReferenceReused("User", name, f"{known.role}, paid as {known.party}")
        return False
    change.add(User(name=name, role=role, party=party))
    return True


def named(session: Session, name: str) -> User:
    """Return a person by name.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(User, name)
    if found is None:
        raise UnknownReference("user", name, mend="See: feeshare user list")
    return found


def refuse_roles(
    session: Session, name: str, what: str, roles: Collection[str] = READING_ROLES
) -> None:
    """Refuse whoever has one of some roles, by default those that only read.

    Raises:
        Denied: the person has one of them.
    """
    user = session.get(User, name)
    if user is not None and user.role in roles:
        raise Denied(f"{name} is {user.role} and does not {what}.")


def require_second_person(
    session: Session,
    actor: str,
    first: str | None,
    did: str,
    *,
    then: str = "confirms it",
    mend: str = "",
) -> None:
    """Refuse the second word of whoever said the first one, and of whoever only reads.

    Args:
        session: a session.
        actor: who says the second word.
        first: who said the first one; nobody is as bad as the same.
        did: what the first one did, such as `proposed this policy`.
        then: what the second one does.
        mend: what to do next.

    Raises:
        SelfConfirmation: it is the same person.
        Denied: the actor's role only reads: auditors look, maintainers are paid.
    """
    if first in {None, actor}:
        who = "Nobody else" if first is None else actor
        raise SelfConfirmation(who, did, then=then, mend=mend)
    refuse_roles(session, actor, "stand for what others ask for")


def enrol_key(change: Change, user: str, public_key: str) -> bool:
    """Enrol a person's public key; say whether that was new. Another person confirms it.

    Args:
        change: the open change.
        user: whose key it is.
        public_key: an Ed25519 public key in hex, or the address of a wallet of theirs.

    Raises:
        BadInput: it is neither.
        ReferenceReused: the key is another person's.
    """
    named(change.session, user)
    key = _spelt(public_key)
    if wallet_keys.is_wallet(key):
        wallet_keys.require_address(key)
    else:
        _require_ed25519(key)
    known = change.session.get(UserKey, key)
    if known is not None:
        if known.user_name != user:
            raise ReferenceReused("Key", key, f"it is {known.user_name}'s")
        return False
    change.add(UserKey(public_key=key, user_name=user, enrolled_by=change.actor))
    return True


def _spelt(key: str) -> str:
    """Return the spelling under which a key is kept: an address's capitals are its checksum."""
    bare = key.strip()
    return bare if wallet_keys.is_wallet(bare) else bare.lower()


def _require_ed25519(key: str) -> None:
    if len(key) != KEY_HEX_LENGTH or any(digit not in "0123456789abcdef" for digit in key):
        raise BadInput(
            [
                Problem(
                    code="key_invalid",
                    place="public key",
                    value=key,
                    expected="64 hexadecimal digits of an Ed25519 public key, or a wallet's "
                    "address",
                )
            ]
        )


def confirm_key(change: Change, public_key: str) -> bool:
    """Let a key's signatures count, as another person than enrolled it; say whether that is new.

    Raises:
        UnknownReference: no such key is enrolled.
        SelfConfirmation: whoever enrolled it asks.
        Denied: the actor's role only reads.
    """
    key = change.session.get(UserKey, _spelt(public_key))
    if key is None:
        raise UnknownReference("key", public_key, mend="See: feeshare user list")
    require_second_person(change.session, change.actor, key.enrolled_by, "enrolled this key")
    if change.session.get(UserKeyConfirmation, key.public_key) is not None:
        return False
    change.add(UserKeyConfirmation(public_key=key.public_key, confirmed_by=change.actor))
    return True


def confirmed_keys(session: Session, user: str) -> list[str]:
    """Return the keys, Ed25519 in hex or addresses, by which a person's approvals count."""
    return list(
        session.scalars(
            select(UserKey.public_key)
            .join(UserKeyConfirmation, UserKeyConfirmation.public_key == UserKey.public_key)
            .where(UserKey.user_name == user)
            .order_by(UserKey.public_key)
        )
    )
