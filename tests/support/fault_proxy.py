"""A line to a real node that fails as providers do: a JSON-RPC proxy on a free port of loopback.

A fault takes a question and what stands behind it, and gives a reply: it may wait, ask the rest,
change what comes back, or answer by itself. Faults are put in and taken out while it runs; the one
put in last sees a question first. What was asked, the proxy remembers.
"""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias

import httpx


@dataclass(frozen=True, kw_only=True)
class Question:
    """What was asked: the method, its parameters, and how many were asked before it."""

    id: object
    method: str
    params: list[Any]
    number: int


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A status and a body; `sent` is how much of the body goes out before the line is cut."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None

    @property
    def result(self) -> Any:  # noqa: ANN401 - JSON of many shapes
        """Return what the method answered; nothing where it answered with an error."""
        return json.loads(self.body).get("result")


Forward: TypeAlias = Callable[[Question], Reply]
Fault: TypeAlias = Callable[[Question, Forward], Reply]


def answer(question: Question, result: object) -> Reply:
    """Return an answer with a result."""
    told = {"jsonrpc": "2.0", "id": question.id, "result": result}
    return Reply(body=json.dumps(told).encode())


def error(question: Question, number: int, words: str, data: object = None) -> Reply:
    """Return an answer with an error."""
    said = {"code": number, "message": words} | ({} if data is None else {"data": data})
    return Reply(body=json.dumps({"jsonrpc": "2.0", "id": question.id, "error": said}).encode())


