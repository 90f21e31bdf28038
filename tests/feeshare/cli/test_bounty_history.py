"""The public tracker's 73 rows: loaded whole, faults named, given back as they were written."""

import csv
import io
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

TRACKER = EXAMPLES / "data" / "bounty_tracker.csv"
WELL, BAD_INPUT, DENIED = 0, 2, 4

FINDINGS = [
    (16, "amount_zero", "0 HBOT, Closed"),
    (44, "repeated", "10000 HBOT for {issue}5756, as in row 6"),
    (55, "repeated", "10000 HBOT for {issue}5800, as in row 5"),
    *((row, "link_missing", "no link") for row in (65, 66, 68, 69, 70)),
    (115, "several_commodities", "700000 HBOT here, 4000 USDC in row 137, 3000 USDC in row 138"),
    (137, "several_commodities", "4000 USDC here, 700000 HBOT in row 115"),
    (137, "other_amount", "4000 USDC here, 3000 USDC in row 138"),
    (138, "several_commodities", "3000 USDC here, 700000 HBOT in row 115"),
    (138, "other_amount", "3000 USDC here, 4000 USDC in row 137"),
]
"""Every fault of the public file: what it says twice, leaves blank, or pays in two currencies."""

WAITING = [16, 44, 55, 65, 66, 68, 69, 70, 115, 137, 138]
ISSUE = "https://github.com/hummingbot/hummingbot/issues/"


def typed(books: Books, command: str, *more: str, status: int = WELL, **told: str) -> Answer:
    answer = feeshare(books, *command.split(), *more, **told)
    assert answer.status == status, answer
    return answer


def listed(books: Books, command: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(typed(books, f"{command} --csv").out)))


def public_rows() -> dict[int, dict[str, str]]:
    with TRACKER.open(newline="") as file:
        return {int(row["row"]): row for row in csv.DictReader(file)}


@pytest.fixture
def loaded(books: Books, tmp_path: Path) -> Books:
    """Give books with the exchange that funded two of the rows, and all of the rows."""
    exchanges = tmp_path / "exchanges.csv"
    exchanges.write_text("name\ndYdX\n")
    typed(books, "exchange load", str(exchanges))
    said = typed(books, "bounty history load", str(TRACKER)).err
    assert said.startswith("73 rows loaded, 0 restated, 0 known already.\n11 rows wait")
    return books


def sums_of(rows: list[tuple[str, str, str]]) -> dict[tuple[str, str], Decimal]:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for status, commodity, amount in rows:
        sums[status, commodity] += Decimal(amount)
    return sums


