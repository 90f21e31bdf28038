"""Approval keys: Ed25519 pairs in PEM files on the checker's own machine (RFC 8032, RFC 8410)."""

import os
import stat
from pathlib import Path

from ledger.errors import BadInput, Conflict, Problem

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""What a secret's file grants to nobody but its owner."""


def make(path: Path) -> str:
    """Make a key pair, write the private half to a new file only its owner reads.

    Returns:
        The public half in hex.

    Raises:
        Conflict: the file is there already.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return write(path, Ed25519PrivateKey.generate().private_bytes_raw())


def write(path: Path, seed: bytes) -> str:
    """Write the private key of a 32-byte seed as PEM, mode 0600; return the public half in hex.

    Raises:
        Conflict: the file is there already.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    private = Ed25519PrivateKey.from_private_bytes(seed)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Conflict(f"{path} is there already.", mend="Choose another file.") from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    return private.public_key().public_bytes_raw().hex()


def read(path: Path) -> bytes:
    """Return the PEM of a private key.

    Raises:
        BadInput: the file cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError:
        raise wrong_key(
            path, "key_missing", "a private key file", "Make one: feeshare user key new FILE"
        ) from None


def secret_in(path: Path) -> str:
    """Return the text of a file that holds a secret and that only its owner may read.

    Raises:
        BadInput: the file cannot be read, or others than its owner may read it.
    """
    try:
        if path.stat().st_mode & OTHERS:
            raise wrong_key(
                path, "key_exposed", "a file that only its owner may read", f"chmod 600 {path}"
            )
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise wrong_key(path, "key_missing", "a file with a private key") from None


def wrong_key(path: Path, code: str, expected: str, mend: str = "") -> BadInput:
    """Return the refusal of a file of a key, which never repeats what stands in it."""
    problem = Problem(code=code, place=str(path), expected=expected, mend=mend)
    return BadInput([problem])
