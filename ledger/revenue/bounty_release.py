"""The release of a bounty: its deposits go to those who worked, whole or stage by stage.

Law: a release needs every gate, the whole agreed deposit and somebody to pay; what came in above
the agreed amount goes back with the last stage. A part of the Foundation's own is an expense then.
Nothing is paid here: a release makes obligations, due at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import commodities
from ledger.accounts import Chart, add_conversion_account
from ledger.allocation import divide
from ledger.errors import NeedsReview, ReferenceReused
from ledger.journal import Posting
from ledger.money import CONTEXT, plain, round_down, total
from ledger.obligation_tables import Obligation
from ledger.revenue.bounties import funders_of, own_part
from ledger.revenue.bounty_conversion import taken_in
from ledger.revenue.bounty_division import divided, obligation_of, rule_of
from ledger.revenue.bounty_ends import RELEASED, book, earlier_end
from ledger.revenue.bounty_gates import passed
from ledger.revenue.bounty_held import awaited, deposited, deposited_by
from ledger.revenue.bounty_standing import is_direct, is_funded, require_move, state_of
from ledger.revenue.bounty_states import Gate, Move, State, missing
from ledger.revenue.bounty_tables import (
    Bounty,
    BountyConversion,
    BountyEnd,
    BountyStageRelease,
)
from ledger.revenue.bounty_team import ROLES, choices_of, team_of
from ledger.revenue.bounty_terms import releases_of, stages_of
from ledger.sealing import Change
from ledger.validation import bad_input

WHY = "every gate passed"
NOTHING = Decimal(0)


class ReleaseNotReady(NeedsReview):
    """A bounty that lacks something before it may be released; `lacking` lists all of it."""

    code = "release_not_ready"

    def __init__(self, bounty: str, lacking: Sequence[str]) -> None:
        self.lacking = tuple(lacking)
        super().__init__(
            f"Bounty {bounty!r} cannot be released; it lacks: {', '.join(lacking)}.",
            mend=f"Record what happened, with its evidence: feeshare bounty gate {bounty} GATE",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """What is released at once: the whole of a bounty, or a stage of it.

    `before` is what earlier stages released; `suffix` tells its obligations from theirs.
    """

    amount: Decimal
    before: Decimal
    gates: frozenset[Gate]
    wait_days: int
    is_last: bool
    suffix: str


def release(change: Change, bounty: Bounty, *, on: date) -> tuple[BountyEnd, bool]:
    """Divide a bounty's deposits among developers, reviewer and Foundation; say if it is new.

    Raises:
        ReleaseNotReady: gates, deposit, developer or reviewer are lacking; all are listed.
        NeedsReview: it is released in stages.
        BountyEnded: it was refunded.
        MoveRefused: it was cancelled, or its exchange pays directly.
        ReferenceReused: it was released on another day.
        PriceInvalid: a payee takes another commodity, and a price is missing.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    if stages_of(session, bounty):
        raise NeedsReview(
            f"Bounty {bounty.id!r} is released in stages.",
            mend=f"Name the stage: feeshare bounty release {bounty.id} --stage N",
        )
    earlier = earlier_end(session, bounty, RELEASED, on, WHY)
    if earlier is not None:
        return earlier, False
    entry, amount = _release(change, bounty, whole_of(bounty), on)
    return _end(change, bounty, on, amount, entry), True


