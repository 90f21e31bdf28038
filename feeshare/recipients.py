"""Recipients: what an EVM chain has at an address: an account, a Safe, another contract.

Law: as many providers as have to agree say it alike, or nothing counts. Code is looked for on the
destination's own chain: a Safe on another chain is nothing here, and its owners cannot move what
is paid to it.
"""

from dataclasses import dataclass

from chains.movements import Reader
from chains.providers import Panel, Setup
from chains.registry import EVM, chain_named
from feeshare.chain_setup import setup_named
from feeshare.settings import Settings
from ledger.errors import BadInput, Problem
from payouts.destination_findings import ACCOUNT, CODE, DELEGATED, ELSEWHERE, SAFE

DELEGATION = "0xef0100"
"""First bytes of the code of an account that handed its calls to a contract (EIP-7702)."""

NO_CODE = "0x"

DELEGATION_LENGTH = 48
"""Characters of such code: the prefix and 20 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """What is at an address: one of the kinds of `payouts.destination_findings`, and words."""

    kind: str
    detail: str


def recipient_of(settings: Settings, chain: str | None, address: str) -> Recipient:
    """Return what is at an address on its chain and, where that is nothing, on the others.

    Raises:
        BadInput: the chain is none of Ethereum's kind.
        ChainNotSet: it has no provider in the settings.
        ProvidersTooFew: too few answer.
        ProvidersDisagree: they say different things.
    """
    if chain is None or chain_named(chain).family != EVM:
        raise BadInput(
            [
                Problem(
                    code="chain_mismatch",
                    column="chain",
                    value=chain,
                    expected="a destination on an EVM chain",
                )
            ]
        )
    found = _agreed(setup_named(settings, chain), address)
    if found.kind != ACCOUNT:
        return found
    for other in sorted(settings.chains):
        if other != chain and chain_named(other).family == EVM:
            there = _agreed(setup_named(settings, other), address)
            if there.kind in (SAFE, CODE):
                return Recipient(
                    kind=ELSEWHERE,
                    detail=f"nothing on {chain}, and {there.detail}",
                )
    return found


def _agreed(setup: Setup, address: str) -> Recipient:
    panel = Panel(setup)
    panel.open()
    return panel.alike(lambda reader: _look(setup.chain.name, reader, address), address)


def _look(chain: str, reader: Reader, address: str) -> Recipient:
    from chains.evm_reader import EvmReader

    if not isinstance(reader, EvmReader):
        raise TypeError(f"{reader.provider} reads no EVM chain")
    code = reader.code(address)
    if code == NO_CODE:
        return Recipient(kind=ACCOUNT, detail=f"an account on {chain}")
    if code.startswith(DELEGATION) and len(code) == DELEGATION_LENGTH:
        to = code.removeprefix(DELEGATION)
        return Recipient(kind=DELEGATED, detail=f"an account on {chain} that delegates to 0x{to}")
    threshold = reader.safe_threshold(address)
    if threshold:
        return Recipient(kind=SAFE, detail=f"a Safe on {chain} that {threshold} owners sign for")
    return Recipient(kind=CODE, detail=f"a contract on {chain}")
