"""Bad agreements, as a person meets them: each gets its own error, and the books are as before."""

import csv
from io import StringIO
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare

BAD_INPUT = 2
CONFLICT = 5

TERMS = {
    "exchange": "Gate.io",
    "stream": "perpetual",
    "commodity": "USDT",
    "kind": "variable",
    "rate_low": "0.3",
    "rate_high": "0.3",
    "effective_from": "2023-01-01",
    "maintainers": "CoinAlpha:1",
    "source": "a test",
}


def load(books: Books, folder: Path, *changed: dict[str, str]) -> Answer:
    """Load rows of terms, each with some cells other than usual."""
    rows = [TERMS | cells for cells in changed]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    file = folder / "agreements.csv"
    file.write_text(text.getvalue())
    return feeshare(books, "agreement", "load", str(file))


def require_refused(
    books: Books, folder: Path, status: int, code: str, *changed: dict[str, str]
) -> str:
    digest = books.digest()
    answer = load(books, folder, *changed)
    assert (answer.status, code in answer.err) == (status, True), answer
    assert books.digest() == digest
    return answer.err


NO_RATE = {"rate_low": "", "rate_high": ""}


@pytest.mark.parametrize(
    ("code", "cells"),
    [
        ("rate_invalid", {"rate_low": "-0.1"}),
        ("rate_invalid", {"rate_high": "1.1"}),
        ("rate_invalid", {"rate_low": "0.4"}),
        ("rate_invalid", NO_RATE | {"tiers": "volume: 0=0.2; 0=0.3"}),
        ("rate_invalid", NO_RATE | {"tiers": "volume: 100=0.2; 200=0.3"}),
        ("rate_invalid", NO_RATE | {"tiers": "volume: 0=0.2; 200=0.3; 100=0.4"}),
        ("rate_invalid", NO_RATE | {"tiers": "volume: 0=0.2; 100=1.3"}),
        ("rate_invalid", NO_RATE | {"tiers": "0.2"}),
        ("rate_invalid", NO_RATE | {"tiers": "volume: much=0.2"}),
        ("rate_invalid", {"tiers": "volume: 0=0.2; 100=0.3"}),
        ("rate_invalid", {"rebate_rate": "1.5", "rebate_payer": "exchange"}),
        ("terms_invalid", {"rebate_rate": "0.1", "rebate_payer": "foundation"}),
        ("terms_invalid", {"rebate_payee": "CoinAlpha"}),
        ("terms_invalid", {"statement_day": "31"}),
        ("not_a_number", {"payment_days": "thirty"}),
        ("value_unknown", {"confidential": "perhaps"}),
        ("terms_invalid", {"incentives": "many HBOT"}),
        ("terms_invalid", {"incentives": "1 HBOT 2023-01-01..2023-02-31"}),
        ("date_invalid", {"selected_on": "yesterday"}),
        ("split_invalid", {"maintainers": "CoinAlpha:0.9"}),
        ("split_invalid", {"maintainers": "CoinAlpha:0.9; Duo One (made up):0.2"}),
        ("split_invalid", {"maintainers": "CoinAlpha:1.1; Duo One (made up):-0.1"}),
        ("split_invalid", {"maintainers": "CoinAlpha:1; Duo One (made up):0"}),
        ("split_invalid", {"maintainers": "CoinAlpha:0.5; CoinAlpha:0.5"}),
        ("reference_unknown", {"maintainers": "Nobody:1"}),
    ],
)
def test_terms_that_cannot_be_are_refused(
    furnished_books: Books, tmp_path: Path, code: str, cells: dict[str, str]
) -> None:
    assert "row 2" in require_refused(furnished_books, tmp_path, BAD_INPUT, code, cells)


def test_versions_that_overlap_are_refused_and_a_gap_has_no_terms(
    furnished_books: Books, tmp_path: Path
) -> None:
    first = {"effective_to": "2023-03-31"}
    inside = {"effective_from": "2023-03-31"}
    require_refused(furnished_books, tmp_path, BAD_INPUT, "agreement_overlap", first, inside)
    later = {"effective_from": "2023-06-01"}
    assert load(furnished_books, tmp_path, first, later).status == 0
    shown = feeshare(furnished_books, "agreement", "list", "--as-of", "2023-04-30", "--csv")
    assert "perpetual" not in shown.out
    register = feeshare(furnished_books, "report", "agreements", "--output", str(tmp_path / "r"))
    assert register.status == 0, register


def test_terms_of_a_closed_month_are_not_changed(furnished_books: Books, tmp_path: Path) -> None:
    assert load(furnished_books, tmp_path, {}).status == 0
    close(furnished_books)
    told = require_refused(
        furnished_books,
        tmp_path,
        CONFLICT,
        "retroactive_change",
        {"effective_from": "2022-12-15", "effective_to": "2022-12-31"},
    )
    assert "Begin them on 2023-02-01 or later" in told
    assert "month reopen 2023-01" in told
    changed = change(furnished_books, "2023-01-31")
    assert (changed.status, "retroactive_change" in changed.err) == (CONFLICT, True), changed
    assert change(furnished_books, "2023-02-01").status == 0


def close(books: Books) -> None:
    closed = feeshare(books, "month", "waive", "2023-01", "--reason", "none came")
    assert closed.status == 0, closed
    closed = feeshare(books, "month", "close", "2023-01")
    assert closed.status == 0, closed


def change(books: Books, day: str) -> Answer:
    return feeshare(
        books,
        *("agreement", "change", "gate-io:perpetual:usdt", "--from", day, "--source", "mail"),
        *("rate_low=0.25", "rate_high=0.25"),
    )
