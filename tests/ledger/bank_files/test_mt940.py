"""MT940: the dialects of banks, and that no line is passed over."""

from datetime import date
from decimal import Decimal

import pytest

from ledger.bank_files.purposes import purpose_of
from support.bank_samples import changed, problems_of, read, sample

GERMAN, DUTCH = "german.sta", "dutch.mt940"


def test_a_reversed_credit_goes_out_and_a_reversed_debit_comes_in() -> None:
    (statement,) = sample(GERMAN)
    assert [entry.amount for entry in statement.entries] == [
        Decimal(1250),
        Decimal("-75.25"),
        Decimal(30),
        Decimal("-1.5"),
    ]
    assert (statement.opening, statement.closing) == (Decimal(1000), Decimal("2203.25"))


def test_the_line_is_of_the_booking_day_with_another_value_day_in_the_memo() -> None:
    first = sample(GERMAN)[0].entries[0]
    assert first.on == date(2023, 10, 5)
    assert first.memo == "listing fee share 2023-10 (value 2023-10-06)"
    assert (first.counterparty, first.reference) == ("Examplex (made up)", "2023100500001")


def test_a_booking_day_takes_the_year_that_is_nearest_to_the_value_day() -> None:
    first, second = sample(DUTCH)[0].entries
    assert (first.on, second.on) == (date(2024, 1, 2), date(2023, 12, 31))


def test_an_account_is_written_with_its_currency_or_as_bank_code_and_number() -> None:
    assert sample(DUTCH)[0].account[1] == "DE89370400440532013000"
    assert sample(GERMAN)[0].account[0] == "37040044/0532013000"


def test_zeros_before_an_amount_and_a_comma_behind_it_change_nothing() -> None:
    for spelling in ("RD30", "RD30,0", "RD000000000030,00"):
        content = changed(GERMAN, "RD30,", spelling)
        assert read(content, GERMAN).statements == tuple(sample(GERMAN))


def test_pages_of_a_statement_each_tie_and_belong_together() -> None:
    first, second = sample(DUTCH)
    assert first.closing == second.opening == Decimal("5426.97")
    for old, new in ((":62M:", ":62F:"), (":60M:", ":60F:")):
        assert [each.code for each in problems_of(DUTCH, old, new)] == ["file_truncated"]


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("2203,25", "2203,26", "control_total_mismatch", "statement 1"),
        ("D75,25", "D75.25", "decimal_mark", "entry 2, amount"),
        ("D75,25", "D75,251", "too_precise", "entry 2, amount"),
        ("D75,25", "D-75,25", "negative_amount", "entry 2, amount"),
        ("D75,25", "D7 5,25", "grouping_invalid", "entry 2, amount"),
        ("D75,25", "D\u0667\u0665,25", "digit_nonascii", "entry 2, amount"),
        ("D75,25", "D75,25,", "grouping_invalid", "entry 2, amount"),
        ("D75,25", "D,", "value_missing", "entry 2, amount"),
        ("D75,25", "X75,25", "layout_unknown", "entry 2"),
        (":61:2310051005D75", ":61:2302301005D75", "date_invalid", "entry 2, value date"),
        (":61:2310051005D75", ":61:2310051305D75", "date_invalid", "entry 2, booking date"),
        (":61:2310051005D75", ":6l:2310051005D75", "layout_unknown", "line 9"),
        (":62F:C231005USD", ":62F:C231005EUR", "currency_mismatch", "statement 1"),
        (":62F:C231005USD", ":62F:C231005usd", "layout_unknown", "statement 1"),
        (":62F:C231005USD2203,25\r\n", "", "balance_missing", "statement 1"),
        (":60F:C231004USD1000,00\r\n", "", "balance_missing", "statement 1"),
        (":25:37040044/0532013000\r\n", "", "value_missing", "statement 1"),
        ("-}", "-}\r\nand some more", "layout_unknown", "line 18"),
        ("-}", "-}\r\n:61:2310051005D75,25NTRFNONREF", "layout_unknown", "line 18"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(old: str, new: str, code: str, place: str) -> None:
    found = problems_of(GERMAN, old, new)
    assert code in {each.code for each in found}
    assert any(place in each.place for each in found if each.code == code)


def test_text_is_utf8_or_windows_1252_and_never_decoded_twice() -> None:
    plain_text = changed(GERMAN, "Examplex", "Gartner")
    for encoding in ("utf-8", "cp1252"):
        content = plain_text.replace(b"Gartner", "Gärtner".encode(encoding))
        assert read(content, GERMAN).statements[0].entries[0].counterparty[:7] == "Gärtner"
    twice = plain_text.replace(b"Gartner", "Gärtner".encode().decode("cp1252").encode())
    assert [each.code for each in read(twice, GERMAN).problems] == ["encoding_invalid"]
    broken = plain_text.replace(b"Gartner", b"G\x81rtner")
    assert [each.code for each in read(broken, GERMAN).problems] == ["encoding_invalid"]


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], ("", "")),
        (["just words", "on two lines"], ("", "just words on two lines")),
        (["166?00X?20a b?21c?32Ann", "?33 Bee?60d"], ("Ann Bee", "a bcd")),
        (["/TRTP/SEPA/NAME/ANN/EREF/E-1"], ("ANN", "E-1")),
        (["/REMI/two", " words/NAME/ANN"], ("ANN", "two words")),
        (["/unknown/word"], ("", "/unknown/word")),
    ],
)
def test_who_and_what_for_is_read_from_the_structures_of_banks(
    texts: list[str], told: tuple[str, str]
) -> None:
    assert purpose_of(texts) == told


def test_a_message_without_an_end_ends_where_the_next_begins() -> None:
    content = changed(DUTCH, "-\n", "")
    assert read(content, DUTCH).statements == tuple(sample(DUTCH))
