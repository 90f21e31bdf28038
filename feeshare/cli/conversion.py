"""`convert`, `conversion`: one of our holdings turned into another, fees apart."""

from typing import Annotated

import typer

from feeshare.cli.amounts import optional_quantity, quantity
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import conversions
from ledger.conversions import Side
from ledger.money import plain

convert = group()
conversion = group("One of our holdings turned into another.")
COMMANDS = {"convert": convert, "conversion": conversion}


@convert.command()
def _convert(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="A name of its own.")],
    sold: Annotated[str, typer.Option("--sold", help="The bank line that left.", metavar="LINE")],
    bought: Annotated[
        str, typer.Option("--bought", help="The bank line that came in.", metavar="LINE")
    ],
    why: Annotated[str, typer.Option("--why", help="What for, or who decided it.")],
    sold_amount: Annotated[
        str | None, typer.Option(help="A part of what left, its fee in it.")
    ] = None,
    sold_fee: Annotated[str, typer.Option(help="The fee in what left.")] = "0",
    bought_amount: Annotated[str | None, typer.Option(help="A part of what came.")] = None,
    bought_fee: Annotated[str, typer.Option(help="The fee taken before it came.")] = "0",
) -> None:
    """Record a conversion: two bank lines, each with an entry through equity:conversion:PAIR."""
    sides = (
        Side(
            line=sold,
            amount=optional_quantity("sold-amount", sold_amount),
            fee=quantity("sold-fee", sold_fee),
        ),
        Side(
            line=bought,
            amount=optional_quantity("bought-amount", bought_amount),
            fee=quantity("bought-fee", bought_fee),
        ),
    )
    with desk_of(context).write(f"convert {identity}") as change:
        made, new = conversions.convert(change, identity, *sides, why=why)
        said = (
            f"{identity}: {plain(made.sold)} left, {plain(made.bought)} came in ({made.account})."
        )
    say(said if new else f"Nothing to do. {said}")


@conversion.callback()
def _group() -> None:
    """Show what was converted."""


@conversion.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List conversions; --as-of: those whose lines are of that day and before."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(each.id, out.on, each.sold, each.sold_fee, out.commodity, out.id),
                *(into.on, each.bought, each.bought_fee, into.commodity, into.id),
                *(each.account, each.why),
            )
            for each, out, into in conversions.all_of(session)
            if on is None or max(out.on, into.on) <= on
        ]
    columns = (
        *("id", "sold_on", "sold", "sold_fee", "sold_commodity", "sold_line"),
        *("bought_on", "bought", "bought_fee", "bought_commodity", "bought_line"),
        *("account", "why"),
    )
    right = ("sold", "sold_fee", "bought", "bought_fee")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)
