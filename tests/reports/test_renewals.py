from datetime import date
from decimal import Decimal

import pytest

from ledger.errors import UnknownReference
from ledger.revenue import connectors, prepaid, prepaid_earning, prepaid_ends, renewal_decisions
from reports import exchange_report, renewals
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.sample_entries import MADE_AT
from support.upkeep import (
    SECOND_YEAR,
    at,
    connect,
    invoice,
    open_exchanges,
    pay_year,
    receive_fee_share,
)

SEPTEMBER = date(2025, 9, 1)


@pytest.fixture
def upkeep(books: Books) -> Books:
    """Give books of a year that was noticed and waived, and of one that was paid and cancelled."""
    open_exchanges(books)
    at(books, date(2025, 12, 5))
    connect(books)
    connect(books, "gate_perpetual")
    receive_fee_share(books, ("2024-10", "3000", date(2024, 11, 5)))
    with books.write() as change:
        gate = connectors.named(change.session, "gate_io")
        renewal_decisions.notice(
            change, gate, sent_to="ops", evidence="mail 1", on=date(2025, 7, 12)
        )
        renewal_decisions.decide(change, gate, on=SECOND_YEAR)
    invoice(books, connector="gate_perpetual")
    pay_year(books, "gate-2025", "1500", date(2025, 9, 20))
    with books.write() as change:
        prepaid_earning.earn(change, date(2025, 11, 1))
        year = prepaid.named(change.session, "gate-2025")
        prepaid_ends.cancel(change, year, evidence="letter", on=date(2025, 12, 5))
    return books


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        made = renewals.build(session, asked or Asked(), MADE_AT)
    assert {tie.difference for tie in made.tie_outs} <= {Decimal(0)}
    return made


def of_gate(books: Books, asked: Asked) -> Report:
    with books.read() as session:
        made = exchange_report.build(session, asked, MADE_AT)
    assert {tie.difference for tie in made.tie_outs} <= {Decimal(0)}
    return made


def test_each_year_says_what_came_of_its_invoice_and_what_a_waiver_rests_on(
    upkeep: Books,
) -> None:
    waived, invoiced = records(report(upkeep))
    assert (waived["connector"], waived["waived"], waived["document_id"]) == (
        "gate_io",
        True,
        None,
    )
    assert waived["waiver_basis_month_avg"] == Decimal("272.73")
    assert (waived["waiver_basis_months"], waived["notice_sent_to"]) == (11, "ops")
    money = ("invoiced", "paid", "open", "earned", "deferred", "given_up")
    assert [invoiced[name] for name in money] == [2000, 1500, 0, 500, 0, 1500]
    assert (invoiced["ended"], invoiced["ended_on"]) == ("cancelled", date(2025, 12, 5))


def test_each_fact_of_a_year_counts_from_its_day_on(upkeep: Books) -> None:
    before = records(report(upkeep, Asked(as_of=date(2025, 9, 15))))
    (invoiced,) = [row for row in before if row["document_id"] == "gate-2025"]
    money = ("invoiced", "paid", "open", "earned", "deferred", "given_up")
    assert [invoiced[name] for name in money] == [2000, 0, 2000, 0, 2000, 0]
    (noticed,) = records(report(upkeep, Asked(as_of=date(2025, 8, 1))))
    assert (noticed["kind"], noticed["waived"], noticed["invoiced"]) == ("notice", None, None)


def test_an_exchange_reads_its_month_whole(upkeep: Books) -> None:
    found = records(of_gate(upkeep, Asked(period=SEPTEMBER, exchange="gate")))
    by_section = {
        name: [row for row in found if row["section"] == name]
        for name in ("fee share", "connector", "renewal", "next date")
    }
    assert by_section["fee share"] == []
    assert [(row["subject"], row["state"]) for row in by_section["connector"]] == [
        ("gate_io", "waived"),
        ("gate_perpetual", "renewal"),
    ]
    (renewal,) = by_section["renewal"]
    assert [renewal[name] for name in ("stated", "paid", "open")] == [2000, 1500, 500]
    (payment,) = by_section["next date"]
    assert (payment["state"], payment["document_id"]) == ("renewal payment", "gate-2025")
    assert payment["until"] == date(2025, 10, 10)
    october = of_gate(upkeep, Asked(period=date(2024, 10, 1), exchange="Gate"))
    (stated,) = [row for row in records(october) if row["section"] == "fee share"]
    assert [stated[name] for name in ("stated", "paid", "open")] == [3000, 0, 3000]
    assert stated["state"] == "open"
    (due,) = [row for row in records(october) if row["section"] == "next date"]
    assert (due["state"], due["until"]) == ("payment", date(2024, 11, 30))


def test_an_exchange_that_nobody_recorded_is_refused(upkeep: Books) -> None:
    with pytest.raises(UnknownReference, match="No exchange is named 'nobody'"):
        of_gate(upkeep, Asked(period=SEPTEMBER, exchange="nobody"))
