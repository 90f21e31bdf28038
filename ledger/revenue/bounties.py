"""Bounties: a deposit is held for an exchange until it is released or refunded, once, never both.

Law: what came in is what goes out. A release needs every gate, the whole agreed deposit and
somebody to pay; it is divided by the policy in force on the day of the first deposit, and what
came in above the agreed amount goes back. A refund is in full. Nothing is paid here: both make
obligations, due at once.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from ledger import bank, commodities, parties, periods, policies
from ledger.accounts import Chart
from ledger.allocation import divide, pool_of
from ledger.base import Sealed
from ledger.encoding import text_of
from ledger.errors import (
    BadInput,
    Conflict,
    NeedsReview,
    Problem,
    ReferenceReused,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import plain, round_down, scale_of
from ledger.months import month_of
from ledger.revenue.bounty_tables import Bounty, BountyAssignment, BountyEnd, BountyGate
from ledger.sealing import Change
from ledger.tables import BankLine, JournalEntryRow, Match, Obligation, ObligationDue

DEPOSIT = "bounty-deposit"
"""Kind of the match between a bank line and the bounty that it is a deposit for."""

RELEASED = "released"
REFUNDED = "refunded"

DIVISIONS = {
    "HBOT": "bounty-division-hbot",
    "USD": "bounty-division-stablecoin",
    "USDC": "bounty-division-stablecoin",
    "USDT": "bounty-division-stablecoin",
}
"""The policy that divides a bounty, by its commodity; others have no rule."""

ROLES = ("developer", "reviewer")
"""Who may have a part of a bounty."""

ACCOUNTS = {
    "developer": Chart.PAYABLE_DEVELOPER,
    "reviewer": Chart.PAYABLE_REVIEWER,
    "refund": Chart.PAYABLE_REFUND,
}
"""The account of what is owed at a bounty's end, by what it is owed for."""


class Gate(StrEnum):
    """What must have happened before a release, in whatever order it comes."""

    DELIVERED = "delivered"
    APPROVED = "approved"
    QA_PASSED = "qa-passed"
    PROPOSAL_PASSED = "proposal-passed"
    MERGED = "merged"
    RELEASED = "released"


class DepositState(StrEnum):
    """What came in for a bounty against what was agreed."""

    NONE = "none"
    SHORT = "short"
    EXACT = "exact"
    OVER = "over"


class CommodityDiffers(NeedsReview):
    """Money in another commodity than was promised."""

    code = "commodity_differs"

    def __init__(self, line: BankLine, what: str, promised: str) -> None:
        self.promised = promised
        super().__init__(
            f"Bank line {line.id} is in {line.commodity}; {what} is in {promised}.",
            mend=f"Ask the exchange. Send the {line.commodity} back, or have it agree to "
            f"{line.commodity} in writing and record that agreement as one of its own.",
        )


class ReleaseNotReady(NeedsReview):
    """A bounty that lacks something before it may be released; `lacking` lists all of it."""

    code = "release_not_ready"

    def __init__(self, bounty: str, lacking: Sequence[str]) -> None:
        self.lacking = tuple(lacking)
        super().__init__(
            f"Bounty {bounty!r} cannot be released; it lacks: {', '.join(lacking)}.",
            mend=f"Record what happened, with its evidence: feeshare bounty gate {bounty} GATE",
        )


class BountyEnded(Conflict):
    """A bounty that was released or refunded takes nothing more."""

    code = "bounty_ended"

    def __init__(self, end: BountyEnd) -> None:
        super().__init__(
            f"Bounty {end.bounty!r} was {end.kind} on {end.on} by entry {end.entry_number}.",
            mend="Add another bounty for what comes after.",
        )


def add(
    change: Change,
    *,
    identity: str,
    title: str,
    exchange: str,
    commodity: str,
    amount: Decimal,
    developer: str | None = None,
    source: str = "",
) -> tuple[Bounty, bool]:
    """Add a bounty under its id; say whether it is new. Parties may be given by any alias.

    Raises:
        UnknownReference: a party or the commodity is not recorded.
        BadInput: the amount is not payable, or no policy divides the commodity.
        ReferenceReused: the id is there with other content.
    """
    session = change.session
    require_payable(session, amount, commodity, f"bounty {identity}")
    if commodity not in DIVISIONS:
        expected = f"one of {', '.join(DIVISIONS)}: no policy divides another commodity"
        raise bad_input(
            code="commodity_undivided",
            place=f"bounty {identity}",
            value=commodity,
            expected=expected,
        )
    wanted = Bounty(
        id=identity,
        title=title,
        exchange=parties.named(session, exchange, kind="exchange").id,
        commodity=commodity,
        amount=amount,
        developer=parties.named(session, developer, kind="payee").id if developer else None,
        source=source,
    )
    known = session.get(Bounty, identity)
    if known is not None:
        require_same("Bounty", known, wanted, without={"source"})
        return known, False
    change.add(wanted)
    return wanted, True


