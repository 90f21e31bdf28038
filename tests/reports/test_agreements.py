from dataclasses import replace
from datetime import date
from decimal import Decimal

from ledger import parties
from ledger.revenue import agreements
from ledger.revenue.agreements import TermsInForce, add_terms
from ledger.revenue.terms import TermsDraft, Tier, Tiers
from reports import agreements as register
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.sample_entries import MADE_AT

DRAFT = TermsDraft(
    exchange="Gate",
    stream="spot",
    commodity="USDT",
    kind="variable",
    effective_from=date(2023, 1, 1),
    effective_to=None,
    rate_low=Decimal("0.2"),
    rate_high=Decimal("0.3"),
    fixed_amount=None,
    maintainer_rate=None,
    maintainers={"Ada": Decimal(1)},
    source="a test",
)
TIERS = Tiers(
    basis="volume",
    bands=(
        Tier(at_least=Decimal(0), rate=Decimal("0.2")),
        Tier(at_least=Decimal(1000), rate=Decimal("0.4")),
    ),
)


def agreed(books: Books) -> None:
    with books.write() as change:
        parties.add(change, name="Gate", kind="exchange")
        parties.add(change, name="Ada", kind="payee")
        add_terms(change, DRAFT)
        add_terms(
            change,
            replace(
                DRAFT,
                effective_from=date(2023, 4, 1),
                effective_to=date(2023, 6, 30),
                tiers=TIERS,
                rate_low=None,
                rate_high=None,
                confidential=True,
            ),
        )
        add_terms(
            change,
            replace(
                DRAFT,
                effective_from=date(2023, 7, 11),
                kind="fixed",
                rate_low=None,
                rate_high=None,
                fixed_amount=Decimal(750),
                maintainers={},
            ),
        )


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return register.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def test_every_version_stands_with_its_days_and_what_it_says(books: Books) -> None:
    agreed(books)
    found = records(report(books))
    names = ("version", "rate_or_fee", "effective_to", "gap_days_before", "payees_json")
    assert [tuple(row[name] for name in names) for row in found] == [
        (1, "0.2-0.3", date(2023, 3, 31), None, '{"ada": "1"}'),
        (2, "0.2-0.4", date(2023, 6, 30), 0, '{"ada": "1"}'),
        (3, "750", None, 10, "{}"),
    ]
    assert found[1]["tier_json"] == (
        '{"basis": "volume", "bands": [{"from": "0", "rate": "0.2"}, '
        '{"from": "1000", "rate": "0.4"}]}'
    )
    assert [row["confidential"] for row in found] == [False, True, False]
    assert {row["recorded_by"] for row in found} == {"treasurer"}
    assert {tie.difference for tie in report(books).tie_outs} == {Decimal(0)}


def test_as_of_a_day_later_versions_are_not_told(books: Books) -> None:
    agreed(books)
    assert len(report(books, Asked(as_of=date(2023, 4, 1))).rows) == 2
    assert report(books, Asked(as_of=date(2022, 12, 31))).rows == []


def test_versions_that_overlapped_would_be_counted(books: Books) -> None:
    agreed(books)
    with books.read() as session:
        first, second, _ = agreements.all_terms(session)
        session.expunge_all()
    second.terms.effective_from = date(2023, 3, 1)
    first.terms.effective_to = date(2023, 3, 31)
    versions: list[TermsInForce] = [first, second]
    assert [gap for _, _, gap in register.stretches(versions)] == [None, -31]
