"""The wire rail: account details and the bank's CSV."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.errors import BadInput
from payouts.rails.instructions import Instruction, Payment, Token
from payouts.rails.wire import COLUMNS, WireRail, formula_safe

IBAN = "DE89370400440532013000"
ALICE = Payment(
    line=1,
    payee="alice",
    payee_name="Alice O'Neill",
    address="DE89 3704 0044 0532 0130 00",
    commodity="EUR",
    amount=Decimal("412.5"),
    token=None,
    reference="Fee share 2026-08, batch 1",
)
USDC = Token(chain="ethereum", chain_id=1, contract=None, decimals=6, commodity="USDC")


def instruction(*payments: Payment, batch: str = "2026-08/1") -> Instruction:
    return Instruction(
        batch=batch,
        content_hash="c0ffee",
        rail="wire",
        source="Operating account",
        nonce=None,
        payments=payments,
        created_at=datetime(2026, 9, 12, tzinfo=UTC),
    )


def rows(batch: Instruction) -> list[list[str]]:
    [file] = WireRail().export(batch)
    return list(csv.reader(io.StringIO(file.content.decode(), newline="")))


def codes(address: str, chain_id: int | None = None) -> list[str]:
    return [found.code for found in WireRail().check_destination(address, chain_id=chain_id)]


def refusals(payment: Payment) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(BadInput) as refused:
        WireRail().export(instruction(payment))
    return [(found.code, found.row, found.column) for found in refused.value.problems]


@pytest.mark.parametrize(
    "address",
    [
        IBAN,
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "NO9386011117947",
        "MT84MALT011000012345MTLCAST001S",
        "0012345678",
        "AB12",
        "A1B2C3D4",
    ],
)
def test_an_iban_that_holds_or_an_account_number_is_taken(address: str) -> None:
    assert codes(address) == []


@pytest.mark.parametrize(
    "address",
    [
        "DE88370400440532013000",
        "DE89370400440532013001",
        "DE89370400440523013000",
        "DE8937040044053201300",
        "DE89",
        "ZZ89370400440532013000",
        "de89370400440532013000",
        "123",
        "1" * 35,
        "12-34-56",
        "",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "\u0661\u0662\u0663\u0664",
    ],
)
def test_an_account_that_a_bank_would_misread_is_refused(address: str) -> None:
    assert codes(address) == ["bank_details"]


def test_check_digits_that_only_equal_the_right_ones_modulo_97_are_refused() -> None:
    body = next(f"{n:018d}" for n in range(200) if codes(f"DE02{n:018d}") == [])
    assert codes(f"DE99{body}") == ["bank_details"]


def test_a_bank_pays_on_no_chain() -> None:
    assert codes(IBAN, chain_id=1) == ["chain_mismatch"]


def test_the_file_has_a_header_and_a_row_a_payment() -> None:
    bob = replace(ALICE, line=2, payee="bob", commodity="JPY", amount=Decimal(70000))
    assert rows(instruction(ALICE, bob)) == [
        list(COLUMNS),
        ["2026-08/1", "1", "alice", "Alice O'Neill", IBAN, "412.50", "EUR", ALICE.reference, ""],
        ["2026-08/1", "2", "bob", "Alice O'Neill", IBAN, "70000", "JPY", ALICE.reference, ""],
    ]


def test_the_file_is_named_for_the_batch_without_a_path() -> None:
    [file] = WireRail().export(instruction(ALICE, batch="../2026-08/1"))
    assert (file.name, file.media_type) == ("2026-08-1-wire.csv", "text/csv")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\uff1d"])
def test_a_text_that_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(start: str) -> None:
    payee = f"{start}1+1"
    assert formula_safe(payee) == f"'{payee}"
    assert formula_safe("alice") == "alice"
    [_, row] = rows(instruction(replace(ALICE, payee=payee)))
    assert row[2] == f"'{payee}"


@pytest.mark.parametrize(
    "text",
    ["", " Alice", "Alice\n", "Alíce", "Alice & Co", "=SUM(A1)", "-1+1", "+49", "A" * 141, "A\tB"],
)
def test_a_text_that_a_bank_would_change_is_refused(text: str) -> None:
    assert ("bank_details", 1, "account holder") in refusals(replace(ALICE, payee_name=text))
    assert ("bank_details", 1, "reference") in refusals(replace(ALICE, reference=text))


def test_a_name_longer_than_banks_carry_is_refused() -> None:
    assert refusals(replace(ALICE, payee_name="A" * 71)) == [("bank_details", 1, "account holder")]
    rows(instruction(replace(ALICE, payee_name="A" * 70, reference="A" * 140)))


@pytest.mark.parametrize(
    ("commodity", "amount"), [("EUR", "0.001"), ("JPY", "0.1"), ("KWD", "0.0001")]
)
def test_an_amount_finer_than_the_currency_is_refused(commodity: str, amount: str) -> None:
    finer = replace(ALICE, commodity=commodity, amount=Decimal(amount))
    assert refusals(finer) == [("too_precise", 1, "amount")]


def test_a_token_is_no_currency_of_a_bank() -> None:
    assert refusals(replace(ALICE, commodity="HBOT")) == [("bank_details", 1, "currency")]
    token = replace(ALICE, commodity="USDC", token=USDC)
    assert refusals(token) == [("chain_mismatch", 1, "chain"), ("bank_details", 1, "currency")]


def test_every_problem_of_every_line_is_listed_at_once() -> None:
    bad = [replace(ALICE, line=line, address="123", payee_name="Zoë") for line in (3, 4)]
    with pytest.raises(BadInput) as refused:
        WireRail().export(instruction(*bad))
    assert [found.row for found in refused.value.problems] == [3, 3, 4, 4]


def test_the_bank_code_reaches_the_file_as_it_was_given() -> None:
    known = replace(ALICE, bank_code="DEUTDEFF")
    assert rows(instruction(known))[1][-1] == "DEUTDEFF"
    assert rows(instruction(ALICE))[1][-1] == ""
