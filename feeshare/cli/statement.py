"""`mapping`, `import`, `review`: files come in, a person looks, and accepts or turns away."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.importing import import_files, mappings_in
from ledger.errors import NeedsReview
from ledger.revenue import shares, statements
from ledger.tables import Evidence

mapping = typer.Typer(no_args_is_help=True, help="Statement formats.")
import_ = typer.Typer()
review = typer.Typer(help="Staged statements: look, accept, reject.")
COMMANDS = {"mapping": mapping, "import": import_, "review": review}

Mappings = Annotated[
    Path | None, typer.Option("--mappings", help="Folder of mappings; else FEESHARE_MAPPINGS.")
]


@mapping.callback()
def _mapping() -> None:
    """Look at statement formats."""


@mapping.command("check")
def _check(
    context: typer.Context,
    folder: Mappings = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Check every mapping of a folder and list what each one recognises."""
    found = mappings_in(folder or desk_of(context).settings.mappings)
    rows = [
        (
            each.name,
            each.version,
            each.kind,
            each.exchange,
            each.fingerprint[:12],
            len(each.header),
        )
        for each in found
    ]
    columns = ("name", "version", "kind", "exchange", "fingerprint", "columns")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("version", "columns"))


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
        ),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("rows", "fee_share", "maintainers", "foundation"),
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
    """Accept statements: post what the exchanges owe."""
    with desk_of(context).write("accept statements") as change:
        wanted = list(statement or [])
        if everything:
            wanted += [each.id for each in statements.waiting(change.session)]
        accepted = [(each, *statements.accept(change, each)) for each in wanted]
        lines = [
            f"{identity}: entry {acceptance.entry_number}" + ("" if new else " (accepted before)")
            for identity, acceptance, new in accepted
        ]
        count = sum(new for *_, new in accepted)
    for line in lines:
        say(line)
    say(f"{count} accepted." if count else "Nothing to do: nothing new was accepted.")


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
