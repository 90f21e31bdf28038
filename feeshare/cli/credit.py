"""`credit`: what exchanges paid too much, used for their next statements or given back."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.matching_by_hand import amount_of
from ledger.money import plain
from ledger.revenue import exchange_credits

credit = group("What exchanges paid too much: list, use, return.")
COMMANDS = {"credit": credit}

Document = Annotated[str, typer.Argument(help="The statement that it came in for.")]
Amount = Annotated[str | None, typer.Option("--amount", help="A part; else all that there is.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for whoever reads the books.")]


@credit.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what is left of exchanges' credits, by the statement that it came in for."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                each.exchange,
                each.stated.document,
                each.credit,
                each.stated.statement.commodity,
                f"feeshare credit use {each.stated.document} STATEMENT --reason …, or "
                f"feeshare credit return {each.stated.document} --reason …",
            )
            for each in exchange_credits.all_of(session)
        ]
    columns = ("exchange", "statement", "credit", "commodity", "next_action")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("credit",))


@credit.command("use")
def _use(
    context: typer.Context,
    document: Document,
    statement: Annotated[str, typer.Argument(help="The statement to pay with it.")],
    reason: Reason,
    amount: Amount = None,
    on: On = None,
) -> None:
    """Pay what the exchange owes for another statement with a credit of its own."""
    desk = desk_of(context)
    wanted, day = _asked(amount), day_of(desk, on)
    with desk.write(f"use credit of {document}") as change:
        made = exchange_credits.use(change, document, statement, wanted, on=day, reason=reason)
        told = f"{plain(made.use.amount)} {made.use.commodity}, entry {made.use.entry_number}"
        due = ", ".join(each.id for each in made.became_due)
    say(f"Used for {statement}: {told}.")
    if due:
        say(f"became due: {due}")


@credit.command("return")
def _return(
    context: typer.Context,
    document: Document,
    reason: Reason,
    amount: Amount = None,
    on: On = None,
) -> None:
    """Owe a credit back to its exchange; a payout batch pays it."""
    desk = desk_of(context)
    wanted, day = _asked(amount), day_of(desk, on)
    with desk.write(f"return credit of {document}") as change:
        made = exchange_credits.give_back(change, document, wanted, on=day, reason=reason)
        told = f"{made.use.refund}: {plain(made.use.amount)} {made.use.commodity}"
        month = _month(day)
    say(f"Due: {told}. Next: feeshare payout plan {month}")


def _asked(amount: str | None) -> Decimal | None:
    return None if amount is None else amount_of(amount, amount)


def _month(day: date) -> str:
    return day.strftime("%Y-%m")
