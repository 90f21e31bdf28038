"""Nonces of Solana payouts by the chain: values to pin, and whether a pinned one can still run.

Law: what counts is final and told alike by as many providers as have to agree. That a transaction
can never run is proved by its nonce account alone: the value has moved on, the transaction that
took it is known, and of every final transaction since it was pinned none is ours, by its bytes or
by its memo. Anything else is not known, and then nothing is released.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, cast

from ledger.errors import BadInput, Problem

if TYPE_CHECKING:
    from chains.movements import Reader
    from chains.providers import Setup
    from chains.solana_nonces import NonceHistory, NonceStates, NonceUse
    from chains.solana_reader import SolanaReader


class Fate(StrEnum):
    """What became of a transaction on a durable nonce."""

    MAY_RUN = "may run"
    PAID = "paid"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A part as it was frozen: the nonce that it waits for, and how it is known on chain."""

    account: str
    value: str
    message_hash: str
    memo: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a part, and by which transaction; none while it may run."""

    fate: Fate
    by: "NonceUse | None" = None


MAY_RUN = Ending(fate=Fate.MAY_RUN)


def ending_of(pinned: Pinned, history: "NonceHistory") -> Ending:
    """Return what became of a part, by a history that is whole since it was pinned.

    A transaction is ours if its signed bytes are, or if it uses up the nonce and says our memo:
    wallets may add to what they are given. One that failed has used up its nonce and moved
    nothing.

    Args:
        pinned: the part.
        history: the final state and transactions of its nonce account, agreed by the providers;
            it begins after the slot at which the value that was pinned was seen.
    """
    ours = [use for use in history.uses if _is_ours(pinned, use)]
    for use in ours:
        if use.succeeded:
            return Ending(fate=Fate.PAID, by=use)
    if history.account != pinned.account or history.state is None:
        # A closed account could be made again, so that its absence proves nothing.
        return MAY_RUN
    took = [
        use
        for use in history.uses
        if use.advances and (use.succeeded or use.nonce_value == pinned.value)
    ]
    if history.state.value == pinned.value or not took:
        # A provider whose lists lag behind its accounts does not tell yet who took the value.
        return MAY_RUN
    failed = [use for use in took if use in ours]
    if failed:
        return Ending(fate=Fate.FAILED, by=failed[0])
    return Ending(fate=Fate.SUPERSEDED, by=took[0])


def can_never_run(pinned: Pinned, history: "NonceHistory") -> bool:
    """Return whether a part did not run and never will: its nonce moved on without it."""
    return ending_of(pinned, history).fate in {Fate.FAILED, Fate.SUPERSEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """Values of nonce accounts by address, and the final slot at which they were seen."""

    slot: int
    by_account: dict[str, str]


def values_of(setup: "Setup", accounts: Mapping[str, str]) -> Values:
    """Return the final value of each nonce account, agreed by the chain's providers.

    Args:
        setup: the chain.
        accounts: nonce accounts and the authority that each is registered with.

    Raises:
        BadInput: an account is none on chain, or somebody else may use it up.
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
    """
    states = states_of(setup, list(accounts))
    problems = [
        Problem(
            code="nonce_invalid",
            column="nonce account",
            value=address,
            expected=f"a nonce account on chain whose authority is {authority}",
            mend="Look it up on chain, and register another one.",
        )
        for address, authority in accounts.items()
        if address not in states.found or states.found[address].authority != authority
    ]
    if problems:
        raise BadInput(problems)
    return Values(
        slot=states.slot,
        by_account={address: states.found[address].value for address in accounts},
    )


def history_of(setup: "Setup", account: str, first: int) -> "NonceHistory":
    """Return a nonce account's history from a slot on, agreed by the chain's providers.

    Raises:
        ProvidersTooFew: too few providers answer, or keep what was from that slot on.
        ProvidersDisagree: they tell different things.
    """
    from chains.providers import Panel

    panel = Panel(setup)
    panel.open()
    return panel.alike(
        lambda reader: _solana(reader).uses_of(account, first), f"nonce account {account}"
    )


def states_of(setup: "Setup", accounts: Sequence[str]) -> "NonceStates":
    """Return the final state of nonce accounts, agreed by the chain's providers.

    Raises:
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
    """
    from chains.providers import Panel

    panel = Panel(setup)
    panel.open()
    return panel.alike(lambda reader: _solana(reader).nonces(accounts), "nonce accounts")


def _is_ours(pinned: Pinned, use: "NonceUse") -> bool:
    # A memo alone is anybody's word; to use up the nonce takes a signature of ours.
    return use.message_hash == pinned.message_hash or (use.advances and pinned.memo in use.memos)


def _solana(reader: "Reader") -> "SolanaReader":
    return cast("SolanaReader", reader)
