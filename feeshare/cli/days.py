"""The day a command is about: as given, as recorded by the same command before, or today."""

from datetime import date, datetime
from typing import Annotated, TypeAlias

import typer

from feeshare.cli.desk import Desk
from ledger.validation import require_not_later

On: TypeAlias = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Else today.")
]


def day_of(desk: Desk, on: datetime | None, recorded: date | None = None) -> date:
    """Return the day that is meant; without `--on` a command repeated later means its first day.

    Raises:
        BadInput: the day has not come yet.
    """
    today = desk.now.date()
    if on is None:
        return recorded or today
    require_not_later(on.date(), today, "--on")
    return on.date()
