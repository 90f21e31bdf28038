"""Plans: who would be paid what, from where and to where, if it were frozen now.

Law: planning writes nothing. What is frozen is what was looked at, by the plan's hash; every due
obligation is in a line or held with a reason. A payee who prefers another commodity is paid in
that one at the plan's price, or held: never without a word in the one that is owed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import commodities, confirmations, policies
from ledger.bank_tables import BankAccount
from ledger.money import CONTEXT, plain, scale_of, total
from ledger.people_tables import Party
from payouts import claims, destination_findings, destinations, payables
from payouts.converting import Converted, Priced, converted
from payouts.destinations import Live
from payouts.netting import OwedBack, net, owed_back
from payouts.payables import Unclaimed
from payouts.payee_settings import Settings, settings_of
from payouts.plan_prices import PlanPrices, Unpriced
from payouts.planned import Claimed, Held, HoldReason, Plan, PlannedBatch, PlannedLine, plan_hash
from payouts.sources import Funds, funds, source_for
from payouts.tables import Destination

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
    prices: PlanPrices


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
            lines=tuple(sorted(lines[account.id], key=_order)),
            prices=_prices_of(facts, lines[account.id]),
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where and from where a payee is paid, in which commodity, and how finely."""

    destination: Destination
    account: BankAccount
    paid_in: str
    payable_scale: int
    carried_scale: int


def _place(
    facts: _Facts, payee: str, commodity: str, obligations: Owed, on: date
) -> Held | tuple[BankAccount, str, PlannedLine]:
    """Return the line that pays a payee's obligations in a commodity, or why there is none."""
    place = _payee_stopped(facts, payee, obligations) or _where(
        facts, payee, commodity, obligations, on
    )
    if isinstance(place, Held):
        return place
    due = total(it.amount for it in obligations)
    offsets = facts.owed_back.get((payee, commodity), ())
    owed = net(due, offsets)
    if owed <= 0:
        back = plain(CONTEXT.subtract(due, owed))
        detail = f"{payee} owes {back} {commodity} back, as much as is due or more"
        return _held(obligations, HoldReason.OWED_BACK, detail)
    conversion = None
    if place.paid_in != commodity:
        conversion = Converted(commodity=commodity, owed=owed)
    amount = _amount(facts, place, conversion, owed, obligations)
    if isinstance(amount, Held):
        return amount
    destination = place.destination
    facts.funds.take(place.account.id, place.paid_in, amount)
    line = PlannedLine(
        payee=payee,
        payee_name=destination.holder or facts.names[payee],
        destination=destination.id,
        address=destination.address,
        commodity=place.paid_in,
        amount=amount,
        obligations=tuple(
            Claimed(obligation=it.id, amount=it.amount, attempt=facts.attempts[it.id])
            for it in sorted(obligations, key=lambda it: it.id)
        ),
        offsets=tuple(offsets),
        conversion=conversion,
    )
    return place.account, destination.rail, line


def _where(
    facts: _Facts, payee: str, commodity: str, obligations: Owed, on: date
) -> Held | _Place:
    """Return where a payee is paid for what is owed in a commodity, or why nowhere."""
    live = facts.live.get(payee, [])
    if not live:
        return _held(obligations, HoldReason.NO_DESTINATION, "no confirmed destination")
    paid_in = facts.settings.preferred.get(payee) or commodity
    scale = facts.scales[paid_in]
    chosen = destinations.choose(
        live, paid_in, facts.decimals, bankable=destinations.is_bankable(scale)
    )
    if chosen is None:
        places = ", ".join(sorted({it.destination.chain or "a bank" for it in live}))
        return _held(obligations, HoldReason.NO_TOKEN, f"no {paid_in} at {places}")
    destination = chosen.destination
    payable_from = chosen.payable_from(facts.hold_days)
    if payable_from > on:
        detail = f"{destination.id} is payable from {payable_from}"
        return _held(obligations, HoldReason.ON_HOLD, detail, until=payable_from)
    stopped = _destination_stopped(facts, destination, obligations)
    if stopped is not None:
        return stopped
    account = facts.sources[destination.chain, paid_in]
    if account is None:
        wanted = f"treasury wallet on {destination.chain}" if destination.chain else "bank account"
        return _held(obligations, HoldReason.NO_SOURCE, f"no confirmed {wanted} of ours")
    decimals = facts.decimals[destination.chain, paid_in] if destination.chain else scale
    return _Place(
        destination=destination,
        account=account,
        paid_in=paid_in,
        payable_scale=min(scale, decimals),
        carried_scale=decimals,
    )


