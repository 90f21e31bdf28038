import subprocess
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger import bank, evidence, periods
from ledger.bank_tables import BankAccount
from ledger.errors import BadInput
from reports import catalogue
from reports.query import Asked
from reports.render import files
from reports.report import Report
from support import (
    sample_books,
    sample_governance,
    sample_payouts,
    sample_shares,
    sample_tracker,
    sample_upkeep,
)
from support.books import Books
from support.sample_entries import MADE_AT

SEPTEMBER = date(2023, 9, 1)


def asked_of(name: str) -> Asked:
    needs = catalogue.CATALOGUE[name].needs
    return Asked(
        payee="ada" if "payee" in needs else None,
        period=SEPTEMBER if "period" in needs else None,
        statement=sample_shares.RESTATED if "statement" in needs else None,
        exchange="binance" if "exchange" in needs else None,
    )


def fill(books: Books) -> None:
    """Fill books with something of everything, and close their first month."""
    sample_books.fill(books)
    sample_governance.vote(books)
    sample_governance.buy(books)
    sample_tracker.fill(books)
    sample_upkeep.connect(books)
    sample_upkeep.decide(books)
    leave_a_line_open(books)
    close_september(books)


def leave_a_line_open(books: Books) -> None:
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account=change.session.scalars(select(BankAccount.id)).first() or "",
            external_id="strange",
            on=date(2023, 10, 9),
            commodity="USDC",
            amount=Decimal(7),
            counterparty="=Nobody",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))


def close_september(books: Books) -> None:
    with books.write() as change:
        periods.close(change, SEPTEMBER, reason="month end")


def build(books: Books, name: str, asked: Asked) -> Report:
    with books.read() as session:
        return catalogue.build(session, name, asked, MADE_AT)


@pytest.fixture(scope="module")
def formats() -> tuple[str, ...]:
    return tuple(files.RENDERERS)


def test_every_report_renders_to_the_same_bytes_twice_in_every_format(
    books: Books, formats: tuple[str, ...]
) -> None:
    fill(books)
    digest = books.digest()
    for name in catalogue.CATALOGUE:
        first, second = (build(books, name, asked_of(name)) for _ in range(2))
        assert first.name == name
        assert first.rows
        assert first.tie_outs
        for each in formats:
            assert files.render(first, each) == files.render(second, each)
    assert books.digest() == digest


def test_every_report_as_known_at_a_change_stays_the_same_when_books_go_on(
    books: Books, formats: tuple[str, ...]
) -> None:
    steps = (
        *(sample_books.open_books, sample_books.post_months, close_september),
        sample_shares.state,
        *(sample_shares.make_due, sample_payouts.authorise, sample_payouts.freeze),
    )
    for step in steps:
        step(books)
    before = {name: build(books, name, asked_of(name)) for name in catalogue.CATALOGUE}
    known = before["trial-balance"].head_number
    sample_payouts.settle(books)
    sample_payouts.settle_distribution(books)

    for name, report in before.items():
        again = build(books, name, replace(asked_of(name), known_at=known))
        for each in formats:
            assert files.render(again, each) == files.render(report, each), name


def test_every_report_makes_something_of_empty_books(
    books: Books, formats: tuple[str, ...]
) -> None:
    for name in catalogue.CATALOGUE:
        if not catalogue.CATALOGUE[name].needs:
            report = build(books, name, Asked())
            assert all(files.render(report, each) for each in formats)


def test_columns_are_named_once_in_snake_case_and_sorted_by_columns_there_are(
    books: Books,
) -> None:
    fill(books)
    for name in catalogue.CATALOGUE:
        report = build(books, name, asked_of(name))
        names = [column.name for column in report.columns]
        assert len(set(names)) == len(names)
        assert all(each == each.lower() and each.replace("_", "a").isalnum() for each in names)
        assert {*report.sorted_by} <= {*names}
        assert {column.commodity_column for column in report.columns} <= {None, *names}


def test_a_name_that_is_not_in_the_catalogue_is_refused_with_all_names(books: Books) -> None:
    with pytest.raises(BadInput) as refusal:
        build(books, "balances", Asked())

    (problem,) = refusal.value.problems
    assert problem.code == "report_unknown"
    assert problem.expected == f"one of {', '.join(catalogue.CATALOGUE)}"


def test_what_a_report_cannot_be_narrowed_by_is_refused_not_ignored(books: Books) -> None:
    with pytest.raises(BadInput) as refusal:
        build(books, "payee-statement", Asked(batch="b", account="a"))

    assert [(of.code, of.column) for of in refusal.value.problems] == [
        ("option_unfit", "account"),
        ("option_unfit", "batch"),
        ("option_missing", "payee"),
    ]
    with pytest.raises(BadInput, match="option_unfit"):
        build(books, "payout-batch", Asked(as_of=date(2023, 10, 1)))


def test_the_catalogue_imports_no_report_until_it_is_asked_for() -> None:
    told = (
        "import sys, reports.catalogue; "
        "print([name for name in sys.modules if name in "
        "('reports.trial_balance', 'reports.tracker', 'xlsxwriter', 'pandas')])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, check=True, text=True)

    assert done.stdout.strip() == "[]"
