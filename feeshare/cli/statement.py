"""`import`, `review`: files come in, a person looks, and accepts or turns away."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.mapping import Mappings
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.importing import import_files, mappings_in
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.revenue import restatements, shares, statements
from ledger.tables import Evidence

import_ = typer.Typer()
review = typer.Typer(help="Staged statements: look, accept, reject.")
COMMANDS = {"import": import_, "review": review}


@import_.command()
def _import(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    folder: Mappings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Stage statements and record bank lines. Nothing posts until a person accepts."""
    desk = desk_of(context)
    mappings = mappings_in(folder or desk.settings.mappings)
    with desk.write(f"import {', '.join(path.name for path in paths)}") as change:
        imported = import_files(change, paths, mappings)
        wrote = bool(change.rows)
    show(
        "",
        (
            "file",
            "what",
            "subject",
            "rows",
            "total",
            "commodity",
            "control_total",
            "against_last",
            "state",
        ),
        [
            (
                each.file,
                each.kind,
                each.subject,
                each.rows,
                each.total,
                each.commodity,
                each.control_total,
                each.against_last,
                each.state,
            )
            for each in imported
        ],
        as_json=as_json,
        as_csv=as_csv,
        right=("rows", "total", "against_last"),
    )
    for note in dict.fromkeys(note for each in imported for note in each.notes):
        say(note)
    if not wrote:
        say("Nothing new: every file was imported before.")
    elif any(each.document for each in imported):
        say("Next: feeshare review, then feeshare review accept --all")


@review.callback(invoke_without_command=True)
def _review(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the staged statements with what accepting each one would mean."""
    if context.invoked_subcommand is not None:
        return
    with desk_of(context).read() as session:
        rows = []
        for statement in statements.waiting(session):
            calculation = shares.calculate(session, statement)
            before = restatements.replaces(session, statement)
            file = session.get_one(Evidence, statement.evidence)
            rows.append(
                (
                    statement.id,
                    file.file_name,
                    statement.row_count,
                    statement.fee_share,
                    calculation.pool,
                    statement.fee_share - calculation.pool,
                    statement.commodity,
                    f"{calculation.terms.terms.kind}, terms {calculation.terms.terms.version}",
                    "" if before is None else before.statement.id,
                    None if before is None else statement.fee_share - before.amount,
                )
            )
    show(
        "",
        (
            "statement",
            "file",
            "rows",
            "fee_share",
            "maintainers",
            "foundation",
            "commodity",
            "terms",
            "restates",
            "difference",
        ),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("rows", "fee_share", "maintainers", "foundation", "difference"),
    )
    if rows:
        say(f"{len(rows)} wait. Next: feeshare review accept ID…, or --all")
        raise typer.Exit(NeedsReview.exit_status)
    say("Nothing waits for review.")


@review.command("accept")
def _accept(
    context: typer.Context,
    statement: Annotated[list[str] | None, typer.Argument(help="Ids of statements.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
) -> None:
    """Accept statements: post what the exchanges owe.

    A restatement is accepted by its id only, so that nobody takes one for a month's first.
    """
    with desk_of(context).write("accept statements") as change:
        session = change.session
        wanted = list(statement or [])
        left: list[str] = []
        for each in statements.waiting(session) if everything else ():
            restates = restatements.replaces(session, each) is not None
            (left if restates and each.id not in wanted else wanted).append(each.id)
        accepted = [(each, restatements.accept(change, each)) for each in wanted]
        lines = [line for each, done in accepted for line in _told(each, done)]
        count = sum(done.new for _, done in accepted)
    for line in lines:
        say(line)
    say(f"{count} accepted." if count else "Nothing to do: nothing new was accepted.")
    if left:
        raise NeedsReview(
            f"Restatements wait: {', '.join(left)}.",
            mend=f"Look at what they change, then: feeshare review accept {' '.join(left)}",
        )


@review.command("undo")
def _undo(
    context: typer.Context,
    statement: str,
    reason: Annotated[str, typer.Option("--reason")],
) -> None:
    """Take an accepted statement back, and the shares that were accrued on it."""
    with desk_of(context).write(f"undo statement {statement}") as change:
        done = restatements.withdraw(change, statement, reason=reason)
        lines = _told(statement, done)
    for line in lines:
        say(line)
    say(f"{statement} is taken back." if done.new else "Nothing to do: it was taken back before.")


def _told(identity: str, done: restatements.Restated) -> list[str]:
    """Return what accepting or undoing a statement did, share by share if any were accrued."""
    entry = "no entry: the figure is as it was"
    if done.entry_number is not None:
        entry = f"entry {done.entry_number}"
    lines = [f"{identity}: {entry}" + ("" if done.new else " (done before)")]
    for each in done.accruals if done.new else ():
        owed_back = f", {plain(each.overpaid)} to be made up for" if each.overpaid else ""
        lines.append(
            f"  {each.payee}: share {plain(each.amount)}, due {plain(each.due)}{owed_back}"
        )
    return lines


@review.command("reject")
def _reject(
    context: typer.Context,
    statement: str,
    reason: Annotated[str, typer.Option("--reason")],
) -> None:
    """Turn a staged statement away; the file stays as evidence."""
    with desk_of(context).write(f"reject statement {statement}") as change:
        new = statements.reject(change, statement, reason=reason)
    say(f"{statement} is rejected." if new else f"Nothing to do: {statement} was rejected before.")
