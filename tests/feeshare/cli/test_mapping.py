"""Formats as people look at them: what is declared, what a new file seems to say."""

import shutil
from pathlib import Path

from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES

BAD_INPUT, NEEDS_REVIEW = 2, 3
BINANCE = EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv"


def test_every_mapping_is_listed_with_what_it_recognises(books: Books) -> None:
    answer = feeshare(books, "mapping", "check", "--mappings", str(EXAMPLES / "mappings"), "--csv")
    assert answer.status == 0, answer
    assert "workbook-text-amounts,1,statement,xlsx" in answer.out


def test_two_mappings_of_one_header_are_refused(books: Books, tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        shutil.copy(EXAMPLES / "mappings" / "binance.yaml", tmp_path / name)
    answer = feeshare(books, "mapping", "check", "--mappings", str(tmp_path))
    assert answer.status == BAD_INPUT, answer
    assert "mapping_invalid: one.yaml, two.yaml" in answer.err


def test_a_draft_reads_the_file_that_it_was_made_from(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "new-format.csv"
    file.write_text("Month,Coin Code,Rebate\n2023-10,USDT,8750.25\n")
    proposed = feeshare(furnished_books, "mapping", "propose", str(file), "--exchange", "Binance")
    assert proposed.status == 0, proposed
    (tmp_path / "new.yaml").write_text(proposed.out)
    answer = feeshare(furnished_books, "import", str(file), "--mappings", str(tmp_path))
    assert answer.status == 0, answer
    assert "8750.25" in answer.out


def test_what_a_file_leaves_open_is_asked_and_no_file_is_read_by_such_a_draft(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "open.csv"
    file.write_text("Day;Coin;Share\n03/04/2023;USDT;1,234\n")
    proposed = feeshare(furnished_books, "mapping", "propose", str(file), "--exchange", "Binance")
    assert proposed.status == NEEDS_REVIEW, proposed
    assert "date_ambiguous" in proposed.err
    assert "decimal_undeclared" in proposed.err
    (tmp_path / "open.yaml").write_text(proposed.out)
    checked = feeshare(furnished_books, "mapping", "check", "--mappings", str(tmp_path))
    assert checked.status == BAD_INPUT, checked
    assert "date_ambiguous: open.yaml, column $.date_format" in checked.err
    assert "decimal_undeclared: open.yaml, column $.decimal_mark" in checked.err


def test_a_changed_header_names_the_command_that_shows_it_beside_the_old_one(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "binance-2023-10.csv"
    file.write_text(BINANCE.read_text().replace("Commission,", "Net Commission,"))
    mappings = ("--mappings", str(EXAMPLES / "mappings"))
    refused = feeshare(furnished_books, "import", str(file), *mappings)
    assert refused.status == BAD_INPUT, refused
    command = "feeshare mapping propose binance-2023-10.csv --like binance"
    assert command in refused.err
    proposed = feeshare(
        furnished_books, "mapping", "propose", str(file), "--like", "binance", *mappings
    )
    assert proposed.status == 0, proposed
    assert "#   Commission       | Net Commission" in proposed.out
    assert "version: 2" in proposed.out


def test_a_draft_like_a_mapping_that_is_not_there_is_refused(
    furnished_books: Books,
) -> None:
    answer = feeshare(
        furnished_books,
        "mapping",
        "propose",
        str(BINANCE),
        "--like",
        "nobody",
        "--mappings",
        str(EXAMPLES / "mappings"),
    )
    assert answer.status == BAD_INPUT, answer
    assert "nobody" in answer.err


def test_a_file_that_is_no_table_gives_no_draft(furnished_books: Books, tmp_path: Path) -> None:
    file = tmp_path / "words.csv"
    file.write_text("only words\nand more of them\n")
    answer = feeshare(furnished_books, "mapping", "propose", str(file))
    assert answer.status == BAD_INPUT, answer
    assert "layout_unknown" in answer.err
