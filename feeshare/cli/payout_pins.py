"""What `payout submit` pins: nonces that were typed, or that chains say."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

from feeshare.chain_setup import setup_named
from ledger.errors import BadInput, Problem
from payouts import durable_nonces, plans
from payouts.contents import tokens_on
from payouts.rails.solana import NAME as SOLANA
from payouts.rails.solana_addresses import on_curve
from payouts.tables import PayoutBatch

if TYPE_CHECKING:
    from datetime import date

    from feeshare.cli.desk import Desk


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

    They are those of the chain's providers, or else those that were given. The final slot at
    which the chain said them comes second, where it was asked; a plan that is frozen already has
    its own.

    Raises:
        BadInput: an account was given that is no confirmed one of such a wallet, or has another
            value on chain; a payee's address is no wallet there, or a token cannot be paid.
        ChainNotSet: none was given, and no provider is set.
    """
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
    authorities = {it: who for accounts in known.values() for it, who in accounts.items()}
    _require_ours(given, authorities)
    values, seen_at = _seen(desk, given, authorities)
    return {
        wallet: {account: values[account] for account in accounts if account in values}
        for wallet, accounts in known.items()
    }, seen_at


def _seen(
    desk: "Desk", given: dict[str, str], authorities: dict[str, str]
) -> tuple[dict[str, str], int | None]:
    """Return nonces' values by account, and the slot at which the chain said them, if it did."""
    from feeshare.solana_nonces import values_of

    if not authorities or (given and SOLANA not in desk.settings.chains):
        return given, None
    asked = {it: who for it, who in authorities.items() if not given or it in given}
    seen = values_of(setup_named(desk.settings, SOLANA), asked)
    _require_seen(given, seen.by_account)
    return seen.by_account, seen.slot


def _require_ours(given: dict[str, str], authorities: dict[str, str]) -> None:
    expected = "a wallet of the plan, or a confirmed nonce account of one on Solana"
    problems = [
        Problem(code="nonce_unused", column="nonce", value=each, expected=expected)
        for each in sorted(given.keys() - authorities.keys())
    ]
    if problems:
        raise BadInput(problems)


def _require_seen(given: dict[str, str], on_chain: dict[str, str]) -> None:
    problems = [
        Problem(
            code="nonce_invalid",
            place="--nonce",
            value=f"{account}={value}",
            expected=f"its final value on chain, {on_chain[account]}",
            mend="Leave --nonce out: the values are read from the chain.",
        )
        for account, value in given.items()
        if value != on_chain[account]
    ]
    if problems:
        raise BadInput(problems)


def _require_payable(desk: "Desk", addresses: set[str], mints: set[str]) -> None:
    from feeshare.solana_recipients import chain_problems

    problems = chain_problems(setup_named(desk.settings, SOLANA), addresses, mints)
    if problems:
        raise BadInput(problems)
