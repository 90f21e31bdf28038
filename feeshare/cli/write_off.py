"""`write-off`: what of a statement nobody expects any more; proposed, confirmed, taken back."""

from decimal import Decimal
from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.errors import BadInput, Problem
from ledger.money import parse_plain, plain
from ledger.revenue import write_offs

write_off = group("Give up what an exchange never paid, by two persons' word.")
COMMANDS = {"write-off": write_off}

Amount = Annotated[str | None, typer.Option("--amount", help="A part; else all that there is.")]
Document = Annotated[str, typer.Argument(help="A statement's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads the books.")]


@write_off.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List write-offs: what was proposed, confirmed, and is outstanding."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                each.id,
                each.document,
                each.amount,
                outstanding,
                each.commodity,
                each.proposed_by,
                confirmed.confirmed_by if confirmed is not None else "",
                each.reason,
            )
            for each, confirmed, outstanding in write_offs.all_of(session)
        ]
    columns = ("write_off", "statement", "amount", "outstanding", "commodity", "proposed_by")
    show(
        "",
        (*columns, "confirmed_by", "reason"),
        rows,
        as_json=as_json,
        as_csv=as_csv,
        right=("amount", "outstanding"),
    )


@write_off.command("propose")
def _propose(
    context: typer.Context, document: Document, reason: Reason, amount: Amount = None
) -> None:
    """Propose to write off what is open of a statement, or a part of it."""
    wanted = None if amount is None else _amount(amount)
    with desk_of(context).write(f"propose to write off {document}") as change:
        made, new = write_offs.propose(change, document, wanted, reason=reason)
        told = f"{made.id}: {plain(made.amount)} {made.commodity}"
        identity = made.id
    say(f"Proposed {told}." if new else f"Nothing to do: {told} was proposed before.")
    say(f"Next: another person runs: feeshare --as NAME write-off confirm {identity}")


@write_off.command("confirm")
def _confirm(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="WRITE_OFF", help="Its id.")],
    on: On = None,
) -> None:
    """Confirm a write-off, as another person than proposed it: it is posted."""
    desk = desk_of(context)
    with desk.write(f"confirm {identity}") as change:
        made, new = write_offs.confirm(change, identity, on=day_of(desk, on))
        number = made.entry_number
    say(f"{identity} is entry {number}." if new else f"Nothing to do: it is entry {number}.")


@write_off.command("undo")
def _undo(
    context: typer.Context,
    document: Document,
    reason: Reason,
    amount: Amount = None,
    on: On = None,
) -> None:
    """Make owed again what was written off of a statement, or a part of it.

    Money that comes after all needs no undoing: match its bank line to the statement.
    """
    desk = desk_of(context)
    with desk.write(f"undo write-off of {document}") as change:
        wanted = (
            write_offs.written_off(change.session, document) if amount is None else _amount(amount)
        )
        made = (
            write_offs.recover(change, document, wanted, reason=reason, on=day_of(desk, on))
            if wanted or amount is not None
            else []
        )
        lines = [
            f"{each.write_off}: {plain(each.amount)}, entry {each.entry_number}" for each in made
        ]
    for line in lines:
        say(line)
    say("Owed again." if lines else f"Nothing to do: nothing of {document} is written off.")


def _amount(text: str) -> Decimal:
    try:
        return parse_plain(text)
    except ValueError as wrong:
        raise BadInput(
            [
                Problem(
                    code="not_a_number",
                    place="--amount",
                    value=text,
                    expected="a plain decimal, such as 12.5",
                )
            ]
        ) from wrong
