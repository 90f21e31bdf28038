"""Safes as their chains tell them: what one is now, and the next nonce that is free.

Law: what is read here decides which nonce is pinned, so as many providers as have to agree tell it
alike, of one block. A nonce that the chain has passed can never run; one behind a gap waits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.evm_reader import EvmReader
from chains.movements import Reader
from chains.providers import Panel, Setup
from chains.safes import SafeState, state_at
from feeshare.chain_setup import setup_named
from feeshare.settings import Settings
from ledger.errors import BadInput, Problem
from payouts.planned import PlannedBatch
from payouts.rails.evm_addresses import bare_address
from payouts.safe_signers import Signers, signers
from payouts.tables import ExecutionSlot, PayoutBatch, SlotRelease

SAFE = "safe"


def evm_reader(reader: Reader) -> EvmReader:
    """Return a reader of an EVM chain as what it is.

    Raises:
        TypeError: it reads a chain of another family, where there are no Safes.
    """
    if not isinstance(reader, EvmReader):
        raise TypeError(f"{reader.provider} serves no EVM chain")
    return reader


def safe_state(panel: Panel, address: str) -> tuple[int, SafeState]:
    """Return a block near the head and what a Safe is there, as enough providers tell it.

    Raises:
        ProvidersTooFew: too few answer, or there is no Safe.
        ProvidersDisagree: they tell different things.
    """
    safe = bare_address(address)
    return panel.near_head(
        lambda reader, number: state_at(evm_reader(reader), safe, number), f"Safe {safe}"
    )


def live_nonces(session: Session, account: str) -> set[int]:
    """Return the nonces of an account that batches are pinned to and did not give up."""
    released = select(SlotRelease.batch).where(
        SlotRelease.source_account == ExecutionSlot.source_account,
        SlotRelease.nonce == ExecutionSlot.nonce,
        SlotRelease.attempt == ExecutionSlot.attempt,
    )
    return set(
        session.scalars(
            select(ExecutionSlot.nonce).where(
                ExecutionSlot.source_account == account, ~released.exists()
            )
        )
    )


def nonce_fault(nonce: int, on_chain: int, live: set[int]) -> str | None:
    """Return why a Safe would not come to a nonce, or nothing: what is before it is pinned."""
    if nonce < on_chain:
        return f"nonce {nonce} is used up: the Safe's next one is {on_chain}"
    missing = sorted(set(range(on_chain, nonce)) - live)
    if missing:
        return f"nonce {nonce} waits for {missing[0]}, which no batch is pinned to"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafesNow:
    """The nonces to pin and who can sign, by wallet, as far as chains were asked."""

    nonces: dict[str, int]
    signers: dict[str, Signers]


def safes_now(
    session: Session,
    settings: Settings,
    plan_hash: str,
    planned: Iterable[PlannedBatch],
    given: Mapping[str, int],
) -> SafesNow:
    """Return the nonces to pin: those given, and for other Safes the next free one on chain.

    With them comes who can sign for each Safe. A plan that was submitted before keeps its own.
    Chains without providers are left out, so that a missing nonce is told where the plan is
    frozen.

    Raises:
        BadInput: a given nonce is used up on chain, or comes after a gap.
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
    """
    frozen = session.scalars(select(PayoutBatch).where(PayoutBatch.plan_hash == plan_hash)).all()
    if frozen:
        pinned = {it.source_account: it.nonce for it in frozen if it.nonce is not None}
        return SafesNow(nonces=pinned | dict(given), signers={})
    nonces, signing, problems = dict(given), {}, []
    for batch in planned:
        if batch.rail != SAFE or batch.chain is None or batch.chain not in settings.chains:
            continue
        panel = opened(setup_named(settings, batch.chain))
        _, state = safe_state(panel, batch.source_address)
        signing[batch.source_account] = signers(state.owners, state.threshold)
        on_chain = state.nonce
        live = live_nonces(session, batch.source_account)
        nonce = nonces.setdefault(batch.source_account, max({on_chain, *(n + 1 for n in live)}))
        fault = nonce_fault(nonce, on_chain, live)
        if fault is not None:
            problems.append(_unexecutable(batch.source_account, nonce, fault))
    if problems:
        raise BadInput(problems)
    return SafesNow(nonces=nonces, signers=signing)


def opened(setup: Setup) -> Panel:
    """Return the providers of a chain, asked for their chain and newest final block.

    Raises:
        ProvidersTooFew: too few serve this chain.
    """
    # What a token was when this process began says nothing of it now.
    panel = Panel(replace(setup, checked=set()))
    panel.open()
    return panel


def _unexecutable(account: str, nonce: int, fault: str) -> Problem:
    return Problem(
        code="batch_unexecutable",
        column="nonce",
        value=f"{account}={nonce}",
        expected=f"a nonce that the Safe comes to ({fault})",
        mend="Leave --nonce out: the next free one is read from the chain.",
    )
