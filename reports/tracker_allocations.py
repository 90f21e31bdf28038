"""Allocations: what each proposal approved, what of it is allocated, paid, and left.

Law: nothing is allocated beyond what was approved; figures are those of the tracker's rows, added
up by proposal, so the two cannot part.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.money import CONTEXT, total
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties
from reports.tracker import PARTS

COLUMNS = (
    Column(name="proposal_id", kind=Kind.IDENTIFIER),
    Column(name="proposal_label", kind=Kind.IDENTIFIER),
    Column(name="proposal_title", kind=Kind.TEXT),
    Column(name="source", kind=Kind.TEXT),
    Column(name="passed_on", kind=Kind.DATE),
    Column(name="approved_amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="allocated", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="distributed", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="awaiting_payment", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="remaining", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="recipients", kind=Kind.INTEGER),
)
NOTES = (
    "allocated is what was fixed for recipients, distributed what was seen paid of it.",
    "remaining = approved_amount - allocated; awaiting_payment = allocated - distributed.",
    "Figures are to date: a period says until when.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A proposal with its sums, all in its commodity."""

    proposal: Row[Any]
    allocated: Decimal
    distributed: Decimal
    recipients: int

    @property
    def remaining(self) -> Decimal:
        """Return what may still be allocated; below zero if too much was."""
        return CONTEXT.subtract(self.proposal.approved, self.allocated)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return its row."""
        of = self.proposal
        return (
            *(of.id, of.label, of.title, of.source or None, of.passed_on),
            of.approved,
            of.commodity,
            self.allocated,
            self.distributed,
            CONTEXT.subtract(self.allocated, self.distributed),
            self.remaining,
            self.recipients,
        )


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every proposal that had passed, with its sums to date."""
    limits = scope(session, asked)
    found = fetch(session, PARTS, **limits.parameters | {"since": date.min})
    allocations = [
        allocation(list(rows)) for _, rows in groupby(found, key=lambda row: str(row.id))
    ]
    return Report(
        name="tracker-allocations",
        title="HBOT allocations",
        columns=COLUMNS,
        rows=[each.cells for each in allocations],
        sorted_by=("passed_on", "proposal_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(allocations, found),
    )


def allocation(rows: Sequence[Row[Any]]) -> Allocation:
    """Return a proposal's sums; `rows` are its rows in the tracker, at least one."""
    parts = [row for row in rows if row.part is not None]
    return Allocation(
        proposal=rows[0],
        allocated=total(row.amount for row in parts),
        distributed=total(row.paid or ZERO for row in parts),
        recipients=len({row.payee for row in parts}),
    )


def tie_outs(allocations: Sequence[Allocation], found: Sequence[Row[Any]]) -> tuple[TieOut, ...]:
    """Return the checks: nothing beyond the approvals, and the books say the same."""
    return (
        count_tie("proposals = rows", len({row.id for row in found}), len(allocations)),
        *ties(
            "allocated beyond what was approved",
            sums((of.proposal.commodity, max(-of.remaining, ZERO)) for of in allocations),
            {},
        ),
        *ties(
            "allocated = journal entries",
            sums((of.proposal.commodity, of.allocated) for of in allocations),
            sums((row.commodity, row.booked_owed) for row in found),
        ),
        *ties(
            "distributed = journal entries of the settlements",
            sums((of.proposal.commodity, of.distributed) for of in allocations),
            sums((row.commodity, row.booked) for row in found),
        ),
    )
