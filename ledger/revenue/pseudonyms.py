"""Pseudonyms: what stands in the books for the users that an exchange names.

Law: no user id enters bytes that are hashed or cannot be erased. A pseudonym is HMAC-SHA256 of the
id (RFC 2104) under a secret of the exchange, so the same user is the same from month to month and
nobody can try ids out without the secret. The file as it came, and the secret, stand outside the
seals and are erased when they must be.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import UnknownReference
from ledger.revenue.staging_tables import PersonalErasure, PersonalFile, PseudonymKey
from ledger.revenue.tables import Agreement, Statement
from ledger.sealing import Change
from ledger.tables import Evidence

KEY_BYTES = 32
SHOWN_DIGITS = 24
"""Hexadecimal digits of a pseudonym: 96 bits keep a million users apart."""

USERS_KEPT = 100_000
"""Pseudonyms kept while a file is read; users have several rows."""

WITHHELD = "(withheld: a row of another shape may hold a user id anywhere)"


@dataclass(frozen=True, slots=True)
class Secret:
    """An exchange's secret; of an exchange that is not known it has no name, and is not kept."""

    exchange: str | None
    key: bytes


def secret_of(session: Session, exchange: str) -> Secret:
    """Return the secret of an exchange by its name or alias, a new one where it has none."""
    party = parties.find(session, exchange)
    known = None if party is None else session.get(PseudonymKey, party.id)
    return Secret(
        None if party is None else party.id,
        secrets.token_bytes(KEY_BYTES) if known is None else known.key,
    )


def pseudonym(key: bytes, user: str) -> str:
    """Return what stands for a user."""
    return f"user-{hmac.digest(key, user.encode(), 'sha256').hex()[:SHOWN_DIGITS]}"


class Hider:
    """Puts pseudonyms into the users' cells of rows, under the secret of each row's exchange."""

    def __init__(
        self, session: Session, header: Sequence[str], *, user: str, exchange: str, named: bool
    ) -> None:
        """Take the header and the users' column.

        Args:
            session: a session on the books, for the secrets.
            header: the names of a row's cells.
            user: the column of the user ids.
            exchange: the exchange, or the column that names it.
            named: whether it is the exchange itself.
        """
        self._session = session
        self._width = len(header)
        self._user = header.index(user)
        self._exchange = exchange
        self._names = None if named else header.index(exchange)
        self._secrets: dict[str, Secret] = {}
        self._known: dict[tuple[str, str], str] = {}

    @property
    def secrets(self) -> list[Secret]:
        """Return the secrets that were used."""
        return [*self._secrets.values()]

    def __call__(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Return the cells with a pseudonym; of a row of another shape nothing is kept."""
        if len(cells) != self._width:
            return (WITHHELD,)
        exchange = self._exchange if self._names is None else cells[self._names]
        user = cells[self._user]
        hidden = self._known.get((exchange, user))
        if hidden is None:
            hidden = self._hidden(exchange, user)
        kept = [*cells]
        kept[self._user] = hidden
        return tuple(kept)

    def _hidden(self, exchange: str, user: str) -> str:
        secret = self._secrets.get(exchange)
        if secret is None:
            secret = self._secrets[exchange] = secret_of(self._session, exchange)
        if len(self._known) == USERS_KEPT:
            self._known.clear()
        made = self._known[exchange, user] = pseudonym(secret.key, user.strip())
        return made


def keep(
    change: Change, used: Iterable[Secret], *, evidence: str, file_name: str, content: bytes
) -> None:
    """Keep a file with user ids as it came, and the secrets of its pseudonyms, outside the seals.

    A secret of an exchange that is not known is not kept.
    """
    session = change.session
    for secret in used:
        if secret.exchange and session.get(PseudonymKey, secret.exchange) is None:
            session.add(PseudonymKey(exchange=secret.exchange, key=secret.key))
    is_there = select(PersonalFile.evidence).where(PersonalFile.evidence == evidence)
    if session.scalar(is_there) is None:
        # Past the unit of work, which would hold the file until the end.
        session.execute(
            insert(PersonalFile),
            {"evidence": evidence, "file_name": file_name, "content": content},
        )
    session.flush()


def kept(session: Session) -> Sequence[tuple[str, str, str]]:
    """Return the files with user ids that are there: evidence, exchange, file name."""
    rows = session.execute(
        select(PersonalFile.evidence, Agreement.exchange, PersonalFile.file_name)
        .join(Statement, Statement.evidence == PersonalFile.evidence)
        .join(Agreement, Agreement.id == Statement.agreement)
        .distinct()
        .order_by(Agreement.exchange, PersonalFile.file_name, PersonalFile.evidence)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def erase(change: Change, exchange: str, *, reason: str) -> list[str]:
    """Erase an exchange's files with user ids, and its secret; return the files' names.

    What the books keep of them, rows with pseudonyms, stays: no figure changes.

    Raises:
        UnknownReference: the exchange is not known, or has nothing that could be erased.
    """
    session = change.session
    party = parties.named(session, exchange, kind="exchange")
    found = [(evidence, name) for evidence, whose, name in kept(session) if whose == party.id]
    if not found:
        raise UnknownReference("file with user ids", exchange, mend="See: feeshare privacy list")
    for evidence, _ in found:
        change.add(PersonalErasure(evidence=evidence, erased_by=change.actor, reason=reason))
        session.execute(delete(PersonalFile).where(PersonalFile.evidence == evidence))
    session.execute(delete(PseudonymKey).where(PseudonymKey.exchange == party.id))
    return [name for _, name in found]


def erased(session: Session) -> Sequence[tuple[PersonalErasure, str]]:
    """Return what was erased, with the names of the files, in the order of the changes."""
    rows = session.execute(
        select(PersonalErasure, Evidence.file_name)
        .join(Evidence, Evidence.sha256 == PersonalErasure.evidence)
        .order_by(PersonalErasure.change_no, PersonalErasure.evidence)
    )
    return [(row[0], row[1]) for row in rows]
