"""EVM addresses: what is taken, what is refused, and under which code."""

import pytest

from payouts.rails.evm_addresses import address_problems
from support.payouts import ALICE, BOB


def codes(address: str, chain_id: int | None = 1) -> list[str]:
    return [found.code for found in address_problems(address, chain_id)]


@pytest.mark.parametrize("address", [ALICE, f"eth:{BOB}", "0x" + "12" * 20])
def test_a_checksummed_address_is_taken_with_its_chain_prefix_or_without(address: str) -> None:
    assert codes(address) == []


def test_a_prefix_is_compared_with_the_chain_of_the_batch() -> None:
    assert codes(f"bnb:{ALICE}", chain_id=56) == []
    assert codes(f"bnb:{ALICE}", chain_id=1) == ["chain_mismatch"]
    assert codes(f"eth:{ALICE}", chain_id=None) == ["chain_mismatch"]
    assert codes(f"nowhere:{ALICE}", chain_id=None) == ["chain_mismatch"]
    assert codes(f":{ALICE}") == ["chain_mismatch"]


def test_an_address_with_a_wrong_checksum_is_refused_without_the_right_one() -> None:
    wrong = ALICE.replace("5aA", "5aa")
    [found] = address_problems(wrong, 1)
    assert found.code == "checksum_invalid"
    assert ALICE not in found.sentence()


@pytest.mark.parametrize("address", [ALICE.lower(), "0x" + ALICE[2:].upper()])
def test_an_address_without_a_checksum_is_refused_with_the_spelling_to_confirm(
    address: str,
) -> None:
    [found] = address_problems(address, 1)
    assert found.code == "checksum_absent"
    assert ALICE in found.mend


@pytest.mark.parametrize(
    "address",
    [
        "",
        ALICE[:-1],
        ALICE + "0",
        ALICE[2:],
        "0X" + ALICE[2:],
        ALICE.replace("0x5", "0xO"),
        f" {ALICE}",
        f"{ALICE}\n",
        f"{ALICE}.",
        ALICE[:9] + "\u200b" + ALICE[9:],
        "maintainer.eth",
        "0x" + "\uff11" * 40,
    ],
)
def test_an_address_of_another_shape_is_refused(address: str) -> None:
    assert codes(address) == ["address_malformed"]


@pytest.mark.parametrize(
    "address",
    [
        "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
        "5" * 88,
        "0x" + "ab" * 32,
    ],
)
def test_a_solana_key_or_a_transaction_hash_is_no_evm_address(address: str) -> None:
    assert codes(address) == ["address_kind"]


@pytest.mark.parametrize(
    "address",
    [
        "0x" + "00" * 20,
        "0x000000000000000000000000000000000000dEaD",
        "0x000000000000000000000000000000000000dead",
        "0xdEAD000000000000000042069420694206942069",
        "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE",
        *(f"0x{number:040x}" for number in range(1, 0x12)),
    ],
)
def test_nobody_is_paid_at_an_address_without_a_key(address: str) -> None:
    assert codes(address) == ["address_forbidden"]
