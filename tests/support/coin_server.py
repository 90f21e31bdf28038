"""A provider of prices that is not ours, in tests: a real HTTP server with answers in its shape.

It is told what to answer next; what it was asked, it remembers.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from support.http_server import Question, Reply, serving


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

    def answer(question: Question) -> Reply:
        served.asked.append(question)
        return served.next_reply()

    with serving(answer) as url:
        served.url = f"{url}/api/v3"
        yield served


def history(*points: tuple[int, str]) -> Reply:
    """Return a history's answer: moments in seconds since 1970, and prices as they are spelt."""
    prices = ",".join(f"[{seconds * 1000},{price}]" for seconds, price in points)
    return Reply(f'{{"prices":[{prices}],"market_caps":[],"total_volumes":[]}}')


def spot(price: str, seconds: int, *, coin: str = "hummingbot", currency: str = "usd") -> Reply:
    """Return the answer to what a coin is worth now."""
    told = f'{{{json.dumps(currency)}:{price},"last_updated_at":{seconds}}}'
    return Reply(f"{{{json.dumps(coin)}:{told}}}")
