"""Due dates: what has to happen by a day, whatever it is, and what to do about it.

Law: a due date is what the books say; whether it is overdue follows from the day it is looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """Where a due date stands on a day."""

    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDate:
    """Something that has to happen by a day, or comes with it.

    Attributes:
        kind: what sort of thing it is, in a word or two.
        subject: what it is about; with the kind it names the due date for ever, so that one whose
            day moves is the same.
        day: the last day on which it is in time, without a zone.
        what: what has to happen, in words.
        next_command: what to run about it; blank if there is nothing to do.
        done: whether the books say that it happened.
        by_itself: whether it comes with its day and nobody has to do anything.
    """

    kind: str
    subject: str
    day: date
    what: str
    next_command: str = ""
    done: bool = False
    by_itself: bool = False

    def state(self, today: date) -> State:
        """Return where it stands on a day."""
        if self.done or (self.by_itself and self.day <= today):
            return State.DONE
        return State.OVERDUE if self.day < today else State.DUE


def chosen(
    found: Iterable[DueDate], *, first: date | None, last: date, today: date
) -> list[DueDate]:
    """Return the due dates of a stretch of days, by day, kind and subject.

    Without a first day it begins today, and what is overdue comes before it.
    """

    def is_wanted(each: DueDate) -> bool:
        if first is not None:
            return each.day >= first
        return each.day >= today or each.state(today) is State.OVERDUE

    wanted = (each for each in found if each.day <= last and is_wanted(each))
    return sorted(wanted, key=lambda each: (each.day, each.kind, each.subject))
