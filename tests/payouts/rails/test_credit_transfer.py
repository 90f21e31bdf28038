"""SEPA credit transfers: when a batch is told as one, and what is refused before it is."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledger.errors import BadInput
from payouts.rails.credit_transfer import file_of
from payouts.rails.instructions import Debtor, Instruction, Payment
from payouts.rails.wire import WireRail

EURO = Payment(
    line=1,
    payee="zoe",
    payee_name="Zoe",
    address="DE89 3704 0044 0532 0130 00",
    commodity="EUR",
    amount=Decimal("20.5"),
    token=None,
    reference="2023-10:bank-euro:1/1",
    bank_code="COBADEFF",
)
BATCH = Instruction(
    batch="2023-10:bank-euro:1",
    content_hash="c0ffee" * 10 + "c0ff",
    rail="wire",
    source="NL91ABNA0417164300",
    nonce=None,
    payments=(EURO,),
    created_at=datetime(2023, 11, 3, 9, tzinfo=UTC),
    debtor=Debtor(holder="Example Foundation", bic="ABNANL2A"),
)


def names(batch: Instruction) -> list[str]:
    return [file.name for file in WireRail().export(batch)]


def test_the_same_batch_in_euros_gives_the_same_two_files() -> None:
    assert names(BATCH) == [
        "2023-10-bank-euro-1-wire.csv",
        "2023-10-bank-euro-1-pain.001.001.09.xml",
    ]
    assert WireRail().export(BATCH) == WireRail().export(BATCH)


@pytest.mark.parametrize(
    "batch",
    [
        replace(BATCH, debtor=None),
        replace(BATCH, payments=(replace(EURO, commodity="USD"),)),
        replace(BATCH, payments=(EURO, replace(EURO, line=2, commodity="USD"))),
    ],
)
def test_what_is_not_all_in_euros_or_of_nobody_is_a_table_only(batch: Instruction) -> None:
    assert names(batch) == ["2023-10-bank-euro-1-wire.csv"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"address": "0012345678"}, "account"),
        ({"address": "TR330006100519786457841326"}, "account"),
        ({"reference": "x" * 36}, "reference"),
        ({"reference": "2023-10//1"}, "reference"),
        ({"reference": "/1"}, "reference"),
        ({"bank_code": "021000021"}, "bank code"),
        ({"payee_name": "Zo\u00eb"}, "account holder"),
        ({"payee_name": "Z" * 71}, "account holder"),
    ],
)
def test_what_sepa_would_refuse_is_refused_with_its_line(
    change: dict[str, Any], column: str
) -> None:
    bad = replace(EURO, line=2, **change)
    with pytest.raises(BadInput) as refused:
        WireRail().export(replace(BATCH, payments=(EURO, bad)))
    found = [(each.code, each.row, each.column) for each in refused.value.problems]
    assert found == [("bank_details", 2, column)]


def test_an_account_of_ours_without_an_iban_is_refused() -> None:
    with pytest.raises(BadInput, match="an IBAN of ours"):
        WireRail().export(replace(BATCH, source="DE001"))


def test_what_the_schema_does_not_allow_is_refused() -> None:
    batch = replace(BATCH, debtor=Debtor(holder="Example Foundation", bic="no BIC"))
    with pytest.raises(BadInput, match=r"pain\.001\.001\.09 allows"):
        file_of(batch)
