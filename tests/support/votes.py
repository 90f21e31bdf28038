"""Votes for tests: one that passed by the rule of 2023, and what it would be otherwise."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger import evidence, parties
from payouts import proposals, votes
from payouts.votes import Choice, Seen
from support.books import Books

START = datetime(2023, 10, 7, 12, tzinfo=UTC)
"""On this day a vote on an HGP needed 10 percent of the circulating supply and lasted 7 days."""

PROPOSAL = "hbot.eth/0xabc1"
SUPPLY = Decimal(300_000_000)


def seen(
    yes: str = "25000000",
    no: str = "4000000",
    abstain: str = "1000000",
    **otherwise: Any,  # noqa: ANN401 - what a vote is told with
) -> Seen:
    """Return a vote that passes as it is: 30 million voted, a tenth of the supply."""
    told: dict[str, Any] = {
        "space": "hbot.eth",
        "hash": "0xabc1",
        "title": "HGP-45: Epoch 6 bounties",
        "method": "basic",
        "state": "closed",
        "starts_at": START,
        "ends_at": START + timedelta(days=7),
        "choices": tuple(
            Choice(choice=name.title(), counts_as=name, score=Decimal(score))
            for name, score in (("for", yes), ("against", no), ("abstain", abstain))
        ),
        "circulating_supply": SUPPLY,
        "supply_source": "a supply report",
        "amount": Decimal(700_000),
        "commodity": "HBOT",
    }
    return Seen(**{**told, **otherwise})


def record(books: Books, wanted: Seen) -> bool:
    """Record what was seen of a vote; say whether it is new."""
    with books.write() as change:
        return votes.record(change, wanted, evidence.keep(change, b"a vote", "vote.json"))[1]


def passed(books: Books, wanted: Seen | None = None) -> None:
    """Record a vote that passed, and what it authorises; add two payees."""
    told = wanted or seen()
    record(books, told)
    authorise(books, told.hash)


def authorise(books: Books, proposal_hash: str = "0xabc1", amount: str = "700000") -> None:
    """Record what a proposal authorises; add two payees."""
    with books.write() as change:
        for name in ("Ada", "Bob"):
            parties.add(change, name=name, kind="payee")
        proposals.add(
            change,
            space="hbot.eth",
            proposal_hash=proposal_hash,
            label="HGP-45",
            title="Epoch 6 bounties",
            passed_on=START.date(),
            amount=Decimal(amount),
            source="the forum",
        )


ONE_LESS = seen("24999999", "4000000", "1000000")
OTHERWISE: dict[str, tuple[str, Seen]] = {
    "at the quorum": ("passed", seen()),
    "one vote below the quorum": ("quorum_missed", ONE_LESS),
    "one unit below the quorum": ("quorum_missed", seen("24999999.999999999999999999")),
    "half for it": ("not_approved", seen("14500000", "14500000")),
    "a unit more than half for it": (
        "passed",
        seen("14500000.000000000000000001", "14500000", "1000000"),
    ),
    "all abstaining": ("not_approved", seen("0", "0", "30000000")),
    "still open": ("active", seen(state="active")),
    "not begun": ("pending", seen(state="pending")),
    "cancelled": ("cancelled", seen(state="cancelled")),
    "an hour too short": (
        "too_short",
        seen(ends_at=START + timedelta(days=6, hours=23)),
    ),
    "in a space of anybody": ("other_space", seen(space="hbot-eth.eth", kind="HGP")),
    "a supply that nobody told": ("supply_unknown", seen(circulating_supply=None)),
    "of a type that is not in use yet": (
        "no_rule",
        seen(kind="NCP", starts_at=datetime(2023, 7, 17, tzinfo=UTC)),
    ),
    "of a type that is not in use any more": (
        "no_rule",
        seen(
            kind="HIP",
            starts_at=datetime(2026, 1, 2, tzinfo=UTC),
            ends_at=datetime(2026, 1, 9, tzinfo=UTC),
        ),
    ),
    "an amount as quorum": (
        "passed",
        seen(
            "49999999",
            "0",
            "1",
            starts_at=datetime(2024, 1, 10, tzinfo=UTC),
            ends_at=datetime(2024, 1, 17, tzinfo=UTC),
            circulating_supply=None,
        ),
    ),
    "a day before the quorum was an amount": (
        "supply_unknown",
        seen(
            "49999999",
            "0",
            "1",
            starts_at=datetime(2024, 1, 9, 23, 59, 59, tzinfo=UTC),
            ends_at=datetime(2024, 1, 17, tzinfo=UTC),
            circulating_supply=None,
        ),
    ),
    "of the total supply": (
        "quorum_missed",
        seen(
            starts_at=datetime(2022, 1, 26, tzinfo=UTC),
            ends_at=datetime(2022, 2, 9, tzinfo=UTC),
            total_supply=Decimal("1000000000.000000000000000001"),
            circulating_supply=Decimal(1),
        ),
    ),
    "where the rule states no space": (
        "passed",
        seen(
            space="anybody.eth",
            kind="PRP",
            starts_at=datetime(2022, 1, 10, tzinfo=UTC),
            ends_at=datetime(2022, 1, 13, tzinfo=UTC),
        ),
    ),
    "a poll": (
        "ranking",
        seen(
            method="weighted",
            choices=(Choice(choice="Kraken", counts_as="", score=Decimal(9)),),
        ),
    ),
}
"""Votes by what they are, with what becomes of them."""


def apart() -> Iterator[tuple[str, str, Seen]]:
    """Yield the same votes, each under a hash of its own."""
    for number, (name, (outcome, each)) in enumerate(OTHERWISE.items(), start=1):
        yield name, outcome, replace(each, hash=f"0x{number}")


DAY = date(2023, 10, 31)
