"""Plans: who would be paid what, from where and to where, if it were frozen now.

Law: planning writes nothing. A plan's hash covers everything that freezing it would fix, so that
what is frozen is what was looked at; every due obligation is in a line or held with a reason.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import commodities, confirmations, policies
from ledger.bank_tables import BankAccount
from ledger.encoding import encode
from ledger.money import CONTEXT, plain, scale_of, total
from ledger.months import month_of
from ledger.people_tables import Party
from payouts import claims, destination_findings, destinations, payables
from payouts.destinations import Live
from payouts.netting import Offset, OwedBack, net, offset_fields, owed_back
from payouts.payables import Unclaimed
from payouts.payee_settings import Settings, settings_of
from payouts.sources import Funds, funds, source_for
from payouts.tables import Destination


class HoldReason(StrEnum):
    """Why something due is not in a plan."""

    NO_DESTINATION = "no_destination"
    ON_HOLD = "destination_on_hold"
    NO_TOKEN = "no_token"  # noqa: S105 - a token of a chain
    NO_SOURCE = "no_source"
    TOO_PRECISE = "too_precise"
    FUNDS = "funds_insufficient"
    OWED_BACK = "owed_back"
    BOOKS_DIFFER = "books_differ"
    PAYEE_ON_HOLD = "payee_on_hold"
    FORM_MISSING = "form_missing"
    FROZEN = "destination_frozen"
    BELOW_MINIMUM = "below_minimum"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What is due of an obligation, whole, for a line; `attempt` is the claim it would be."""

    obligation: str
    amount: Decimal
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """What one payee gets of one commodity; `payee_name` is the account holder on wires.

    The amount is that of the obligations less the offsets: what the payee owes back.
    """

    payee: str
    payee_name: str
    destination: str
    address: str
    commodity: str
    amount: Decimal
    obligations: tuple[Claimed, ...]
    offsets: tuple[Offset, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """Lines that leave one account together, by payee and commodity."""

    source_account: str
    source_address: str
    rail: str
    chain: str | None
    lines: tuple[PlannedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is due to a payee in a commodity and not planned; `until` is its first payable day."""

    payee: str
    commodity: str
    amount: Decimal
    obligations: tuple[str, ...]
    reason: HoldReason
    detail: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything due up to a period: batches by account, and what is held."""

    period: date
    on: date
    batches: tuple[PlannedBatch, ...]
    held: tuple[Held, ...]
    hash: str


Owed: TypeAlias = Sequence[Unclaimed]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is read once for a whole plan."""

    names: Mapping[str, str]
    live: Mapping[str, list[Live]]
    attempts: Mapping[str, int]
    decimals: Mapping[tuple[str, str], int]
    scales: Mapping[str, int]
    sources: Mapping[tuple[str | None, str], BankAccount | None]
    """Which account of ours pays, by chain and commodity."""
    funds: Funds
    hold_days: int
    owed_back: OwedBack
    settings: Settings
    contracts: Mapping[str, str]
    """What was found at destinations that nobody is to be paid at."""


def plan(session: Session, period: date, *, on: date) -> Plan:
    """Return what would be paid of everything due up to a period.

    Args:
        session: a session; nothing is written.
        period: the month; what earlier months left open comes along.
        on: the day: what falls due later is left out, and destinations on hold are held.
    """
    groups: dict[tuple[str, str], list[Unclaimed]] = defaultdict(list)
    held: list[Held] = []
    due = payables.unclaimed(session, period, on)
    owed = payables.owed_in_books(session, [it.id for it in due])
    for obligation in due:
        balance = owed.get(obligation.id, Decimal(0))
        if balance == obligation.amount:
            groups[obligation.payee, obligation.commodity].append(obligation)
        elif balance:
            detail = f"the books owe {plain(balance)} of {plain(obligation.amount)}"
            held.append(_held([obligation], HoldReason.BOOKS_DIFFER, detail))
    facts = _facts(session, due, on)
    lines: dict[str, list[PlannedLine]] = defaultdict(list)
    sources: dict[str, tuple[BankAccount, str]] = {}
    # Groups stand in the order of their oldest due day: where funds end, who waited longest
    # comes first.
    for (payee, commodity), obligations in groups.items():
        placed = _place(facts, payee, commodity, obligations, on)
        if isinstance(placed, Held):
            held.append(placed)
            continue
        account, rail, line = placed
        lines[account.id].append(line)
        sources[account.id] = (account, rail)
    batches = tuple(
        PlannedBatch(
            source_account=account.id,
            source_address=account.address or account.id,
            rail=rail,
            chain=account.chain,
            lines=tuple(sorted(lines[account.id], key=lambda it: (it.payee, it.commodity))),
        )
        for account, rail in (sources[identity] for identity in sorted(sources))
    )
    return Plan(
        period=period,
        on=on,
        batches=batches,
        held=tuple(sorted(held, key=lambda it: (it.payee, it.commodity, it.obligations))),
        hash=plan_hash(period, batches),
    )


def plan_hash(period: date, batches: Iterable[PlannedBatch]) -> str:
    """Return the SHA-256 (hex) of a plan; counts keep lists apart that would read alike."""
    batches = tuple(batches)
    nets = any(line.offsets for batch in batches for line in batch.lines)
    version = "payout-plan-2" if nets else "payout-plan-1"
    fields: list[str | None] = [version, month_of(period)]
    for batch in batches:
        fields += ["batch", batch.source_account, batch.source_address, batch.rail, batch.chain]
        fields.append(str(len(batch.lines)))
        for line in batch.lines:
            fields += [line.payee, line.payee_name, line.destination, line.address]
            fields += [line.commodity, plain(line.amount), str(len(line.obligations))]
            for part in line.obligations:
                fields += [part.obligation, plain(part.amount), str(part.attempt)]
            fields += offset_fields(line.offsets) if nets else []
    return sha256(encode(fields)).hexdigest()


def _place(  # noqa: PLR0911 - one line a reason to hold
    facts: _Facts, payee: str, commodity: str, obligations: Owed, on: date
) -> Held | tuple[BankAccount, str, PlannedLine]:
    """Return the line that pays a payee's obligations in a commodity, or why there is none."""
    stopped = _payee_stopped(facts, payee, obligations)
    if stopped is not None:
        return stopped
    live = facts.live.get(payee, [])
    if not live:
        return _held(obligations, HoldReason.NO_DESTINATION, "no confirmed destination")
    scale = facts.scales[commodity]
    chosen = destinations.choose(
        live, commodity, facts.decimals, bankable=destinations.is_bankable(scale)
    )
    if chosen is None:
        places = ", ".join(sorted({it.destination.chain or "a bank" for it in live}))
        return _held(obligations, HoldReason.NO_TOKEN, f"no {commodity} at {places}")
    destination = chosen.destination
    payable_from = chosen.payable_from(facts.hold_days)
    if payable_from > on:
        detail = f"{destination.id} is payable from {payable_from}"
        return _held(obligations, HoldReason.ON_HOLD, detail, until=payable_from)
    stopped = _destination_stopped(facts, destination, commodity, obligations)
    if stopped is not None:
        return stopped
    account = facts.sources[destination.chain, commodity]
    if account is None:
        wanted = f"treasury wallet on {destination.chain}" if destination.chain else "bank account"
        return _held(obligations, HoldReason.NO_SOURCE, f"no confirmed {wanted} of ours")
    due = total(it.amount for it in obligations)
    offsets = facts.owed_back.get((payee, commodity), ())
    amount = net(due, offsets)
    if amount <= 0:
        owed = plain(CONTEXT.subtract(due, amount))
        detail = f"{payee} owes {owed} {commodity} back, as much as is due or more"
        return _held(obligations, HoldReason.OWED_BACK, detail)
    decimals = facts.decimals[destination.chain, commodity] if destination.chain else scale
    if scale_of(amount) > decimals:
        detail = f"{plain(amount)} {commodity} is finer than {decimals} decimals"
        return _held(obligations, HoldReason.TOO_PRECISE, detail)
    left = facts.funds.left(account.id, commodity)
    if amount > left:
        detail = f"{account.id} may spend {plain(max(left, Decimal(0)))} {commodity}"
        return _held(obligations, HoldReason.FUNDS, detail)
    facts.funds.take(account.id, commodity, amount)
    line = PlannedLine(
        payee=payee,
        payee_name=destination.holder or facts.names[payee],
        destination=destination.id,
        address=destination.address,
        commodity=commodity,
        amount=amount,
        obligations=tuple(
            Claimed(obligation=it.id, amount=it.amount, attempt=facts.attempts[it.id])
            for it in sorted(obligations, key=lambda it: it.id)
        ),
        offsets=tuple(offsets),
    )
    return account, destination.rail, line


def _payee_stopped(facts: _Facts, payee: str, obligations: Owed) -> Held | None:
    """Return what holds a payee wherever they are paid: a hold of theirs, a form that lacks."""
    hold = facts.settings.holds.get(payee)
    if hold is not None:
        until = None if hold.held_until is None else hold.held_until + timedelta(days=1)
        detail = f"hold {hold.number}: {hold.reason}"
        return _held(obligations, HoldReason.PAYEE_ON_HOLD, detail, until=until)
    form = facts.settings.missing_forms.get(payee)
    if form is not None:
        return _held(obligations, HoldReason.FORM_MISSING, f"no approved {form} form in force")
    return None


def _destination_stopped(
    facts: _Facts, destination: Destination, commodity: str, obligations: Owed
) -> Held | None:
    """Return what holds a payee at one place: it is frozen, or the amount is too small there."""
    if facts.settings.is_frozen(destination.address):
        return _held(obligations, HoldReason.FROZEN, f"{destination.id} is frozen")
    contract = facts.contracts.get(destination.id)
    if contract is not None:
        return _held(obligations, HoldReason.UNSAFE, f"{destination.id} is {contract}")
    key = (destination.payee, destination.rail, commodity)
    minimum = facts.settings.minimums.get(key, Decimal(0))
    if total(it.amount for it in obligations) < minimum:
        detail = f"carried forward, below {plain(minimum)} {commodity} on {destination.rail}"
        return _held(obligations, HoldReason.BELOW_MINIMUM, detail)
    return None


def _facts(session: Session, due: Owed, on: date) -> _Facts:
    payees = {obligation.payee for obligation in due}
    names = session.execute(select(Party.id, Party.name).where(Party.id == func.any(list(payees))))
    live = destinations.live_of(session, payees)
    spendable = funds(session)
    return _Facts(
        names={row.id: row.name for row in names},
        live=live,
        attempts=claims.next_attempts(session, [obligation.id for obligation in due]),
        decimals={
            (it.chain, it.commodity): it.decimals for it in confirmations.confirmed_tokens(session)
        },
        scales=commodities.scales(session),
        sources=_sources(
            confirmations.confirmed_accounts(session),
            {it.destination.chain for places in live.values() for it in places},
            {each: spendable.holding(each) for each in {it.commodity for it in due}},
        ),
        funds=spendable,
        hold_days=policies.in_force(session, "destination-hold-days", on),
        owed_back=owed_back(session, payees),
        settings=settings_of(session, payees, on),
        contracts=destination_findings.unpayable(session),
    )


def _sources(
    accounts: Sequence[BankAccount],
    chains: Iterable[str | None],
    holding: Mapping[str, Collection[str]],
) -> dict[tuple[str | None, str], BankAccount | None]:
    """Return which account pays each commodity on each chain, as the day begins."""
    return {
        (chain, commodity): source_for(accounts, chain, holders)
        for chain in chains
        for commodity, holders in holding.items()
    }


def _held(
    obligations: Owed, reason: HoldReason, detail: str, *, until: date | None = None
) -> Held:
    return Held(
        payee=obligations[0].payee,
        commodity=obligations[0].commodity,
        amount=total(it.amount for it in obligations),
        obligations=tuple(sorted(obligation.id for obligation in obligations)),
        reason=reason,
        detail=detail,
        until=until,
    )
