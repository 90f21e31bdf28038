"""Connectors and sponsorships as typed: what is shown, what is said again, what is refused."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.upkeep import at, connect, invoice, open_exchanges

TODAY = "2025-12-10T09:00:00Z"
WELL, BAD_INPUT, CONFLICT = 0, 2, 5


@pytest.fixture
def gate(books: Books) -> Books:
    """Give books with Gate's connector, whose second year was invoiced."""
    open_exchanges(books)
    at(books, date(2025, 12, 10))
    connect(books)
    invoice(books)
    return books


def typed(books: Books, command: str, status: int = WELL, actor: str = "treasurer") -> Answer:
    answer = feeshare(books, *command.split(), actor=actor, at=TODAY)
    assert answer.status == status, (command, answer)
    return answer


def rows(books: Books, command: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(typed(books, f"{command} --csv").out)))


def twice(books: Books, command: str) -> str:
    """Run a command twice; require that the second writes nothing; return what it says."""
    typed(books, command)
    digest = books.digest()
    said = typed(books, command).err
    assert books.digest() == digest
    return said


def test_what_keeps_a_connector_is_recorded_once_and_shown(gate: Books) -> None:
    said = twice(gate, "connector poll gate_io 2026-Q4 --evidence poll")
    assert said == "Nothing to do: gate_io is kept by the poll of 2026-Q4.\n"
    kept = "connector self-maintained gate_io --evidence letter"
    assert "Next: feeshare renewal cancel gate-2025" in typed(gate, kept).err
    assert twice(gate, kept).startswith("Nothing to do: its exchange maintains gate_io from 2025")
    shown = rows(gate, "connector show gate_io")
    assert [(row["kind"], row["since"], row["until"]) for row in shown] == [
        ("first year", "2024-09-10", "2025-09-09"),
        ("renewal", "2025-09-10", "2026-09-09"),
        ("exchange", "2025-12-10", ""),
        ("poll", "2026-10-01", "2026-12-31"),
    ]
    assert [row["state"] for row in rows(gate, "connector list --as-of 2025-01-01")] == [
        "first year"
    ]
    typed(gate, "connector poll gate_io 2026-Q9 --evidence poll", BAD_INPUT)
    typed(gate, "connector poll gate_io 2026-Q3 --evidence x --proposal HGP-1", BAD_INPUT)


def test_a_list_of_connectors_loads_again(gate: Books, tmp_path: Path) -> None:
    path = tmp_path / "connectors.csv"
    path.write_text(typed(gate, "connector list --csv").out.replace(",,release", ",x,release"))
    path.write_text(path.read_text().replace("clob-spot,", "clob-spot,x", 1))
    digest = gate.digest()
    said = typed(gate, f"connector load {path}").err
    assert said == "Nothing new: all 1 connectors of connectors.csv are known already.\n"
    assert gate.digest() == digest


def test_a_sponsorship_says_what_it_is_made_of_and_is_cancelled_once(gate: Books) -> None:
    for month in ("2025-09", "2025-10", "2025-11"):
        typed(gate, f"accrue {month}")
    add = "sponsorship add gold --exchange Gate --tier gold --from 2025-12-10 --renewal gate-2025"
    assert "50000 USD, 0 credited, 50000 owed." in twice(gate, add)
    typed(gate, "accrue 2025-12")
    shown = rows(gate, "sponsorship show gold")
    assert [(row["what"], row["of"], row["amount"]) for row in shown] == [
        ("earned", "2025-12", "4166.66")
    ]
    due = rows(gate, "renewal due --until 2026-12-31")
    assert [(row["due_on"], row["kind"], row["subject"]) for row in due] == [
        ("2026-12-09", "sponsorship-ends", "gold"),
    ]
    said = twice(gate, "sponsorship cancel gold --evidence letter")
    assert said.startswith("Nothing to do: gold was cancelled on 2025-12-10 by entry")
    assert rows(gate, "sponsorship show gold")[-1]["what"] == "cancelled: refunded"


@pytest.mark.parametrize(
    ("command", "status", "code"),
    [
        ("sponsorship add a+b --exchange Gate --tier gold --from 2025-12-10", 2, "id_invalid"),
        ("sponsorship add gate-2025 --exchange Gate --tier gold --from 2025-12-10", 2, "id_taken"),
        ("sponsorship add s --exchange Gate --tier gold --from 2025-12-11", 2, "date_invalid"),
        (
            "sponsorship add s --exchange Gate --tier gold --from 2025-12-10 --amount 5e4",
            2,
            "not_a_number",
        ),
        ("renewal show gate_io", 2, "reference_unknown"),
        ("renewal decide nobody", 2, "reference_unknown"),
        ("renewal decide gate_io --year 2025-09-11", 2, "year_unknown"),
        ("connector release gate_io --on 2024-09-11 --evidence x", 5, "reference_reused"),
    ],
)
def test_what_does_not_fit_is_refused(gate: Books, command: str, status: int, code: str) -> None:
    digest = gate.digest()
    assert code in typed(gate, command, status).err
    assert gate.digest() == digest
