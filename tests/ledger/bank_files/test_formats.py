"""Banks' files are known by what is in them, and are the same whichever format carried them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeshare.inbox import mappings_in
from ledger.bank_files import formats
from ledger.bank_files.contents import FileReading, FileStatement
from ledger.money import plain
from ledger.revenue.mapping import Mapping
from ledger.revenue.reading import read_all
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import BankRow
from support.bank_samples import GOLDEN, KNOWN, read
from support.bank_writers import Movement, Stated, as_camt, as_csv, as_mt940, as_ofx
from support.databases import EXAMPLES

MAPPINGS = mappings_in(EXAMPLES / "mappings")
FORMATS = {
    "checking-102.ofx": "OFX",
    "checking-211.ofx": "OFX",
    "dutch.mt940": "MT940",
    "german.sta": "MT940",
    "modern-08.camt.xml": "CAMT.053",
    "sepa-02.camt.xml": "CAMT.053",
}

WORDS = st.text("abcXYZ019-.", min_size=1, max_size=8).map(lambda word: f"w{word}")
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)
AMOUNTS = st.integers(-(10**15), 10**15).filter(bool).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def statements(draw: st.DrawFn) -> Stated:
    """Give statements of October 2023, each movement under a reference of its own."""
    days = sorted(draw(st.lists(st.integers(0, 30), min_size=1, max_size=8)))
    movements = [
        Movement(
            on=date(2023, 10, 1) + timedelta(days=day),
            amount=draw(AMOUNTS),
            reference=f"R{number}",
            counterparty=draw(TEXTS),
            memo=draw(TEXTS),
        )
        for number, day in enumerate(days)
    ]
    return Stated(movements=movements, until=date(2023, 10, 31), opening=draw(AMOUNTS))


def the_statement(content: bytes, name: str) -> FileStatement:
    reading = read(content, name)
    assert reading.problems == ()
    (statement,) = reading.statements
    return statement


def as_movements(statement: FileStatement) -> list[Movement]:
    return [
        Movement(
            on=entry.on,
            amount=entry.amount,
            reference=entry.reference,
            counterparty=entry.counterparty,
            memo=entry.memo,
        )
        for entry in statement.entries
    ]


@settings(deadline=None)
@given(stated=statements(), version=st.integers(2, 13))
def test_a_statement_says_the_same_in_every_format(stated: Stated, version: int) -> None:
    files = {
        "s.xml": as_camt(stated, f"{version:02}"),
        "s.sta": as_mt940(stated),
        "s.ofx": as_ofx(stated),
        "s.qfx": as_ofx(stated, sgml=False),
    }
    for name, content in files.items():
        statement = the_statement(content, name)
        assert as_movements(statement) == list(stated.movements), name
        assert (statement.closing, statement.closing_on) == (stated.closing, stated.until)
        assert statement.opening in (stated.opening, None)
    csv = as_csv(stated, "bank-operating")
    mapping = recognise(MAPPINGS, csv, "s.csv")
    assert isinstance(mapping, Mapping)
    _, rows = read_all(mapping, csv, "s.csv", commodities=KNOWN)
    assert [
        Movement(
            on=row.date,
            amount=row.amount,
            reference=row.external_id,
            counterparty=row.counterparty,
            memo=row.memo,
        )
        for row in rows
        if isinstance(row, BankRow)
    ] == list(stated.movements)


@settings(deadline=None)
@given(stated=statements(), cents=st.integers(-9, 9).filter(bool))
def test_a_closing_balance_that_the_entries_do_not_make_is_refused(
    stated: Stated, cents: int
) -> None:
    wrong = replace(stated, misstated=Decimal(cents).scaleb(-2))
    for content, name in ((as_camt(wrong), "s.xml"), (as_mt940(wrong), "s.sta")):
        (problem,) = read(content, name).problems
        assert (problem.code, problem.value) == ("control_total_mismatch", plain(wrong.closing))
        assert plain(stated.closing) in problem.expected


def test_samples_of_every_format_are_known_by_their_content() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(FORMATS)
    for name, expected in FORMATS.items():
        content = (GOLDEN / name).read_bytes()
        found = formats.recognise(content)
        assert found is not None
        assert found.name == expected
        assert read(content, name).problems == ()
        assert read(content, "from-the-bank.txt").statements == read(content, name).statements


@pytest.mark.parametrize("name", FORMATS)
def test_a_name_that_speaks_for_another_format_is_refused(name: str) -> None:
    content = (GOLDEN / name).read_bytes()
    for other in ("statement.csv", "statement.XLSX", "statement.pdf"):
        (problem,) = read(content, other).problems
        assert (problem.code, problem.place) == ("type_mismatch", other)
    wrong = "s.sta" if FORMATS[name] != "MT940" else "s.ofx"
    assert [each.code for each in read(content, wrong).problems] == ["type_mismatch"]


def test_a_csv_is_none_of_the_banks_formats() -> None:
    for path in (EXAMPLES / "2023-10").rglob("*.csv"):
        assert formats.recognise(path.read_bytes()) is None
    assert formats.recognise(b"") is None


def test_a_file_beyond_the_limit_is_refused_before_it_is_read() -> None:
    content = b":20:x\r\n" + b" " * formats.SIZE_MAX
    assert [each.code for each in read(content, "s.sta").problems] == ["file_too_large"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_off_anywhere_is_never_taken_for_less(name: str) -> None:
    content = (GOLDEN / name).read_bytes()
    whole = the_entries(read(content, name))
    for end in range(len(content.rstrip()) - 1, 0, -7):
        cut = content[:end]
        if formats.recognise(cut) is None:
            continue
        reading = read(cut, name)
        assert reading.problems or the_entries(reading) == whole, cut[-60:]


def the_entries(reading: FileReading) -> list[Decimal]:
    return [entry.amount for statement in reading.statements for entry in statement.entries]
