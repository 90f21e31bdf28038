"""The Safe rail: addresses, the Transaction Builder file and the SafeTx.

The golden hashes were computed apart from this code: by a JavaScript walk of the files with ethers
6.17 (checksum, calldata and multiSend rebuilt, TypedDataEncoder) and by Safe 1.4.1's own
`getTransactionHash` on a local chain, where the owners' signatures over them paid every line.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from Crypto.Hash import keccak

from ledger.errors import BadInput, UnknownReference
from payouts.rails.instructions import Instruction, Payment, Rail, Token, units
from payouts.rails.registry import rail_named
from payouts.rails.safe import MULTI_SEND_CALL_ONLY, SafeRail, checksum_of, parts_of, safe_tx_of

SAFE = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
CAROL = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
USDC_CONTRACT = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
HBOT_CONTRACT = "0xE5097D9baeAFB89f9bcB78C9290d545dB5f9e9CB"
USDC = Token(chain="ethereum", chain_id=1, contract=USDC_CONTRACT, decimals=6, commodity="USDC")
HBOT = replace(USDC, contract=HBOT_CONTRACT, decimals=18, commodity="HBOT")
ETHER = replace(USDC, contract=None, decimals=18, commodity="ETH")

GOLDEN_CHECKSUM = "0x15ebb065032f8416b05c4b57ca9a7e020957d4f093436cc5ccb478f1ecc757ca"
GOLDEN_THREE = "0x287bf7e8f41089eb4d29f93b643aff3809db3f7e6338f53354605bc021124f60"
GOLDEN_TOKEN = "0xbd458b3f0a682a364f3e3193b167f0f46a8bc1c82e07e56b530528c77ab05818"
GOLDEN_COIN = "0x17d7e6bccb2fd647ec8a70216726141a6f1e7bce20681d0274938bec8a91ba68"

PUBLIC_SAMPLE = """{"version": "1.0", "chainId": "1", "createdAt": 1761326849944,
  "meta": {"name": "Transactions Batch", "description": "", "txBuilderVersion": "1.18.2",
    "createdFromSafeAddress": "0xA77DE01e157f9f57C7c4A326eeE9C4874D0598b6",
    "createdFromOwnerAddress": "",
    "checksum": "0x8b5032f716845c8b08bab3d63dbd9ba92e056f3557793cd041e59b84e16aa989"},
  "transactions": [{"to": "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "value": "0",
    "data": null,
    "contractMethod": {"inputs": [
        {"internalType": "address", "name": "spender", "type": "address"},
        {"internalType": "uint256", "name": "value", "type": "uint256"}],
      "name": "approve", "payable": false},
    "contractInputsValues": {"spender": "0x474e5Ded6b5D078163BFB8F6dBa355C3aA5478C8",
      "value": "100000000000"}}]}"""


def payment(line: int, address: str, token: Token | None, amount: str) -> Payment:
    return Payment(
        line=line,
        payee=f"maintainer-{line}",
        payee_name=f"Maintainer {line}",
        address=address,
        commodity=token.commodity if token else "USD",
        amount=Decimal(amount),
        token=token,
        reference="2026-08",
    )


def instruction(*payments: Payment, nonce: int | None = 7) -> Instruction:
    return Instruction(
        batch="2026-08/1",
        content_hash="c0ffee" * 10 + "c0ff",
        rail="safe",
        source=f"eth:{SAFE}",
        nonce=nonce,
        payments=payments,
        created_at=datetime(2026, 9, 12, 10, 30, 0, 123456, tzinfo=UTC),
    )


THREE = instruction(
    payment(1, ALICE, USDC, "412.50"),
    payment(2, f"eth:{BOB}", ETHER, "0.25"),
    payment(3, CAROL, HBOT, "1234567.000000000000000001"),
)


def exported(batch: Instruction) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return (Transaction Builder file, signer sheet) of each part."""
    files = [json.loads(file.content) for file in rail_named("safe").export(batch)]
    return list(zip(files[::2], files[1::2], strict=True))


def codes(address: str, chain_id: int | None = 1) -> list[str]:
    return [found.code for found in SafeRail().check_destination(address, chain_id=chain_id)]


