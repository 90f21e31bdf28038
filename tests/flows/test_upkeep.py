"""Upkeep of connectors as typed: the release, the notice, and how each next year is paid for."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from payouts import batches, plans
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import approve, export, furnish
from support.receipts import held, ties
from support.upkeep import at, came, price_at_par, receive_fee_share

WELL, NEEDS_REVIEW, CONFLICT = 0, 3, 5
RELEASE = ("--on", "2024-09-10", "--evidence", "https://example.org/releases/2.0")
OWED = "assets:receivable:renewal"
DEFERRED = "liabilities:deferred:renewal"
REFUND = "liabilities:payable:exchange-refund"
IBAN = "DE89370400440532013000"


class Desk:
    """A treasurer at the command line, on the day it is."""

    def __init__(self, books: Books, folder: Path) -> None:
        self.books = books
        self.folder = folder

    def on(self, day: str) -> None:
        """Let it be a day."""
        at(self.books, date.fromisoformat(day))

    def types(
        self, command: str, *more: str, status: int = WELL, actor: str = "treasurer"
    ) -> Answer:
        """Run a command that has to end with a status."""
        now = self.books.at.isoformat()
        answer = feeshare(self.books, *command.split(), *more, actor=actor, at=now)
        assert answer.status == status, answer
        return answer

    def rows(self, command: str) -> list[dict[str, str]]:
        """Return what a command lists."""
        return list(csv.DictReader(io.StringIO(self.types(f"{command} --csv").out)))

    def state(self, connector: str) -> str:
        """Return who keeps a connector maintained today."""
        (found,) = [row for row in self.rows("connector list") if row["id"] == connector]
        return found["state"]

    def loads(self, command: str, *lines: str) -> None:
        """Load a file of these lines."""
        path = self.folder / f"{command.split(maxsplit=1)[0]}.csv"
        path.write_text("\n".join(lines) + "\n")
        self.types(command, str(path))

    def accrues(self, *months: str) -> None:
        """Accrue months."""
        for month in months:
            self.types(f"accrue {month}")


@pytest.fixture
def desk(books: Books, tmp_path: Path) -> Desk:
    """Give a desk with three exchanges whose connectors were released in September 2024."""
    furnish(books)
    price_at_par(books)
    found = Desk(books, tmp_path)
    found.on("2024-09-20")
    found.loads("exchange load", "name", "Gate", "Quill", "Vega")
    found.loads("payee load", "name", "Ada")
    for name, exchange in (("gate_io", "Gate"), ("quill", "Quill"), ("vega", "Vega")):
        found.types(f"connector add {name} --exchange {exchange} --kind clob-spot")
        found.types(f"connector release {name}", *RELEASE)
    return found


def test_a_year_is_noticed_sixty_days_before_and_waived_by_what_the_exchange_paid(
    desk: Desk,
) -> None:
    assert desk.state("gate_io") == "first year"
    desk.on("2025-07-14")
    receive_fee_share(
        desk.books,
        ("2024-10", "900", date(2024, 11, 20)),
        ("2025-03", "800", date(2025, 4, 20)),
    )
    due = desk.types("month start 2025-07").out
    assert "2025-07-12   renewal-notice   Gate" in due
    assert "feeshare renewal notice gate_io --to WHOM --evidence" in due

    said = desk.types("renewal notice gate_io --to ops@gate.example --evidence message-1").err
    assert "By now it would be invoiced: on average 188.89 USD a month in 9 whole months" in said
    assert desk.types("renewal decide gate_io", status=NEEDS_REVIEW).err.startswith(
        "year_not_begun"
    )

    desk.on("2025-09-12")
    receive_fee_share(desk.books, ("2025-07", "700", date(2025, 8, 20)))
    said = desk.types("renewal decide gate_io").err
    assert "gate_io: the year from 2025-09-10 is waived." in said
    assert "on average 218.18 USD a month in 11 whole months until 2025-08-31" in said
    shown = desk.rows("renewal show gate_io")
    assert [(row["period"], row["amount"], row["value_usd"]) for row in shown] == [
        ("2024-11", "900", "900"),
        ("2025-04", "800", "800"),
        ("2025-08", "700", "700"),
    ]
    assert desk.state("gate_io") == "waived"
    assert OWED not in held(desk.books)
    assert ties(desk.books) == []


def test_a_year_that_is_not_waived_is_invoiced_paid_and_unwound_exactly_in_its_seventh_month(
    desk: Desk,
) -> None:
    desk.on("2025-09-10")
    assert "the year from 2025-09-10 is invoiced by renewal-quill-2025" in (
        desk.types("renewal decide quill --year 2025-09-10").err
    )
    refused = desk.types(
        "renewal waive renewal-quill-2025 --evidence they-say-so", status=CONFLICT
    )
    assert refused.err.startswith("waiver_unproven: Nothing proves that renewal")
    came(desk.books, "2000", "for renewal-quill-2025", date(2025, 9, 15))
    desk.on("2026-03-20")
    desk.types("reconcile 2025-09")
    months = ("2025-09", "2025-10", "2025-11", "2025-12", "2026-01", "2026-02")
    desk.accrues(*months)
    before = held(desk.books)
    assert before[DEFERRED] == before["income:renewal"] == -1000
    assert desk.state("quill") == "renewal"

    said = desk.types("renewal cancel renewal-quill-2025 --evidence letter").err
    assert "0 USD is no longer owed to us, 1000 USD is owed back." in said
    assert DEFERRED not in held(desk.books)
    assert held(desk.books)[REFUND] == -1000
    assert desk.state("quill") == "lapsed"

    pay_back(desk)
    after = held(desk.books)
    assert REFUND not in after
    assert after["assets:bank:main"] == 1000, after
    assert ties(desk.books) == []


def pay_back(desk: Desk) -> None:
    """Pay what Quill is owed by a wire: a confirmed account, a batch, its signature, its line."""
    desk.loads(
        "payee destination load", "payee,rail,address,holder", f"Quill,wire,{IBAN},Quill Ltd"
    )
    desk.types("payee destination confirm quill:wire:1", actor="erin")
    desk.on("2026-03-30")
    books, day = desk.books, date(2026, 3, 30)
    with books.read() as session:
        planned = plans.plan(session, date(2026, 3, 1), on=day).hash
    with books.write() as change:
        [batch] = batches.submit(change, planned, date(2026, 3, 1), on=day, nonces={}).batches
    approve(books, batch, "carol")
    export(books, batch)
    came(books, "-1000", f"{batch.id}/1", day)
    desk.types(f"payout settle {batch.id}")


def test_an_exchange_moves_to_sponsorship_with_its_bountys_fee_and_the_rest_of_its_renewal(
    desk: Desk,
) -> None:
    pay_bounty(desk)
    desk.on("2025-09-10")
    desk.types("renewal decide vega --id vega-upkeep")
    came(desk.books, "2000", "vega-upkeep", date(2025, 9, 20))
    desk.on("2025-12-10")
    desk.types("reconcile 2025-09")
    desk.accrues("2025-09", "2025-10", "2025-11")

    sponsor = "sponsorship add vega-gold --exchange Vega --tier gold --from 2025-12-10"
    said = desk.types(f"{sponsor} --bounty vega-bounty --renewal vega-upkeep").err
    assert "50000 USD, 3500 credited, 46500 owed." in said
    assert desk.state("vega") == "sponsorship"
    now = held(desk.books)
    assert OWED not in now
    assert DEFERRED not in now
    assert now["income:renewal"] == -500
    assert "income:bounty-administration" not in now
    assert now["liabilities:deferred:sponsorship"] == -50000

    came(desk.books, "46500", "vega-gold", date(2025, 12, 20))
    desk.on("2026-02-03")
    desk.types("reconcile 2025-12")
    desk.accrues("2025-12", "2026-01")
    assert held(desk.books)["income:sponsorship"] == Decimal("-8333.33")
    (row,) = desk.rows("sponsorship list")
    assert (row["paid"], row["owed"], row["credited"]) == ("46500", "0", "3500")
    said = desk.types("sponsorship cancel vega-gold --evidence letter").err
    assert "2000 USD of a bounty's fee is income again, 39666.67 USD is owed back." in said
    assert held(desk.books)["income:bounty-administration"] == -2000
    assert ties(desk.books) == []


def pay_bounty(desk: Desk) -> None:
    """Let Vega's bounty be paid, built and released: 2,000 USD of it are the Foundation's fee."""
    desk.on("2024-09-25")
    desk.loads(
        "bounty load",
        "id,title,exchange,commodity,amount,developer,source",
        "vega-bounty,a connector,Vega,USD,10000,Ada,agreement",
    )
    came(desk.books, "10000", "vega-bounty", date(2024, 9, 21))
    desk.types("reconcile 2024-09")
    for gate in ("delivered", "approved", "qa-passed", "proposal-passed", "merged", "released"):
        desk.types(f"bounty gate vega-bounty {gate} --evidence link")
    desk.types("bounty release vega-bounty")
