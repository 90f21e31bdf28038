"""Wallet keys: one spelling of addresses and signatures, and who signed typed data (EIP-712)."""

import pytest

from ledger.errors import BadInput
from ledger.wallet_keys import CURVE_ORDER, is_signed, is_wallet, require_address, spelt

COW = "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"
R = "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
S = "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
PERSON = [{"name": "name", "type": "string"}, {"name": "wallet", "type": "address"}]
MAIL: dict[str, object] = {
    "types": {
        "EIP712Domain": [
            {"name": "name", "type": "string"},
            {"name": "version", "type": "string"},
            {"name": "chainId", "type": "uint256"},
            {"name": "verifyingContract", "type": "address"},
        ],
        "Person": PERSON,
        "Mail": [
            {"name": "from", "type": "Person"},
            {"name": "to", "type": "Person"},
            {"name": "contents", "type": "string"},
        ],
    },
    "primaryType": "Mail",
    "domain": {
        "name": "Ether Mail",
        "version": "1",
        "chainId": 1,
        "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
    },
    "message": {
        "from": {"name": "Cow", "wallet": COW},
        "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
        "contents": "Hello, Bob!",
    },
}
"""The example of EIP-712 itself, with the signature that stands there."""


@pytest.mark.parametrize("last", ["1c", "01"])
@pytest.mark.parametrize("mark", ["0x", ""])
def test_the_signature_that_stands_in_the_standard_is_its_signers(mark: str, last: str) -> None:
    assert is_signed(MAIL, COW, f"{mark}{R}{S}{last}")
    assert spelt(f"{mark}{R}{S}{last}".upper().replace("0X", "0x")) == f"{R}{S}1c"


def test_it_is_nobody_elses_and_over_nothing_else() -> None:
    assert not is_signed(MAIL, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", f"0x{R}{S}1c")
    assert not is_signed({**MAIL, "primaryType": "Person"}, COW, "0x00")
    other = {**MAIL, "domain": {**MAIL["domain"], "chainId": 2}}  # type: ignore[dict-item]
    assert not is_signed(other, COW, f"0x{R}{S}1c")
    assert not is_signed(MAIL, COW, f"0x{R}{S}1b")


def test_the_other_s_that_fits_is_refused() -> None:
    high = f"{CURVE_ORDER - int(S, 16):064x}"
    assert spelt(f"0x{R}{high}1b") is None
    assert not is_signed(MAIL, COW, f"0x{R}{high}1b")


@pytest.mark.parametrize(
    "signature",
    ["", "0x", f"0x{R}{S}", f"0x{R}{S}1d", f"0x{R}{S}1c00", "not hex", f"0x{'00' * 64}1b"],
)
def test_what_is_no_signature_signs_nothing(signature: str) -> None:
    assert not is_signed(MAIL, COW, signature)


def test_r_and_s_outside_the_curve_sign_nothing() -> None:
    assert not is_signed(MAIL, COW, f"0x{'ff' * 32}{S}1c")
    assert not is_signed(MAIL, COW, f"0x{R}{'00' * 32}1c")


@pytest.mark.parametrize(
    "address",
    [COW.lower(), f"0x{COW[2:].upper()}", COW[:-1], COW[2:], f"{COW} ", COW.replace("C", "c", 1)],
)
def test_an_address_is_taken_with_its_checksum_only(address: str) -> None:
    with pytest.raises(BadInput, match="key_invalid"):
        require_address(address)
    assert require_address(COW) == COW
    assert is_wallet(COW)
    assert not is_wallet("ab" * 32)
