"""`payout nonce-account` and `payout solana-source`: what wallets on Solana need before they pay.

One person says it, another confirms it.
"""

from typing import Annotated

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from payouts import durable_nonces, solana_sources

nonce_account = group("Nonce accounts of wallets on Solana.")
solana_source = group("Who signs for wallets on Solana.")

Wallet = Annotated[str, typer.Argument(help="A wallet of ours on Solana.")]


@nonce_account.command("add")
def _add(
    context: typer.Context,
    account: Annotated[str, typer.Argument(help="The nonce account's address.")],
    wallet: Annotated[str, typer.Option("--wallet", help="The wallet whose payouts it is for.")],
    authority: Annotated[
        str, typer.Option("--authority", help="Who may use it up; has to sign for the wallet.")
    ],
) -> None:
    """Ask for a nonce account to be used for a wallet's payouts."""
    with desk_of(context).write(f"nonce account {account}") as change:
        new = durable_nonces.request(change, account, wallet, authority)
    say(f"{'Added' if new else 'Added already'}: {account} for {wallet}.")
    say(f"Next: another person runs: feeshare --as NAME payout nonce-account confirm {account}")


@nonce_account.command("confirm")
def _confirm(
    context: typer.Context,
    accounts: Annotated[list[str], typer.Argument(help="Addresses of nonce accounts.")],
) -> None:
    """Confirm nonce accounts, as another person than asked for them."""
    with desk_of(context).write("confirm nonce accounts") as change:
        new = [durable_nonces.confirm(change, account) for account in accounts]
    for account, is_new in zip(accounts, new, strict=True):
        say(f"{account}: confirmed{'' if is_new else ' before'}")


@nonce_account.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List nonce accounts, who stands for them, and the batches that they are pinned to."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                each.account.address,
                each.account.source_account,
                each.account.authority,
                each.account.requested_by,
                each.confirmed_by,
                ", ".join(f"{it.batch} part {it.part}" for it in each.pinned),
            )
            for each in durable_nonces.all_of(session)
        ]
    columns = ("nonce_account", "wallet", "authority", "requested_by", "confirmed_by", "pinned_to")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)


@solana_source.command("set")
def _set(
    context: typer.Context,
    wallet: Wallet,
    signers: Annotated[
        list[str], typer.Option("--signer", help="Who signs, in this order; several times.")
    ],
    kind: Annotated[str, typer.Option("--kind", help="key or multisig.")] = "multisig",
    threshold: Annotated[int, typer.Option("--threshold", help="How many sign.")] = 1,
    fee_payer: Annotated[
        str | None, typer.Option("--fee-payer", help="Who pays the network; else the first.")
    ] = None,
) -> None:
    """Say who signs for a wallet: its own key, or some of a multisig of the token program."""
    with desk_of(context).write(f"who signs for {wallet}") as change:
        made = solana_sources.request(
            change,
            wallet,
            kind,
            signers,
            threshold=threshold,
            fee_payer=fee_payer or signers[0],
        )
        told = f"{wallet}, version {made.version}: {made.threshold} of {len(signers)} sign."
    say(told)
    say(f"Next: another person runs: feeshare --as NAME payout solana-source confirm {wallet}")


@solana_source.command("confirm")
def _confirm_source(context: typer.Context, wallet: Wallet) -> None:
    """Confirm who signs for a wallet, as another person than said so."""
    with desk_of(context).write(f"confirm who signs for {wallet}") as change:
        new = solana_sources.confirm(change, wallet)
    say(f"{wallet}: confirmed{'' if new else ' before'}")


@solana_source.command("list")
def _list_sources(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List who signs for wallets on Solana, version by version."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                each.source_account,
                each.version,
                each.kind,
                each.threshold,
                each.signers,
                each.fee_payer,
                each.requested_by,
                confirmed_by,
            )
            for each, confirmed_by in solana_sources.all_of(session)
        ]
    columns = (
        *("wallet", "version", "kind", "threshold", "signers", "fee_payer"),
        *("requested_by", "confirmed_by"),
    )
    right = ("version", "threshold")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)
