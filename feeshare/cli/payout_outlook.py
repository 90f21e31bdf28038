"""What is shown beside a plan: safety checks, prices, the month before, the balances after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, TypeAlias

import typer
from sqlalchemy.orm import Session

from feeshare.cli.output import Cell, show
from ledger.errors import BadInput, Problem
from ledger.money import plain
from payouts import plan_comparison
from payouts.contents import contents_of
from payouts.converting import Priced
from payouts.planned import Plan
from payouts.safety import Check, checks
from payouts.safety_facts import Asked, facts_of
from payouts.tables import PayoutBatch

Part: TypeAlias = Annotated[
    str | None,
    typer.Option("--part", help="One table alone: checks, prices, comparison or balances."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table beside the lines."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    right: tuple[str, ...] = ()


def tables_of(session: Session, planned: Plan) -> Mapping[str, Table]:
    """Return the tables beside a plan by name."""
    lines = [
        Asked(
            payee=line.payee,
            destination=line.destination,
            commodity=line.commodity,
            amount=line.amount,
        )
        for batch in planned.batches
        for line in batch.lines
    ]
    found = checks(facts_of(session, lines), planned.on)
    beside = plan_comparison.compared(session, planned)
    left = plan_comparison.balances(session, planned)
    return {
        "checks": Table(
            title="To look at",
            columns=("level", "code", "payee", "destination", "detail"),
            rows=[(it.level, it.code, it.payee, it.destination, it.detail) for it in found],
        ),
        "prices": Table(
            title="Prices at which it converts, each with the figures behind it",
            columns=("account", "commodity", "usd", "rule", "on", "source", "figure"),
            rows=[
                (batch.source_account, it.commodity, it.price, it.rule, *figure)
                for batch in planned.batches
                for it in batch.prices
                for figure in _figures(it)
            ],
            right=("usd", "figure"),
        ),
        "comparison": Table(
            title="Beside the month before",
            columns=("payee", "commodity", "before", "now", "difference", "is"),
            rows=[
                (it.payee, it.commodity, it.before, it.now, it.difference, it.word)
                for it in beside
            ],
            right=("before", "now", "difference"),
        ),
        "balances": Table(
            title="Left after it",
            columns=("account", "commodity", "before", "paid", "after"),
            rows=[(it.account, it.commodity, it.before, it.paid, it.after) for it in left],
            right=("before", "paid", "after"),
        ),
    }


def price_words(priced: Priced) -> list[str]:
    """Return a price and the figures behind it, a sentence each."""
    figures = [f"  {it.on} {plain(it.price)} by {it.source}" for it in priced.figures]
    return [priced.words, *(figures if len(figures) > 1 else [])]


def _figures(priced: Priced) -> list[tuple[Cell, ...]]:
    found: list[tuple[Cell, ...]] = [(it.on, it.source, it.price) for it in priced.figures]
    return found or [(None, None, None)]


def show_all(tables: Mapping[str, Table]) -> None:
    """Print every table that has rows."""
    for table in tables.values():
        if table.rows:
            show(table.title, table.columns, table.rows, right=table.right)


def show_one(tables: Mapping[str, Table], name: str, *, as_json: bool, as_csv: bool) -> None:
    """Print one table.

    Raises:
        BadInput: none has this name.
    """
    if name not in tables:
        expected = f"one of {', '.join(tables)}"
        raise BadInput(
            [Problem(code="value_unknown", place="--part", value=name, expected=expected)]
        )
    table = tables[name]
    show("", table.columns, table.rows, as_json=as_json, as_csv=as_csv, right=table.right)


def checks_of(session: Session, batches: Sequence[PayoutBatch], on: date) -> list[str]:
    """Return what is to be known about frozen lines, a sentence each."""
    lines = [asked for batch in batches for asked in _lines(session, batch)]
    return [_sentence(found) for found in checks(facts_of(session, lines), on)]


def _lines(session: Session, batch: PayoutBatch) -> Iterator[Asked]:
    for line in contents_of(session, batch.id).lines:
        yield Asked(
            payee=line.payee,
            destination=line.destination,
            commodity=line.commodity,
            amount=line.amount,
        )


def _sentence(found: Check) -> str:
    return f"{found.level}: {found.destination}: {found.detail} ({found.code})"
