"""Fields of a JSON from GitHub, read strictly: each is of its kind, or a problem is noted.

Law: what is not asked for by name is not looked at, so that no text of a pull request, issue or
comment is ever read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from ledger.errors import Problem

MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for a moment that could not be read; a problem says so."""

SHOWN_TITLE = 120
HANDLE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\[bot\])?")


@dataclass(slots=True)
class Fields:
    """An object of a JSON; what is wrong with it is collected in `problems`."""

    told: Mapping[str, object]
    place: str
    problems: list[Problem] = field(default_factory=list)

    def at(self, *path: str) -> object:
        """Return what stands under a path of names; nothing where there is none."""
        found: object = self.told
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    def text(self, *path: str) -> str:
        """Return a text of one line that can be printed."""
        found = self.at(*path)
        if isinstance(found, str) and found and found.isprintable():
            return found
        return self.wrong(path, found, "a text of one line")

    def title(self, *path: str) -> str:
        """Return a title as it may be shown: cut, and escaped where it cannot be printed."""
        found = self.at(*path)
        if not isinstance(found, str):
            return self.wrong(path, found, "a title")
        shown = found if found.isprintable() else ascii(found)[1:-1]
        return shown[:SHOWN_TITLE]

    def handle(self, *path: str) -> str:
        """Return a login as `@login`; `@ghost` stands for an account that is gone."""
        if self.at(*path[:-1]) is None and path[0] in self.told:
            return "@ghost"
        found = self.at(*path)
        if isinstance(found, str) and HANDLE.fullmatch(found):
            return f"@{found}"
        return self.wrong(path, found, "a login")

    def whole(self, *path: str) -> int:
        """Return a whole number above zero."""
        found = self.at(*path)
        if isinstance(found, Decimal) and found > 0 and found == found.to_integral_value():
            return int(found)
        self.wrong(path, found, "a whole number above 0")
        return 0

    def flag(self, *path: str) -> bool:
        """Return whether something is true."""
        found = self.at(*path)
        if not isinstance(found, bool):
            self.wrong(path, found, "true or false")
        return found is True

    def moment(self, *path: str) -> datetime:
        """Return a moment in UTC."""
        found = self.at(*path)
        if isinstance(found, str) and MOMENT.fullmatch(found):
            try:
                return datetime.fromisoformat(found)
            except ValueError:
                pass
        self.wrong(path, found, "a moment such as 2023-10-05T12:00:00Z")
        return NEVER

    def wrong(self, path: tuple[str, ...], found: object, expected: str) -> str:
        """Note that what stands under a path is not what was expected; return a blank text."""
        shown = "nothing" if found is None else str(found)
        self.problems.append(
            Problem(
                code="evidence_invalid",
                place=f"{self.place} {'.'.join(path)}",
                value=shown,
                expected=expected,
            )
        )
        return ""
