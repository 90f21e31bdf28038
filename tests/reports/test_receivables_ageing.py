from datetime import date
from decimal import Decimal

import pytest

from ledger.revenue import exceptions, exchange_credits, sponsorships
from reports import receivables_ageing
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.fee_shares import agree, open_exchange, state
from support.matching import matched, unmatched
from support.receipts import line
from support.sample_entries import MADE_AT
from support.upkeep import at, invoice, open_exchanges, pay_year


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return receivables_ageing.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> dict[str, dict[str, Cell]]:
    names = [column.name for column in of.columns]
    rows = (dict(zip(names, row, strict=True)) for row in of.rows)
    return {str(row["period" if "period" in row else "document_date"]): row for row in rows}


@pytest.fixture
def owed(books: Books) -> tuple[str, str, str]:
    """Give statements of September and October, the first short, the second paid too much."""
    open_exchange(books)
    stream = agree(books, {"Ada": "1"})
    first, second = state(books, stream, "1000", period="2023-09"), state(books, stream, "500")
    short = line(books, "600", on=date(2023, 10, 20))
    matched(books, short, first, difference="short-pay")
    matched(books, line(books, "520"), second, difference="overpaid")
    return first, second, short


def test_what_is_open_stands_in_the_bucket_of_its_age_with_its_note(
    books: Books, owed: tuple[str, str, str]
) -> None:
    del owed
    found = records(report(books, Asked(as_of=date(2023, 11, 29))))
    first, second = found["2023-09-30"], found["2023-10-31"]
    assert (first["stated"], first["received"], first["open"]) == (1000, 600, 400)
    assert (first["due_date"], first["d1_30"], first["d31_60"]) == (
        date(2023, 10, 30),
        400,
        None,
    )
    assert first["note"] == "short-pay"
    assert (second["open"], second["credit"], second["not_due"]) == (0, 20, 0)


def test_each_fact_counts_from_its_effective_day(books: Books, owed: tuple[str, str, str]) -> None:
    first, _, short = owed
    before = report(books, Asked(as_of=date(2023, 10, 19)))
    assert records(before)["2023-09-30"]["open"] == 1000
    assert "2023-10-31" not in records(before)
    known = before.head_number
    unmatched(books, short)
    matched(books, line(books, "3", on=date(2023, 10, 2)), first, difference="bank-fee=2")
    assert records(report(books))["2023-09-30"]["open"] == 995
    assert known < report(books).head_number
    for each in (report(books), before, report(books, Asked(period=date(2023, 9, 1)))):
        assert {tie.difference for tie in each.tie_outs} == {Decimal(0)}


def test_a_credit_that_is_used_counts_where_it_is_used(
    books: Books, owed: tuple[str, str, str]
) -> None:
    first, second, _ = owed
    with books.write() as change:
        exchange_credits.use(change, second, first, None, on=date(2023, 11, 1), reason="agreed")
    found = records(report(books))
    assert found["2023-09-30"]["received"] == 620
    assert "2023-10-31" not in found
    assert {tie.difference for tie in report(books).tie_outs} == {Decimal(0)}


def test_open_invoices_stand_by_age_beside_the_statements_and_tie_to_their_accounts(
    books: Books,
) -> None:
    open_exchanges(books)
    at(books, date(2025, 12, 20))
    invoice(books, "gate-2025", connector="gate_io")
    with books.write() as change:
        told = {"exchange": "Gate", "tier": "gold", "year_from": date(2025, 12, 10)}
        sponsorships.add(change, identity="gold", moved=[], **told)  # type: ignore[arg-type]
        exceptions.assign(change, "renewal:gate-2025", "ada", day=date(2025, 12, 20))
        exceptions.note(change, "renewal:gate-2025", "promised", day=date(2025, 12, 20))
    pay_year(books, "gate-2025", "500", date(2025, 11, 20))
    state(books, agree(books, {"Ada": "1"}), "10", period="2025-11")
    now = report(books, Asked(as_of=date(2025, 12, 20)))
    names = [column.name for column in now.columns]
    rows = [dict(zip(names, row, strict=True)) for row in now.rows]
    assert [(row["kind"], row["document_id"]) for row in rows][1:] == [
        ("renewal", "gate-2025"),
        ("sponsorship", "gold"),
    ]
    fee_share, renewal, sponsorship = rows
    assert (fee_share["kind"], fee_share["open"]) == ("fee share", 10)
    money = [renewal[name] for name in ("stated", "received", "written_off", "open", "credit")]
    assert money == [2000, 500, 0, 1500, 0]
    assert (renewal["document_date"], renewal["due_date"]) == (
        date(2025, 9, 10),
        date(2025, 10, 10),
    )
    assert (renewal["d61_90"], renewal["owner"], renewal["note"]) == (1500, "ada", "promised")
    assert (sponsorship["not_due"], sponsorship["owner"]) == (50000, None)
    earlier = report(books, Asked(as_of=date(2025, 11, 1)))
    assert [row[names.index("open")] for row in earlier.rows] == [2000]
    of_month = report(books, Asked(period=date(2025, 9, 1)))
    assert [row[names.index("document_id")] for row in of_month.rows] == ["gate-2025"]
    for each in (now, earlier, of_month):
        assert {tie.difference for tie in each.tie_outs} == {Decimal(0)}
    found = {each.check: (each.commodity, each.left, each.right) for each in now.tie_outs}
    for kind, amount in (("renewals", Decimal(1500)), ("sponsorships", Decimal(50000))):
        assert found[f"open = control account of {kind}"] == ("USD", amount, amount)
