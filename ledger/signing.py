"""Ed25519 signatures (RFC 8032): keys in PEM or hex, and whether one signed some bytes.

Law: what is signed begins with words that say what it is for, which the caller puts there; a
signature made for one thing is none for another.
"""

from typing import TYPE_CHECKING

from ledger.errors import BadInput, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def private_key_of(pem: bytes) -> "Ed25519PrivateKey":
    """Return the private key that a PEM holds.

    Raises:
        BadInput: it is no Ed25519 private key in PEM without a password.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput(
            [
                Problem(
                    code="key_invalid",
                    place="private key",
                    expected="an Ed25519 private key in PEM, without a password",
                )
            ]
        )
    return key


def is_signed(message: bytes, public_key: str, signature: str) -> bool:
    """Return whether a key (hex) made a signature (hex) over a message."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