def refusals(batch: Instruction) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(BadInput) as refused:
        SafeRail().export(batch)
    return [(found.code, found.row, found.column) for found in refused.value.problems]


def keccak256(data: bytes) -> bytes:
    return keccak.new(digest_bits=256, data=data).digest()


def typed_data_hash(typed: dict[str, Any]) -> str:
    """Hash any EIP-712 typed data whose fields are atomic or `bytes`, reading nothing but it."""

    def word(kind: str, value: str | int) -> bytes:
        if kind == "bytes":
            return keccak256(bytes.fromhex(str(value)[2:]))
        return int(str(value), 16 if kind == "address" else 10).to_bytes(32, "big")

    def struct(name: str, values: dict[str, str | int]) -> bytes:
        fields = typed["types"][name]
        kind = f"{name}({','.join(f['type'] + ' ' + f['name'] for f in fields)})"
        words = [word(field["type"], values[field["name"]]) for field in fields]
        return keccak256(keccak256(kind.encode()) + b"".join(words))

    domain = struct("EIP712Domain", typed["domain"])
    message = struct(typed["primaryType"], typed["message"])
    return "0x" + keccak256(b"\x19\x01" + domain + message).hex()


def unpacked(multi_send: str) -> list[tuple[int, str, int, str]]:
    """Read `multiSend(bytes)` back into (operation, target, value, data), by its layout alone."""
    data = bytes.fromhex(multi_send[2:])
    assert data[:4].hex() == "8d80ff0a"
    assert int.from_bytes(data[4:36], "big") == 32
    packed = data[68 : 68 + int.from_bytes(data[36:68], "big")]
    calls = []
    while packed:
        length = int.from_bytes(packed[53:85], "big")
        value = int.from_bytes(packed[21:53], "big")
        calls.append((packed[0], packed[1:21].hex(), value, packed[85 : 85 + length].hex()))
        packed = packed[85 + length :]
    return calls


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
    [found] = SafeRail().check_destination(wrong, chain_id=1)
    assert found.code == "checksum_invalid"
    assert ALICE not in found.sentence()


@pytest.mark.parametrize("address", [ALICE.lower(), "0x" + ALICE[2:].upper()])
def test_an_address_without_a_checksum_is_refused_with_the_spelling_to_confirm(
    address: str,
) -> None:
    [found] = SafeRail().check_destination(address, chain_id=1)
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


def test_the_checksum_is_the_one_the_transaction_builder_gave_a_public_file() -> None:
    sample = json.loads(PUBLIC_SAMPLE)
    assert checksum_of(sample) == sample["meta"]["checksum"]


def test_the_checksum_leaves_the_name_free_and_holds_everything_else() -> None:
    sample = json.loads(PUBLIC_SAMPLE)
    renamed = {**sample, "meta": {**sample["meta"], "name": "other"}}
    changed = {**sample, "meta": {**sample["meta"], "description": "other"}}
    assert checksum_of(renamed) == checksum_of(sample)
    assert checksum_of(changed) != checksum_of(sample)
    with pytest.raises(TypeError):
        checksum_of({"meta": "text"})


def test_a_batch_file_has_the_checksum_and_says_batch_hash_and_nonce() -> None:
    [(builder, sheet)] = exported(THREE)
    meta = builder["meta"]
    assert meta["checksum"] == checksum_of(builder) == GOLDEN_CHECKSUM
    assert meta["createdFromSafeAddress"] == SAFE
    for said in ("2026-08/1", "part 1 of 1", THREE.content_hash, "nonce 7", sheet["safeTxHash"]):
        assert said in meta["description"]


def test_a_batch_file_is_dated_by_the_instruction_in_whole_milliseconds() -> None:
    [(builder, _)] = exported(THREE)
    assert builder["createdAt"] == 1789209000123


def test_a_token_line_names_method_and_inputs_and_no_raw_data() -> None:
    [(builder, _)] = exported(THREE)
    line = builder["transactions"][0]
    assert builder["chainId"] == "1"
    assert (line["to"], line["value"], line["data"]) == (USDC_CONTRACT, "0", None)
    assert line["contractMethod"]["name"] == "transfer"
    assert [it["type"] for it in line["contractMethod"]["inputs"]] == ["address", "uint256"]
    assert line["contractInputsValues"] == {"to": ALICE, "value": "412500000"}


