"""Calls of contracts, spelt from their signatures: `transfer(address,uint256)`."""

from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak


def call_data(signature: str, *arguments: object) -> str:
    """Return the data of a call, in hex."""
    types = _types(signature)
    return "0x" + (keccak(text=signature)[:4] + encode(types, list(arguments))).hex()


def arguments_of(types: str, data: str) -> tuple[Any, ...]:
    """Return the values in returned data; `types` as in `address,uint256`."""
    return decode(types.split(","), bytes.fromhex(data[2:]))


def _types(signature: str) -> list[str]:
    inside = signature[signature.index("(") + 1 : -1]
    return inside.split(",") if inside else []
