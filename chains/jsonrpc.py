"""JSON-RPC 2.0 to a provider: typed answers, its refusals by kind, patience with its quotas.

Law: only reads are asked, so asking again is safe. What a provider means is told by its words
where its numbers are ambiguous: -32005 is a range too wide for some and a quota for others, and
only a range or a size is answered by narrowing. An address may hold a key, so nothing said here
holds more of it than the host.
"""

import itertools
import logging
import re
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, TypeVar, cast

import httpx
import msgspec

from chains.errors import (
    AnsweredError,
    AnswerUnfit,
    NotThere,
    OverQuota,
    ProviderFault,
    RangeTooWide,
    RevertedError,
    TimedOut,
    Unreachable,
)
from chains.http_client import client_of
from chains.registry import provider_name

# At its usual level the library writes whole addresses.
logging.getLogger("httpx").setLevel(logging.WARNING)

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
WHOLE_SECONDS = 45.0
"""How long one answer may take altogether, however steadily it drips."""

BYTES_MAX = 64_000_000
ATTEMPTS = 4
FIRST_WAIT_SECONDS = 0.5
WAIT_MAX_SECONDS = 30.0
SHOWN_WORDS = 200
TOO_MANY = 429
TOO_LARGE = 413
OK = 200
VERSION_UNSUPPORTED = -32015
LIMIT_EXCEEDED = -32005
REVERTED = 3

T = TypeVar("T")

RANGE_WORDS = re.compile(
    r"block range|range (?:is )?too|too (?:large|wide|many blocks)|more than \d+ (?:results|logs)"
    r"|response size|size exceed|limited to (?:a )?\d|max(?:imum)?(?: \w+)* range|exceeds? .*range"
    r"|query returned more|too many (?:logs|results)|narrow|result set too large|up to a [\d,]+"
    r"|ranges over \d|number of requested blocks|exceeds? (?:max results|limit of \d)|too big",
    re.IGNORECASE,
)
QUOTA_WORDS = re.compile(
    r"rate.?limit|too many requests|quota|capacity|throughput|compute units|per second|throttl"
    r"|daily request|slow down|rps limit",
    re.IGNORECASE,
)
TIME_WORDS = re.compile(r"tim(?:ed? ?)out|deadline|took too long|execution aborted", re.IGNORECASE)
ABSENT_WORDS = re.compile(
    r"unknown block|(?:header|resource) not found|block.{0,20}not (?:found|available)"
    r"|missing trie node|state .{0,30}(?:not available|unavailable|pruned)|beyond .*head"
    r"|BlockOutOfRange|block range extends beyond|historical state|cleaned up|was skipped"
    r"|slot .* missing|not available for slot|minimum context slot",
    re.IGNORECASE,
)
REVERT_WORDS = re.compile(r"^execution reverted|^VM execution error.*revert", re.IGNORECASE)
REVERT_DATA = re.compile(r"0x[0-9a-fA-F]*")
HINT = re.compile(
    r"\[(0x[0-9a-f]+)\s*,\s*(0x[0-9a-f]+)\]|with the range (\d+)-(\d+)", re.IGNORECASE
)


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Failed(msgspec.Struct):
    error: _Error | None = None


@cache
def _decoder(answer: Hashable) -> "msgspec.json.Decoder[Any]":
    envelope = msgspec.defstruct("_Answer", [("id", int | None), ("result", answer)])
    return msgspec.json.Decoder(envelope)


