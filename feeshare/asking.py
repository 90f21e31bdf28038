"""Asking over HTTP: timeouts, a deadline, a bound on what is read, and few repetitions.

Law: only reads are asked, so asking again is safe. A provider that says how long to wait is
waited for, up to a minute; one that goes on refusing is unavailable. Addresses may hold keys, so
messages name the source and the status only.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ledger.errors import Unavailable

if TYPE_CHECKING:
    import httpx

Refusal = Callable[[str, str], Unavailable]
"""Makes the refusal of a source by its name and why it gave nothing."""

Told = Callable[[int, Mapping[str, str]], str | None]
"""Says why an answer is of no use, if so, by its status and headers (names in lower case)."""

ATTEMPTS = 4
FIRST_WAIT_SECONDS = 1.0
WAIT_MAX_SECONDS = 60.0
CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
WHOLE_SECONDS = 45.0
"""How long one answer may take altogether, however steadily it drips."""

BYTES_MAX = 8_000_000
TOO_MANY = 429
OK = 200
SERVER_ERRORS = range(500, 600)


class _Passing(Exception):  # noqa: N818 - not an error yet: it is asked again
    """What may be over when asked again, and how long the provider asks to wait."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Asker:
    """Asks one source; `refusal` is how it declines, `wait` how it sleeps between attempts."""

    def __init__(
        self,
        source: str,
        refusal: Refusal,
        *,
        told: Told = lambda _, __: None,
        wait: Callable[[float], None] = time.sleep,
        read_seconds: float = READ_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
    ) -> None:
        self.source = source
        self.refusal = refusal
        self.told = told
        self.wait = wait
        self.read_seconds = read_seconds
        self.whole_seconds = whole_seconds

    def get(
        self, url: str, parameters: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> bytes:
        """Return the body of an answer to GET.

        Raises:
            Unavailable: it did not come, after a few attempts.
        """
        return self._ask("GET", url, params=dict(parameters), headers=dict(headers or {}))

    def post(self, url: str, content: bytes, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the body of an answer to a JSON question.

        Raises:
            Unavailable: it did not come, after a few attempts.
        """
        typed = {"content-type": "application/json", **(headers or {})}
        return self._ask("POST", url, content=content, headers=typed)

    def _ask(self, method: str, url: str, **more: object) -> bytes:
        import httpx

        from chains.http_client import client_of

        timeout = httpx.Timeout(self.read_seconds, connect=CONNECT_SECONDS)
        with client_of(timeout=timeout) as client:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return self._once(client, method, url, more)
                except _Passing as passing:
                    if attempt == ATTEMPTS:
                        why = f"{passing}, {ATTEMPTS} times"
                        raise self.refusal(self.source, why) from None
                    pause = FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
                    self.wait(min(passing.wait or pause, WAIT_MAX_SECONDS))
        raise AssertionError  # the last attempt returned or raised

    def _once(
        self, client: "httpx.Client", method: str, url: str, more: Mapping[str, object]
    ) -> bytes:
        import httpx

        until = time.monotonic() + self.whole_seconds
        body = bytearray()
        try:
            with client.stream(method, url, **more) as answer:  # type: ignore[arg-type]
                self._require_ok(answer)
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > BYTES_MAX:
                        raise self.refusal(self.source, "the answer is too long")
                    if time.monotonic() > until:
                        raise _Passing("the answer did not end")
        except httpx.InvalidURL:
            raise self.refusal(self.source, "its address is none") from None
        except httpx.HTTPError as error:
            raise _Passing(type(error).__name__) from None
        return bytes(body)

    def _require_ok(self, answer: "httpx.Response") -> None:
        status = answer.status_code
        why = self.told(status, {name.lower(): it for name, it in answer.headers.items()})
        if why is not None:
            raise self.refusal(self.source, why)
        if status == TOO_MANY:
            asked = answer.headers.get("retry-after", "")
            raise _Passing("it is asked too often", int(asked) if asked.isdecimal() else None)
        if status in SERVER_ERRORS:
            raise _Passing(f"status {status}")
        if status != OK:
            raise self.refusal(self.source, f"status {status}")
