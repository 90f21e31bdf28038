"""The table of attacks in docs/guarantees.md, made of what the tests run.

Run as a program, it writes the table again: `make guarantees`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attacks.as_owner import AS_OWNER
from attacks.catalogue import AS_SERVICE
from attacks.on_the_guards import ON_GUARDS
from attacks.past_the_guards import BEYOND_THE_BOOKS, ON_CONTENT, ON_RULES

PATH = Path(__file__).parents[2] / "docs" / "guarantees.md"
BEGIN = "<!-- attacks: written by make guarantees -->\n"
END = "<!-- end of attacks -->\n"

KINDS = {
    "42501": "privilege",
    "23503": "foreign key",
    "23505": "unique key",
    "23514": "check",
}
"""What stands behind PostgreSQL's own codes; `FS` codes are rules of the books."""


def refused_by(refusal: str) -> str:
    """Return in words what refuses an attack: its SQLSTATE and the message's beginning."""
    state, _, words = refusal.partition(" ")
    kind = KINDS.get(state) or f"rule {state}"
    return f"{kind}: {_plain(words)}" if words else kind


def detected_by(says: str, command: str = "audit verify") -> str:
    """Return in words what verification says of an attack."""
    return f"`{command}`: {_plain(says)}"


def _plain(pattern: str) -> str:
    first = re.split(r"(?<!\\)\|", pattern)[0]
    plain = re.sub(r"\\(.)", r"\1", first.replace(".*", "…"))
    return f"`{plain}`"


def rows(attacks: Mapping[str, tuple[Any, str]], who: str, told: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield a row for each attack of a group."""
    for name, (_, words) in attacks.items():
        yield f"| {name} | {who} | {told(words)} |"


def table() -> str:
    """Return the table as it is to stand in the documentation."""
    past = ON_CONTENT | ON_RULES | ON_GUARDS | BEYOND_THE_BOOKS
    return "\n".join(
        [
            f"{len(AS_SERVICE)} attacks as the service's role and {len(AS_OWNER)} as the owner "
            f"are refused; {len(past)} past the guards are detected.",
            "",
            "| attack | by | stopped by |",
            "|---|---|---|",
            *rows(AS_SERVICE, "service", refused_by),
            *rows(AS_OWNER, "owner", refused_by),
            *rows(ON_CONTENT, "past the guards", detected_by),
            *rows(ON_RULES, "past the guards", detected_by),
            *rows(ON_GUARDS, "past the guards", detected_by),
            *rows(
                BEYOND_THE_BOOKS,
                "past the guards",
                lambda says: detected_by(says, "audit verify --anchor"),
            ),
            "",
        ]
    )


def split(document: str) -> tuple[str, str, str]:
    """Return what stands before, between and after the marks."""
    before, _, rest = document.partition(BEGIN)
    between, _, after = rest.partition(END)
    return before, between, after


if __name__ == "__main__":
    before, _, after = split(PATH.read_text("utf-8"))
    PATH.write_text(before + BEGIN + table() + END + after, "utf-8")
