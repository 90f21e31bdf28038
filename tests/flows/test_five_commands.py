"""A clean month of thirty exchanges: five commands from its start to reconciled."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from examples.shapes import SHAPES, Month
from ledger import bank, parties
from ledger.revenue.agreements import add_terms
from ledger.revenue.terms import TermsDraft
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

PERIOD = "2023-10"
COUNT = 30
RATE = Decimal("0.4")
STEP = Decimal("137.041593")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A made-up exchange, what it owes us for the month, and in which shape it says so."""

    number: int

    @property
    def name(self) -> str:
        """Return its name."""
        return f"Exchange {self.number:02} (made up)"

    @property
    def amount(self) -> Decimal:
        """Return what it owes: of no two the same, none even."""
        return 1000 + STEP * self.number

    def write(self, folder: Path) -> None:
        """Write its statement."""
        shape = SHAPES[self.number % len(SHAPES)]
        content = shape.write(Month(exchange=self.name, period=PERIOD, amount=self.amount))
        (folder / f"{self.number:02}-{shape.name}{shape.suffix}").write_bytes(content)


EXCHANGES = [Exchange(number) for number in range(COUNT)]


@pytest.fixture
def agreed(books: Books) -> Books:
    """Give books with thirty agreements of the same terms, and a bank account."""
    with books.write() as change:
        bank.add_account(change, "bank-main", kind="bank", purpose="receipts")
        parties.add(change, name="Ada", kind="payee")
        for each in EXCHANGES:
            parties.add(change, name=each.name, kind="exchange")
            add_terms(
                change,
                TermsDraft(
                    exchange=each.name,
                    stream="spot",
                    commodity="USDT",
                    kind="variable",
                    effective_from=date(2023, 10, 1),
                    effective_to=None,
                    rate_low=RATE,
                    rate_high=RATE,
                    fixed_amount=None,
                    maintainer_rate=None,
                    maintainers={"Ada": Decimal(1)},
                    source="made up",
                ),
            )
    return books


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Give a folder with thirty statements and one file of the bank."""
    for each in EXCHANGES:
        each.write(tmp_path)
    header = ("date", "account", "amount", "currency", "external_id", "counterparty", "memo")
    with (tmp_path / "bank.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(
            ("2023-10-30", "bank-main", each.amount, "USDT", f"r{each.number}", each.name, "")
            for each in EXCHANGES
        )
    return tmp_path


def five_commands(books: Books, inbox: Path) -> list[Answer]:
    """Take a month from its start to reconciled, as its maker types it."""
    mappings = ("--mappings", str(EXAMPLES / "mappings"))
    answers = [
        feeshare(books, *command)
        for command in (
            ("month", "start", PERIOD),
            ("import", str(inbox), *mappings),
            ("review", "accept", "--all"),
            ("accrue", PERIOD),
            ("reconcile", PERIOD),
        )
    ]
    assert [each.status for each in answers] == [0] * 5, answers
    return answers


def started(books: Books) -> list[dict[str, str]]:
    answer = feeshare(books, "month", "start", PERIOD, "--json")
    assert answer.status == 0, answer
    rows: list[dict[str, str]] = json.loads(answer.out)
    return rows


def test_a_clean_month_of_thirty_takes_five_commands(agreed: Books, inbox: Path) -> None:
    assert {row["state"] for row in started(agreed)} == {"missing"}
    assert feeshare(agreed, "month", "status", PERIOD).status == 3

    _, imported, accepted, accrued, reconciled = five_commands(agreed, inbox)

    assert "feeshare review accept --all" in imported.err
    assert f"{COUNT} accepted." in accepted.err
    assert f"{COUNT} new. Next: feeshare reconcile {PERIOD}" in accrued.err
    assert f"{COUNT} matched now, 0 open." in reconciled.err
    rows = started(agreed)
    assert len(rows) == COUNT
    assert {(row["state"], row["money"], row["open"], row["next_action"]) for row in rows} == {
        ("accepted", "received", "0", "")
    }
    status = feeshare(agreed, "month", "status", PERIOD, "--json")
    checks = json.loads(status.out)
    assert (status.status, {each["holds"] for each in checks}) == (0, {"✓"})
    results = {each["check"]: each["result"] for each in checks}
    assert results["statements"] == f"{COUNT} expected = {COUNT} accepted"
    assert (results["shares accrued"], results["bank lines matched"]) == ("all", "all")
    assert feeshare(agreed, "month", "close", PERIOD).status == 0


def test_the_same_five_commands_again_change_nothing(agreed: Books, inbox: Path) -> None:
    five_commands(agreed, inbox)
    digest = agreed.digest()

    _, imported, accepted, accrued, reconciled = five_commands(agreed, inbox)

    assert agreed.digest() == digest
    assert "Nothing new" in imported.err
    assert "Nothing to do" in accepted.err
    assert "Nothing to do" in accrued.err
    assert "0 matched now, 0 open." in reconciled.err
