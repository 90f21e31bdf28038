"""`wallet holder`: who holds a bank account of ours; one person says it, another confirms it."""

from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from payouts import account_holders

holder = group("Who holds a bank account of ours, and its BIC.")

Account = Annotated[str, typer.Argument(help="Id of a bank account.")]


@holder.command("set")
def _set(
    context: typer.Context,
    account: Account,
    name: Annotated[str, typer.Option("--name", help="The holder, as the bank prints it.")],
    bic: Annotated[str, typer.Option("--bic", help="The bank's BIC, 8 or 11 characters.")],
) -> None:
    """Say who holds a bank account: with it, batches in euros are exported as pain.001, too."""
    with desk_of(context).write(f"who holds {account}") as change:
        made = account_holders.request(change, account, name, bic)
        told = f"{account}, version {made.version}: {made.holder}, {made.bic}."
    say(told)
    say(f"Next: another person runs: feeshare --as NAME wallet holder confirm {account}")


@holder.command("confirm")
def _confirm(context: typer.Context, account: Account) -> None:
    """Confirm who holds a bank account, as another person than said so."""
    with desk_of(context).write(f"confirm who holds {account}") as change:
        new = account_holders.confirm(change, account)
    say(f"{account}: confirmed{'' if new else ' before'}")


@holder.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List who holds our bank accounts, version by version."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(each.bank_account, each.version, each.holder, each.bic),
                *(each.requested_by, confirmed_by),
            )
            for each, confirmed_by in account_holders.all_of(session)
        ]
    columns = ("account", "version", "holder", "bic", "requested_by", "confirmed_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("version",))
