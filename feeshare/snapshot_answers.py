"""Snapshot's answers: proposals in the shape of its GraphQL, read as votes that were seen.

Law: an answer is read whole or not at all, numbers to their last digit. Scores there are binary
fractions: their sum may miss the total that is told by a billionth, and digits beyond the
eighteenth decimal are left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from feeshare.records import Faults
from ledger.exact_json import parse as read_json
from ledger.money import CONTEXT, MAX_MAGNITUDE, MAX_SCALE, plain, round_down, total
from payouts.proposals import identified
from payouts.votes import STATES, Choice, Seen

METHODS = ("basic", "single-choice", "weighted", "quadratic", "ranked-choice", "approval")
DECIDING = METHODS[:2]
SIDES = {
    "for": ("for", "yes", "yea", "approve", "accept"),
    "against": ("against", "no", "nay", "reject"),
    "abstain": ("abstain",),
}
"""What a choice counts as, by the words that say so; others are said by whoever imports."""

SLACK = Decimal("0.000000001")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECONDS_MAX = Decimal(253_402_300_799)
"""Seconds since 1970 up to which a moment can be told: the end of the year 9999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What whoever imports says of a vote besides; blank is not told.

    `sides` has what choices count as: `for`, `against` or `abstain`.
    """

    label: str = ""
    kind: str = ""
    amount: Decimal | None = None
    commodity: str | None = None
    circulating_supply: Decimal | None = None
    total_supply: Decimal | None = None
    supply_source: str = ""
    sides: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """Return it as the fields of what was seen."""
        names = [name for name in Told.__slots__ if name != "sides"]
        return {name: getattr(self, name) for name in names}


def read(content: bytes, place: str, told: Told) -> list[Seen]:
    """Return the votes in an answer: `proposal`, or each of `proposals`, within `data` or bare.

    Raises:
        BadInput: with everything that is wrong with it.
    """
    faults = Faults(place=place)
    try:
        answer = read_json(content)
    except ValueError as error:
        faults.add("file_invalid", f"well-formed JSON ({error})")
        answer = None
    faults.raise_if_any()
    rows = _proposals(answer)
    if not rows:
        expected = "an answer of Snapshot with data.proposal, or data.proposals, that has one"
        faults.add("proposal_invalid", expected)
    votes = [_Reading(row, number, faults).vote(told) for number, row in enumerate(rows, start=1)]
    faults.raise_if_any()
    return [vote for vote in votes if vote is not None]


def side_of(choice: str, sides: Mapping[str, str]) -> str:
    """Return what a choice counts as: by what was said of it, else by its word; or blank."""
    said = {name.casefold(): side for name, side in sides.items()}
    word = choice.strip().casefold()
    by_word = (side for side, words in SIDES.items() if word in words)
    return said.get(word) or next(by_word, "")


def _proposals(answer: object) -> list[Any]:
    if isinstance(answer, dict):
        inner = answer.get("data", answer)
        if isinstance(inner, dict):
            if isinstance(inner.get("proposal"), dict):
                return [inner["proposal"]]
            if isinstance(inner.get("proposals"), list):
                return list(inner["proposals"])
    return []


@dataclass(slots=True)
class _Reading:
    """One proposal as it is read; what is wrong with it is told with its place in the answer."""

    row: Any
    number: int
    faults: Faults
    failed: bool = False

    def vote(self, told: Told) -> Seen | None:
        """Return the vote; nothing where something is wrong with it."""
        if not isinstance(self.row, dict):
            self._fault("proposal", "an object")
            return None
        space = self.row.get("space")
        space = space.get("id") if isinstance(space, dict) else None
        state, method = self._word("state", STATES), self._word("type", METHODS)
        starts_at, ends_at = self._moment("start"), self._moment("end")
        title, link, author = (self._text(name) for name in ("title", "link", "author"))
        choices = tuple(self._choices(method, told))
        if self.row.get("scores_state", "final") != "final" and state == "closed":
            self._fault("scores_state", "final, as the vote is closed: ask again later")
        identity = ("", "")
        if isinstance(space, str) and isinstance(self.row.get("id"), str):
            identity = identified(space, self.row["id"])
        else:
            self._fault("id", "its hash, and its space with an id")
        if self.failed or starts_at is None or ends_at is None:
            return None
        return Seen(
            space=identity[0],
            hash=identity[1],
            title=title,
            method=method,
            state=state,
            created_at=self._moment("created") if "created" in self.row else None,
            starts_at=starts_at,
            ends_at=ends_at,
            snapshot_block=self._text("snapshot"),
            choices=choices,
            link=link or f"https://snapshot.org/#/{identity[0]}/proposal/{identity[1]}",
            author=author,
            **told.columns,
        )

    def _choices(self, method: str, told: Told) -> Iterator[Choice]:
        names, scores = self.row.get("choices"), self.row.get("scores") or []
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            self._fault("choices", "a list of texts")
            return
        if not isinstance(scores, list) or len(scores) not in (0, len(names)):
            self._fault("scores", "a number for each choice")
            return
        counted = [self._score(score) for score in scores] or [Decimal(0)] * len(names)
        whole = self.row.get("scores_total")
        if isinstance(whole, Decimal) and whole.is_finite():
            summed = total(counted)
            if abs(CONTEXT.subtract(summed, whole)) > CONTEXT.multiply(SLACK, whole) + SLACK:
                self._fault("scores_total", f"{plain(summed)}, what the scores sum to")
        for name, score in zip(names, counted, strict=True):
            side = side_of(name, told.sides) if method in DECIDING else ""
            yield Choice(choice=name, counts_as=side, score=score)

    def _score(self, score: object) -> Decimal:
        if isinstance(score, Decimal) and score.is_finite() and 0 <= score < MAX_MAGNITUDE:
            return round_down(score, MAX_SCALE)
        self._fault("scores", "numbers from 0")
        return Decimal(0)

    def _moment(self, name: str) -> datetime | None:
        told = self.row.get(name)
        if isinstance(told, Decimal) and 0 <= told <= SECONDS_MAX and told == told.to_integral():
            return EPOCH + timedelta(seconds=int(told))
        self._fault(name, "seconds since 1970")
        return None

    def _word(self, name: str, known: tuple[str, ...]) -> str:
        told = self.row.get(name)
        if isinstance(told, str) and told in known:
            return told
        self._fault(name, f"one of {', '.join(known)}")
        return ""

    def _text(self, name: str) -> str:
        told = self.row.get(name)
        return plain(told) if isinstance(told, Decimal) else str(told or "")

    def _fault(self, column: str, expected: str) -> None:
        self.failed = True
        told = self.row.get(column) if isinstance(self.row, dict) else None
        shown = None if told is None else str(told)
        self.faults.add("proposal_invalid", expected, row=self.number, column=column, value=shown)
