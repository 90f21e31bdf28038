"""Addresses and contracts: as chains write them, and as people do."""

from chains.registry import EVM, Chain, chain_named


def on_chain(written: str) -> str:
    """Return an address, contract or hash as it is kept: hexadecimal in lower case.

    Base58 has both cases and stays as it is. The database's `as_on_chain` says the same.
    """
    return written.lower() if written.startswith(("0x", "0X")) else written


def shown(chain: str, address: str) -> str:
    """Return an address for people, on EVM chains with the checksum of EIP-55; blank stays so."""
    if not address or chain_named(chain).family != EVM:
        return address
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(address))


def is_transaction(chain: Chain, written: str) -> bool:
    """Return whether a text can be a transaction's hash, or on Solana its signature."""
    if chain.family == EVM:
        digits = written.removeprefix("0x")
        return len(digits) == 64 and set(digits.lower()) <= set("0123456789abcdef")  # noqa: PLR2004
    return 64 <= len(written) <= 88 and written.isalnum()  # noqa: PLR2004
