"""Chainlink's price feeds: contracts on an EVM chain that answer with rounds.

Law: a feed is held to its chain's id, its description and how old its rounds may be; all calls
of one price are made at one final block, so that no reorganisation takes it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from feeshare.asking import Asker
from feeshare.price_sources.json_rpc import Node, Reverted
from feeshare.price_sources.source import AnswerInvalid, Feed, Seen, end_of, rounded
from ledger.price_checks import refuse

NAME = "chainlink"
ROUND_TYPES = ["uint80", "int256", "uint256", "uint256", "uint80"]
PHASE_BITS = 64
"""A round's number is that of the phase (the aggregator behind the feed), then the round's own."""

DECIMALS_MAX = 36
SECONDS_MAX = 253_402_300_799
FINAL = "finalized"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One answer of a feed: a signed whole number, and the moment it was given."""

    number: int
    answer: int
    updated_at: datetime
    answered_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A feed that was found to be what it should be, read at one block."""

    feed: Feed
    node: Node
    block: str
    decimals: int

    def call(self, name: str, *arguments: int) -> bytes:
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        types = ["uint80"] * len(arguments)
        selector = keccak(text=f"{name}({','.join(types)})")[:4]
        data = (selector + encode(types, list(arguments))).hex()
        return self.node.call(self.feed.name, f"0x{data}", self.block)

    def round(self, name: str, *arguments: int) -> Round:
        number, answer, _, updated_at, answered_in = _decoded(
            ROUND_TYPES, self.call(name, *arguments)
        )
        if not 0 < updated_at <= SECONDS_MAX:
            raise AnswerInvalid(NAME, f"a round of {self.feed.place} that was never answered")
        return Round(
            number=number,
            answer=answer,
            updated_at=datetime.fromtimestamp(updated_at, UTC),
            answered_in=answered_in,
        )

    def seen(self, found: Round, on: date, at: datetime, *, spot: bool) -> Seen:
        """Return a round's price; refuse one that was too old at that moment."""
        max_age = self.feed.max_age or timedelta()
        if found.answered_in < found.number or at - found.updated_at > max_age:
            raise refuse(
                self.feed.place,
                f"a round of the {max_age} before {at:%Y-%m-%dT%H:%M:%SZ}; it is stale",
                value=f"round {found.number} of {found.updated_at:%Y-%m-%dT%H:%M:%SZ}",
            )
        return Seen(
            feed=self.feed,
            on=on,
            price=rounded(self.feed, Decimal(found.answer).scaleb(-self.decimals)),
            observed_at=found.updated_at,
            spot=spot,
            raw=b"\n".join(self.node.said) + b"\n",
        )


class Chainlink:
    """Feeds of one chain, read from a node of it."""

    name = NAME

    def __init__(self, url: str, asker: Asker) -> None:
        self.url = url
        self.asker = asker

    def now(self, feed: Feed, moment: datetime) -> Seen:
        """Return the price of the latest final round.

        Raises:
            SourceUnavailable: the node does not answer.
            AnswerInvalid: it is of another chain, or the contract is another one.
            PriceInvalid: the round is stale, or its answer is not above zero.
        """
        opened = self._open(feed)
        latest = opened.round("latestRoundData")
        if latest.updated_at > moment:
            raise AnswerInvalid(NAME, f"a round of {feed.place} of a moment to come")
        return opened.seen(latest, latest.updated_at.date(), moment, spot=True)

    def closing(self, feed: Feed, days: Sequence[date]) -> list[Seen]:
        """Return the last price of each day: that of the last round until its end.

        Raises:
            SourceUnavailable: the node does not answer.
            AnswerInvalid: it is of another chain, or the contract is another one.
            PriceInvalid: the round is stale at the day's end, or its answer is not above zero.
        """
        opened = self._open(feed)
        latest = opened.round("latestRoundData")
        found = []
        for day in sorted(set(days)):
            until = end_of(day)
            last = _last_round(opened, latest, until)
            if last is not None:
                found.append(opened.seen(last, day, until, spot=False))
        return found

    def _open(self, feed: Feed) -> _Opened:
        node = Node(NAME, self.url, self.asker)
        chain_id = node.quantity("eth_chainId", [])
        if chain_id != feed.chain_id:
            raise AnswerInvalid(NAME, f"chain id {chain_id} where {feed.chain_id} was expected")
        block = node.block_number(FINAL)
        opened = _Opened(feed=feed, node=node, block=block, decimals=0)
        (description,) = _decoded(["string"], opened.call("description"))
        if description != feed.description:
            raise AnswerInvalid(
                NAME, f"the feed {description!r} where {feed.description!r} was expected"
            )
        (decimals,) = _decoded(["uint8"], opened.call("decimals"))
        if decimals > DECIMALS_MAX:
            raise AnswerInvalid(NAME, f"a feed of {decimals} decimals")
        return _Opened(feed=feed, node=node, block=block, decimals=decimals)


def _last_round(opened: _Opened, latest: Round, until: datetime) -> Round | None:
    """Return the last round until a moment; nothing if the feed's phase began after it."""
    if latest.updated_at <= until:
        return latest
    phase = latest.number >> PHASE_BITS << PHASE_BITS
    low, high = 0, latest.number - phase
    found: Round | None = None
    # Moments of rounds only grow: halving finds the last one at or before `until`.
    while high - low > 1:
        middle = (low + high) // 2
        try:
            at = opened.round("getRoundData", phase + middle)
        except Reverted:
            raise AnswerInvalid(
                NAME, f"no round {middle} of {opened.feed.place}, though later ones"
            ) from None
        if at.updated_at <= until:
            low, found = middle, at
        else:
            high = middle
    return found


def _decoded(types: list[str], data: bytes) -> tuple[Any, ...]:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        return decode(types, data)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        raise AnswerInvalid(NAME, f"bytes that are no {', '.join(types)}") from None
