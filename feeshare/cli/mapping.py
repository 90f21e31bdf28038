"""`mapping`: the formats of statements: check those that are declared, draft one from a file."""

from pathlib import Path
from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.inbox import files_in, mappings_in
from ledger.commodities import scales
from ledger.errors import NeedsReview, UnknownReference
from ledger.revenue.mapping_drafts import draft_mapping

mapping = group("Statement formats.")
COMMANDS = {"mapping": mapping}

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
            each.container,
            each.exchange,
            each.fingerprint[:12],
            len(each.header),
        )
        for each in found
    ]
    columns = ("name", "version", "kind", "container", "exchange", "fingerprint", "columns")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("version", "columns"))


@mapping.command("propose")
def _propose(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A statement that no mapping reads yet.")],
    like: Annotated[
        str | None, typer.Option("--like", help="A mapping whose header the exchange changed.")
    ] = None,
    exchange: Annotated[
        str | None, typer.Option("--exchange", help="Whose format it is, if no column says it.")
    ] = None,
    folder: Mappings = None,
) -> None:
    """Draft a mapping from a file. Every guess is marked; nothing is read by a draft."""
    desk = desk_of(context)
    (path,) = files_in([file])
    earlier = None
    if like is not None:
        known = [it for it in mappings_in(folder or desk.settings.mappings) if it.name == like]
        if not known:
            raise UnknownReference("mapping", like, mend="feeshare mapping check lists them.")
        earlier = max(known, key=lambda it: it.version)
    with desk.read() as session:
        commodities = scales(session)
    draft = draft_mapping(
        path.read_bytes(), path.name, commodities=commodities, exchange=exchange, like=earlier
    )
    print(draft.text, end="")
    if draft.open_questions:
        raise NeedsReview(
            "The draft leaves open: " + "; ".join(draft.open_questions) + ".",
            mend="Decide, write it into the draft, then: feeshare mapping check",
        )
    say("Look at every line marked `confirm`, save it, then: feeshare mapping check")
