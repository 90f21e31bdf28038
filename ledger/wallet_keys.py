"""Wallet keys: Ethereum addresses whose owners sign typed data (EIP-712), as wallets show it.

Law: a key has one spelling, the address with its EIP-55 checksum, and a signature too: 65 bytes
with the lower of the two s that fit (EIP-2). Contracts are no keys (EIP-1271): whether one signed
depends on a chain, and may be another tomorrow.
"""

import re
from collections.abc import Mapping

from ledger.errors import BadInput, Problem
from ledger.recursion import usual_recursion_limit

MARK = "0x"
"""How a wallet's address begins, and no Ed25519 key in hex."""

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
SIGNATURE = re.compile(r"(?:0x)?([0-9a-fA-F]{64})([0-9a-fA-F]{64})([0-9a-fA-F]{2})")

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Of secp256k1 (SEC 2); of the two s that fit a signature the lower is at most its half."""

RECOVERY = {0: 27, 1: 28, 27: 27, 28: 28}
"""The last byte of a signature as wallets write it, and the one spelling of it."""


def is_wallet(key: str) -> bool:
    """Return whether a key is a wallet's address."""
    return key.startswith(MARK)


def require_address(text: str) -> str:
    """Return an address as it is kept.

    Raises:
        BadInput: it is none, or its EIP-55 checksum is missing or does not hold.
    """
    from eth_utils.address import to_checksum_address

    if ADDRESS.fullmatch(text) is None or to_checksum_address(text) != text:
        raise BadInput(
            [
                Problem(
                    code="key_invalid",
                    place="wallet",
                    value=text,
                    expected="an Ethereum address, 0x and 40 hexadecimal digits, capitals and "
                    "small letters as the wallet shows them (EIP-55)",
                    mend="Copy the whole address from the wallet that will sign.",
                )
            ]
        )
    return text


def spelt(signature: str) -> str | None:
    """Return the one spelling of a signature, 130 hexadecimal digits; nothing if it is none."""
    parts = SIGNATURE.fullmatch(signature)
    if parts is None:
        return None
    recovery = RECOVERY.get(int(parts[3], 16))
    if recovery is None or int(parts[2], 16) > CURVE_ORDER // 2:
        return None
    return f"{parts[1]}{parts[2]}{recovery:02x}".lower()


def is_signed(typed_data: Mapping[str, object], address: str, signature: str) -> bool:
    """Return whether the owner of an address signed typed data (EIP-712 JSON)."""
    with usual_recursion_limit():
        from eth_account import Account
        from eth_account.messages import encode_typed_data
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    clean = spelt(signature)
    if clean is None:
        return False
    message = encode_typed_data(full_message=dict(typed_data))
    try:
        signer = Account.recover_message(message, signature=bytes.fromhex(clean))
    except (BadSignature, ValidationError, ValueError):
        return False
    return str(signer) == address
