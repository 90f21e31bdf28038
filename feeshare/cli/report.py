"""`report` and `export`: every report in its formats, the books in other programs' formats."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.money import plain
from ledger.months import parse_month
from ledger.sealing import head
from reports.catalogue import CATALOGUE, build, build_book
from reports.query import Asked
from reports.render.files import render, write_book
from reports.report import Kind, Report

NUMERIC = (Kind.AMOUNT, Kind.INTEGER, Kind.RATE)

report = group()
export = group("The books in other programs' formats.")
COMMANDS = {"report": report, "export": export}

Output = Annotated[Path | None, typer.Option("--output", help="A file, else stdout.")]


@report.command()
def _report(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A report, or list.")],
    period: Annotated[str | None, typer.Option("--period", help="A month as 2023-10.")] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    payee: Annotated[str | None, typer.Option("--payee")] = None,
    batch: Annotated[str | None, typer.Option("--batch")] = None,
    account: Annotated[str | None, typer.Option("--account")] = None,
    actor: Annotated[str | None, typer.Option("--actor", help="Who acted.")] = None,
    statement: Annotated[str | None, typer.Option("--statement")] = None,
    exchange: Annotated[
        str | None, typer.Option("--exchange", help="An exchange, by name or alias.")
    ] = None,
    close: Annotated[
        int | None, typer.Option("--close", help="Which close of a month; else the newest.")
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="csv, xlsx, json; may be repeated.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="A folder for the files.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Make a report: to the terminal, or with --output as files with their NAME.meta.json."""
    if name == "list":
        rows = [(offer.name, offer.about, ", ".join(offer.takes)) for offer in CATALOGUE.values()]
        show("", ("report", "about", "narrowed_by"), rows, as_json=as_json, as_csv=as_csv)
        return
    desk = desk_of(context)
    asked = Asked(
        period=parse_month(period, "--period") if period else None,
        as_of=effective_day(as_of),
        payee=payee,
        batch=batch,
        account=account,
        actor=actor,
        statement=statement,
        exchange=exchange,
        close=close,
    )
    with desk.read(known_at) as session:
        if known_at is not None:
            asked = replace(asked, known_at=head(session).number)
        if output is not None:
            book = build_book(session, name, asked, desk.now)
            for path in write_book(book, output, formats or ["csv", "xlsx"]):
                say(str(path))
            return
        made = build(session, name, asked, desk.now)
        if as_json or as_csv:
            typer.echo(render(made, "json" if as_json else "csv").decode(), nl=False)
            return
        same, varying = _parted(made)
        show(
            f"{made.title} {' · '.join(same)}",
            [made.columns[at].name for at in varying],
            [[row[at] for at in varying] for row in made.rows],
            right=[each.name for each in made.columns if each.kind in NUMERIC],
        )
    for fact, value in made.facts:
        say(f"{fact.replace('_', ' ')}: {value}")
    for tie in made.tie_outs:
        mark = "✓" if tie.difference == 0 else "✗"
        figures = f"{plain(tie.left)} = {plain(tie.right)} {tie.commodity}"
        say(f"{mark} {tie.check}: {figures}".rstrip())
    say(f"From change {made.head_number}, {made.head_hash}")


def _parted(made: Report) -> tuple[list[str], list[int]]:
    """Part the columns: what all rows share is said once, what varies is a column."""
    same: list[str] = []
    varying: list[int] = []
    for at, column in enumerate(made.columns):
        values = {row[at] for row in made.rows}
        if len(made.rows) > 1 and len(values) == 1 and column.kind not in NUMERIC:
            value = values.pop()
            same += [f"{column.name.replace('_', ' ')} {value}"] if value is not None else []
        else:
            varying.append(at)
    return same, varying


@export.callback()
def _export() -> None:
    """Write the books in other programs' formats."""


@export.command("hledger")
def _hledger(
    context: typer.Context, output: Output = None, as_of: AsOf = None, known_at: KnownAt = None
) -> None:
    """Write the books as an hledger journal, every amount exact."""
    _books(context, "hledger", output, as_of, known_at)


@export.command("beancount")
def _beancount(
    context: typer.Context, output: Output = None, as_of: AsOf = None, known_at: KnownAt = None
) -> None:
    """Write the books as a Beancount file, every amount exact."""
    _books(context, "beancount", output, as_of, known_at)


def _books(
    context: typer.Context,
    program: str,
    output: Path | None,
    as_of: datetime | None,
    known_at: str | None,
) -> None:
    from feeshare.reporting import PROGRAMS, write_books

    with desk_of(context).read(known_at) as session:
        if output is not None:
            say(str(write_books(session, program, output, as_of=effective_day(as_of))))
            return
        for line in PROGRAMS[program](session, as_of=effective_day(as_of)):
            typer.echo(line, nl=False)