def release_stage(
    change: Change, bounty: Bounty, number: int, *, on: date
) -> tuple[BountyStageRelease, bool]:
    """Release a stage of a bounty after those before it; say whether that is new.

    The last one ends the bounty.

    Raises:
        ReleaseNotReady: an earlier stage, gates, deposit or somebody to pay are lacking.
        BadInput: there is no such stage.
        BountyEnded: it was refunded.
        MoveRefused: it was cancelled, or its exchange pays directly.
        ReferenceReused: the stage was released on another day.
        PriceInvalid: a payee takes another commodity, and a price is missing.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    stages, done = stages_of(session, bounty), releases_of(session, bounty)
    if not 1 <= number <= len(stages):
        raise bad_input(
            code="stages_invalid",
            place=f"bounty {bounty.id}",
            value=str(number),
            expected=f"a stage from 1 to {len(stages)}" if stages else "no stage: it has none",
        )
    known = done.get(number)
    if known is not None:
        if known.on != on:
            raise ReferenceReused("Stage", f"{bounty.id} {number}", f"released on {known.on}")
        return known, False
    portion = portion_of(session, bounty, number)
    entry, amount = _release(change, bounty, portion, on)
    released = BountyStageRelease(
        bounty=bounty.id, stage=number, on=on, amount=amount, entry_number=entry
    )
    change.add(released)
    if portion.is_last:
        _end(change, bounty, on, amount, entry)
    return released, True


def lacking_for_release(
    session: Session, bounty: Bounty, on: date, portion: Portion | None = None
) -> list[str]:
    """Return all that a bounty lacks to be released on a day, in words; nothing if it is ready.

    Without a portion: the next one that was not released.
    """
    portion = portion or next_portion(session, bounty)
    done = passed(session, bounty, until=on)
    lacking = [f"gate {gate.value}" for gate in missing(portion.gates, done)]
    released = done.get(Gate.RELEASED)
    if portion.wait_days and released is not None:
        until = released + timedelta(days=portion.wait_days)
        lacking += [f"its wait until {until}"] if on < until else []
    lacking += _deposit_lacking(session, bounty, portion)
    _, division = rule_of(session, bounty, on)
    return lacking + [
        role for role in ROLES if division[role] and not team_of(session, bounty, role)
    ]


def whole_of(bounty: Bounty) -> Portion:
    """Return the whole of a bounty as what is released at once."""
    return Portion(
        amount=bounty.amount, before=NOTHING, gates=frozenset(Gate), wait_days=0, is_last=True,
        suffix="",
    )  # fmt: skip


def portion_of(session: Session, bounty: Bounty, number: int) -> Portion:
    """Return a stage of a bounty as what is released at once.

    Raises:
        ReleaseNotReady: a stage before it was not released.
    """
    stages, done = stages_of(session, bounty), releases_of(session, bounty)
    earlier = [row for row in stages if row.stage < number]
    undone = [f"stage {row.stage}" for row in earlier if row.stage not in done]
    if undone:
        raise ReleaseNotReady(bounty.id, undone)
    row = stages[number - 1]
    is_last = number == len(stages)
    return Portion(
        amount=row.amount,
        before=total(each.amount for each in earlier),
        gates=frozenset(Gate) if is_last else frozenset(map(Gate, row.gates.split())),
        wait_days=row.wait_days,
        is_last=is_last,
        suffix=f":{number}",
    )


def next_portion(session: Session, bounty: Bounty) -> Portion:
    """Return what of a bounty is released next."""
    stages, done = stages_of(session, bounty), releases_of(session, bounty)
    left = [row.stage for row in stages if row.stage not in done]
    if not stages:
        return whole_of(bounty)
    return portion_of(session, bounty, left[0] if left else len(stages))


def _deposit_lacking(session: Session, bounty: Bounty, portion: Portion) -> list[str]:
    """Return what is lacking of the deposits, in words: all of them before the last stage."""
    came, agreed = deposited_by(session, bounty), awaited(session, bounty)
    is_whole = all(came.get(party, NOTHING) >= part for party, part in agreed.items())
    lacking = []
    if agreed and (not is_whole if portion.is_last else not is_funded(session, bounty)):
        held, wanted = plain(deposited(session, bounty)), plain(total(agreed.values()))
        lacking.append(f"deposit ({held} of {wanted} {bounty.commodity})")
    if own_part(session, bounty) and not is_funded(session, bounty) and is_whole:
        lacking.append("pledge of the Foundation's part")
    return lacking


def _release(change: Change, bounty: Bounty, portion: Portion, on: date) -> tuple[int, Decimal]:
    """Post what is released; return the entry's number and how much left the deposits."""
    session = change.session
    is_over = state_of(session, bounty) in {State.CANCELLED, State.PAID}
    if is_over or is_direct(session, bounty):
        require_move(session, bounty, Move.RELEASE)
    lacking = lacking_for_release(session, bounty, on, portion)
    if lacking:
        raise ReleaseNotReady(bounty.id, lacking)
    require_move(session, bounty, Move.RELEASE)
    owed = divided(session, bounty, portion.amount, on=on, suffix=portion.suffix)
    taken, own = _sources(session, bounty, portion)
    kept = CONTEXT.subtract(portion.amount, total(part.amount for part in owed))
    kept_own = _own_part_of(kept, own, portion.amount, _scale(session, bounty))
    money, exchange = bounty.commodity, bounty.exchange
    rest = [
        Posting(Chart.EXPENSE_BOUNTY, own - kept_own, money, exchange, bounty.id),
        Posting(Chart.INCOME_BOUNTY, kept_own - kept, money, exchange, bounty.id),
    ]
    conversions = _convert(change, bounty, owed, rest, on)
    if portion.is_last:
        owed += _excess(session, bounty, taken, rest)
    entry, amount = book(
        change,
        bounty,
        RELEASED,
        WHY if portion.is_last else f"stage{portion.suffix.replace(':', ' ')}",
        on=on,
        reference=f"bounty-{RELEASED}:{bounty.id}{portion.suffix}",
        taken=taken,
        owed=owed,
        rest=rest,
    )
    change.add(*conversions)
    return entry.number, amount


