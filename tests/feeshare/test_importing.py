from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from feeshare.imported import Imported
from feeshare.importing import import_files
from feeshare.inbox import files_in, mappings_in
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Problem, ReferenceReused, UnknownReference
from ledger.revenue import statements
from ledger.revenue.tables import Statement, StatementLine
from ledger.tables import Evidence
from support.books import Books
from support.databases import EXAMPLES

MAPPINGS = mappings_in(EXAMPLES / "mappings")
OCTOBER = EXAMPLES / "2023-10"
BINANCE = (OCTOBER / "statements" / "binance-2023-10.csv").read_text()
BANK = "date,account,amount,currency,external_id,counterparty,memo\n"


def file_of(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def bring(books: Books, *paths: Path) -> list[Imported]:
    with books.write() as change:
        return import_files(change, paths, MAPPINGS)


def refused(books: Books, *paths: Path) -> Sequence[Problem]:
    """Require that files are refused and leave nothing; return the problems."""
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        bring(books, *paths)
    assert books.digest() == digest
    return refusal.value.problems


def test_a_statement_is_staged_with_its_rows_and_its_file_as_evidence(
    furnished_books: Books,
) -> None:
    path = OCTOBER / "statements" / "binance-2023-10.csv"
    (imported,) = bring(furnished_books, path)
    assert (imported.kind, imported.subject, imported.state) == (
        "statement",
        "Binance",
        "staged",
    )
    assert (imported.rows, imported.total, imported.commodity) == (1, Decimal(8750), "USDT")
    assert (imported.control_total, imported.against_last) == ("none", None)
    with furnished_books.read() as session:
        statement = statements.named(session, imported.document)
        file = session.get_one(Evidence, statement.evidence)
        line = session.scalars(select(StatementLine)).one()
    assert file.content == path.read_bytes()
    assert file.sha256 == sha256(path.read_bytes()).hexdigest()
    assert (line.row, line.fee_share, "8,750.00" in line.cells) == (2, Decimal(8750), True)


def test_a_control_total_that_agrees_is_said(furnished_books: Books) -> None:
    (imported,) = bring(furnished_books, OCTOBER / "statements" / "ascendex-2023-10.csv")
    assert (imported.control_total, imported.rows) == ("agrees", 1)


def test_a_control_total_that_differs_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    text = (OCTOBER / "statements" / "ascendex-2023-10.csv").read_text()
    path = file_of(tmp_path, text.replace("Total,,500.00", "Total,,500.01"))
    assert [problem.code for problem in refused(furnished_books, path)] == [
        "control_total_mismatch"
    ]


def test_a_month_is_compared_with_the_last_accepted_one(
    furnished_books: Books, tmp_path: Path
) -> None:
    september = file_of(tmp_path, BINANCE.replace("2023-10", "2023-09").replace("8,750", "9,000"))
    (earlier,) = bring(furnished_books, september)
    path = OCTOBER / "statements" / "binance-2023-10.csv"
    assert bring(furnished_books, path)[0].against_last is None
    with furnished_books.write() as change:
        statements.accept(change, earlier.document)
    assert bring(furnished_books, path)[0].against_last == Decimal(-250)


def test_a_folder_is_every_csv_below_it(furnished_books: Books) -> None:
    imported = bring(furnished_books, OCTOBER / "statements", OCTOBER / "bank")
    assert sorted(each.kind for each in imported) == ["bank lines"] * 2 + ["statement"] * 7
    assert files_in([OCTOBER / "statements"]) == sorted((OCTOBER / "statements").glob("*.csv"))


def test_the_same_files_again_change_nothing_and_say_so(furnished_books: Books) -> None:
    bring(furnished_books, OCTOBER)
    digest = furnished_books.digest()
    assert {each.state for each in bring(furnished_books, OCTOBER)} == {"known already"}
    assert furnished_books.digest() == digest


def test_bank_lines_are_recorded_by_account_and_commodity(
    furnished_books: Books, tmp_path: Path
) -> None:
    text = (
        BANK + "2023-10-02,bank-operating,1.50,USD,a,x,in\n"
        "2023-10-03,bank-operating,-0.25,USD,b,y,out\n"
        "2023-10-03,wallet-ethereum-treasury,7,USDC,c,z,\n"
    )
    imported = bring(furnished_books, file_of(tmp_path, text))
    assert [(each.subject, each.commodity, each.rows, each.total) for each in imported] == [
        ("bank-operating", "USD", 2, Decimal("1.25")),
        ("wallet-ethereum-treasury", "USDC", 1, Decimal(7)),
    ]
    assert {each.state for each in imported} == {"2 new", "1 new"}
    with furnished_books.read() as session:
        line = session.get_one(BankLine, "bank-operating/b")
    assert (line.on, line.amount, line.memo) == (date(2023, 10, 3), Decimal("-0.25"), "out")
    longer = file_of(tmp_path, f"{text}2023-10-04,bank-operating,1,USD,d,x,\n", "longer.csv")
    assert [each.state for each in bring(furnished_books, longer)] == ["1 new", "known already"]


def test_a_bank_line_that_says_something_else_now_is_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    line = "2023-10-02,bank-operating,1.50,USD,a,x,in\n"
    bring(furnished_books, file_of(tmp_path, BANK + line))
    digest = furnished_books.digest()
    other = file_of(tmp_path, BANK + line.replace("1.50", "1.51"))
    with pytest.raises(ReferenceReused, match=r"2023-10-02 1\.50? USD"):
        bring(furnished_books, other)
    assert furnished_books.digest() == digest


def test_an_unknown_bank_account_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    path = file_of(tmp_path, f"{BANK}2023-10-02,bank-nowhere,1,USD,a,x,in\n")
    digest = furnished_books.digest()
    with pytest.raises(UnknownReference, match="bank-nowhere"):
        bring(furnished_books, path)
    assert furnished_books.digest() == digest


def test_every_problem_of_every_file_is_told_and_the_good_file_is_not_taken(
    furnished_books: Books, tmp_path: Path
) -> None:
    problems = refused(
        furnished_books,
        OCTOBER / "statements" / "kucoin-2023-10.csv",
        file_of(tmp_path, BINANCE.replace("USDT", "DOGE"), "one.csv"),
        file_of(tmp_path, "some,other\n1,2\n", "two.csv"),
        file_of(tmp_path, f"{BANK}2023-10-02,bank-operating,x,USD,a,x,in\n", "three.csv"),
    )
    assert {problem.place for problem in problems} == {"one.csv", "two.csv", "three.csv"}
    with furnished_books.read() as session:
        assert session.scalars(select(Statement)).all() == []
        assert session.scalars(select(Evidence)).all() == []


def test_a_path_that_leads_nowhere_and_a_folder_without_files_are_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    gone = [tmp_path / "a.csv", tmp_path / "b"]
    assert [each.place for each in refused(furnished_books, *gone)] == [str(at) for at in gone]
    (tmp_path / "notes.md").write_text("no statement")
    (problem,) = refused(furnished_books, OCTOBER, tmp_path)
    assert (problem.place, problem.expected) == (
        str(tmp_path),
        "a folder with tables or banks' files",
    )


def test_mappings_are_read_from_a_folder_and_all_their_problems_told(tmp_path: Path) -> None:
    assert {mapping.name for mapping in MAPPINGS} >= {"binance", "bank", "huobi"}
    with pytest.raises(BadInput, match="mapping_missing"):
        mappings_in(tmp_path)
    good = (EXAMPLES / "mappings" / "binance.yaml").read_text()
    file_of(tmp_path, good, "good.yaml")
    file_of(tmp_path, good.replace("version: 1", "version: one"), "bad.yaml")
    file_of(tmp_path, good.replace("kind: statement", "kind: letter"), "worse.yaml")
    with pytest.raises(BadInput) as refusal:
        mappings_in(tmp_path)
    assert {problem.place for problem in refusal.value.problems} == {"bad.yaml", "worse.yaml"}
