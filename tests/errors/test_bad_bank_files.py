"""Banks' files that cannot be taken, as a person meets them: a code, a place, unchanged books."""

from pathlib import Path

import pytest

from support.bank_samples import GOLDEN, changed
from support.books import Books
from support.command_line import Answer, feeshare

MAPPINGS = str(Path(__file__).parents[2] / "examples" / "mappings")
CAMT, MT940, OFX = "sepa-02.camt.xml", "german.sta", "checking-102.ofx"

BAD_INPUT = 2
CONFLICT = 5

BOMB = '<!DOCTYPE D [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n<Document '
OUTSIDE = '<!DOCTYPE D [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<Document '


def import_file(books: Books, folder: Path, name: str, content: bytes) -> Answer:
    path = folder / name
    path.write_bytes(content)
    return feeshare(books, "import", str(path), "--mappings", MAPPINGS)


def require_refused(books: Books, folder: Path, name: str, content: bytes) -> str:
    """Require exit 2 and an unchanged database; return what was said."""
    digest = books.digest()
    answer = import_file(books, folder, name, content)
    assert answer.status == BAD_INPUT, answer
    assert books.digest() == digest
    return answer.err


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        (CAMT, ("2203.25", "2203.26"), ("control_total_mismatch", "statement 1")),
        (MT940, ("2203,25", "2203,26"), ("control_total_mismatch", "statement 1")),
        (CAMT, ("<Document ", BOMB), ("xml_unsafe", CAMT)),
        (CAMT, ("<Document ", OUTSIDE), ("xml_unsafe", CAMT)),
        (CAMT, ("camt.053.001.02", "camt.054.001.02"), ("format_unsupported", CAMT)),
        (CAMT, ("<Cd>CLBD", "<Cd>ITBD"), ("balance_missing", "statement 1")),
        (MT940, (":60F:C231004USD1000,00\r\n", ""), ("balance_missing", "statement 1")),
        (
            OFX,
            ("<LEDGERBAL><BALAMT>2173.25<DTASOF>20231006120000</LEDGERBAL>", ""),
            ("balance_missing", "statement 1"),
        ),
        (OFX, ("<FITID>A-2", "<FITID>A-1"), ("entry_repeated", "entry 1")),
        (CAMT, ('"USD">30.00', '"EUR">30.00'), ("currency_mismatch", "entry 3")),
        (MT940, (":62F:C231005USD", ":62F:C231005EUR"), ("currency_mismatch", "statement 1")),
        (MT940, (":61:2310051005D75", ":6l:2310051005D75"), ("layout_unknown", "line 9")),
        (OFX, ("<CURDEF>USD", "<CURDEF>GBP"), ("currency_mismatch", "statement 1")),
        (CAMT, ("<IBAN>DE89", "<IBAN>DE88"), ("reference_unknown", "statement 1")),
        (MT940, ("/0532013000", "/0532013001"), ("reference_unknown", "statement 1")),
        (CAMT, (">30.00<", ">30.001<"), ("too_precise", "entry 3")),
        (CAMT, (">30.00<", ">NaN<"), ("not_a_number", "entry 3")),
        (CAMT, (">30.00<", ">-30.00<"), ("negative_amount", "entry 3")),
        (OFX, ("<TRNAMT>-1.50", "<TRNAMT>Infinity"), ("not_a_number", "entry 3")),
        (OFX, ("<DTASOF>20231006", "<DTASOF>20991006"), ("date_in_future", "closing balance")),
    ],
)
def test_a_bad_bank_file_is_refused_with_its_code_and_place(
    furnished_books: Books,
    tmp_path: Path,
    name: str,
    change: tuple[str, str],
    expected: tuple[str, str],
) -> None:
    code, place = expected
    err = require_refused(furnished_books, tmp_path, name, changed(name, *change))
    lines = err.removeprefix("bad_input: ").splitlines()
    line = next(line for line in lines if line.startswith(f"{code}: {name}"))
    assert place in line


@pytest.mark.parametrize("name", [CAMT, MT940, OFX])
def test_a_file_that_was_cut_off_is_refused(
    furnished_books: Books, tmp_path: Path, name: str
) -> None:
    content = (GOLDEN / name).read_bytes()
    err = require_refused(furnished_books, tmp_path, name, content[: len(content) * 2 // 3])
    assert "cut off" in err
    assert "balance_missing" in err or "file_truncated" in err


def test_bytes_in_another_encoding_are_refused(furnished_books: Books, tmp_path: Path) -> None:
    content = changed(CAMT, "Examplex", "Gartner").replace(b"Gartner", b"G\xe4rtner")
    assert "encoding_invalid" in require_refused(furnished_books, tmp_path, CAMT, content)


def test_a_name_that_is_not_the_contents_is_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    content = (GOLDEN / CAMT).read_bytes()
    err = require_refused(furnished_books, tmp_path, "statement.csv", content)
    assert "type_mismatch: statement.csv" in err


def test_an_archive_is_not_opened(furnished_books: Books, tmp_path: Path) -> None:
    err = require_refused(furnished_books, tmp_path, "statement.zip", b"PK\x03\x04 and so on")
    assert "file_truncated" in err


def test_lines_under_other_ids_than_the_statements_are_a_conflict(
    furnished_books: Books, tmp_path: Path
) -> None:
    assert import_file(furnished_books, tmp_path, CAMT, (GOLDEN / CAMT).read_bytes()).status == 0
    digest = furnished_books.digest()
    # The batch of this day has no reference in the MT940, and one in the CAMT.053.
    answer = import_file(furnished_books, tmp_path, MT940, (GOLDEN / MT940).read_bytes())
    assert (answer.status, "bank_lines_differ" in answer.err) == (CONFLICT, True), answer
    assert furnished_books.digest() == digest