def test_a_line_in_the_native_coin_is_a_plain_send() -> None:
    [(builder, _)] = exported(THREE)
    assert builder["transactions"][1] == {
        "to": BOB,
        "value": "250000000000000000",
        "data": None,
        "contractMethod": None,
        "contractInputsValues": None,
    }


@pytest.mark.parametrize(
    ("batch", "golden"),
    [
        (THREE, GOLDEN_THREE),
        (instruction(payment(1, ALICE, USDC, "412.50")), GOLDEN_TOKEN),
        (instruction(payment(1, BOB, ETHER, "0.25")), GOLDEN_COIN),
    ],
    ids=["three lines", "one token line", "one coin line"],
)
def test_the_safe_tx_hash_is_the_one_the_safe_computes(batch: Instruction, golden: str) -> None:
    [(_, sheet)] = exported(batch)
    assert sheet["safeTxHash"] == safe_tx_of(batch).safe_tx_hash() == golden
    assert typed_data_hash(sheet["typedData"]) == golden


def test_domain_hash_and_message_hash_are_the_halves_of_the_safe_tx_hash() -> None:
    [(_, sheet)] = exported(THREE)
    halves = bytes.fromhex(sheet["domainHash"][2:] + sheet["messageHash"][2:])
    assert "0x" + keccak256(b"\x19\x01" + halves).hex() == GOLDEN_THREE


def test_another_nonce_chain_safe_or_amount_gives_another_hash() -> None:
    others = [
        THREE,
        replace(THREE, nonce=8),
        replace(THREE, source=CAROL),
        replace(THREE, payments=THREE.payments[::-1]),
        instruction(payment(1, ALICE, USDC, "412.51")),
        instruction(payment(1, ALICE, replace(USDC, chain_id=56), "412.51")),
    ]
    assert len({safe_tx_of(other).safe_tx_hash() for other in others}) == len(others)


def test_several_lines_are_one_multi_send_that_pays_each_line_once() -> None:
    [(_, sheet)] = exported(THREE)
    message = sheet["typedData"]["message"]
    assert (message["to"], message["value"], message["operation"]) == (
        MULTI_SEND_CALL_ONLY,
        "0",
        1,
    )
    transfer = "a9059cbb{:0>64}{:064x}"
    assert unpacked(message["data"]) == [
        (0, USDC_CONTRACT[2:].lower(), 0, transfer.format(ALICE[2:].lower(), 412_500_000)),
        (0, BOB[2:].lower(), 25 * 10**16, ""),
        (
            0,
            HBOT_CONTRACT[2:].lower(),
            0,
            transfer.format(CAROL[2:].lower(), 1234567 * 10**18 + 1),
        ),
    ]


def test_one_line_is_a_direct_call_and_gas_is_left_at_zero() -> None:
    [(_, sheet)] = exported(instruction(payment(1, ALICE, USDC, "412.50")))
    message = sheet["typedData"]["message"]
    assert (message["to"], message["operation"], message["nonce"]) == (USDC_CONTRACT, 0, "7")
    assert {message[name] for name in ("safeTxGas", "baseGas", "gasPrice")} == {"0"}


def test_more_than_200_lines_become_parts_on_consecutive_nonces() -> None:
    batch = instruction(*(payment(line, ALICE, USDC, str(line)) for line in range(1, 402)))
    parts = exported(batch)
    assert [len(builder["transactions"]) for builder, _ in parts] == [200, 200, 1]
    assert [sheet["nonce"] for _, sheet in parts] == ["7", "8", "9"]
    assert [sheet["part"] for _, sheet in parts] == [f"part {n} of 3" for n in (1, 2, 3)]
    assert [line["line"] for _, sheet in parts for line in sheet["payments"]] == [*range(1, 402)]
    assert len({file.name for file in SafeRail().export(batch)}) == 6
    with pytest.raises(BadInput, match="at most 200 lines"):
        safe_tx_of(batch)


def test_parts_of_an_unpinned_batch_stay_unpinned() -> None:
    assert [part.nonce for part in parts_of(replace(THREE, nonce=None))] == [None]


