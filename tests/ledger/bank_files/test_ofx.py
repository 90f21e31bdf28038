"""OFX in SGML and in XML: one reading, nothing repaired, nothing guessed."""

from datetime import date
from decimal import Decimal

import pytest

from support.bank_samples import changed, problems_of, read, sample

SGML, XML = "checking-102.ofx", "checking-211.ofx"


def test_tags_round_a_value_may_close_or_not() -> None:
    (statement,) = sample(SGML)
    assert [(entry.reference, entry.amount) for entry in statement.entries] == [
        ("A-1", Decimal(1250)),
        ("A-2", Decimal("-75.25")),
        ("A-3", Decimal("-1.5")),
    ]
    assert statement.entries[0].memo == "listing & fee share"
    assert (statement.entries[1].counterparty, statement.entries[1].memo) == ("Duo", "")


def test_a_day_is_the_banks_own_whatever_the_zone_of_its_time() -> None:
    assert sample(SGML)[0].entries[0].on == date(2023, 10, 5)


def test_no_opening_balance_is_stated() -> None:
    (statement,) = sample(XML)
    assert (statement.opening, statement.closing) == (None, Decimal(2200))
    assert (statement.since, statement.until) == (date(2023, 10, 6), date(2023, 10, 9))


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("<TRNAMT>-1.50", "<TRNAMT>NaN", "not_a_number", "entry 3, TRNAMT"),
        ("<TRNAMT>-1.50", "<TRNAMT>-1.505", "too_precise", "entry 3, TRNAMT"),
        ("<TRNAMT>-1.50", "<TRNAMT>-1,000.50", "grouping_invalid", "entry 3, TRNAMT"),
        ("<TRNAMT>-1.50", "<TRNAMT>+-1.50", "sign_style", "entry 3, TRNAMT"),
        ("<TRNAMT>-1.50", "<TRNAMT>1.5E0", "scientific", "entry 3, TRNAMT"),
        ("<FITID>A-2", "<FITID>A-1", "entry_repeated", "entry"),
        ("<FITID>A-2", "", "value_missing", "entry 2"),
        ("<DTPOSTED>20231006", "<DTPOSTED>20230230", "date_invalid", "entry 3, DTPOSTED"),
        ("<DTPOSTED>20231006", "<DTPOSTED>20231007", "period_mismatch", "entry 3"),
        ("<CURDEF>USD", "<CURDEF>DOGE", "currency_mismatch", "statement 1, CURDEF"),
        (
            "<FITID>A-3",
            "<FITID>A-3<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>",
            "currency_mismatch",
            "entry 3",
        ),
        ("LEDGERBAL>", "LEDGRBAL>", "file_invalid", SGML),
        ("</STMTTRN>", "</STMTTRN>and more", "file_invalid", SGML),
        ("</BANKTRANLIST>", "", "file_invalid", SGML),
        ("<STMTRS>", "<CCSTMTRS>", "file_invalid", SGML),
        ("<ACCTID>DE89370400440532013000", "", "value_missing", "statement 1"),
        ("CHARSET:1252", "CHARSET:1253", "encoding_invalid", SGML),
        ("<MEMO>fee<", "<MEMO>f&#8203;ee<", "text_unsafe", "entry 3, MEMO"),
        ("</OFX>", "</OFX><OFX></OFX>", "file_invalid", SGML),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(old: str, new: str, code: str, place: str) -> None:
    found = problems_of(SGML, old, new)
    assert {each.code for each in found} == {code}
    assert all(place in each.place for each in found)


def test_a_closing_balance_is_needed() -> None:
    found = problems_of(
        XML, "<LEDGERBAL><BALAMT>2200.00</BALAMT><DTASOF>20231009</DTASOF></LEDGERBAL>", ""
    )
    assert [each.code for each in found] == ["balance_missing"]


def test_a_file_of_something_else_than_bank_statements_is_refused() -> None:
    content = changed(XML, "<STMTRS>", "<CCSTMTRS>").replace(b"</STMTRS>", b"</CCSTMTRS>")
    assert [each.code for each in read(content, XML).problems] == ["file_empty"]


def test_entities_are_refused_unread() -> None:
    declared = '<!DOCTYPE OFX [<!ENTITY a "b">]><OFX>'
    assert [each.code for each in problems_of(XML, "<OFX>", declared)] == ["xml_unsafe"]


def test_text_is_in_the_encoding_that_the_header_says() -> None:
    content = changed(SGML, "Examplex", "Gartner").replace(b"Gartner", "Gärtner".encode("cp1252"))
    assert read(content, SGML).statements[0].entries[0].counterparty == "Gärtner (made up)"
    ascii_only = content.replace(b"CHARSET:1252", b"CHARSET:NONE")
    assert [each.code for each in read(ascii_only, SGML).problems] == ["encoding_invalid"]
    unknown = content.replace(b"USASCII", b"EBCDIC")
    assert [each.code for each in read(unknown, SGML).problems] == ["encoding_invalid"]
    utf8 = content.replace(b"USASCII", b"UTF-8")
    assert [each.code for each in read(utf8, SGML).problems] == ["encoding_invalid"]
