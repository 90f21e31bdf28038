"""`price`: dated prices with their source."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from feeshare import price_loading
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.price_recording import Recorded
from ledger import policies, price_proposals, prices
from ledger.money import plain

price = group("Dated prices with their source.")
COMMANDS = {"price": price}

Override = Annotated[
    str | None,
    typer.Option(
        "--override",
        help="Why prices stand against what is there or before; another person accepts them.",
        metavar="REASON",
    ),
]


@price.command("load")
def _load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV, YAML or JSON; columns of list --csv.")],
    override: Override = None,
) -> None:
    """Load prices: commodity, quote, on, price, source; observed_at if it is known."""
    with desk_of(context).write(f"load prices from {file.name}") as change:
        found = price_loading.load(change, file, override)
    _tell(found, f"of {file.name}")


@price.command("fetch")
def _fetch(
    context: typer.Context,
    source: Annotated[str, typer.Option("--source", help="coingecko or chainlink.")],
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Closing prices from this day on."),
    ] = None,
    last: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], help="Until this day; else yesterday."),
    ] = None,
    commodities: Annotated[
        list[str] | None, typer.Option("--commodity", help="Else all with a feed.")
    ] = None,
    override: Override = None,
) -> None:
    """Fetch prices by the policy price-feeds: of days gone by, or (no days given) of now."""
    from feeshare import price_fetching
    from feeshare.price_sources.registry import source_named

    desk = desk_of(context)
    days = price_fetching.days_between(
        first.date() if first else None, last.date() if last else None, desk.now.date()
    )
    provider = source_named(source, desk.settings)
    with desk.read() as session:
        feeds = price_fetching.feeds(session, source, desk.now.date(), commodities or ())
    # The books' lock is not held while others take their time to answer.
    seen = [
        each for feed in feeds for each in price_fetching.fetch(provider, feed, days, desk.now)
    ]
    with desk.write(f"fetch prices from {source}") as change:
        found = price_fetching.record_all(change, seen, override=override)
    _tell(found, f"of {source}")


@price.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the prices in force; --as-of: those of that day and before."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(row.commodity, row.quote, row.on, row.price, row.source, row.provider),
                *(row.observed_at, row.retrieved_at, row.raw_sha256, row.override_by),
            )
            for row in prices.all_of(session)
            if on is None or row.on <= on
        ]
    columns = (
        *("commodity", "quote", "on", "price", "source", "provider"),
        *("observed_at", "retrieved_at", "raw_sha256", "override_by"),
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("price",))


@price.command("average")
def _average(
    context: typer.Context,
    commodity: str,
    quote: Annotated[str, typer.Argument()] = "USD",
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The last day; else yesterday."),
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", help="Else the policy hbot-averaging-days.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Prices of one source.")] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show the mean price over days, and the price of each day that made it."""
    desk = desk_of(context)
    last = until.date() if until else desk.now.date() - timedelta(days=1)
    with desk.read(known_at) as session:
        if days is None:
            days = int(policies.in_force(session, "hbot-averaging-days", last))
        mean = prices.average(session, commodity, quote, last, days, source=source)
    say(
        f"1 {commodity} = {plain(mean.price)} {quote}, the mean of {days} days until {last}, "
        "rounded half to even at 18 decimals."
    )
    rows = [(row.on, row.price, row.source, row.override_by) for row in mean.used]
    columns = ("on", "price", "source", "override_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("price",))


@price.command("proposals")
def _proposals(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List the proposed prices that wait for a second person."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(row.number, row.commodity, row.quote, row.on, row.price, row.source),
                *(row.cause, row.reason, row.proposed_by, row.raw_sha256),
            )
            for row in price_proposals.waiting(session)
        ]
    columns = (
        *("number", "commodity", "quote", "on", "price", "source"),
        *("cause", "reason", "proposed_by", "raw_sha256"),
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("number", "price"))


@price.command("accept")
def _accept(context: typer.Context, number: int) -> None:
    """Put a proposed price in force, as another person than proposed it."""
    with desk_of(context).write(f"accept price {number}") as change:
        proposal, new = price_proposals.accept(change, number)
        told = (
            f"{proposal.commodity} at {plain(proposal.price)} {proposal.quote} on {proposal.on} "
            f"by {proposal.source}"
        )
    say(f"In force: {told}." if new else f"Nothing to do: {told} was accepted before.")


def _tell(found: Recorded, where: str) -> None:
    if found.new:
        say(f"{found.new} prices {where} recorded, {found.known} known already.")
    elif not found.proposed:
        say(f"Nothing new: all {found.known} prices {where} are known already.")
    for number in found.proposed:
        say(f"Proposed as {number}. Next: another person runs: feeshare price accept {number}")