def _amount(
    facts: _Facts, place: _Place, conversion: Converted | None, owed: Decimal, obligations: Owed
) -> Decimal | Held:
    """Return what is paid out for what is owed, or what holds it: prices, minimum, funds."""
    paid_in, amount = place.paid_in, owed
    reaches = total(it.amount for it in obligations)
    if conversion:
        turned = _converted(facts, conversion, paid_in, place.payable_scale, obligations)
        if isinstance(turned, Held):
            return turned
        amount = reaches = turned
    minimum = facts.settings.minimums.get(
        (obligations[0].payee, place.destination.rail, paid_in), Decimal(0)
    )
    if reaches < minimum:
        detail = f"carried forward, below {plain(minimum)} {paid_in} on {place.destination.rail}"
        return _held(obligations, HoldReason.BELOW_MINIMUM, detail)
    if scale_of(amount) > place.carried_scale:
        detail = f"{plain(amount)} {paid_in} is finer than {place.carried_scale} decimals"
        return _held(obligations, HoldReason.TOO_PRECISE, detail)
    left = facts.funds.left(place.account.id, paid_in)
    if amount > left:
        detail = f"{place.account.id} may spend {plain(max(left, Decimal(0)))} {paid_in}"
        return _held(obligations, HoldReason.FUNDS, detail)
    return amount


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
    facts: _Facts, destination: Destination, obligations: Owed
) -> Held | None:
    """Return what holds a payee at one place: it is frozen, or nobody is to be paid there."""
    if facts.settings.is_frozen(destination.address):
        return _held(obligations, HoldReason.FROZEN, f"{destination.id} is frozen")
    contract = facts.contracts.get(destination.id)
    if contract is not None:
        return _held(obligations, HoldReason.UNSAFE, f"{destination.id} is {contract}")
    return None


def _converted(
    facts: _Facts, conversion: Converted, paid_in: str, scale: int, obligations: Owed
) -> Decimal | Held:
    """Return what is paid for what is owed at the plan's prices, or why there are none."""
    owed, paid = facts.prices.of(conversion.commodity), facts.prices.of(paid_in)
    if isinstance(owed, Unpriced) or isinstance(paid, Unpriced):
        reasons = [each for it in (owed, paid) if isinstance(it, Unpriced) for each in it.reasons]
        detail = f"not turned into {paid_in}: {'; '.join(reasons)}"
        return _held(obligations, HoldReason.NO_PRICE, detail)
    amount = converted(conversion.owed, owed.price, paid.price, scale)
    if amount <= 0:
        detail = f"carried forward, less than a payable unit of {paid_in}"
        return _held(obligations, HoldReason.BELOW_MINIMUM, detail)
    return amount


def _prices_of(facts: _Facts, lines: Sequence[PlannedLine]) -> tuple[Priced, ...]:
    """Return the prices at which lines of one batch are converted, by commodity."""
    wanted = {
        code
        for line in lines
        if line.conversion
        for code in (line.commodity, line.conversion.commodity)
    }
    found = [facts.prices.of(code) for code in sorted(wanted)]
    return tuple(each for each in found if isinstance(each, Priced))


def _order(line: PlannedLine) -> tuple[str, str, str]:
    return line.payee, line.commodity, line.owed_commodity


def _facts(session: Session, due: Owed, on: date) -> _Facts:
    payees = {obligation.payee for obligation in due}
    names = session.execute(select(Party.id, Party.name).where(Party.id == func.any(list(payees))))
    live = destinations.live_of(session, payees)
    spendable, settings = funds(session), settings_of(session, payees, on)
    paid_in = {it.commodity for it in due} | set(settings.preferred.values())
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
            {each: spendable.holding(each) for each in paid_in},
        ),
        funds=spendable,
        hold_days=policies.in_force(session, "destination-hold-days", on),
        owed_back=owed_back(session, payees),
        settings=settings,
        contracts=destination_findings.unpayable(session),
        prices=PlanPrices(session, on),
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
