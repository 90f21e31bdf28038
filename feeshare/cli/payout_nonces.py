"""`payout nonce-account` and `payout solana-source`: what wallets on Solana need before they pay.

One person says it, another confirms it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import select

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.errors import BadInput, Problem
from payouts import durable_nonces, plans, solana_sources
from payouts.contents import tokens_on
from payouts.rails.solana import NAME as SOLANA
from payouts.rails.solana_addresses import on_curve
from payouts.tables import PayoutBatch

if TYPE_CHECKING:
    from datetime import date

    from feeshare.cli.desk import Desk

nonce_account = typer.Typer(no_args_is_help=True, help="Nonce accounts of wallets on Solana.")
solana_source = typer.Typer(no_args_is_help=True, help="Who signs for wallets on Solana.")

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


def nonces_in(given: Sequence[str]) -> tuple[dict[str, int], dict[str, str]]:
    """Return what `--nonce` says: numbers by wallet, and values by nonce account.

    Raises:
        BadInput: one is neither.
    """
    numbers: dict[str, int] = {}
    values: dict[str, str] = {}
    for each in given:
        name, _, value = each.partition("=")
        if name and value.isascii() and value.isdigit():
            numbers[name] = int(value)
        elif on_curve(name) is not None and on_curve(value) is not None:
            values[name] = value
        else:
            raise BadInput(
                [
                    Problem(
                        code="nonce_invalid",
                        place="--nonce",
                        value=each,
                        expected="WALLET=N, such as wallet-ethereum-treasury=12; on Solana "
                        "ACCOUNT=VALUE, both base58",
                    )
                ]
            )
    return numbers, values


def durable_values(
    desk: "Desk", plan_hash: str, period: "date", given: dict[str, str]
) -> tuple[dict[str, dict[str, str]], int | None]:
    """Return the nonces that a plan's wallets on Solana may be pinned to, by wallet.

    They are those that were given, or else those of the chain's providers, and then the final
    slot that they are of comes second; a plan that is frozen already has its own.

    Raises:
        BadInput: an account was given that is no confirmed one of such a wallet; or the chain says
            that a payee's address is no wallet, or that a token cannot be paid.
        ChainNotSet: none was given, and no provider is set.
    """
    from feeshare.chain_setup import setup_named
    from feeshare.solana_nonces import values_of

    with desk.read() as session:
        if session.scalars(select(PayoutBatch.id).where(PayoutBatch.plan_hash == plan_hash)).all():
            return {}, None
        planned = plans.plan(session, period, on=desk.now.date())
        paying = [batch for batch in planned.batches if batch.rail == SOLANA]
        known = {
            batch.source_account: durable_nonces.confirmed(session, batch.source_account)
            for batch in paying
        }
        tokens = tokens_on(session, SOLANA)
    lines = [line for batch in paying for line in batch.lines]
    if lines and SOLANA in desk.settings.chains:
        mints = {tokens[line.commodity].contract or "" for line in lines} - {""}
        _require_payable(desk, {line.address for line in lines}, mints)
    strange = given.keys() - {account for accounts in known.values() for account in accounts}
    if strange:
        expected = "a wallet of the plan, or a confirmed nonce account of one on Solana"
        raise BadInput(
            [
                Problem(code="nonce_unused", column="nonce", value=each, expected=expected)
                for each in sorted(strange)
            ]
        )
    everywhere = {account: who for accounts in known.values() for account, who in accounts.items()}
    seen_at = None
    if everywhere and not given:
        seen = values_of(setup_named(desk.settings, SOLANA), everywhere)
        given, seen_at = seen.by_account, seen.slot
    return {
        wallet: {account: given[account] for account in accounts if account in given}
        for wallet, accounts in known.items()
    }, seen_at


def _require_payable(desk: "Desk", addresses: set[str], mints: set[str]) -> None:
    from feeshare.chain_setup import setup_named
    from feeshare.solana_recipients import chain_problems

    problems = chain_problems(setup_named(desk.settings, SOLANA), addresses, mints)
    if problems:
        raise BadInput(problems)
