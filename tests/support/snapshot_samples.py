"""Snapshot's answers for tests, in the shape of its GraphQL; made up, but for the two hashes.

Numbers are spelt as JSON spells them: as binary fractions print.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

CHANGES = "0xa8f8364c" + "0" * 56
"""HGP-70 of 2025: changes to governance; the record has its first digits only."""

POLL = "0x461ac767" + "0" * 56
"""HGP-70 once more: the poll of Gateway connectors."""


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def proposal(**otherwise: Any) -> dict[str, Any]:  # noqa: ANN401 - what it is told with
    """Return a proposal that passed by the rule of 2024: 50 million voted, most for it."""
    return {
        "id": CHANGES,
        "title": "HGP-70: Changes to governance",
        "type": "basic",
        "state": "closed",
        "choices": ["For", "Against", "Abstain"],
        "scores": [40000000.25, 9000000.5, 1000000.25],
        "scores_total": 50000001.00000001,
        "scores_state": "final",
        "quorum": 50000000,
        "start": seconds("2025-07-01T00:00:00"),
        "end": seconds("2025-07-08T00:00:00"),
        "created": seconds("2025-06-30T00:00:00"),
        "snapshot": "22800000",
        "author": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48",
        "link": f"https://snapshot.org/#/hbot.eth/proposal/{CHANGES}",
        "votes": 77,
        "space": {"id": "hbot.eth"},
        **otherwise,
    }


def poll(**otherwise: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return the poll that has the same label, 14 days, among connectors."""
    return proposal(
        **{
            "id": POLL,
            "title": "HGP-70: Gateway connectors",
            "type": "weighted",
            "choices": ["Raydium", "Meteora", "Uniswap", "Orca"],
            "scores": [6000000, 3000000, 1000000, 399999.5],
            "scores_total": 10399999.5,
            "start": seconds("2025-09-01T00:00:00"),
            "end": seconds("2025-09-15T00:00:00"),
            **otherwise,
        }
    )


def answer(*proposals: dict[str, Any]) -> str:
    """Return an answer about one proposal, or a list of several."""
    if len(proposals) == 1:
        return json.dumps({"data": {"proposal": proposals[0]}})
    return json.dumps({"data": {"proposals": list(proposals)}})


def write(folder: Path, *proposals: dict[str, Any], name: str = "vote.json") -> str:
    """Write an answer to a file and return its path."""
    path = folder / name
    path.write_text(answer(*proposals))
    return str(path)