def named(session: Session, identity: str) -> Bounty:
    """Return a bounty by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Bounty, identity)
    if found is None:
        raise UnknownReference("bounty", identity, mend="feeshare bounty list")
    return found


def all_of(session: Session) -> list[Bounty]:
    """Return every bounty, by id."""
    return list(session.scalars(select(Bounty).order_by(Bounty.id)))


def assign(
    change: Change, bounty: Bounty, payee: str, *, role: str = "developer", on: date, evidence: str
) -> bool:
    """Name who develops or reviews a bounty from now on; say whether that is new.

    Raises:
        BountyEnded: it was released or refunded.
        Conflict: the same party would do both; nobody reviews their own work.
    """
    session = change.session
    _require_not_ended(session, bounty)
    party = parties.named(session, payee, kind="payee").id
    if assigned(session, bounty, role) == party:
        return False
    other = "reviewer" if role == "developer" else "developer"
    if assigned(session, bounty, other) == party:
        raise Conflict(f"{party} is the {other} of bounty {bounty.id!r}; another is its {role}.")
    earlier = select(func.max(BountyAssignment.number)).where(
        BountyAssignment.bounty == bounty.id, BountyAssignment.role == role
    )
    change.add(
        BountyAssignment(
            bounty=bounty.id,
            role=role,
            number=1 + (session.scalar(earlier) or 0),
            payee=party,
            on=on,
            evidence=evidence,
        )
    )
    return True


def assigned(session: Session, bounty: Bounty, role: str) -> str | None:
    """Return the party that has a role (`developer`, `reviewer`) in a bounty; nothing if none."""
    found = session.scalar(
        select(BountyAssignment.payee)
        .where(BountyAssignment.bounty == bounty.id, BountyAssignment.role == role)
        .order_by(BountyAssignment.number.desc())
        .limit(1)
    )
    return found or (bounty.developer if role == "developer" else None)


def pass_gate(change: Change, bounty: Bounty, gate: Gate, *, evidence: str, on: date) -> bool:
    """Record that a bounty passed a gate, and what shows it; say whether that is new.

    Raises:
        BadInput: nothing shows it.
        BountyEnded: it was released or refunded.
        ReferenceReused: the gate was passed on another day or other evidence.
    """
    known = change.session.get(BountyGate, (bounty.id, gate.value))
    if known is not None:
        if (known.evidence, known.on) != (evidence, on):
            raise ReferenceReused(
                "Gate", f"{bounty.id} {gate}", f"passed on {known.on}: {known.evidence}"
            )
        return False
    require_evidence(evidence, f"bounty {bounty.id} gate {gate}")
    _require_not_ended(change.session, bounty)
    change.add(BountyGate(bounty=bounty.id, gate=gate.value, evidence=evidence, on=on))
    return True


def gates_missing(session: Session, bounty: Bounty, on: date) -> list[Gate]:
    """Return the gates that a bounty had not passed by the end of a day, in their usual order."""
    passed = set(
        session.scalars(
            select(BountyGate.gate).where(BountyGate.bounty == bounty.id, BountyGate.on <= on)
        )
    )
    return [gate for gate in Gate if gate.value not in passed]


def receive_deposit(
    change: Change, bounty: Bounty, line: BankLine, amount: Decimal, *, why: str
) -> tuple[Match, bool]:
    """Book a bank line, or a part of it, as a bounty's deposit; say whether that is new.

    Too little or too much is booked as it came; `deposit_state` tells.

    Raises:
        CommodityDiffers: it is in another commodity than was promised.
        BountyEnded: the bounty was released or refunded.
        ReferenceReused: another amount of the line is this bounty's deposit already.
    """
    document = ReceiptFor(
        kind=DEPOSIT,
        document=bounty.id,
        account=Chart.BOUNTY_DEPOSITS,
        party=bounty.exchange,
        commodity=bounty.commodity,
        narration=f"deposit for bounty {bounty.id}",
    )
    earlier = received_from(change.session, document, line, amount)
    if earlier is not None:
        return earlier, False
    _require_not_ended(change.session, bounty)
    return receive(change, document, line, amount, why=why), True


def deposited(session: Session, bounty: Bounty) -> Decimal:
    """Return how much came in for a bounty; a release or refund does not lessen it."""
    return sum((match.amount for match in _deposits(session, bounty)), Decimal(0))


def deposit_state(session: Session, bounty: Bounty) -> DepositState:
    """Return what came in for a bounty against what was agreed."""
    amount = deposited(session, bounty)
    if amount == 0:
        return DepositState.NONE
    if amount == bounty.amount:
        return DepositState.EXACT
    return DepositState.SHORT if amount < bounty.amount else DepositState.OVER


def end_of(session: Session, bounty: Bounty) -> BountyEnd | None:
    """Return how a bounty ended; nothing while its deposit is held or awaited."""
    return session.get(BountyEnd, bounty.id)


def release(change: Change, bounty: Bounty, *, on: date) -> tuple[BountyEnd, bool]:
    """Divide a bounty's deposit among developer, reviewer and Foundation; say whether it is new.

    Raises:
        ReleaseNotReady: gates, deposit, developer or reviewer are lacking; all are listed.
        BountyEnded: it was refunded.
        ReferenceReused: it was released on another day.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    reason = "every gate passed"
    earlier = _earlier_end(session, bounty, RELEASED, on, reason)
    if earlier is not None:
        return earlier, False
    lacking = lacking_for_release(session, bounty, on)
    if lacking:
        raise ReleaseNotReady(bounty.id, lacking)
    owed = _divided(session, bounty)
    kept = bounty.amount - sum((part.amount for part in owed), Decimal(0))
    excess = deposited(session, bounty) - bounty.amount
    returned = round_down(excess, commodities.scale_of(session, bounty.commodity))
    if returned:
        why = f"received above the agreed {plain(bounty.amount)} {bounty.commodity}"
        owed.append(
            _obligation(bounty, "refund", bounty.exchange, amount=returned, explanation=why)
        )
    rest = {Chart.INCOME_BOUNTY: kept, Chart.INCOME_ROUNDING: excess - returned}
    return _end(change, bounty, RELEASED, reason, on=on, owed=owed, rest=rest), True


