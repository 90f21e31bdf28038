"""A Safe Transaction Service: where the owners of a Safe find what they are asked to sign.

Law: it is told nothing but exported transactions, by a delegate whose key moves nothing, over
https. What it does not take is looked up: a transaction that is there already is there. Telling it
twice is safe, so a telling whose answer was lost is repeated.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from feeshare import keys
from feeshare.settings import Settings
from ledger.errors import Conflict, Unavailable
from ledger.recursion import usual_recursion_limit
from payouts.rails.safe_proposal import is_same, proposal_of
from payouts.rails.safe_tx import SafeTx

if TYPE_CHECKING:
    import httpx
    from eth_account.signers.local import LocalAccount

CONNECT_SECONDS = 5.0
WHOLE_SECONDS = 30.0
BYTES_MAX = 8_000_000
ANSWER_SHOWN = 300
"""Characters of a service's own words that a message repeats."""

OK, CREATED, NOT_FOUND = 200, 201, 404
UNWILLING = (401, 403, 429)
SERVER_ERRORS = 500


class SafeServiceNotSet(Conflict):
    """A chain without a Safe Transaction Service in the settings, or no delegate's key."""

    code = "safe_service_not_set"

    def __init__(self, lacks: str) -> None:
        super().__init__(
            f"Nothing is proposed: the settings lack {lacks}.",
            mend="Name both in feeshare.toml, or load the exported files by hand.",
        )


class SafeServiceUnavailable(Unavailable):
    """A Safe Transaction Service that does not answer, or lets nobody in."""

    code = "safe_service_unavailable"

    def __init__(self, host: str, why: str) -> None:
        super().__init__(
            f"{host} could not be told: {why}.",
            mend="Run it again later, which is safe; or load the exported files by hand.",
        )


class ProposalRefused(Conflict):
    """A transaction that a Safe Transaction Service does not take and does not know."""

    code = "proposal_refused"

    def __init__(self, host: str, hashed: str, said: str) -> None:
        super().__init__(
            f"{host} refused {hashed}: {said}",
            mend="Is the key that of a delegate of one of the Safe's owners, and its nonce free?",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a service said."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeService:
    """One chain's service, and the delegate who proposes there."""

    url: str = field(repr=False)
    key: str | None = field(repr=False)
    delegate: "LocalAccount"

    @property
    def host(self) -> str:
        """Return the service's host, the part of its address that may be shown."""
        return urlsplit(self.url).netloc.rpartition("@")[2]

    def propose(self, tx: SafeTx, origin: str) -> bool:
        """Tell the service of a transaction; say whether it is new to it.

        Args:
            tx: what owners are to sign.
            origin: what it came from, as owners see it.

        Raises:
            SafeServiceUnavailable: it does not answer.
            ProposalRefused: it does not take it, or has something else under its hash.
        """
        hashed = tx.safe_tx_hash()
        with self._client() as client:
            if self._is_there(client, tx):
                return False
            content = proposal_of(tx, self.delegate, origin)
            answer = self._ask(client, "POST", f"safes/{tx.safe}/multisig-transactions/", content)
            if answer.status in (OK, CREATED):
                return True
            # Somebody may have told it in between.
            if self._is_there(client, tx):
                return False
        said = " ".join(answer.body.decode(errors="replace").split())[:ANSWER_SHOWN]
        raise ProposalRefused(self.host, hashed, f"status {answer.status}, {said}")

    def _is_there(self, client: "httpx.Client", tx: SafeTx) -> bool:
        hashed = tx.safe_tx_hash()
        answer = self._ask(client, "GET", f"multisig-transactions/{hashed}/")
        if answer.status == NOT_FOUND:
            return False
        told = self._object(answer)
        if not is_same(tx, told):
            raise ProposalRefused(self.host, hashed, "it has something else under this hash.")
        return True

    def _object(self, answer: _Answer) -> dict[str, Any]:
        try:
            told = json.loads(answer.body)
        except ValueError:
            told = None
        if answer.status != OK or not isinstance(told, dict):
            raise SafeServiceUnavailable(self.host, f"status {answer.status}")
        return told

    def _ask(
        self, client: "httpx.Client", method: str, path: str, content: bytes | None = None
    ) -> _Answer:
        import httpx

        try:
            with client.stream(method, f"/api/v1/{path}", content=content) as answer:
                body = self._body(answer)
        except httpx.HTTPError as error:
            raise SafeServiceUnavailable(self.host, type(error).__name__) from None
        if answer.status_code in UNWILLING or answer.status_code >= SERVER_ERRORS:
            raise SafeServiceUnavailable(self.host, f"status {answer.status_code}")
        return _Answer(status=answer.status_code, body=body)

    def _body(self, answer: "httpx.Response") -> bytes:
        until = time.monotonic() + WHOLE_SECONDS
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > BYTES_MAX or time.monotonic() > until:
                raise SafeServiceUnavailable(self.host, "its answer does not end")
        return bytes(body)

    def _client(self) -> "httpx.Client":
        import httpx

        from chains.http_client import client_of

        headers = {"content-type": "application/json"}
        if self.key is not None:
            headers["authorization"] = f"Bearer {self.key}"
        timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
        return client_of(base_url=self.url, headers=headers, timeout=timeout)


def service_of(settings: Settings, chain: str) -> SafeService:
    """Return the service of a chain with its delegate.

    Raises:
        SafeServiceNotSet: the settings lack its address or the delegate's key.
        BadInput: the key cannot be read, is none, or others may read it.
    """
    url, path = settings.safe_services.get(chain), settings.safe_delegate_key
    if url is None:
        raise SafeServiceNotSet(f"the address of a service for {chain} (safe_services)")
    if path is None:
        raise SafeServiceNotSet("the file of a delegate's key (safe_delegate_key)")
    key = settings.safe_service_key
    return SafeService(
        url=url.get_secret_value().rstrip("/"),
        key=key.get_secret_value() if key else None,
        delegate=delegate_in(path),
    )


def delegate_in(path: Path) -> "LocalAccount":
    """Return the account of a delegate's key in a file that only its owner may read.

    Raises:
        BadInput: it cannot be read, others may read it, or it holds no key.
    """
    with usual_recursion_limit():
        from eth_account import Account

    try:
        account: LocalAccount = Account.from_key(keys.secret_in(path))
    except ValueError:
        raise keys.wrong_key(
            path, "key_invalid", "a private key of Ethereum, 0x and 64 hexadecimal digits"
        ) from None
    return account
