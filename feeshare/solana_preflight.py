"""Preflight of a batch on Solana: its nonces still wait, and its signers are those registered.

Law: the chain's multisig account decides who can pay, whatever was registered; as many providers
as have to agree tell it alike, final.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from feeshare.chain_setup import setup_named
from feeshare.preflight import Preflight
from feeshare.settings import Settings
from feeshare.solana_nonces import states_of
from payouts.contents import Contents
from payouts.rails.durable import MULTISIG, Durable
from payouts.rails.solana import NAME as SOLANA

if TYPE_CHECKING:
    from chains.providers import Setup
    from chains.solana_multisigs import Multisig
    from chains.solana_nonces import NonceStates
    from chains.solana_reader import SolanaReader


def preflight(settings: Settings, contents: Contents) -> Preflight:
    """Return what the chain says of who signs a batch and of the nonces that it waits for.

    Raises:
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
    """
    durable = contents.durable
    assert durable is not None  # noqa: S101 - the database holds it
    setup = setup_named(settings, SOLANA)
    states = states_of(setup, [slot.account for slot in durable.slots])
    on_chain = _multisig(setup, contents.source_address)
    return Preflight(
        batch=contents.batch.id,
        block=states.slot,
        summary=f"{durable.threshold} of {len(durable.signers)} sign, "
        f"{len(durable.slots)} nonces wait",
        reasons=tuple(_nonce_reasons(durable, states)),
        strangers=tuple(strangers_of(durable, on_chain)),
    )


def strangers_of(durable: Durable, on_chain: "Multisig | None") -> Iterator[str]:
    """Yield how the signers of a wallet differ on chain from those that a batch is frozen with.

    Args:
        durable: who signs, as two persons registered it.
        on_chain: the wallet's account where it is a multisig.
    """
    if durable.kind != MULTISIG:
        if on_chain is not None:
            yield "the wallet is a multisig on chain, and registered as a key"
        return
    if on_chain is None:
        yield "the wallet is no multisig on chain, and registered as one"
        return
    if on_chain.threshold != durable.threshold:
        yield f"{on_chain.threshold} sign on chain, {durable.threshold} are registered"
    for signer in sorted({*on_chain.signers} - {*durable.signers}):
        yield f"{signer} may sign on chain, and is not registered"
    for signer in sorted({*durable.signers} - {*on_chain.signers}):
        yield f"{signer} is registered, and may not sign on chain"


def _nonce_reasons(durable: Durable, states: "NonceStates") -> Iterator[str]:
    for slot in durable.slots:
        state, named = states.found.get(slot.account), f"nonce account {slot.account}"
        if state is None or state.value != slot.value:
            yield f"{named} has not the value {slot.value} any more"
        elif state.authority != slot.authority:
            yield f"{named} is {state.authority}'s now, not {slot.authority}'s"


def _multisig(setup: "Setup", address: str) -> "Multisig | None":
    from chains.providers import Panel

    panel = Panel(setup)
    panel.open()
    return panel.alike(
        lambda reader: cast("SolanaReader", reader).multisig(address), f"who signs for {address}"
    )
