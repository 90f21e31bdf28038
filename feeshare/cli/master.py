"""`exchange`, `payee`, `wallet`, `token`: master data, loaded from files and listed again.

What `list --csv` prints can be loaded again: the columns are the same. Payouts use a wallet or a
token once another person than added it confirmed it.
"""

from collections import defaultdict
from typing import Annotated

import typer
from sqlalchemy import and_, select

from feeshare import loading, loading_tokens
from feeshare.cli import payee as payee_settings
from feeshare.cli.account_holder import holder
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.destination import destination
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import confirmations, parties, tokens
from ledger.bank_tables import BankAccount, BankAccountConfirmation, Token, TokenConfirmation
from ledger.errors import BadInput, Problem
from ledger.people_tables import PartyAlias
from ledger.policies import DEFAULTS

exchange = group("Exchanges and their aliases.")
payee = group("Who is paid, and where.")
wallet = group("Wallets and bank accounts of ours.")
token = group("The token registry.")
payee.add_typer(destination, name="destination")
wallet.add_typer(holder, name="holder")
payee_settings.add_to(payee)
COMMANDS = {"exchange": exchange, "payee": payee, "wallet": wallet, "token": token}


Everything = Annotated[bool, typer.Option("--all", help="All that wait.")]


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
    say("Next: another person runs: feeshare --as NAME wallet confirm ID…")


@token.command("load")
def _load_tokens(context: typer.Context, file: File) -> None:
    """Load tokens: chain, contract, commodity, decimals, source."""
    load_file(desk_of(context), file, loading_tokens.TOKENS, "tokens")
    say("Next: another person runs: feeshare --as NAME token confirm CHAIN:COMMODITY…")


@wallet.command("confirm")
def _confirm_wallets(
    context: typer.Context,
    identity: Annotated[list[str] | None, typer.Argument(help="Ids of wallets.")] = None,
    everything: Everything = False,
) -> None:
    """Let payouts leave from wallets and bank accounts, as another person than added them."""
    with desk_of(context).write("confirm wallets") as change:
        wanted = list(identity or [])
        if everything:
            wanted += confirmations.waiting_accounts(change.session)
        new = [each for each in wanted if confirmations.confirm_account(change, each)]
    _tell_confirmed(new)


@token.command("confirm")
def _confirm_tokens(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="CHAIN:COMMODITY, such as ethereum:USDC.")
    ] = None,
    everything: Everything = False,
) -> None:
    """Let payouts be made in tokens, as another person than added them."""
    with desk_of(context).write("confirm tokens") as change:
        wanted = [_chain_and_commodity(name) for name in names or []]
        if everything:
            wanted += [
                (each.chain, each.commodity)
                for each in confirmations.waiting_tokens(change.session)
            ]
        new = [each for each in wanted if confirmations.confirm_token(change, *each)]
    _tell_confirmed([":".join(each) for each in new])


def _tell_confirmed(new: list[str]) -> None:
    for each in new:
        say(f"{each}: confirmed")
    if not new:
        say("Nothing to do: none of them waits.")


def _chain_and_commodity(name: str) -> tuple[str, str]:
    chain, colon, commodity = name.partition(":")
    if not colon:
        raise BadInput(
            [
                Problem(
                    code="value_unknown",
                    place="token",
                    value=name,
                    expected="CHAIN:COMMODITY, such as ethereum:USDC",
                )
            ]
        )
    return chain, commodity


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
    """List wallets and bank accounts, and who confirmed that payouts may leave from them."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.id, row.kind, row.purpose, row.chain, row.address, row.source, confirmed_by)
            for row, confirmed_by in session.execute(
                select(BankAccount, BankAccountConfirmation.confirmed_by)
                .outerjoin(
                    BankAccountConfirmation, BankAccountConfirmation.bank_account == BankAccount.id
                )
                .order_by(BankAccount.id)
            )
        ]
    columns = ("id", "kind", "purpose", "chain", "address", "source", "confirmed_by")
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
            (
                *(row.chain, row.chain_id, row.commodity, row.contract, row.decimals, row.source),
                DEFAULTS if tokens.is_default(row) else confirmed_by,
            )
            for row, confirmed_by in session.execute(
                select(Token, TokenConfirmation.confirmed_by)
                .outerjoin(
                    TokenConfirmation,
                    and_(
                        TokenConfirmation.chain == Token.chain,
                        TokenConfirmation.contract == Token.contract,
                    ),
                )
                .order_by(Token.chain, Token.commodity)
            )
        ]
    columns = ("chain", "chain_id", "commodity", "contract", "decimals", "source", "confirmed_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("chain_id", "decimals"))
