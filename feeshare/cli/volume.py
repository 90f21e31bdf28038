"""`volume`: reported trading volumes, kept beside the fees as their cross-check."""

from typing import Annotated

import typer

from feeshare import loading_volumes
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.revenue import volumes

volume = group("Reported trading volumes beside the fees.")
COMMANDS = {"volume": volume}


@volume.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load volumes: exchange, stream, commodity of the agreement, period, volume, source."""
    load_file(desk_of(context), file, loading_volumes.VOLUMES, "volumes")


@volume.command("list")
def _list(
    context: typer.Context,
    outliers: Annotated[bool, typer.Option("--outliers", help="Only what is far off.")] = False,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List volumes with the fee share per unit of volume, and what is usual."""
    with desk_of(context).read(known_at) as session:
        found = volumes.cross_checks(session)
    rows = [
        (
            each.agreement,
            each.period,
            each.source,
            each.volume,
            each.commodity,
            each.fee_share,
            each.rate,
            each.usual,
            each.outlier,
        )
        for each in found
        if each.outlier or not outliers
    ]
    columns = (
        "agreement",
        "period",
        "source",
        "volume",
        "commodity",
        "fee_share",
        "fee_per_volume",
        "usual",
        "outlier",
    )
    right = ("volume", "fee_share", "fee_per_volume", "usual")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)
    far = sum(each.outlier for each in found)
    if far:
        say(f"{far} far off: ask the exchange which of fee and volume is right.")