class RpcClient:
    """Asks one provider; safe to share between threads. `wait` is how it sleeps."""

    def __init__(
        self,
        url: str,
        *,
        concurrency: int = 8,
        read_seconds: float = READ_SECONDS,
        whole_seconds: float = WHOLE_SECONDS,
        attempts: int = ATTEMPTS,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.provider = provider_name(url)
        self.concurrency = concurrency
        self._url = url
        self._whole_seconds = whole_seconds
        self._attempts = attempts
        self._wait = wait
        self._numbers = itertools.count(1)
        self._http = client_of(
            timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=concurrency),
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, answer: type[T], method: str, *parameters: object) -> T:
        """Return what a method answers, decoded as a type of msgspec's.

        A quota and a failing server are waited for and asked again, a few times; a time-out is
        told at once, because a narrower question may be the better one.

        Raises:
            ProviderFault: by its kind; AnswerUnfit where the answer is of another shape.
        """
        decoder = _decoder(cast("Hashable", answer))
        return cast("T", self._patiently(decoder, method, parameters))

    def ask_maybe(self, answer: type[T], method: str, *parameters: object) -> T | None:
        """Return what a method answers, or nothing where it answers `null`; else as `ask`."""
        decoder = _decoder(cast("Hashable", answer | None))
        return cast("T | None", self._patiently(decoder, method, parameters))

    def _patiently(self, decoder: Any, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401
        for attempt in itertools.count(1):
            try:
                return self._once(decoder, method, parameters)
            except (OverQuota, Unreachable) as fault:
                if attempt == self._attempts:
                    raise
                asked = fault.wait if isinstance(fault, OverQuota) else None
                pause = FIRST_WAIT_SECONDS * 2 ** (attempt - 1)
                self._wait(min(asked or pause, WAIT_MAX_SECONDS))
        raise AssertionError  # the loop has no end of its own

    def ask_each(
        self, answer: type[T], method: str, questions: Sequence[Sequence[object]]
    ) -> list[T]:
        """Return what a method answers to each list of parameters, in their order.

        Raises:
            ProviderFault: of the first question that failed.
        """
        return self.run_each([partial(self.ask, answer, method, *each) for each in questions])

    def run_each(self, tasks: Sequence[Callable[[], T]]) -> list[T]:
        """Return what tasks return, in their order, at most `concurrency` of them at once."""
        if len(tasks) <= 1:
            return [task() for task in tasks]
        with ThreadPoolExecutor(max_workers=min(self.concurrency, len(tasks))) as pool:
            futures = [pool.submit(task) for task in tasks]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _once(self, decoder: Any, method: str, parameters: Sequence[object]) -> Any:  # noqa: ANN401
        number = next(self._numbers)
        question = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        raw = self._post(msgspec.json.encode(question))
        try:
            found = self._read(decoder, raw, method)
        except RecursionError:
            raise RangeTooWide(self.provider, "an answer nested too deep") from None
        if found.id != number:
            raise AnswerUnfit(self.provider, f"an answer to another question than {method}")
        return found.result

    def _read(self, decoder: Any, raw: bytes, method: str) -> Any:  # noqa: ANN401
        try:
            return decoder.decode(raw)
        except msgspec.MsgspecError:
            raise self._fault(raw, method) from None

    def _post(self, content: bytes) -> bytes:
        until = time.monotonic() + self._whole_seconds
        body = bytearray()
        headers = {"content-type": "application/json"}
        try:
            with self._http.stream("POST", self._url, content=content, headers=headers) as answer:
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > BYTES_MAX:
                        raise RangeTooWide(self.provider, f"an answer over {BYTES_MAX} bytes")
                    if time.monotonic() > until:
                        raise TimedOut(self.provider, "the answer did not end")
                self._require_ok(answer, bytes(body))
        except httpx.TimeoutException:
            raise TimedOut(self.provider, "no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(self.provider, type(error).__name__) from None
        return bytes(body)

    def _require_ok(self, answer: httpx.Response, body: bytes) -> None:
        status = answer.status_code
        if status == OK or b'"jsonrpc"' in body[:SHOWN_WORDS]:
            return
        if status == TOO_MANY:
            asked = answer.headers.get("retry-after", "")
            wait = int(asked) if asked.isdecimal() else None
            raise OverQuota(self.provider, "it is asked too often", wait)
        if status == TOO_LARGE:
            raise RangeTooWide(self.provider, "the answer is too large for it")
        raise Unreachable(self.provider, f"status {status}")

    def _fault(self, raw: bytes, method: str) -> ProviderFault:
        try:
            error = msgspec.json.decode(raw, type=_Failed).error
        except msgspec.MsgspecError:
            return Unreachable(self.provider, f"no JSON-RPC answer to {method}")
        if error is None:
            return AnswerUnfit(self.provider, f"an answer of another shape to {method}")
        data = bytes(error.data).decode()
        if error.code == REVERTED or REVERT_WORDS.search(f"{error.message} {data}"):
            # What a contract says may read like a quota or a range; it is neither.
            said = REVERT_DATA.search(data)
            shown = error.message[:SHOWN_WORDS]
            return RevertedError(self.provider, error.code, shown, said[0] if said else "0x")
        return fault_of(self.provider, error.code, f"{error.message} {data}")


def fault_of(provider: str, number: int, words: str) -> ProviderFault:
    """Return what an error of JSON-RPC means, by its words first, then by its number."""
    shown = words.removesuffix(" null").strip()[:SHOWN_WORDS]
    fault: ProviderFault = AnsweredError(provider, number, shown)
    if number == VERSION_UNSUPPORTED:
        pass  # A transaction that is there and cannot be read is never one that is not there.
    elif ABSENT_WORDS.search(words):
        fault = NotThere(provider, shown)
    elif QUOTA_WORDS.search(words) or number == TOO_MANY:
        fault = OverQuota(provider, shown)
    elif RANGE_WORDS.search(words):
        fault = RangeTooWide(provider, shown, _hint(words))
    elif TIME_WORDS.search(words):
        fault = TimedOut(provider, shown)
    elif number == LIMIT_EXCEEDED:
        fault = OverQuota(provider, shown)
    return fault


def _hint(words: str) -> tuple[int, int] | None:
    """Return the range that a provider says would do."""
    found = HINT.search(words)
    if found is None:
        return None
    if found[1] is not None:
        return int(found[1], 16), int(found[2], 16)
    return int(found[3]), int(found[4])
