"""Requests: the key that a caller gives one write for ever, and what was asked under it.

Law: a key stands for one request. Asked again, it is answered with the change that it became;
with other content it is refused. The database holds a change's key to its row here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy.orm import Session

from ledger.encoding import encode
from ledger.errors import ReferenceReused, Refusal
from ledger.tables import ChangeRow, RequestRow


@dataclass(frozen=True, slots=True)
class Request:
    """A key and the fingerprint (hex) of what is asked under it."""

    key: str
    fingerprint: str


class RequestDone(Refusal):
    """What was asked under this key is in the books; doing it again would double it."""

    code = "request_done"
    exit_status = 0

    def __init__(self, key: str, change: ChangeRow) -> None:
        self.key = key
        self.change_no = change.number
        super().__init__(
            f"Request {key!r} is change {change.number} of "
            f"{change.recorded_at:%Y-%m-%dT%H:%M:%SZ} already: {change.reason}.",
            mend="Nothing to do.",
        )


def fingerprint(fields: Iterable[str | None]) -> str:
    """Return the SHA-256 (hex) of what is asked, field by field."""
    return sha256(encode(("request-1", *fields))).hexdigest()


def require_new(session: Session, request: Request) -> None:
    """Refuse a request whose key is in the books; the session holds the books' lock.

    Raises:
        RequestDone: the same was asked under this key, and done.
        ReferenceReused: something else was asked under it.
    """
    known = session.get(RequestRow, request.key)
    if known is None:
        return
    change = session.get_one(ChangeRow, known.change_no)
    if known.fingerprint != request.fingerprint:
        raise ReferenceReused("Request", request.key, f"change {change.number}, {change.reason}")
    raise RequestDone(request.key, change)
