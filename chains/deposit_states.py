"""What became of a deposit: which arrivals belong to which bounty, and where each stands.

Law: a declared transaction comes first, as that is what exchanges are asked for; then the exact
amount within the window, where only one bounty and one arrival fit. The sender says nothing: an
exchange pays from a wallet of many. Nothing is confirmed before it is final and its balance is
proved.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ledger.money import CONTEXT, plain, total


class State(StrEnum):
    """Where a deposit stands."""

    DECLARED = "declared"
    DETECTED = "detected"
    CONFIRMED = "confirmed"
    SHORT = "short"
    OVER = "over"
    SPLIT = "split"
    WRONG_TOKEN = "wrong token"  # noqa: S105 - no password
    WRONG_CHAIN = "wrong chain"
    UNIDENTIFIED = "unidentified"
    QUARANTINED = "quarantined"


SETTLED = frozenset({State.CONFIRMED, State.SPLIT})
"""States in which all that was agreed is there."""

RECEIVED = SETTLED | {State.SHORT, State.OVER}
"""States in which what came is known to be for the bounty, as much as it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came to a wallet of ours. `commodity` is blank for a token that is not registered.

    `line` is its bank line, `booked_at` when that was recorded, `document` what it is matched to.
    `doubt` says why it is not to be believed.
    """

    line: str
    wallet: str
    chain: str
    transaction: str
    contract: str
    commodity: str
    amount: Decimal
    seen_at: datetime
    is_final: bool
    booked_at: datetime | None
    doubt: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A bounty whose deposit is agreed; `declared` has the transactions named for it by chain."""

    bounty: str
    exchange: str
    commodity: str
    amount: Decimal
    since: datetime
    declared: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit and where it stands; of no bounty, if nobody knows which it is for."""

    state: State
    why: str
    wanted: Wanted | None
    arrivals: tuple[Arrival, ...]

    @property
    def seen_at(self) -> datetime | None:
        """Return when the first of it was seen."""
        return min((each.seen_at for each in self.arrivals), default=None)

    @property
    def confirmed_at(self) -> datetime | None:
        """Return when the last of it was booked; nothing while a part is not."""
        booked = [each.booked_at for each in self.arrivals]
        return None if None in booked else max((each for each in booked if each), default=None)

    @property
    def arrived(self) -> Decimal:
        """Return how much of the agreed commodity is booked."""
        return _booked(self.arrivals, self.wanted.commodity if self.wanted else "")


def deposits(
    wanted: Sequence[Wanted], arrivals: Sequence[Arrival], window: timedelta
) -> list[Deposit]:
    """Return where every deposit stands: of each bounty with one, then what nobody asked for.

    Args:
        wanted: the bounties that a deposit is agreed for.
        arrivals: what came in, without zero amounts.
        window: how long after its bounty an undeclared deposit is taken for it by its amount.
    """
    placed, why = _placed(wanted, arrivals, window)
    found = []
    for each in wanted:
        own = tuple(arrival for arrival in arrivals if placed.get(arrival.line) == each.bounty)
        if own or each.declared:
            state = _state(each, own)
            reason = why.get(each.bounty, "declared") if own else "nothing is seen of it yet"
            found.append(Deposit(state=state, why=reason, wanted=each, arrivals=own))
    for arrival in arrivals:
        if arrival.line not in placed and not arrival.document and arrival.commodity:
            state = State.QUARANTINED if arrival.doubt else State.UNIDENTIFIED
            reason = arrival.doubt or _candidates(wanted, arrival)
            found.append(Deposit(state=state, why=reason, wanted=None, arrivals=(arrival,)))
    return found


def _placed(
    wanted: Sequence[Wanted], arrivals: Sequence[Arrival], window: timedelta
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the bounty of each arrival that has one by its line, and why by bounty."""
    placed: dict[str, str] = {}
    why: dict[str, str] = {}
    bounties = {each.bounty for each in wanted}
    for arrival in arrivals:
        declared = [each.bounty for each in wanted if arrival.transaction in each.declared]
        if arrival.document in bounties:
            placed[arrival.line] = arrival.document
            why[arrival.document] = "matched"
        elif len(declared) == 1 and not arrival.document:
            placed[arrival.line] = declared[0]
            why[declared[0]] = "declared"
    open_for = [each for each in wanted if not each.declared and each.bounty not in why]
    left = [each for each in arrivals if each.line not in placed and not each.document]
    fits = [(each, one) for each in open_for for one in left if _fits(each, one, window)]
    for each, arrival in fits:
        rivals = [pair for pair in fits if pair[0] is each or pair[1] is arrival]
        if len(rivals) == 1:
            placed[arrival.line] = each.bounty
            why[each.bounty] = "amount and day"
    return placed, why


def _fits(each: Wanted, arrival: Arrival, window: timedelta) -> bool:
    return (
        not arrival.doubt
        and (arrival.commodity, arrival.amount) == (each.commodity, each.amount)
        and each.since <= arrival.seen_at <= each.since + window
    )


def _state(wanted: Wanted, arrivals: Sequence[Arrival]) -> State:
    """Return where a bounty's deposit stands, by what arrived for it; the worst comes first."""
    right = [each for each in arrivals if each.commodity == wanted.commodity]
    elsewhere = [
        each for each in right if wanted.declared.get(each.transaction, each.chain) != each.chain
    ]
    came = _booked(right, wanted.commodity)
    state = State.CONFIRMED
    if not arrivals:
        state = State.DECLARED
    elif any(each.doubt for each in arrivals):
        state = State.QUARANTINED
    elif not right:
        state = State.WRONG_TOKEN
    elif elsewhere:
        state = State.WRONG_CHAIN
    elif any(each.booked_at is None for each in right):
        state = State.DETECTED
    elif came != wanted.amount:
        state = State.SHORT if came < wanted.amount else State.OVER
    elif len(right) > 1:
        state = State.SPLIT
    return state


def _candidates(wanted: Iterable[Wanted], arrival: Arrival) -> str:
    """Return for which bounties an arrival could be, for a person to decide."""
    near = sorted(
        each.bounty
        for each in wanted
        if (each.commodity, each.amount) == (arrival.commodity, arrival.amount)
    )
    if not near:
        return f"no bounty expects {plain(arrival.amount)} {arrival.commodity}"
    return f"nobody declared it; {' and '.join(near)} expect as much"


def _booked(arrivals: Iterable[Arrival], commodity: str) -> Decimal:
    return CONTEXT.plus(
        total(
            each.amount
            for each in arrivals
            if each.booked_at is not None and each.commodity == commodity
        )
    )
