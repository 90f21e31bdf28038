"""Bounties (R15): what was put up, what came in, went out and is held, and what is due when.

Law: received, released and refunded are made of matches and ends, never of postings; what they
leave is the control account of deposits. A bounty of the Foundation's own has no deposit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.money import CONTEXT, total
from ledger.people_tables import Party
from ledger.revenue import bounties, bounty_dates, bounty_gates, bounty_held, bounty_standing
from ledger.revenue.bounties import FOUNDATION
from ledger.revenue.bounty_clocks import Clock
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_terms import releases_of
from reports import ageing
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import sums, ties

CLOCKS = ("deposit", "developer", "reassignment", "delivery", "refund")


def _amount(name: str) -> Column:
    return Column(name=name, kind=Kind.AMOUNT, commodity_column="currency", total=True)


COLUMNS = (
    Column(name="bounty_id", kind=Kind.IDENTIFIER),
    Column(name="title", kind=Kind.TEXT),
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="state", kind=Kind.IDENTIFIER),
    Column(name="arrangement", kind=Kind.IDENTIFIER),
    Column(name="signed_on", kind=Kind.DATE),
    Column(name="currency", kind=Kind.IDENTIFIER),
    _amount("contract_amount"),
    Column(name="received_at", kind=Kind.DATE),
    Column(name="bank_lines", kind=Kind.IDENTIFIER),
    Column(name="deposit_state", kind=Kind.IDENTIFIER),
    _amount("received"),
    _amount("released"),
    _amount("refunded"),
    _amount("liability_open"),
    Column(name="developer", kind=Kind.IDENTIFIER),
    Column(name="gates_missing", kind=Kind.IDENTIFIER),
    *(Column(name=f"{clock}_due", kind=Kind.DATE) for clock in CLOCKS),
    Column(name="late", kind=Kind.IDENTIFIER),
    Column(name="ended_on", kind=Kind.DATE),
    Column(name="journal_id", kind=Kind.INTEGER),
)
NOTES = (
    "received less released and refunded is liability_open: what is held for who put it up.",
    "released is what left the deposits; after a paid stage more goes back than is held.",
    "A clock that was done in time or that its bounty outlived is not late.",
)

CONTROL = """
    SELECT commodity, -sum(amount) AS amount FROM postings
    WHERE account = :account AND entry_number <= :entry_last
        AND effective_date <= CAST(:until AS date)
    GROUP BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What came in for a bounty and what left of it, until a day."""

    received: Decimal
    released: Decimal
    refunded: Decimal

    @property
    def held(self) -> Decimal:
        """Return what is held."""
        return CONTEXT.subtract(self.received, CONTEXT.add(self.released, self.refunded))


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every bounty with its deposit and its clocks."""
    limits = scope(session, asked)
    today = ageing.day_of(limits)
    names = {party.id: party.name for party in session.scalars(select(Party))}
    rows, held = [], []
    for bounty in bounties.all_of(session):
        money = money_of(session, bounty, limits.until)
        held.append((bounty.commodity, money.held))
        rows.append(_cells(session, bounty, money, names, (limits.until, today)))
    control = fetch(session, CONTROL, **limits.parameters, account=Chart.BOUNTY_DEPOSITS.value)
    return Report(
        name="bounties",
        title="Bounties and their deposits",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("bounty_id",),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        facts=(("clocks_to", today.isoformat()),),
        tie_outs=_tie_outs(held, [(row.commodity, row.amount) for row in control]),
    )


def money_of(session: Session, bounty: Bounty, until: date) -> Money:
    """Return what came in for a bounty and what left of it, until a day."""
    end = bounty_standing.end_of(session, bounty, until=until)
    stages = releases_of(session, bounty, until=until)
    entries = {row.entry_number for row in stages.values()}
    last = end.amount if end and end.entry_number not in entries else Decimal(0)
    is_refund = end is not None and end.kind == "refunded"
    nothing = Decimal(0)
    return Money(
        received=bounty_held.deposited(session, bounty, until=until),
        released=total([*(row.amount for row in stages.values()), nothing if is_refund else last]),
        refunded=last if is_refund else nothing,
    )


def _cells(
    session: Session,
    bounty: Bounty,
    money: Money,
    names: dict[str, str],
    days: tuple[date, date],
) -> tuple[Cell, ...]:
    until, today = days
    terms = bounty_standing.terms_of(session, bounty, until=until)
    end = bounty_standing.end_of(session, bounty, until=until)
    lines = bounty_held.deposit_lines(session, bounty, until=until)
    clocks = {each.kind: each for each in bounty_dates.clocks(session, bounty, today)}
    sponsors = bounties.funders_of(session, bounty)
    developer = bounty_standing.developer_of(session, bounty, until=until)
    gates = () if end else bounty_gates.gates_missing(session, bounty, today)
    return (
        bounty.id,
        bounty.title,
        ", ".join(names[party] if party else FOUNDATION for party in sponsors),
        bounty_standing.state_of(session, bounty, until=until).value,
        terms.arrangement if terms else None,
        terms.signed_on if terms else None,
        bounty.commodity,
        bounty.amount,
        lines[0].on if lines else None,
        " ".join(line.bank_line for line in lines) or None,
        bounty_held.deposit_state(session, bounty, until=until).value,
        money.received,
        money.released,
        money.refunded,
        money.held,
        developer,
        " ".join(gate.value for gate in gates) or None,
        *(clocks[kind].due if kind in clocks else None for kind in CLOCKS),
        _late(clocks.values(), today),
        end.on if end else None,
        end.entry_number if end else None,
    )


def _late(clocks: Iterable[Clock], today: date) -> str | None:
    late = [clock.kind for clock in clocks if clock.is_late(today)]
    return " ".join(late) or None


def _tie_outs(
    held: Sequence[tuple[str, Decimal]], control: Sequence[tuple[str, Decimal]]
) -> tuple[TieOut, ...]:
    return ties("held by deposits and ends = control account", sums(held), sums(control))