def test_the_signer_sheet_lists_each_line_and_the_totals() -> None:
    [(_, sheet)] = exported(THREE)
    assert sheet["totals"] == {
        "ETH": "0.25",
        "HBOT": "1234567.000000000000000001",
        "USDC": "412.5",
    }
    assert [(line["payee"], line["units"]) for line in sheet["payments"]] == [
        ("maintainer-1", "412500000"),
        ("maintainer-2", "250000000000000000"),
        ("maintainer-3", "1234567000000000000000001"),
    ]


def test_the_same_instruction_gives_the_same_bytes() -> None:
    assert SafeRail().export(THREE) == SafeRail().export(THREE)


def test_every_bad_line_is_named_with_its_number() -> None:
    batch = instruction(
        payment(4, ALICE.lower(), USDC, "1"),
        payment(5, ALICE, USDC, "0.0000001"),
        payment(6, SAFE, USDC, "1"),
        payment(7, HBOT_CONTRACT, USDC, "1"),
        payment(8, BOB, HBOT, "1"),
        payment(9, BOB, replace(USDC, contract=USDC_CONTRACT.lower()), "1"),
    )
    assert refusals(batch) == [
        ("checksum_absent", 4, "address"),
        ("too_precise", 5, "amount"),
        ("address_forbidden", 6, "address"),
        ("address_forbidden", 7, "address"),
        ("checksum_absent", 9, "token"),
    ]


@pytest.mark.parametrize("nonce", [None, -1])
def test_a_batch_without_a_pinned_nonce_is_refused(nonce: int | None) -> None:
    assert refusals(replace(THREE, nonce=nonce)) == [("batch_unexecutable", None, None)]


def test_a_batch_of_two_chains_or_none_is_refused() -> None:
    on_bsc = payment(1, ALICE, replace(USDC, chain_id=56), "1")
    two = instruction(on_bsc, payment(2, BOB, USDC, "1"))
    assert refusals(two) == [("chain_mismatch", None, None)]
    bank = instruction(payment(1, ALICE, None, "1"))
    assert refusals(bank) == [("chain_mismatch", None, None)]
    solana = instruction(payment(1, ALICE, replace(USDC, chain_id=None), "1"))
    assert refusals(solana) == [("chain_mismatch", None, None)]


def test_a_safe_on_another_chain_is_refused() -> None:
    assert refusals(replace(THREE, source=f"bnb:{SAFE}")) == [("chain_mismatch", None, "source")]


def test_units_are_exact_or_refused() -> None:
    assert units(Decimal("1.10"), 1) == 11
    assert units(Decimal("99999999999999999999.999999999999999999"), 18) == 10**38 - 1
    with pytest.raises(BadInput, match="too_precise"):
        units(Decimal("1.01"), 1)


@pytest.mark.parametrize(
    ("amount", "code"),
    [("0", "zero_amount"), ("-1", "negative_amount"), ("NaN", "negative_amount")],
)
def test_a_payment_of_nothing_or_less_cannot_be_built(amount: str, code: str) -> None:
    with pytest.raises(BadInput, match=code):
        payment(1, ALICE, USDC, amount)


def test_a_payment_in_another_commodity_than_its_token_cannot_be_built() -> None:
    with pytest.raises(BadInput, match="asset_ambiguous"):
        replace(payment(1, ALICE, USDC, "1"), commodity="USDT")


def test_a_batch_needs_lines_with_their_own_numbers_and_a_time_with_its_offset() -> None:
    with pytest.raises(BadInput, match="batch_unexecutable"):
        instruction()
    with pytest.raises(BadInput, match="batch_unexecutable"):
        instruction(payment(1, ALICE, USDC, "1"), payment(1, BOB, USDC, "1"))
    with pytest.raises(BadInput, match="timezone_missing"):
        replace(THREE, created_at=datetime(2026, 9, 12))  # noqa: DTZ001 - the point of the test


def test_rails_are_found_by_name() -> None:
    rails: list[Rail] = [rail_named("safe"), rail_named("wire")]
    assert [rail.name for rail in rails] == ["safe", "wire"]
    with pytest.raises(UnknownReference, match="cash"):
        rail_named("cash")
