"""`purchase`: HBOT bought from fee shares under a proposal, and how much may still be spent."""

from datetime import date, datetime
from typing import Annotated

import typer

from feeshare.cli.amounts import optional_quantity, quantity
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.conversions import Side
from ledger.money import plain
from payouts import purchases
from payouts.purchase_tables import PurchaseMandate

purchase = group("HBOT bought from fee shares.")
COMMANDS = {"purchase": purchase}

MANDATES = (
    *("proposal", "exchange", "fraction", "spent", "bought", "since", "until", "source"),
    *("received", "may_be_spent", "was_spent", "left"),
)
PURCHASES = (
    *("id", "proposal", "exchange", "on", "spent", "spent_fee", "spent_commodity", "got"),
    *("got_fee", "got_commodity", "received_to_date", "may_be_spent", "spent_to_date", "left"),
    *("sold_line", "bought_line"),
)


@purchase.command("mandate")
def _mandate(
    context: typer.Context,
    proposal: Annotated[str, typer.Argument(help="What allows it: id, hash or label.")],
    exchange: Annotated[str, typer.Argument(help="Whose fee share is spent.")],
    fraction: Annotated[str, typer.Option("--fraction", help="Of the fee share, such as 0.5.")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    source: Annotated[str, typer.Option("--source", help="Where the proposal says so.")],
    until: Annotated[
        datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day, if any.")
    ] = None,
    spend: Annotated[str, typer.Option("--spend", help="What is spent.")] = "USDC",
    buy: Annotated[str, typer.Option("--buy", help="What is bought.")] = "HBOT",
) -> None:
    """Record what part of an exchange's fee share a proposal lets be spent."""
    terms = PurchaseMandate(
        proposal="",
        exchange="",
        fraction=quantity("fraction", fraction),
        spent=spend,
        bought=buy,
        since=since.date(),
        until=until.date() if until else None,
        source=source,
    )
    with desk_of(context).write(f"purchase mandate {proposal}") as change:
        made, new = purchases.add_mandate(change, proposal, exchange, terms)
        told = f"{plain(made.fraction)} of the {made.spent} from {made.exchange} may be spent"
        line = f"{told} on {made.bought} by {made.proposal}, from {made.since} on."
    say(line if new else f"Nothing to do. {line}")


@purchase.command("record")
def _record(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="ID", help="A name of its own.")],
    proposal: Annotated[str, typer.Option("--proposal", help="What allows it.")],
    sold: Annotated[str, typer.Option("--sold", help="The bank line that left.", metavar="LINE")],
    bought: Annotated[
        str, typer.Option("--bought", help="The bank line that came in.", metavar="LINE")
    ],
    why: Annotated[str, typer.Option("--why", help="The order, or who made it.")],
    exchange: Annotated[
        str | None, typer.Option("--exchange", help="Whose fee share, of several.")
    ] = None,
    sold_amount: Annotated[
        str | None, typer.Option(help="A part of what left, its fee in it.")
    ] = None,
    sold_fee: Annotated[str, typer.Option(help="The fee in what left.")] = "0",
    bought_amount: Annotated[str | None, typer.Option(help="A part of what came.")] = None,
    bought_fee: Annotated[str, typer.Option(help="The fee taken before it came.")] = "0",
) -> None:
    """Record a purchase: a conversion between two bank lines, within its mandate."""
    out = Side(
        line=sold,
        amount=optional_quantity("sold-amount", sold_amount),
        fee=quantity("sold-fee", sold_fee),
    )
    into = Side(
        line=bought,
        amount=optional_quantity("bought-amount", bought_amount),
        fee=quantity("bought-fee", bought_fee),
    )
    with desk_of(context).write(f"purchase {identity}") as change:
        mandate = purchases.mandate_named(change.session, proposal, exchange)
        _, new = purchases.record(change, identity, mandate, out, into, why=why)
        left = purchases.standing(change.session, mandate).left
        line = f"{identity}: {plain(left)} {mandate.spent} may still be spent by {proposal}."
    say(line if new else f"Nothing to do. {line}")


@purchase.command("mandates")
def _mandates(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List mandates: what came in, what part of it may be spent, what was and what is left."""
    until = effective_day(as_of) or date.max
    with desk_of(context).read(known_at) as session:
        rows = []
        for each in purchases.mandates(session):
            if each.since > until:
                continue
            found = purchases.standing(session, each, until=until)
            rows.append(
                (
                    *(each.proposal, each.exchange, each.fraction, each.spent, each.bought),
                    *(each.since, each.until, each.source),
                    *(found.base, found.allowed, found.spent, found.left),
                )
            )
    right = ("fraction", "received", "may_be_spent", "was_spent", "left")
    show("", MANDATES, rows, as_json=as_json, as_csv=as_csv, right=right)


@purchase.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List purchases, each with how its mandate stood at the end of its day."""
    until = effective_day(as_of) or date.max
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(each.conversion.id, each.mandate.proposal, each.mandate.exchange),
                *(each.sold.on, each.conversion.sold, each.conversion.sold_fee),
                *(each.sold.commodity, each.conversion.bought, each.conversion.bought_fee),
                *(each.bought.commodity, each.standing.base, each.standing.allowed),
                *(each.standing.spent, each.standing.left, each.sold.id, each.bought.id),
            )
            for each in purchases.made_until(session, until)
        ]
    right = (
        *("spent", "spent_fee", "got", "got_fee"),
        *("received_to_date", "may_be_spent", "spent_to_date", "left"),
    )
    show("", PURCHASES, rows, as_json=as_json, as_csv=as_csv, right=right)
