"""Sources of due dates: each finds those of one kind in the books, for `feeshare.due_dates`.

A source takes a session and the last day that anybody asks for; what lies before may be left out
only if it can never be open again.
"""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.month import next_action
from ledger import policies, prices
from ledger.balances import balances
from ledger.due_dates import DueDate
from ledger.money import plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.price_checks import checks
from ledger.revenue import upkeep_facts
from ledger.revenue.bounties import all_of as all_bounties
from ledger.revenue.bounty_dates import clocks
from ledger.revenue.expectations import ACCEPTED, WAIVED, expected, months_until
from ledger.revenue.invoices import invoices
from ledger.revenue.receivables import receivables
from payouts import batches, destinations
from payouts.batches import State
from payouts.payee_tables import PayeeHold, PayeeHoldLift
from payouts.tables import PayoutBatch

WAITING = {
    State.FROZEN: (
        "waits for approval",
        "another person runs: feeshare --as NAME payout show {batch}",
    ),
    State.APPROVED: ("waits to be exported and signed", "feeshare payout export {batch}"),
    State.EXPORTED: ("waits to be signed, sent and seen", "feeshare payout settle {batch}"),
}
"""What a batch that is not ended waits for, and what to run."""


def statements(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the days by which agreements make statements expected."""
    for month in months_until(session, until):
        for each in expected(session, month):
            yield DueDate(
                kind="statement",
                subject=f"{each.agreement}:{each.period}",
                day=each.expected_by,
                what=f"statement of {each.period} from {each.exchange}",
                next_command=next_action(each),
                done=each.state in {ACCEPTED, WAIVED},
            )


def payments(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the days by which exchanges pay what they stated."""
    for each in receivables(session, open_only=False):
        statement = each.stated.statement
        amount = f"{plain(each.open)} {statement.commodity} " if each.open else "money "
        if each.due_on <= until:
            yield DueDate(
                kind="payment",
                subject=each.stated.document,
                day=each.due_on,
                what=f"{amount}of {statement.period} from {each.exchange}",
                next_command=f"feeshare reconcile {month_of(each.due_on)}" if each.open else "",
                done=not each.open,
            )


def invoice_payments(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the days by which exchanges pay the renewals and sponsorships invoiced to them."""
    for each in invoices(session, open_only=False):
        year = each.year
        amount = f"{plain(each.open)} {year.commodity}" if each.open else "money"
        if each.due_on <= until:
            yield DueDate(
                kind=f"{each.kind} payment",
                subject=year.id,
                day=each.due_on,
                what=f"{amount} of {each.kind} {year.id} from {year.exchange}",
                next_command=f"feeshare reconcile {month_of(each.due_on)}" if each.open else "",
                done=not each.open,
            )


def destination_holds(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the first days on which payees may be paid where they are paid from then on."""
    payees = session.scalars(select(Party.id).where(Party.kind == "payee").order_by(Party.id))

    @cache
    def hold_days(day: date) -> int:
        return int(policies.in_force(session, "destination-hold-days", day))

    for payee, live in destinations.live_of(session, payees.all()).items():
        for each in live:
            day = each.payable_from(hold_days(each.confirmed_at.astimezone(UTC).date()))
            if day <= until:
                yield DueDate(
                    kind="destination hold",
                    subject=each.destination.id,
                    day=day,
                    what=f"{payee} may be paid at {each.destination.id}",
                    next_command=f"feeshare payout plan {month_of(day)}",
                    by_itself=True,
                )


def payee_holds(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the first days after payees' holds that have an end and were not lifted before."""
    lifts = select(PayeeHoldLift.payee, PayeeHoldLift.number)
    lifted = {(row.payee, row.number) for row in session.execute(lifts)}
    for hold in session.scalars(select(PayeeHold).where(PayeeHold.held_until < until)):
        if hold.held_until is not None and (hold.payee, hold.number) not in lifted:
            day = hold.held_until + timedelta(days=1)
            yield DueDate(
                kind="payee hold",
                subject=f"{hold.payee}:{hold.number}",
                day=day,
                what=f"{hold.payee} is held no longer: {hold.reason}",
                next_command=f"feeshare payout plan {month_of(day)}",
                by_itself=True,
            )


def stale_prices(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the last days on which the newest prices of what is in the books may be used."""
    quote = policies.in_force(session, "reporting-currency", until)
    for commodity in sorted({each.commodity for each in balances(session)} - {quote}):
        found = prices.latest(session, commodity, quote, until)
        if found is not None and not found.is_policy:
            day = found.on + checks(session, found.on).max_age
            if day <= until:
                yield DueDate(
                    kind="price",
                    subject=f"{commodity}/{quote}",
                    day=day,
                    what=f"another price of {commodity} in {quote} than that of {found.on}",
                    next_command="feeshare price load FILE, or feeshare price fetch "
                    f"--source SOURCE --commodity {commodity}",
                )


def payouts(session: Session, until: date) -> Iterator[DueDate]:
    """Yield the days since which batches wait for approval or signers, and those of the others."""
    for batch in session.scalars(select(PayoutBatch).order_by(PayoutBatch.id)):
        state = batches.state_of(session, batch.id)
        what, command = WAITING.get(state, (f"is {state}", ""))
        day = batch.frozen_at.astimezone(UTC).date()
        if day <= until:
            yield DueDate(
                kind="payout",
                subject=batch.id,
                day=day,
                what=f"{batch.id} {what}",
                next_command=command.format(batch=batch.id),
                done=state not in WAITING,
            )


def bounties(session: Session, today: date, until: date) -> Iterator[DueDate]:
    """Yield the clocks of the bounties: deposits, developers, deliveries, refunds."""
    for bounty in all_bounties(session):
        for clock in clocks(session, bounty, today):
            if clock.due <= until:
                yield DueDate(
                    kind=f"bounty {clock.kind}",
                    subject=bounty.id,
                    day=clock.due,
                    what=f"{clock.what} ({bounty.title})",
                    next_command=f"feeshare bounty show {bounty.id}",
                    done=clock.done is not None,
                )


def connectors(session: Session, today: date, until: date) -> Iterator[DueDate]:
    """Yield what is due of connectors' upkeep: notices, decisions, ends of what covers them."""
    for each in upkeep_facts.due(session, today, until):
        yield DueDate(
            kind=each.kind,
            subject=each.subject,
            day=each.on,
            what=f"{each.kind} of {each.subject}, {each.exchange}",
            next_command=each.next_action,
        )