def test_every_row_loads_and_sums_by_status_and_commodity_are_the_files(loaded: Books) -> None:
    rows = listed(loaded, "bounty history list")

    assert [int(row["row"]) for row in rows] == list(public_rows())
    assert sums_of([(row["status"], row["commodity"], row["amount"]) for row in rows]) == {
        ("Paid", "HBOT"): Decimal(4_496_500),
        ("Paid", "USDC"): Decimal(7000),
        ("Closed", "HBOT"): Decimal(150_000),
    }
    assert sums_of(
        [(row["status"], row["denomination"], row["amount"]) for row in public_rows().values()]
    ) == sums_of([(row["status"], row["commodity"], row["amount"]) for row in rows])
    assert Counter(row["funded_by"] for row in rows) == {"foundation": 71, "dydx": 2}
    said = typed(loaded, "bounty history list").err
    assert "Paid: 4496500 HBOT by all rows, 2489500 by those accepted." in said
    assert "Paid: 7000 USDC by all rows, 0 by those accepted." in said
    with loaded.sql() as connection:
        for table in ("journal_entries", "obligations", "bounties"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_the_findings_are_those_of_the_file_and_no_others(loaded: Books) -> None:
    rows = listed(loaded, "bounty history findings")

    assert [(int(row["row"]), row["finding"], row["says"]) for row in rows] == [
        (row, fault, says.format(issue=ISSUE)) for row, fault, says in FINDINGS
    ]
    assert {row["standing"] for row in rows} == {"waiting"}
    assert sorted({int(row["row"]) for row in rows}) == WAITING


def test_an_exchange_that_the_books_do_not_know_is_a_finding(books: Books) -> None:
    typed(books, "bounty history load", str(TRACKER))
    unknown = [
        int(row["row"])
        for row in listed(books, "bounty history findings")
        if row["finding"] == "funder_unknown"
    ]
    assert unknown == [137, 138]


def test_the_same_file_again_is_nothing_to_do_and_a_changed_row_is_another_version(
    loaded: Books, tmp_path: Path
) -> None:
    digest = loaded.digest()
    said = typed(loaded, "bounty history load", str(TRACKER)).err
    assert said.startswith("Nothing to do: all 73 rows of bounty_tracker.csv are known already.")
    assert loaded.digest() == digest

    lines = TRACKER.read_text().splitlines()
    changed = tmp_path / "later.csv"
    later = [lines[0], lines[1].replace("Closed", "Paid"), *lines[2:-1]]
    changed.write_text("\n".join(later).replace("(2024-09-11)", "(2025-01-01)") + "\n")
    said = typed(loaded, "bounty history load", str(changed)).err
    assert said.startswith("0 rows loaded, 1 restated, 71 known already.")
    assert "Not in this file, and kept: rows 138." in said
    found = listed(loaded, "bounty history findings")[0]
    assert (found["row"], found["version"], found["finding"]) == ("1", "2", "restated")
    assert found["says"] == "told otherwise before: status was Closed"
    versions = [
        (row["version"], row["status"])
        for row in listed(loaded, "bounty history list --versions")
        if row["row"] == "1"
    ]
    assert versions == [("1", "Closed"), ("2", "Paid")]


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return what the tracker's people read of a row."""
    names = ("bounty_id", "type", "sponsor_source", "connector", "amount", "denomination")
    return tuple(row[name] for name in (*names, "status", "issue_link"))


def test_accepted_rows_come_back_from_the_tracker_as_they_were_written(loaded: Books) -> None:
    public = public_rows()

    rows = {int(row["row"]): row for row in listed(loaded, "report tracker-bounties")}
    assert sorted({*public} - {*rows}) == WAITING
    assert all(told(row) == told(public[number]) for number, row in rows.items())

    typed(loaded, "bounty history reject 44 55 --reason twice", actor="carol")
    others = " ".join(str(row) for row in WAITING if row not in (44, 55))
    typed(loaded, f"bounty history accept {others} --reason seen", actor="carol")
    rows = {int(row["row"]): row for row in listed(loaded, "report tracker-bounties")}
    assert sorted({*public} - {*rows}) == [44, 55]
    assert all(told(row) == told(public[number]) for number, row in rows.items())
    assert all(row["transactions"] == row["paid"] == "" for row in rows.values())
    decided = {
        (row["row"], row["standing"], row["decided_by"], row["reason"])
        for row in listed(loaded, "bounty history findings")
        if row["row"] in ("16", "44")
    }
    assert decided == {
        ("16", "accepted", "carol", "seen"),
        ("44", "rejected", "carol", "twice"),
    }


def test_rows_are_settled_by_another_person_with_a_reason(loaded: Books) -> None:
    digest = loaded.digest()
    for command, actor, status in (
        ("accept 16 --reason x", "treasurer", DENIED),
        ("accept 16 999 --reason x", "carol", BAD_INPUT),
    ):
        typed(loaded, f"bounty history {command}", status=status, actor=actor)
    typed(loaded, "bounty history reject 16 --reason", " ", status=BAD_INPUT, actor="carol")
    assert loaded.digest() == digest

    said = typed(loaded, "bounty history accept 16 1 --reason seen", actor="carol").err
    assert said == "Row 16 (5625, 0 HBOT) is accepted.\n"
    digest = loaded.digest()
    said = typed(loaded, "bounty history accept 16 1 --reason seen", actor="carol").err
    assert said == "Nothing to do: accepted already: rows 1 16.\n"
    assert loaded.digest() == digest
    controls = listed(loaded, "report controls")
    (control,) = [row for row in controls if row["object_type"] == "bounty history"]
    assert (control["actor"], control["action"]) == ("carol", "accept")


def test_a_file_that_cannot_be_read_is_refused_whole_with_every_problem(
    books: Books, tmp_path: Path
) -> None:
    lines = TRACKER.read_text().splitlines()
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "\n".join(
            [
                lines[0],
                lines[1].replace(",10000,", ",-10000,"),
                lines[2].replace("50000", "5e4"),
                lines[3].replace("HBOT", "HBT"),
                lines[4].replace("4,5813", "3,5813"),
                lines[5].replace("5,5800", "0,5800").replace("Paid", ""),
            ]
        )
    )
    digest = books.digest()

    said = typed(books, "bounty history load", str(bad), status=BAD_INPUT).err

    for problem in (
        "amount_invalid: bad.csv, row 2, column amount",
        "not_a_number: bad.csv, row 3, column amount",
        "currency_mismatch: bad.csv, row 4, column denomination",
        "id_taken: bad.csv, row 5, column row",
        "not_a_number: bad.csv, row 6, column row",
        "value_missing: bad.csv, row 6, column status",
    ):
        assert problem in said
    assert books.digest() == digest


def sheet_rows(sheet: Worksheet) -> list[dict[str, Any]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def test_the_tracker_is_a_workbook_of_tabs_and_a_file_each_otherwise(
    loaded: Books, tmp_path: Path
) -> None:
    formats = "--format csv --format xlsx --format json"
    said = typed(loaded, f"report tracker --output {tmp_path} {formats}").err
    tabs = ("tracker", *(f"tracker-{tab}" for tab in TABS[1:]))

    assert {Path(line).name for line in said.splitlines()} == {
        "tracker.xlsx",
        *(f"{tab}.{end}" for tab in tabs for end in ("csv", "json", "meta.json")),
    }
    book = openpyxl.load_workbook(tmp_path / "tracker.xlsx")
    assert book.sheetnames == ["cover", *TABS, "tie_out"]
    rows = {row["row"]: row for row in sheet_rows(book["bounties"]) if row["origin"] == "history"}
    public = public_rows()
    assert sorted({*public} - {*rows}) == WAITING
    for number, row in rows.items():
        assert told(row | {"amount": str(row["amount"])}) == tuple(
            cell or None for cell in told(public[number])
        )
    assert next(iter(book["bounties"].tables)) == "bounties_rows"
    cover = {str(row[0].value): str(row[1].value) for row in book["cover"].iter_rows(min_row=3)}
    assert cover["Sheet bounties"] == "Bounties"
    assert cover["History waiting"] == "11"
    assert cover["Tie-outs"] == "7 of 7 tie"
    checks = [row[0] for row in book["tie_out"].iter_rows(min_row=2, values_only=True)]
    assert {str(check).partition(":")[0] for check in checks} == {*TABS} - {"distributions"}
    meta = json.loads((tmp_path / "tracker-bounties.meta.json").read_text())
    assert sorted(meta["files"]) == [
        "tracker-bounties.csv",
        "tracker-bounties.json",
        "tracker.xlsx",
    ]


TABS = ("distributions", "allocations", "bounties", "purchases", "supply", "wallets")
