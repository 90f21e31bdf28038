"""Due shares: how much of each payee's share what came in has earned, and what fell due by it.

Law: due is the share of what came in, unless a hold keeps it back. What is due and came in no
longer earns goes back to accrued, newest first, if no payout has claimed it; what is claimed or
paid stays due, and nothing more falls due until what came in makes up for it. What went back falls
due again first, oldest first, also under a hold: it was due before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import dues, policies
from ledger.commodities import scale_of
from ledger.dues import Payable
from ledger.journal import entry
from ledger.money import CONTEXT
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue import holds
from ledger.revenue.accrual_steps import part_of
from ledger.revenue.received import received
from ledger.revenue.share_kinds import MAINTAINER_SHARE
from ledger.revenue.shares import calculate
from ledger.revenue.standings import ZERO, Accrual, Standing, accruals_of
from ledger.revenue.stated import Stated, all_stated
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Surplus:
    """How much of a payee's share, above zero, is or was due beyond what came in."""

    payee: str
    commodity: str
    amount: Decimal


def fall_due(change: Change, stated: Stated, *, on: date, cause: str) -> list[Obligation]:
    """Make payable what the money received for a statement has earned so far.

    What is due beyond that, as a payout has claimed it, stays due; nothing more falls due until
    that is made up for.

    Args:
        change: the open change.
        stated: what a month of an agreement comes to now.
        on: the day of the receipt; the entry is never dated before the accrual's.
        cause: what made it due: a match of a bank line, unique for the statement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    fact = _Fact(change=change, stated=stated, on=on, cause=cause)
    made: list[Obligation] = []
    for accrual, earned in _earned(change.session, stated):
        left = CONTEXT.subtract(earned, accrual.due)
        for standing in accrual.standings:
            wanted = min(left, standing.room)
            for payable, amount in fact.make_due(accrual, standing, wanted):
                left = CONTEXT.subtract(left, amount)
                made.append(payable)
    return made


def go_back(change: Change, stated: Stated, *, on: date, cause: str) -> list[Surplus]:
    """Let what is due, and what came in no longer earns, go back to accrued.

    What a payout batch has claimed or paid stays due.

    Args:
        change: the open change.
        stated: what a month of an agreement comes to now.
        on: the day of the fact; no entry is dated before what it takes back.
        cause: that fact.

    Returns:
        How much went back, by payee; none for whom nothing did.
    """
    fact = _Fact(change=change, stated=stated, on=on, cause=cause)
    found: list[Surplus] = []
    for accrual, earned in _earned(change.session, stated):
        given = CONTEXT.subtract(accrual.fallen_due, accrual.recovered)
        went = fact.go_back(accrual, CONTEXT.subtract(given, earned))
        if went:
            found.append(_surplus(stated, accrual, went))
    return found


def ahead_of_receipts(session: Session, stated: Stated) -> list[Surplus]:
    """Return the payees whose shares are due beyond what came in, as payouts have claimed them."""
    return [
        _surplus(stated, accrual, CONTEXT.subtract(accrual.due, earned))
        for accrual, earned in _earned(session, stated)
        if accrual.due > earned
    ]


def _surplus(stated: Stated, accrual: Accrual, amount: Decimal) -> Surplus:
    return Surplus(payee=accrual.payee, commodity=stated.statement.commodity, amount=amount)


def catch_up(change: Change, agreement: str, *, on: date, cause: str) -> list[Obligation]:
    """Make payable what the money received for an agreement has earned and a hold kept back.

    Args:
        change: the open change.
        agreement: whose hold was released.
        on: the day of the release.
        cause: the release, unique for the agreement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    return [
        obligation
        for stated in all_stated(change.session)
        if stated.statement.agreement == agreement
        for obligation in fall_due(change, stated, on=on, cause=cause)
    ]


def _earned(session: Session, stated: Stated) -> list[tuple[Accrual, Decimal]]:
    """Return what each payee's share stands at, and how much of it what came in has earned."""
    came = min(_received(session, stated), stated.collectable)
    scale = scale_of(session, stated.statement.commodity)
    earned = {
        (division.kind, share.party): part_of(share.quantity, came, stated.amount, scale)
        for division in calculate(session, stated.statement, stated.amount).divisions
        for share in division.shares
    }
    return [
        (accrual, earned.get((accrual.kind, accrual.payee), ZERO))
        for accrual in accruals_of(session, stated)
    ]


def _received(session: Session, stated: Stated) -> Decimal:
    """Return what counts as received: everything under `stated`, else what came in."""
    month_end = last_day(parse_month(stated.statement.period))
    if policies.in_force(session, "share-becomes-due", month_end) == "stated":
        return stated.collectable
    return received(session, stated.document)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    """What moves shares between accrued and due: its day, and its name as their cause."""

    change: Change
    stated: Stated
    on: date
    cause: str

    def go_back(self, accrual: Accrual, wanted: Decimal) -> Decimal:
        """Let at most so much of a payee's share go back, newest first; return how much did."""
        left = max(wanted, ZERO)
        for payable in accrual.newest_payables:
            amount = min(left, payable.may_go_back)
            if amount:
                self._move(accrual, payable, CONTEXT.minus(amount))
                left = CONTEXT.subtract(left, amount)
        return CONTEXT.subtract(max(wanted, ZERO), left)

    def make_due(
        self, accrual: Accrual, standing: Standing, wanted: Decimal
    ) -> Iterator[tuple[Obligation, Decimal]]:
        """Make at most so much of an obligation due; yield what may be paid by it, how much."""
        left = max(wanted, ZERO)
        for payable in standing.payables:
            amount = min(left, payable.may_return)
            if amount:
                self._move(accrual, payable, amount)
                left = CONTEXT.subtract(left, amount)
                yield payable.obligation, amount
        accrued_on = entry(self.change.session, standing.obligation.entry_number).effective_date
        day, relates_to = open_date(self.change.session, max(self.on, accrued_on))
        if left and not self._is_held(accrual, day):
            made = dues.make_due(
                self.change,
                standing.obligation,
                left,
                accrued_account=accrual.kind.accrued.value,
                on=day,
                cause=self.cause,
                relates_to_period=relates_to,
            )
            yield made, left

    def _move(self, accrual: Accrual, payable: Payable, amount: Decimal) -> None:
        day, relates_to = open_date(self.change.session, max(self.on, payable.moved_on))
        dues.move(
            self.change,
            payable,
            amount,
            accrued_account=accrual.kind.accrued.value,
            on=day,
            cause=self.cause,
            relates_to_period=relates_to,
        )

    def _is_held(self, accrual: Accrual, day: date) -> bool:
        """Return whether a hold keeps a maintainer's share from falling due, now or by a day."""
        if accrual.kind is not MAINTAINER_SHARE:
            return False
        until = max(day, self.change.at.astimezone(UTC).date())
        agreement = self.stated.statement.agreement
        return holds.is_held(self.change.session, agreement, accrual.payee, until)
