"""CAMT.053: what each version says, and what is refused at which place."""

from datetime import date
from decimal import Decimal

import pytest

from support.bank_samples import changed, problems_of, read, sample

SEPA, MODERN = "sepa-02.camt.xml", "modern-08.camt.xml"

BOMB = """<?xml version="1.0"?>
<!DOCTYPE Document [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&c;</Document>"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE Document [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&a;</Document>"""
DECLARED = '<?xml version="1.0"?><!DOCTYPE Document SYSTEM "x.dtd"><Document/>'


def test_a_batch_is_one_line_with_the_entrys_amount_and_its_details_in_the_memo() -> None:
    (statement,) = sample(SEPA)
    batch = statement.entries[1]
    assert (batch.amount, batch.counterparty) == (Decimal("-75.25"), "")
    assert batch.memo == (
        "2 in one: Duo One (made up) 50.00 share:1; Duo Two (made up) 25.25 share:2"
    )


def test_an_amount_inside_the_details_is_never_taken_for_the_entrys() -> None:
    first = sample(SEPA)[0].entries[0]
    assert (first.amount, first.counterparty) == (Decimal(1250), "Examplex (made up)")
    assert first.memo == "listing fee share 2023-10 (value 2023-10-06)"


def test_a_reversal_has_the_sign_of_its_booking_and_the_party_of_the_original() -> None:
    reversal = sample(SEPA)[0].entries[2]
    assert (reversal.amount, reversal.counterparty) == (Decimal(30), "Closed Account (made up)")


def test_entries_that_are_not_booked_are_left_out_and_counted() -> None:
    (statement,) = sample(SEPA)
    assert (len(statement.entries), statement.left_out) == (4, 1)
    assert [entry.number for entry in statement.entries] == [1, 2, 3, 5]
    for status in ("INFO", "FUTR", "PDNG"):
        content = changed(SEPA, "<Sts>PDNG", f"<Sts>{status}")
        assert read(content, SEPA).statements[0].left_out == 1
    booked = problems_of(SEPA, "<Sts>PDNG</Sts>", "<Sts>BOOK</Sts>")
    assert [each.code for each in booked] == ["control_total_mismatch"]


def test_a_day_is_the_banks_own_whatever_the_zone_of_its_time() -> None:
    assert sample(SEPA)[0].entries[3].on == date(2023, 10, 5)


