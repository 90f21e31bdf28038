"""What a mapping may declare, which file it recognises, and how each mistake is refused."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.revenue.mapping import Mapping, load_mappings
from ledger.revenue.recognition import recognise
from support.mappings import (
    BANK,
    BANK_HEADER,
    FULL,
    FULL_HEADER,
    PLACE,
    PLAIN,
    bank_row,
    codes,
    full_row,
    mapping_of,
    reading_of,
)

# Headers


def test_an_empty_file_is_recognised_as_empty() -> None:
    found = recognise([mapping_of(PLAIN)], b" \n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["file_empty"]


@pytest.mark.parametrize(
    ("header", "name"), [("Month,Coin,Share,Share", "Share"), ("Month,Coin,Share,", "")]
)
def test_a_header_with_a_name_twice_or_blank_is_refused(header: str, name: str) -> None:
    problems = reading_of(PLAIN, f"{header}\n2023-10,USDT,5,5\n").problems
    assert codes(problems) == ["header_duplicate", "header_changed"]
    assert problems[0].value == name


def test_another_delimiter_than_declared_is_refused_by_its_name() -> None:
    content = "Month;Coin;Share\n2023-10;USDT;5\n"
    (problem,) = reading_of(PLAIN, content).problems
    assert (problem.code, problem.value) == ("delimiter_mismatch", ";")
    assert recognise([mapping_of(PLAIN)], content.encode(), PLACE) == (problem,)


# Recognition


def test_the_fingerprint_is_the_hash_of_the_exact_header_list() -> None:
    expected = hashlib.sha256(b'["Month","Coin","Share"]').hexdigest()
    assert mapping_of(PLAIN).fingerprint == expected
    swapped = PLAIN.replace("[Month, Coin, Share]", "[Coin, Month, Share]")
    assert mapping_of(swapped).fingerprint != expected


def test_a_file_is_recognised_by_its_header_under_each_mappings_own_delimiter() -> None:
    mappings = [mapping_of(PLAIN), mapping_of(FULL), mapping_of(BANK)]
    assert recognise(mappings, (FULL_HEADER + full_row()).encode(), PLACE) == mappings[1]
    assert recognise(mappings, (BANK_HEADER + bank_row()).encode(), PLACE) == mappings[2]


def test_a_header_that_no_mapping_is_near_is_unknown() -> None:
    found = recognise([mapping_of(PLAIN), mapping_of(FULL)], b"a,b,c\n1,2,3\n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["mapping_unknown"]
    assert "fullex 3, somex 1" in found[0].expected
    none = recognise([], b"a,b,c\n1,2,3\n", PLACE)
    assert not isinstance(none, Mapping)
    assert codes(none) == ["mapping_unknown"]


def test_two_mappings_with_one_header_are_refused_and_not_guessed_between() -> None:
    other = mapping_of(PLAIN.replace("somex", "otherex"))
    found = recognise([mapping_of(PLAIN), other], b"Month,Coin,Share\n2023-10,USDT,5\n", PLACE)
    assert not isinstance(found, Mapping)
    assert codes(found) == ["mapping_invalid"]
    assert "somex 1, otherex 1" in found[0].expected


# Mappings


def mapping_problems(text: str) -> list[tuple[str | None, str]]:
    with pytest.raises(BadInput) as refusal:
        mapping_of(text)
    assert set(codes(refusal.value.problems)) == {"mapping_invalid"}
    assert {problem.place for problem in refusal.value.problems} == {"mapping.yaml"}
    return [(problem.column, problem.expected) for problem in refusal.value.problems]


def test_all_schema_errors_of_a_mapping_are_listed() -> None:
    text = """
    name: Not A Slug
    version: 0
    kind: statement
    encoding: ebcdic
    delimiter: ","
    date_format: D/M/YY
    header: [No, Month, Month]
    columns: {period: Month, amount: Share}
    colour: red
    """
    problems = mapping_problems(text)
    assert [column for column, _ in problems] == [
        "$",
        "$",
        "$.columns",
        "$.date_format",
        "$.encoding",
        "$.header",
        "$.header[0]",
        "$.name",
        "$.version",
    ]


def test_all_contradictions_of_a_mapping_are_listed() -> None:
    text = """
    name: somex
    version: 1
    kind: statement
    encoding: utf-8
    delimiter: ","
    decimal_mark: "."
    grouping_mark: "."
    date_format: YYYY-MM
    header: [Month, Share]
    footer_total: {label_column: Label, label: Total, amount_column: Month}
    columns: {period: Month, fee_share: Share, rate: Share, memo: Note, stream: Month}
    constants: {stream: " spot"}
    """
    assert [column for column, _ in mapping_problems(text)] == [
        "$.columns",
        "$.columns",
        "$.columns.memo",
        "$.currency",
        "$.exchange",
        "$.footer_total.amount_column",
        "$.footer_total.label_column",
        "$.grouping_mark",
        "$.rate_unit",
        "$.stream",
        "$.stream",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "columns: {period: Month, fee_share: Share, currency: Coin, exchange: Month}",
        "constants: {currency: USDT}",
        "rate_unit: percent",
        "amount_decimals: 18",
        'exchange: "Some\\u200bex"',
    ],
)
def test_a_field_that_is_given_twice_or_fits_nothing_is_refused(change: str) -> None:
    assert mapping_problems(PLAIN + change + "\n")


def test_a_bank_mapping_has_no_exchange_and_dates_to_the_day() -> None:
    declared = BANK + "exchange: Somex\nrate_unit: percent\n"
    found = [column for column, _ in mapping_problems(declared)]
    assert found == ["$.exchange", "$.rate_unit", "$.rate_unit"]
    declared = BANK.replace("YYYY-MM-DD", "YYYY-MM")
    assert [column for column, _ in mapping_problems(declared)] == ["$.date_format"]


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system [true]",
        "name: [",
        "name: 2023-02-30",
        "",
        "- a list",
        "[" * 1500,
    ],
)
def test_what_is_no_plain_yaml_mapping_is_refused(text: str) -> None:
    assert len(mapping_problems(text)) >= 1


def test_a_mapping_with_yaml_aliases_is_refused() -> None:
    text = PLAIN.replace("Month, Coin", "&m Month, Coin").replace("period: Month", "period: *m")
    assert mapping_problems(text) == [(None, "YAML without anchors and aliases")]


@settings(deadline=None)
@given(text=st.text(max_size=80))
def test_a_mapping_text_is_loaded_or_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(BadInput):
        mapping_of(PLAIN + text + "\n}")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("row_tolerance: '0.1'", "$.row_tolerance"),
        ("time_zone: UTC", "$.time_zone"),
        ("scientific: allowed\nsign_style: parentheses", "$.scientific"),
        (
            "footer_total: {label_column: Month, label: T, amount_column: Share,"
            " currency_column: Month}",
            "$.footer_total.currency_column",
        ),
        (
            "amounts: [{column: Share, currency: USDT}, {column: Coin, currency: USDT}]",
            "$.amounts",
        ),
    ],
)
def test_keys_that_do_not_go_together_are_refused(change: str, key: str) -> None:
    assert key in [column for column, _ in mapping_problems(f"{PLAIN}{change}\n")]


def test_a_time_needs_a_zone_that_exists() -> None:
    timed = PLAIN.replace("YYYY-MM", "epoch_ms")
    assert [column for column, _ in mapping_problems(timed)] == ["$.time_zone"]
    assert [column for column, _ in mapping_problems(timed + "time_zone: CET+1\n")] == [
        "$.time_zone"
    ]


def test_amounts_have_their_own_currencies_and_no_rate() -> None:
    text = PLAIN.replace(", fee_share: Share", ", rate: Coin") + (
        "rate_unit: percent\n"
        "amounts: [{column: Share, currency: USDT}, {column: Month, currency: USDC}]\n"
    )
    found = [column for column, _ in mapping_problems(text)]
    assert {"$.currency", "$.columns.rate", "$.columns"} <= set(found)


def test_the_problems_of_all_mappings_are_listed_together() -> None:
    texts = [("a.yaml", PLAIN), ("b.yaml", "name: [\n"), ("c.yaml", PLAIN)]
    with pytest.raises(BadInput) as refusal:
        load_mappings(texts)
    assert codes(refusal.value.problems) == ["mapping_invalid", "mapping_invalid"]
    assert [problem.place for problem in refusal.value.problems] == ["b.yaml", "a.yaml, c.yaml"]
    assert [mapping.label for mapping in load_mappings(texts[:1])] == ["somex 1"]
