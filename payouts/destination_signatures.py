"""Signatures of payees: EIP-191 and EIP-712 on EVM chains, Ed25519 on Solana; no database.

Law: what is signed is the challenge's text, whole; it names one request, so that a signature made
for one proves no other.
"""

from ledger import signing
from ledger.recursion import usual_recursion_limit

EIP_191, EIP_712, ED25519 = "eip-191", "eip-712", "ed25519"
SCHEMES = (EIP_191, EIP_712, ED25519)

SIGNATURE_BYTES = 65
"""Of an EVM signature: r, s and the recovery id."""


def typed_data(message: str, chain_id: int) -> dict[str, object]:
    """Return a challenge as EIP-712 data that wallets show field by field."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
            ],
            "PayoutAddress": [{"name": "statement", "type": "string"}],
        },
        "primaryType": "PayoutAddress",
        "domain": {"name": "feeshare", "version": "1", "chainId": chain_id},
        "message": {"statement": message},
    }


def scheme_of(message: str, address: str, chain_id: int | None, signature: str) -> str | None:
    """Return the scheme by which an address signed a message; nothing if it did not.

    Args:
        message: the challenge's text.
        address: the address whose key is to have signed.
        chain_id: the EVM chain's id; blank for a Solana address.
        signature: hexadecimal, with or without 0x; of Solana keys in base58, too.
    """
    if chain_id is None:
        return ED25519 if _is_signed_on_solana(message, address, signature) else None
    given = _bytes_of(signature)
    if given is None or len(given) != SIGNATURE_BYTES:
        return None
    for scheme, signable in _signables(message, chain_id):
        if _signer(signable, given) == address:
            return scheme
    return None


def _signables(message: str, chain_id: int) -> list[tuple[str, object]]:
    with usual_recursion_limit():
        from eth_account.messages import encode_defunct, encode_typed_data

    return [
        (EIP_191, encode_defunct(text=message)),
        (EIP_712, encode_typed_data(full_message=typed_data(message, chain_id))),
    ]


def _signer(signable: object, signature: bytes) -> str | None:
    """Return the checksummed address that made a signature; nothing where none can have."""
    with usual_recursion_limit():
        from eth_account import Account
    from eth_keys.exceptions import BadSignature
    from eth_utils.exceptions import ValidationError

    try:
        found: str = Account.recover_message(signable, signature=signature)
    except (BadSignature, ValidationError, ValueError):
        return None
    return found


def _is_signed_on_solana(message: str, address: str, signature: str) -> bool:
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    try:
        key = bytes(Pubkey.from_string(address))
        given = _bytes_of(signature) or bytes(Signature.from_string(signature))
    except ValueError:
        return False
    return signing.is_signed(message.encode(), key.hex(), given.hex())


def _bytes_of(signature: str) -> bytes | None:
    try:
        return bytes.fromhex(signature.removeprefix("0x"))
    except ValueError:
        return None
