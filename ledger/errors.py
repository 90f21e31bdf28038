"""Refusals: every reason for which the service declines to do something.

A leaf carries its facts as attributes, builds its message from them and names the next step.
`code` is stable: the command line, HTTP and `docs/errors.md` use it. The tree:

    Refusal
      BadInput            a list of problems found in what was given       (exit 2)
      NeedsReview         a person has to look first                       (exit 3)
      Denied              this person may not                              (exit 4)
      Conflict            the books or a batch stand against it            (exit 5)
      Unavailable         a system outside does not answer                 (exit 6)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

SHOWN_VALUE_LENGTH = 80
"""A value is cut to this many characters in a message."""

SHOWN_PROBLEMS = 500
"""More problems than this are counted, not listed."""


class Refusal(Exception):  # noqa: N818 - the domain's word: nothing broke, something was declined
    """What the service declines to do, and what to do instead."""

    code: ClassVar[str] = "refused"
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with an input: what, where, what was expected and how to mend it.

    `row` and `column` are 1-based as a spreadsheet shows them; `column` may be a header's name.
    """

    code: str
    expected: str
    value: str | None = None
    place: str = ""
    row: int | None = None
    column: str | None = None
    mend: str = ""

    def where(self) -> str:
        """Return the place as `file row 3, column fee_share`; what cannot be seen is escaped."""
        # A file's name may turn the text of a terminal round, or break its line.
        shown = self.place if self.place.isprintable() else ascii(self.place)[1:-1]
        parts = [shown] if shown else []
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f"column {self.column}")
        return ", ".join(parts)

    def sentence(self) -> str:
        """Return the problem as one line: code, place, value, expectation, mend."""
        shown = ""
        if self.value is not None:
            cut = self.value[:SHOWN_VALUE_LENGTH]
            shown = f" found {cut!r}{'…' if len(self.value) > SHOWN_VALUE_LENGTH else ''},"
        where = f" {self.where()}:" if self.where() else ""
        mend = f" {self.mend}" if self.mend else ""
        return f"{self.code}:{where}{shown} expected {self.expected}.{mend}"


class BadInput(Refusal):
    """Input that cannot be taken; carries every problem found, not only the first."""

    code = "bad_input"
    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [problem.sentence() for problem in self.problems[:SHOWN_PROBLEMS]]
        if len(self.problems) > SHOWN_PROBLEMS:
            lines.append(f"… and {len(self.problems) - SHOWN_PROBLEMS} more")
        super().__init__("\n".join(lines), mend="Nothing was written. Mend the input, try again.")


class NeedsReview(Refusal):
    """A person has to look before this can go on."""

    code = "needs_review"
    exit_status = 3


class Denied(Refusal):
    """The person who acts may not do this."""

    code = "denied"
    exit_status = 4


class Conflict(Refusal):
    """What is already recorded stands against this."""

    code = "conflict"
    exit_status = 5


class Unavailable(Refusal):
    """A system outside the service does not answer."""

    code = "unavailable"
    exit_status = 6


class Interrupted(Unavailable):
    """The database broke off what was under way and kept nothing of it: it may be done again."""


class OutcomeUnknown(Unavailable):
    """A commit was cut off, and the database was not back to say whether it took place."""

    code = "outcome_unknown"

    def __init__(self, change_no: int) -> None:
        self.change_no = change_no
        super().__init__(
            f"The connection was lost while change {change_no} was committed; it may be in the "
            "books or not.",
            mend="Run the same again once the database answers: what is there is not repeated.",
        )


class UnknownReference(Refusal):
    """A name that stands for nothing recorded."""

    code = "reference_unknown"
    exit_status = 2

    def __init__(self, kind: str, name: str, *, mend: str = "") -> None:
        self.kind = kind
        self.name = name
        super().__init__(f"No {kind} is named {name!r}.", mend=mend)


class ReferenceReused(Conflict):
    """The same reference with other content: doing it would lose one of the two."""

    code = "reference_reused"

    def __init__(self, kind: str, reference: str, differs: str) -> None:
        self.kind = kind
        self.reference = reference
        self.differs = differs
        super().__init__(
            f"{kind} {reference!r} is recorded already with other content: {differs}.",
            mend="Use a new reference for something new; reverse or restate what was wrong.",
        )


class UnbalancedEntry(BadInput):
    """A journal entry whose postings do not sum to zero in each commodity."""

    code = "journal_unbalanced"

    def __init__(self, reference: str, why: str) -> None:
        self.reference = reference
        super().__init__(
            [
                Problem(
                    code=self.code,
                    place=f"entry {reference}",
                    value=why,
                    expected="two or more postings that sum to zero in every commodity",
                )
            ]
        )


class PeriodClosed(Conflict):
    """A date in a month that is closed."""

    code = "period_closed"

    def __init__(self, month: str, what: str) -> None:
        self.month = month
        super().__init__(
            f"{what} is dated in {month}, which is closed.",
            mend="Date it in an open month, or have another person reopen the month.",
        )


class EntryDependedOn(Conflict):
    """An entry that other rows stand on; its mirror alone would leave them behind."""

    code = "entry_depended_on"

    def __init__(self, what: str) -> None:
        super().__init__(
            what, mend="It is undone where it was made: the statement, the match, the batch."
        )


class DatabaseRefused(Conflict):
    """The database itself refused the change; nothing of it was kept."""

    code = "database_refused"

    def __init__(self, what: str) -> None:
        super().__init__(f"The database refused the change: {what}", mend="Nothing was written.")
