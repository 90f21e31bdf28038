"""The tables of people: parties, users with their keys, and the policies that they agree on.

Law: INSERT-only, and what one person proposes (a key, a policy) holds once another confirms it.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class Party(Sealed, Base):
    """Anyone who owes or is owed."""

    __tablename__ = "parties"
    __table_args__ = (CheckConstraint("kind IN ('exchange','payee')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    source: Mapped[str] = mapped_column(default="")


class PartyAlias(Sealed, Base):
    """Another spelling of a party's name; folded to lower case, it names one party only."""

    __tablename__ = "party_aliases"

    alias: Mapped[str] = mapped_column(primary_key=True)
    party: Mapped[str] = mapped_column(ForeignKey("parties.id"))


class User(Sealed, Base):
    """A person who acts. `party` is set when this person may also be paid."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role IN ('treasurer','approver','auditor','maintainer')", name="role"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str]
    party: Mapped[str | None] = mapped_column(ForeignKey("parties.id"))


class UserKey(Sealed, Base):
    """A person's public key: Ed25519 (hex), or a wallet's address with its checksum.

    One person enrols it, another confirms it.
    """

    __tablename__ = "user_keys"

    public_key: Mapped[str] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name"))
    enrolled_by: Mapped[str]


class UserKeyConfirmation(Sealed, Base):
    """A second person's word for a key; the database refuses whoever enrolled it."""

    __tablename__ = "user_key_confirmations"

    public_key: Mapped[str] = mapped_column(ForeignKey("user_keys.public_key"), primary_key=True)
    confirmed_by: Mapped[str]


class Policy(Sealed, Base):
    """A rule of the house from a day on: proposed by one person, in force once confirmed.

    `value` is canonical JSON. `proposed_by` is `defaults` for the rows that `init` loads.
    """

    __tablename__ = "policies"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effective_from: Mapped[date]
    value: Mapped[str]
    reason: Mapped[str]
    proposed_by: Mapped[str]


class PolicyConfirmation(Sealed, Base):
    """A second person's word for a policy; the database refuses the proposer's."""

    __tablename__ = "policy_confirmations"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    confirmed_by: Mapped[str]
