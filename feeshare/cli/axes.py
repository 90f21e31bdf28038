"""The two axes of time of everything that is read: the effective day, and what was known."""

from datetime import date, datetime
from typing import Annotated, TypeAlias

import typer

AsOf: TypeAlias = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last effective day to count."),
]
KnownAt: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="CHANGE|TIME",
        help="Read the books as they were known: a change's number, or a time such as "
        "2023-11-04T09:00:00Z. A day counts to its end; a time without a zone is in UTC.",
    ),
]


def effective_day(as_of: datetime | None) -> date | None:
    """Return the day of an option, blank where none was given."""
    return None if as_of is None else as_of.date()
