"""`exceptions`: what waits for a person, whose it is, and what was written about it."""

from typing import Annotated

import typer

from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.revenue import exceptions as waiting

exceptions = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
    help="What waits for a person: list, assign, note.",
)
COMMANDS = {"exceptions": exceptions}

Identity = Annotated[str, typer.Argument(metavar="EXCEPTION", help="Its id.")]


@exceptions.callback()
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what waits for a person, the oldest first; without a command."""
    if context.invoked_subcommand is not None:
        return
    desk = desk_of(context)
    day = effective_day(as_of) or desk.now.date()
    with desk.read(known_at) as session:
        rows = [
            (
                each.id,
                each.kind,
                each.about,
                each.opened_on,
                each.age(day),
                each.bucket(day),
                each.owner,
                each.amount,
                each.commodity,
                each.notes,
                each.next_action,
            )
            for each in waiting.open_exceptions(session, day)
        ]
    columns = ("exception", "type", "about", "opened_on", "age_days", "bucket", "owner")
    show(
        "",
        (*columns, "amount", "commodity", "notes", "next_action"),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("age_days", "amount", "notes"),
    )


@exceptions.command("assign")
def _assign(
    context: typer.Context,
    identity: Identity,
    owner: Annotated[str, typer.Argument(help="Who looks after it.")],
) -> None:
    """Say who looks after an exception."""
    desk = desk_of(context)
    with desk.write(f"assign {identity}") as change:
        new = waiting.assign(change, identity, owner, day=desk.now.date())
    say(f"{identity} is {owner}'s." if new else f"Nothing to do: it is {owner}'s already.")


@exceptions.command("note")
def _note(
    context: typer.Context,
    identity: Identity,
    text: Annotated[str, typer.Argument(help="What to write about it.")],
) -> None:
    """Write something about an exception; notes stay."""
    desk = desk_of(context)
    with desk.write(f"note about {identity}") as change:
        number = waiting.note(change, identity, text, day=desk.now.date())
    say(f"Note {number} about {identity}.")


@exceptions.command("notes")
def _notes(
    context: typer.Context,
    identity: Identity,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what was written about an exception, open or closed."""
    with desk_of(context).read() as session:
        rows = [
            (each.number, each.written_by, each.text)
            for each in waiting.notes_of(session, identity)
        ]
    columns = ("note", "written_by", "text")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("note",))
