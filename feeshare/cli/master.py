"""`exchange`, `payee`, `wallet`, `token`: master data, loaded from files and listed again.

What `list --csv` prints can be loaded again: the columns are the same.
"""

from collections import defaultdict

import typer
from sqlalchemy import select

from feeshare import loading
from feeshare.cli import payee as payee_settings
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.destination import destination
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, show
from ledger import parties
from ledger.bank_tables import BankAccount, Token
from ledger.people_tables import PartyAlias

exchange = typer.Typer(no_args_is_help=True, help="Exchanges and their aliases.")
payee = typer.Typer(no_args_is_help=True, help="Who is paid, and where.")
wallet = typer.Typer(no_args_is_help=True, help="Wallets and bank accounts of ours.")
token = typer.Typer(no_args_is_help=True, help="The token registry.")
payee.add_typer(destination, name="destination")
payee_settings.add_to(payee)
COMMANDS = {"exchange": exchange, "payee": payee, "wallet": wallet, "token": token}


@token.callback()
def _token() -> None:
    """Look at the token registry."""


@exchange.command("load")
def _load_exchanges(context: typer.Context, file: File) -> None:
    """Load exchanges: name, aliases (separated by semicolons), source."""
    load_file(desk_of(context), file, loading.EXCHANGES, "exchanges")


@payee.command("load")
def _load_payees(context: typer.Context, file: File) -> None:
    """Load payees: name, aliases (separated by semicolons), source."""
    load_file(desk_of(context), file, loading.PAYEES, "payees")


@wallet.command("load")
def _load_wallets(context: typer.Context, file: File) -> None:
    """Load wallets and bank accounts: id, kind, purpose, chain, address, source."""
    load_file(desk_of(context), file, loading.WALLETS, "wallets")


@exchange.command("list")
def _list_exchanges(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List exchanges with their aliases."""
    _list_parties(desk_of(context), "exchange", known_at, as_json=as_json, as_csv=as_csv)


@payee.command("list")
def _list_payees(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List payees with their aliases."""
    _list_parties(desk_of(context), "payee", known_at, as_json=as_json, as_csv=as_csv)


def _list_parties(
    desk: Desk, kind: str, known_at: str | None, *, as_json: bool, as_csv: bool
) -> None:
    with desk.read(known_at) as session:
        aliases: dict[str, list[str]] = defaultdict(list)
        for alias in session.scalars(select(PartyAlias).order_by(PartyAlias.alias)):
            aliases[alias.party].append(alias.alias)
        rows = [
            (
                party.name,
                "; ".join(name for name in aliases[party.id] if name != party.name.casefold()),
                party.source,
            )
            for party in parties.all_of(session, kind)
        ]
    show("", ("name", "aliases", "source"), rows, as_json=as_json, as_csv=as_csv)


@wallet.command("list")
def _list_wallets(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List wallets and bank accounts."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.id, row.kind, row.purpose, row.chain, row.address, row.source)
            for row in session.scalars(select(BankAccount).order_by(BankAccount.id))
        ]
    columns = ("id", "kind", "purpose", "chain", "address", "source")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)


@token.command("list")
def _list_tokens(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List tokens: a commodity on a chain is a contract or mint with its decimals."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.chain, row.chain_id, row.commodity, row.contract, row.decimals, row.source)
            for row in session.scalars(select(Token).order_by(Token.chain, Token.commodity))
        ]
    columns = ("chain", "chain_id", "commodity", "contract", "decimals", "source")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("chain_id", "decimals"))
