"""`privacy`: files with user ids, which stand outside the books, and their erasure."""

from typing import Annotated

import typer

from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.people_tables import Party
from ledger.revenue import pseudonyms

privacy = group("Files with user ids: list, erase.")
COMMANDS = {"privacy": privacy}


@privacy.command("list")
def _list(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List the files with user ids that are kept, and those that were erased."""
    with desk_of(context).read() as session:
        rows = [
            (session.get_one(Party, exchange).name, name, evidence, "kept", "", "")
            for evidence, exchange, name in pseudonyms.kept(session)
        ]
        rows += [
            ("", name, each.evidence, "erased", each.erased_by, each.reason)
            for each, name in pseudonyms.erased(session)
        ]
    columns = ("exchange", "file", "evidence", "state", "erased_by", "reason")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)


@privacy.command("erase")
def _erase(
    context: typer.Context,
    exchange: Annotated[str, typer.Argument(help="The exchange whose users they are.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
) -> None:
    """Erase an exchange's files with user ids and its secret. No figure changes."""
    with desk_of(context).write(f"erase user ids of {exchange}") as change:
        names = pseudonyms.erase(change, exchange, reason=reason)
    say(f"{len(names)} files erased: {', '.join(names)}")
