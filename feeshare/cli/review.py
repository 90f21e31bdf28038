"""`review`: a person looks at what is staged, settles its rows, accepts it or turns it away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.reviewing import corrections_in, parse_correction, what_waits
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.revenue import months_in_parts, restatements, review, statements, warnings
from ledger.revenue.review import Correction

commands = typer.Typer(
    add_completion=False, help="Staged statements: look, settle, accept, reject."
)
COMMANDS = {"review": commands}

Statement = Annotated[str, typer.Argument(help="A statement's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept.")]


@commands.callback(invoke_without_command=True)
def _review(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the staged statements with what accepting each one would mean."""
    if context.invoked_subcommand is not None:
        return
    with desk_of(context).read() as session:
        waiting = what_waits(session)
    show(
        "",
        (
            "statement",
            "file",
            "rows",
            "quarantined",
            "warnings",
            "fee_share",
            "user_rebate",
            "maintainers",
            "foundation",
            "commodity",
            "terms",
            "restates",
            "difference",
            "next_action",
        ),
        [
            (
                each.statement.id,
                each.file_name,
                each.statement.row_count,
                each.quarantined,
                each.warnings,
                each.figure,
                each.rebate,
                each.pool,
                each.foundation,
                each.statement.commodity,
                each.terms,
                each.restates,
                each.difference,
                each.next_action,
            )
            for each in waiting
        ],
        as_json=as_json,
        as_csv=as_csv,
        right=(
            "rows",
            "quarantined",
            "warnings",
            "fee_share",
            "user_rebate",
            "maintainers",
            "foundation",
            "difference",
        ),
    )
    if waiting:
        say(f"{len(waiting)} wait. Next: feeshare review accept ID…, or --all")
        raise typer.Exit(NeedsReview.exit_status)
    say("Nothing waits for review.")


@commands.command("show")
def _show(
    context: typer.Context, statement: Statement, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """List what a person has to settle about a statement: quarantined rows, open warnings."""
    with desk_of(context).read() as session:
        found = statements.named(session, statement)
        rows: list[tuple[Cell, ...]] = [
            ("row in quarantine", each.row, each.codes, each.told, each.cells)
            for each in review.in_quarantine(session, found.id)
        ]
        rows += [
            ("warning", None, each.code, each.told, "")
            for each in warnings.unacknowledged(session, found.id)
        ]
    columns = ("what", "row", "codes", "told", "cells")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("row",))
    if any(row is not None for _, row, *_ in rows):
        say(f"Settle a row: feeshare review fix {statement} --row N --amount A --reason …")
    if any(row is None for _, row, *_ in rows):
        say(f"If they are right all the same: feeshare review acknowledge {statement} --reason …")
    if not rows:
        say("Nothing is to be settled.")


@commands.command("fix")
def _fix(
    context: typer.Context,
    statement: Statement,
    row: Annotated[int | None, typer.Option("--row", help="The row, as the file counts.")] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", help="What the row comes to; 0 leaves it out.")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Why; it is kept.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Many at once: CSV with row, amount, reason.")
    ] = None,
) -> None:
    """Say what rows of a waiting statement come to; the file stays as it came."""
    wanted: Sequence[Correction]
    wanted = corrections_in(file) if file else [parse_correction(statement, row, amount, reason)]
    with desk_of(context).write(f"correct rows of {statement}") as change:
        count = review.correct(change, statement, wanted)
        left = len(review.in_quarantine(change.session, statement))
    say(f"{count} rows corrected." if count else "Nothing to do: it was said before.")
    if left:
        say(f"{left} rows are in quarantine still: feeshare review show {statement}")


@commands.command("acknowledge")
def _acknowledge(
    context: typer.Context,
    statement: Statement,
    reason: Reason,
    code: Annotated[str | None, typer.Option("--code", help="Only warnings of this code.")] = None,
) -> None:
    """Say that the warnings of a statement were seen, and that it is right all the same."""
    with desk_of(context).write(f"acknowledge warnings of {statement}") as change:
        statements.named(change.session, statement)
        count = warnings.acknowledge(change, statement, code=code, reason=reason)
    say(f"{count} warnings acknowledged." if count else "Nothing to do: no such warning is open.")


@commands.command("accept")
def _accept(
    context: typer.Context,
    statement: Annotated[list[str] | None, typer.Argument(help="Ids of statements.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
) -> None:
    """Accept statements: post what the exchanges owe.

    A restatement is accepted by its id only, so that nobody takes one for a month's first; what
    has rows in quarantine or open warnings is left.
    """
    with desk_of(context).write("accept statements") as change:
        wanted = list(statement or [])
        waiting = what_waits(change.session) if everything else []
        wanted += [each.statement.id for each in waiting if not each.next_action]
        left = [each for each in waiting if each.statement.id not in wanted]
        accepted = [(each, restatements.accept(change, each)) for each in dict.fromkeys(wanted)]
        lines = [line for each, done in accepted for line in _told(each, done)]
        count = sum(done.new for _, done in accepted)
    for line in lines:
        say(line)
    say(f"{count} accepted." if count else "Nothing to do: nothing new was accepted.")
    if left:
        raise NeedsReview(
            f"These wait for a closer look: {', '.join(each.statement.id for each in left)}.",
            mend="\n".join(each.next_action for each in left),
        )


@commands.command("undo")
def _undo(context: typer.Context, statement: Statement, reason: Reason) -> None:
    """Take an accepted statement back, and the shares that were accrued on it."""
    with desk_of(context).write(f"undo statement {statement}") as change:
        done = restatements.withdraw(change, statement, reason=reason)
        lines = [*_told(statement, done), *_missing(change.session, statement)]
    for line in lines:
        say(line)
    say(f"{statement} is taken back." if done.new else "Nothing to do: it was taken back before.")


@commands.command("reject")
def _reject(context: typer.Context, statement: Statement, reason: Reason) -> None:
    """Turn a staged statement away; the file stays as evidence."""
    with desk_of(context).write(f"reject statement {statement}") as change:
        new = statements.reject(change, statement, reason=reason)
        lines = _missing(change.session, statement)
    for line in lines:
        say(line)
    say(f"{statement} is rejected." if new else f"Nothing to do: {statement} was rejected before.")


def _missing(session: Session, identity: str) -> list[str]:
    """Return which parts of a statement's month left rows out that no part has now."""
    statement = statements.named(session, identity)
    missing = months_in_parts.missing_rows(session, statement.agreement, statement.period)
    return [
        f"{part} left {count} rows out that no part has now: import its file once more."
        for part, count in missing.items()
    ]


def _told(identity: str, done: restatements.Restated) -> list[str]:
    """Return what accepting or undoing a statement did, share by share if any were accrued."""
    entry = "no entry: the figure is as it was"
    if done.entry_number is not None:
        entry = f"entry {done.entry_number}"
    lines = [f"{identity}: {entry}" + ("" if done.new else " (done before)")]
    for each in done.accruals if done.new else ():
        owed_back = f", {plain(each.overpaid)} to be made up for" if each.overpaid else ""
        figures = f"{plain(each.amount)}, due {plain(each.due)}{owed_back}"
        lines.append(f"  {each.payee}: {each.kind.noun} {figures}")
    return lines