class FaultProxy:
    """A running proxy: its address, what it was asked, the faults that it has."""

    def __init__(self, upstream: str) -> None:
        self.upstream = upstream
        self.url = ""
        self.asked: list[Question] = []
        self.closing = threading.Event()
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._http = httpx.Client(timeout=60, trust_env=False, verify=False)  # noqa: S501 - loopback

    def inject(self, *faults: Fault) -> None:
        """Put faults in; the last one sees a question first."""
        with self._lock:
            self._faults += faults

    def heal(self) -> None:
        """Take all faults out, and forget what was asked."""
        with self._lock:
            self._faults = []
            self.asked = []

    @contextmanager
    def having(self, *faults: Fault) -> Iterator[None]:
        """Have these faults for as long as the block runs."""
        self.inject(*faults)
        try:
            yield
        finally:
            with self._lock:
                self._faults = [each for each in self._faults if each not in faults]

    def methods(self) -> list[str]:
        """Return the methods that were asked, in their order."""
        return [each.method for each in self.asked]

    def direct(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        """Ask the node past all faults; for faults that have to know the truth."""
        question = Question(id=0, method=method, params=list(params), number=-1)
        return self._forward(question).result

    def reply_to(self, asked: Mapping[str, Any]) -> Reply:
        """Return the reply to one question, through all faults."""
        with self._lock:
            question = Question(
                id=asked.get("id"),
                method=asked["method"],
                params=asked.get("params") or [],
                number=len(self.asked),
            )
            self.asked.append(question)
            faults = list(self._faults)
        through: Forward = self._forward
        for fault in faults:
            through = _behind(fault, through)
        return through(question)

    def close(self) -> None:
        """End whatever hangs, and the line to the node."""
        self.closing.set()
        self._http.close()

    def _forward(self, question: Question) -> Reply:
        told = {
            "jsonrpc": "2.0",
            "id": question.id,
            "method": question.method,
            "params": question.params,
        }
        done = self._http.post(self.upstream, json=told)
        return Reply(body=done.content, status=done.status_code)


def _behind(fault: Fault, through: Forward) -> Forward:
    return lambda question: fault(question, through)


@contextmanager
def fault_proxy(upstream: str, *faults: Fault) -> Iterator[FaultProxy]:
    """Run a proxy before a node, and end it."""
    proxy = FaultProxy(upstream)
    proxy.inject(*faults)
    server = _Server(proxy)
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.closing.set()
        server.shutdown()
        thread.join()
        server.cut_lines()
        server.server_close()
        proxy.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        self._lines: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        self._lines.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401
        self._lines.discard(request)
        super().shutdown_request(request)

    def cut_lines(self) -> None:
        """Cut the lines that clients keep open, so that nothing waits for their next question."""
        for line in list(self._lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
        """Say nothing of clients that went away."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go out together: else a kept line waits for an acknowledgement between them.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        asked = json.loads(self.rfile.read(length))
        if isinstance(asked, list):
            bodies = [self.server.proxy.reply_to(each).body for each in asked]
            reply = Reply(body=b"[" + b",".join(bodies) + b"]")
        else:
            reply = self.server.proxy.reply_to(asked)
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[: reply.sent])
        self.wfile.flush()
        if reply.sent is not None:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
        """Say nothing."""


def only(fault: Fault, *methods: str) -> Fault:
    """Return a fault that only these methods meet."""
    return lambda question, through: (
        fault(question, through) if question.method in methods else through(question)
    )


def times(count: int, fault: Fault) -> Fault:
    """Return a fault that is over when it was met so many times."""
    lock = threading.Lock()
    left = count

    def met(question: Question, through: Forward) -> Reply:
        nonlocal left
        with lock:
            meets = left > 0
            left -= 1
        return fault(question, through) if meets else through(question)

    return met


def after(count: int, fault: Fault) -> Fault:
    """Return a fault that comes after so many questions went well."""
    lock = threading.Lock()
    well = count

    def met(question: Question, through: Forward) -> Reply:
        nonlocal well
        with lock:
            well -= 1
            meets = well < 0
        return fault(question, through) if meets else through(question)

    return met


def latency(seconds: float) -> Fault:
    """Return a fault that answers late; questions at the same time wait at the same time."""

    def late(question: Question, through: Forward) -> Reply:
        time.sleep(seconds)
        return through(question)

    return late


def hangs(proxy: FaultProxy, seconds: float = 60) -> Fault:
    """Return a fault that keeps the answer back, until the proxy is ended at the latest."""

    def hung(question: Question, through: Forward) -> Reply:
        proxy.closing.wait(seconds)
        return through(question)

    return hung


def refuses(number: int, words: str, data: object = None) -> Fault:
    """Return a fault that answers with an error of JSON-RPC."""
    return lambda question, _: error(question, number, words, data)


def asked_too_often(retry_after: str | None = None, *, body: bytes = b"slow down") -> Fault:
    """Return a fault that answers status 429, with or without the seconds to wait."""
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return lambda _question, _through: Reply(body=body, status=429, headers=headers)


def fails(status: int = 502, body: bytes = b"<html>bad gateway</html>") -> Fault:
    """Return a fault that answers a status and something that is no JSON-RPC."""
    return lambda _question, _through: Reply(body=body, status=status)


def cuts() -> Fault:
    """Return a fault that cuts the line in the middle of an answer."""

    def cut(question: Question, through: Forward) -> Reply:
        reply = through(question)
        return replace(reply, sent=len(reply.body) // 2)

    return cut


def pads(size: int) -> Fault:
    """Return a fault that makes an answer so many bytes larger, without changing what it says."""

    def padded(question: Question, through: Forward) -> Reply:
        reply = through(question)
        return replace(reply, body=reply.body + b" " * size)

    return padded


def alters(change: Callable[[Any], Any]) -> Fault:
    """Return a fault that changes what comes back: providers that disagree, and that lie."""

    def altered(question: Question, through: Forward) -> Reply:
        reply = through(question)
        told = json.loads(reply.body)
        if "result" not in told:
            return reply
        return answer(question, change(told["result"]))

    return altered


def says(result: object) -> Fault:
    """Return a fault that answers this, whatever is asked: another chain's id or genesis."""
    return alters(lambda _: result)


def drops(is_dropped: Callable[[Any], bool]) -> Fault:
    """Return a fault that leaves out rows of a list and says nothing of it."""
    return alters(lambda rows: [row for row in rows if not is_dropped(row)])
