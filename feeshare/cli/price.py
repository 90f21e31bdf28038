"""`price`: dated prices with their source."""

import typer

from feeshare import loading
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, show
from ledger import prices

price = typer.Typer(no_args_is_help=True, help="Dated prices with their source.")
COMMANDS = {"price": price}


@price.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load prices: commodity, quote, on, price, source."""
    load_file(desk_of(context), file, loading.PRICES, "prices")


@price.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List prices; --as-of: those of that day and before."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.commodity, row.quote, row.on, row.price, row.source)
            for row in prices.all_of(session)
            if on is None or row.on <= on
        ]
    columns = ("commodity", "quote", "on", "price", "source")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("price",))
