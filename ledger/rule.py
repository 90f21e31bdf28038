"""A rule of the house: its defaults and what a value of it looks like."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

BEGINNING = date(2021, 1, 1)
"""Defaults hold from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a policy is about, its default from a day on, and what its values look like."""

    about: str
    defaults: tuple[tuple[date, object], ...]
    expected: str
    fits: Callable[[Any], bool]
