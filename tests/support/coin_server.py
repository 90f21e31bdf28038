"""A provider of prices that is not ours, in tests: a real HTTP server with answers in its shape.

It is told what to answer next; what it was asked, it remembers.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


@dataclass
class Reply:
    """One answer: status, headers, body; `drip` sends it byte by byte, so many seconds apart."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0


@dataclass
class Question:
    """What the server was asked."""

    path: str
    parameters: dict[str, str]
    headers: dict[str, str]


@dataclass
class CoinServer:
    """A running server; `replies` are given one after the other, the last for ever."""

    url: str
    replies: list[Reply] = field(default_factory=list)
    asked: list[Question] = field(default_factory=list)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def coin_server() -> Iterator[CoinServer]:
    """Run the server on a free port of this machine, and end it."""
    served = CoinServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            parameters = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.casefold(): value for name, value in self.headers.items()}
            served.asked.append(Question(parts.path, parameters, headers))
            reply = served.next_reply()
            body = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(OSError):
                self._send(body, reply.drip)

        def _send(self, body: bytes, drip: float) -> None:
            if not drip:
                self.wfile.write(body)
                return
            for at in range(len(body)):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                time.sleep(drip)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.url = f"http://127.0.0.1:{server.server_address[1]}/api/v3"
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def history(*points: tuple[int, str]) -> Reply:
    """Return a history's answer: moments in seconds since 1970, and prices as they are spelt."""
    prices = ",".join(f"[{seconds * 1000},{price}]" for seconds, price in points)
    return Reply(f'{{"prices":[{prices}],"market_caps":[],"total_volumes":[]}}')


def spot(price: str, seconds: int, *, coin: str = "hummingbot", currency: str = "usd") -> Reply:
    """Return the answer to what a coin is worth now."""
    told = f'{{{json.dumps(currency)}:{price},"last_updated_at":{seconds}}}'
    return Reply(f"{{{json.dumps(coin)}:{told}}}")