def test_a_later_version_nests_deeper_and_an_account_may_be_below_zero() -> None:
    first, second = sample(MODERN)
    assert (first.opening, first.closing) == (Decimal(10), Decimal("-15.5"))
    assert first.entries[0].counterparty == "Zoë Gärtner (made up)"
    assert first.entries[0].reference == "TX-1"
    assert [entry.amount for entry in second.entries] == [10, 10]
    assert (second.opening, second.left_out) == (first.closing, 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "place"),
    [
        ("2203.25", "2203.26", "control_total_mismatch", "statement 1"),
        (">30.00<", ">30.001<", "too_precise", "entry 3, Amt"),
        (">30.00<", ">NaN<", "not_a_number", "entry 3, Amt"),
        (">30.00<", ">-30.00<", "negative_amount", "entry 3, Amt"),
        (">30.00<", ">3e1<", "scientific", "entry 3, Amt"),
        (">30.00<", ">30,00<", "decimal_mark", "entry 3, Amt"),
        (">30.00<", "><", "value_missing", "entry 3, Amt"),
        ('"USD">30', '"EUR">30', "currency_mismatch", "entry 3"),
        ("<Ccy>USD", "<Ccy>EUR", "currency_mismatch", "statement 1"),
        ("<Cd>CLBD", "<Cd>ITBD", "balance_missing", "statement 1"),
        ("<Cd>PRCD", "<Cd>ITBD", "balance_missing", "statement 1"),
        ("<Cd>CLAV", "<Cd>CLBD", "control_total_mismatch", "statement 1"),
        ("<BookgDt><Dt>2023-10-05", "<BookgDt><Dt>2023-02-30", "date_invalid", "BookgDt"),
        ("<BookgDt><Dt>2023-10-05", "<BookgDt><Dt>05.10.2023", "date_invalid", "BookgDt"),
        ("<Sts>BOOK", "<Sts>MAYB", "value_unknown", "entry 1"),
        ("</CdtDbtInd><Sts>BOOK", "X</CdtDbtInd><Sts>BOOK", "value_unknown", "entry 1"),
        ("<IBAN>DE89370400440532013000</IBAN>", "", "value_missing", "statement 1"),
        ("listing fee", "listing\u200bfee", "text_unsafe", "entry 1, RmtInf"),
        ("053.001.02", "053.001.01", "format_unsupported", SEPA),
        ("camt.053.001.02", "camt.052.001.02", "format_unsupported", SEPA),
        ("<Stmt>", "<Stm>", "file_invalid", SEPA),
        ("Duo One", "Duo &one;", "file_invalid", SEPA),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(old: str, new: str, code: str, place: str) -> None:
    found = problems_of(SEPA, old, new)
    assert {each.code for each in found} == {code}
    assert all(place in each.place for each in found)


def test_all_problems_of_a_file_are_told_at_once() -> None:
    content = changed(SEPA, ">30.00<", ">NaN<").replace(b">1.50<", b">1.505<")
    content = content.replace(b"<Cd>CLBD", b"<Cd>ITBD")
    assert {each.code for each in read(content, SEPA).problems} == {
        "balance_missing",
        "not_a_number",
        "too_precise",
    }


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, DECLARED])
def test_entities_and_declarations_are_refused_unread(content: str) -> None:
    assert [each.code for each in read(content.encode(), "s.xml").problems] == ["xml_unsafe"]


@pytest.mark.parametrize("end", ["</BkToCstmrStmt>", "<Stmt", "30.00"])
def test_a_file_that_ends_early_is_said_to_be_cut_off(end: str) -> None:
    content = changed(SEPA, end, "#").partition(b"#")[0]
    assert [each.code for each in read(content, SEPA).problems] == ["file_truncated"]


def test_bytes_in_another_encoding_than_declared_are_refused() -> None:
    content = changed(MODERN, "Zoë Gärtner", "X").replace(
        b"<ns2:Nm>X", "<ns2:Nm>Zoë".encode("latin-1")
    )
    assert [each.code for each in read(content, MODERN).problems] == ["encoding_invalid"]
    declared = content.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
    assert read(declared, MODERN).statements[0].entries[0].counterparty == "Zoë (made up)"
    wide = changed(SEPA, ' encoding="UTF-8"', "").decode().encode("utf-16")
    assert read(wide, SEPA).statements == tuple(sample(SEPA))


def test_text_that_was_decoded_twice_is_refused() -> None:
    twice = "Zoë Gärtner".encode().decode("cp1252")
    (problem,) = problems_of(MODERN, "Zoë Gärtner", twice)
    assert (problem.code, "entry 1" in problem.place) == ("encoding_invalid", True)


def test_a_file_without_a_statement_is_empty() -> None:
    content = changed(SEPA, "<Stmt>", "#").partition(b"#")[0] + b"</BkToCstmrStmt></Document>"
    assert [each.code for each in read(content, SEPA).problems] == ["file_empty"]


def test_an_encoding_that_nobody_knows_is_refused() -> None:
    (problem,) = problems_of(SEPA, 'encoding="UTF-8"', 'encoding="x-none"')
    assert problem.code == "encoding_invalid"


def test_signs_that_turn_text_are_refused() -> None:
    (problem,) = problems_of(MODERN, "Zoë", "\u202eZoë")
    assert "entry 1" in problem.place


def test_signs_that_xml_does_not_know_are_no_question_of_the_encoding() -> None:
    (problem,) = problems_of(SEPA, "<Stmt>", "<Stmt>\x01")
    assert problem.code == "file_invalid"