def refund(change: Change, bounty: Bounty, *, reason: str, on: date) -> tuple[BountyEnd, bool]:
    """Return a bounty's whole deposit to its exchange; say whether that is new.

    Raises:
        BadInput: no reason is given.
        NeedsReview: no deposit is held.
        BountyEnded: it was released.
        ReferenceReused: it was refunded on another day or for another reason.
        PeriodClosed: the day is in a closed month.
    """
    session = change.session
    earlier = _earlier_end(session, bounty, REFUNDED, on, reason)
    if earlier is not None:
        return earlier, False
    require_evidence(reason, f"refund of bounty {bounty.id}")
    amount = deposited(session, bounty)
    returned = round_down(amount, commodities.scale_of(session, bounty.commodity))
    if not returned:
        raise NeedsReview(
            f"No deposit is held for bounty {bounty.id!r}.",
            mend="Match its bank line first, if one came: feeshare reconcile",
        )
    owed = [_obligation(bounty, "refund", bounty.exchange, amount=returned, explanation=reason)]
    rest = {Chart.INCOME_ROUNDING: amount - returned}
    return _end(change, bounty, REFUNDED, reason, on=on, owed=owed, rest=rest), True


def lacking_for_release(session: Session, bounty: Bounty, on: date) -> list[str]:
    """Return all that a bounty lacks to be released on a day, in words; nothing if it is ready."""
    lacking = [f"gate {gate.value}" for gate in gates_missing(session, bounty, on)]
    if deposit_state(session, bounty) in {DepositState.NONE, DepositState.SHORT}:
        held = plain(deposited(session, bounty))
        lacking.append(f"deposit ({held} of {plain(bounty.amount)} {bounty.commodity})")
    _, division = _rule(session, bounty, on)
    return lacking + [
        role for role in ROLES if division[role] and assigned(session, bounty, role) is None
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFor:
    """What a bank line may be money for: the kind of match, and what its entry credits."""

    kind: str
    document: str
    account: str
    party: str
    commodity: str
    narration: str


def received_from(
    session: Session, wanted: ReceiptFor, line: BankLine, amount: Decimal
) -> Match | None:
    """Return the live match of a line with a document; nothing if there is none.

    Raises:
        ReferenceReused: another amount of the line is matched with it.
    """
    for match in bank.live_matches(session, wanted.document):
        if (match.kind, match.bank_line) == (wanted.kind, line.id):
            if match.amount != amount:
                raise ReferenceReused(
                    "Match", f"{wanted.document} with {line.id}", f"amount is {match.amount}"
                )
            return match
    return None


def receive(
    change: Change, wanted: ReceiptFor, line: BankLine, amount: Decimal, *, why: str
) -> Match:
    """Book a part of a bank line that came in to a document's account, and match the two.

    Raises:
        BadInput: the amount is not positive, or the line is money that left.
        CommodityDiffers: the line is in another commodity.
    """
    session = change.session
    if line.commodity != wanted.commodity:
        raise CommodityDiffers(line, wanted.document, wanted.commodity)
    if amount <= 0 or line.amount <= 0:
        raise bad_input(
            code="amount_invalid",
            place=f"bank line {line.id}",
            value=plain(amount),
            expected="a positive part of money that came in",
        )
    # A match that was taken back leaves its entry and the reversal, so the next has a new name.
    before = session.scalar(
        select(func.count())
        .select_from(Match)
        .where(
            Match.bank_line == line.id,
            Match.document == wanted.document,
            Match.kind == wanted.kind,
        )
    )
    day, relates_to = periods.open_date(session, line.on)
    wallet = bank.account_named(session, line.bank_account).account
    entry = post_one(
        change,
        JournalEntry(
            reference=f"{wanted.kind}:{wanted.document}:{line.id}:{(before or 0) + 1}",
            effective_date=day,
            kind=wanted.kind,
            narration=wanted.narration,
            evidence=line.evidence,
            relates_to_period=relates_to,
            postings=[
                Posting(wallet, amount, line.commodity, wanted.party, wanted.document),
                Posting(wanted.account, -amount, line.commodity, wanted.party, wanted.document),
            ],
        ),
    )
    return bank.match(
        change,
        line,
        kind=wanted.kind,
        document=wanted.document,
        amount=amount,
        entry_number=entry.number,
        why=why,
    )


def bad_input(*, code: str, place: str, expected: str, value: str | None = None) -> BadInput:
    """Return the refusal of an input with one thing wrong."""
    return BadInput([Problem(code=code, place=place, expected=expected, value=value)])


def require_payable(session: Session, amount: Decimal, commodity: str, place: str) -> None:
    """Refuse an amount that is not positive, or finer than the commodity's payable unit.

    Raises:
        UnknownReference: no commodity has this code.
        BadInput: the amount cannot be paid.
    """
    scale = commodities.scale_of(session, commodity)
    if amount <= 0 or scale_of(amount) > scale:
        raise bad_input(
            code="amount_invalid",
            place=place,
            value=plain(amount),
            expected=f"a positive amount of at most {scale} decimals in {commodity}",
        )


def require_same(kind: str, known: Sealed, wanted: Sealed, *, without: AbstractSet[str]) -> None:
    """Refuse a record under an id that stands for another content; name what differs.

    Raises:
        ReferenceReused: a field other than those in `without` differs.
    """
    columns = [column.key for column in inspect(type(known)).column_attrs]
    differs = [
        f"{name} is {text_of(getattr(known, name))}"
        for name in columns
        if name not in {"change_no", *without} and getattr(known, name) != getattr(wanted, name)
    ]
    if differs:
        raise ReferenceReused(kind, str(getattr(known, columns[0])), ", ".join(differs))


def require_evidence(text: str, place: str) -> None:
    """Refuse a blank reason or evidence.

    Raises:
        BadInput: it is blank.
    """
    if not text.strip():
        raise bad_input(code="evidence_missing", place=place, expected="what shows it, or why")


def _deposits(session: Session, bounty: Bounty) -> list[Match]:
    return [match for match in bank.live_matches(session, bounty.id) if match.kind == DEPOSIT]


def _require_not_ended(session: Session, bounty: Bounty) -> None:
    end = end_of(session, bounty)
    if end is not None:
        raise BountyEnded(end)


def _earlier_end(
    session: Session, bounty: Bounty, kind: str, on: date, reason: str
) -> BountyEnd | None:
    end = end_of(session, bounty)
    if end is not None and end.kind != kind:
        raise BountyEnded(end)
    if end is not None and (end.on, end.reason) != (on, reason):
        raise ReferenceReused("Bounty", bounty.id, f"{end.kind} on {end.on}: {end.reason}")
    return end


def _obligation(
    bounty: Bounty, role: str, payee: str, *, amount: Decimal, explanation: str
) -> Obligation:
    """Return what an end of a bounty owes; it gets its entry and month when that is posted."""
    return Obligation(
        id=f"bounty-{role}:{bounty.id}",
        kind=f"bounty-{role}",
        payee=payee,
        commodity=bounty.commodity,
        amount=amount,
        document=bounty.id,
        period="",
        entry_number=0,
        payable_account=ACCOUNTS[role].value,
        explanation=explanation,
    )


def _rule(session: Session, bounty: Bounty, on: date) -> tuple[str, dict[str, Decimal]]:
    """Return how a bounty is divided: the rule of its first deposit's day, or of `on` before it.

    The terms are those that the exchange could read when it paid.
    """
    first = session.scalar(
        select(func.min(BankLine.on)).where(
            BankLine.id.in_([match.bank_line for match in _deposits(session, bounty)])
        )
    )
    name = DIVISIONS[bounty.commodity]
    division = policies.in_force(session, name, first or on)
    rule = f"{name} in force on {first or on}"
    return rule, {role: Decimal(part) for role, part in division.items()}


def _divided(session: Session, bounty: Bounty) -> list[Obligation]:
    rule, division = _rule(session, bounty, date.max)
    roles = {
        party: role
        for role in ROLES
        if division[role] and (party := assigned(session, bounty, role))
    }
    weights = {party: division[role] for party, role in roles.items()}
    rate = sum(weights.values(), Decimal(0))
    scale = commodities.scale_of(session, bounty.commodity)
    pool = pool_of(bounty.amount, rate, scale)
    owed = []
    for share in divide(pool, weights, scale) if pool else ():
        role = roles[share.party]
        terms = f"{plain(share.weight)} of {plain(bounty.amount)} {bounty.commodity} to the {role}"
        part = _obligation(
            bounty, role, share.party, amount=share.quantity, explanation=f"{terms}: {rule}"
        )
        part.base, part.rate, part.pool = bounty.amount, rate, pool
        part.weight, part.residue_rank = share.weight, share.residue_rank
        owed.append(part)
    return [part for part in owed if part.amount]


def _end(
    change: Change,
    bounty: Bounty,
    kind: str,
    reason: str,
    *,
    on: date,
    owed: Sequence[Obligation],
    rest: Mapping[Chart, Decimal],
) -> BountyEnd:
    """Take all that was deposited out of the deposits: to payees, due at once, and the rest."""
    what = f"bounty {bounty.id} {kind}"
    periods.require_open(change.session, on, what)
    _require_not_before_deposits(change.session, bounty, on)
    amount = deposited(change.session, bounty)
    money, exchange = bounty.commodity, bounty.exchange
    entry = post_one(
        change,
        JournalEntry(
            reference=f"bounty-{kind}:{bounty.id}",
            effective_date=on,
            kind=f"bounty-{kind}",
            narration=f"{what}: {reason}",
            postings=[
                Posting(Chart.BOUNTY_DEPOSITS, amount, money, exchange, bounty.id),
                *(
                    Posting(part.payable_account, -part.amount, money, part.payee, part.id)
                    for part in owed
                ),
                *(
                    Posting(account, -left, money, exchange, bounty.id)
                    for account, left in rest.items()
                    if left
                ),
            ],
        ),
    )
    for part in owed:
        part.period, part.entry_number = month_of(on), entry.number
    end = BountyEnd(
        bounty=bounty.id, kind=kind, on=on, reason=reason, amount=amount, entry_number=entry.number
    )
    change.add(*owed)
    change.add(
        *(
            ObligationDue(obligation=part.id, due_on=on, entry_number=entry.number, cause=what)
            for part in owed
        ),
        end,
    )
    return end


def _require_not_before_deposits(session: Session, bounty: Bounty, on: date) -> None:
    booked = session.scalar(
        select(func.max(JournalEntryRow.effective_date)).where(
            JournalEntryRow.number.in_(
                [match.entry_number for match in _deposits(session, bounty)]
            )
        )
    )
    if booked is not None and on < booked:
        raise bad_input(
            code="date_invalid",
            place=f"bounty {bounty.id}",
            value=on.isoformat(),
            expected=f"{booked} or later, when its deposit was booked",
        )
