"""The chains as they are set here: readers of each provider, made once a process."""

import dataclasses
from functools import cache

from chains.providers import Setup
from chains.registry import EVM, Chain, chain_named
from feeshare.settings import Settings
from ledger.errors import Conflict


class ChainNotSet(Conflict):
    """A chain without a provider in the settings."""

    code = "chain_not_set"

    def __init__(self, chain: str) -> None:
        super().__init__(
            f"No provider is set for {chain}.",
            mend=f"Name two in feeshare.toml: [chains.{chain}] providers = [URL, URL]",
        )


def setup_named(settings: Settings, chain: str) -> Setup:
    """Return a chain with its readers.

    Raises:
        UnknownReference: no such chain can be read.
        ChainNotSet: it has no provider in the settings.
    """
    known = chain_named(chain)
    if chain not in settings.chains:
        raise ChainNotSet(chain)
    setting = settings.chains[chain]
    addresses = tuple(each.get_secret_value() for each in setting.providers)
    return _setup(known, setting.identity or known.identity, addresses, setting.agreeing)


def setups(settings: Settings) -> list[Setup]:
    """Return every chain that is set, by name."""
    return [setup_named(settings, chain) for chain in sorted(settings.chains)]


@cache
def _setup(chain: Chain, identity: str, addresses: tuple[str, ...], agreeing: int) -> Setup:
    """Return a chain's readers; a reader learns how wide its provider's answers may be."""
    from chains.jsonrpc import RpcClient

    held = dataclasses.replace(chain, identity=identity)
    clients = [RpcClient(address) for address in addresses]
    if chain.family == EVM:
        from chains.evm_reader import EvmReader

        return Setup(
            chain=held, readers=tuple(EvmReader(held, each) for each in clients), agreeing=agreeing
        )
    from chains.solana_reader import SolanaReader

    return Setup(
        chain=held, readers=tuple(SolanaReader(held, each) for each in clients), agreeing=agreeing
    )
