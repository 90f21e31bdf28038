import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from ledger.errors import BadInput
from ledger.signing import is_signed, private_key_of
from support.payouts import pem_of, private_key, public_key

MESSAGE = b"what it is for\ncontent"


def test_a_key_signs_and_its_public_half_says_so() -> None:
    signature = private_key_of(pem_of("carol")).sign(MESSAGE).hex()
    assert is_signed(MESSAGE, public_key("carol"), signature)
    assert not is_signed(MESSAGE + b"!", public_key("carol"), signature)
    assert not is_signed(MESSAGE, public_key("dave"), signature)


@pytest.mark.parametrize(("key", "signature"), [("", ""), ("zz", "00"), ("00" * 31, "00" * 64)])
def test_what_is_no_key_or_no_signature_signed_nothing(key: str, signature: str) -> None:
    assert not is_signed(MESSAGE, key, signature)


@pytest.mark.parametrize("pem", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_private_key_is_refused(pem: bytes) -> None:
    with pytest.raises(BadInput, match="key_invalid"):
        private_key_of(pem)


def test_a_key_under_a_password_is_refused() -> None:
    locked = private_key("carol").private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
    )
    with pytest.raises(BadInput, match="without a password"):
        private_key_of(locked)