def _sources(
    session: Session, bounty: Bounty, portion: Portion
) -> tuple[dict[str, Decimal], Decimal]:
    """Return what a portion takes of each funder's deposit, and of the Foundation's own part."""
    parts = {party or "": part for party, part in funders_of(session, bounty).items()}
    scale = _scale(session, bounty)
    after = CONTEXT.add(portion.before, portion.amount)
    until = {share.party: share.quantity for share in divide(after, parts, scale)}
    since = {share.party: share.quantity for share in divide(portion.before, parts, scale)}
    taken = {name: CONTEXT.subtract(until[name], since[name]) for name in parts}
    own = taken.pop("", NOTHING)
    return taken, own


def _own_part_of(kept: Decimal, own: Decimal, amount: Decimal, scale: int) -> Decimal:
    """Return how much of what is kept comes from the Foundation's own part: spent by nobody."""
    if own in (NOTHING, amount):
        return kept if own else NOTHING
    return round_down(CONTEXT.divide(CONTEXT.multiply(kept, own), amount), scale)


def _convert(
    change: Change, bounty: Bounty, owed: list[Obligation], rest: list[Posting], on: date
) -> list[BountyConversion]:
    """Turn the parts of payees who take another commodity; return what they were before."""
    chosen = choices_of(change.session, bounty)
    made = []
    for number, part in enumerate(owed):
        choice = chosen.get(part.payee)
        if choice is None or choice.commodity == bounty.commodity:
            continue
        owed[number], was = taken_in(change.session, part, choice.commodity, on)
        account = add_conversion_account(change, was.commodity, choice.commodity)
        rest += [
            Posting(account, CONTEXT.minus(was.amount), was.commodity, None, part.id),
            Posting(account, part.amount, part.commodity, None, part.id),
        ]
        made.append(was)
    return made


def _excess(
    session: Session, bounty: Bounty, taken: dict[str, Decimal], rest: list[Posting]
) -> list[Obligation]:
    """Return what goes back of what came in above the agreed amount, and take it out, too."""
    scale, money = _scale(session, bounty), bounty.commodity
    agreed, back = awaited(session, bounty), []
    for party, came in deposited_by(session, bounty).items():
        excess = CONTEXT.subtract(came, agreed[party])
        returned = round_down(excess, scale)
        taken[party] = CONTEXT.add(taken[party], excess)
        dust = CONTEXT.subtract(excess, returned)
        rest.append(Posting(Chart.INCOME_ROUNDING, -dust, money, party, bounty.id))
        if returned:
            why = f"received above the agreed {plain(agreed[party])} {money}"
            suffix = f":{party}" if len(agreed) > 1 else ""
            back.append(
                obligation_of(
                    bounty, "refund", party, amount=returned, explanation=why, suffix=suffix
                )
            )
    return back


def _end(change: Change, bounty: Bounty, on: date, amount: Decimal, entry: int) -> BountyEnd:
    end = BountyEnd(
        bounty=bounty.id, kind=RELEASED, on=on, reason=WHY, amount=amount, entry_number=entry
    )
    change.add(end)
    return end


def _scale(session: Session, bounty: Bounty) -> int:
    return commodities.scale_of(session, bounty.commodity)
