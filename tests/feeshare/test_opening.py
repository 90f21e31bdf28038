from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare.opening import load
from ledger.accounts import Chart
from ledger.errors import BadInput, ReferenceReused
from ledger.revenue.expectations import months_until
from payouts.payables import unclaimed
from reports import payables_ageing, receivables_ageing
from reports.query import Asked
from support.books import Books
from support.command_line import feeshare
from support.fee_shares import agree, open_exchange
from support.matching import matched
from support.receipts import OWED, held, line, ties
from support.sample_entries import MADE_AT

HEADER = "kind,date,amount,commodity,agreement,period,account,payee,reference\n"


def written(folder: Path, *rows: str) -> Path:
    path = folder / "opening.csv"
    width = HEADER.count(",")
    path.write_text(HEADER + "".join(f"{row}{',' * (width - row.count(','))}\n" for row in rows))
    return path


def opened(books: Books, path: Path) -> list[tuple[str, bool]]:
    with books.write() as change:
        return [(each.name, each.new) for each in load(change, path)]


@pytest.fixture
def agreement(books: Books) -> str:
    open_exchange(books)
    return f"gate:{agree(books, {'Ada': '1'})}:usdt"


def test_what_was_open_is_matched_aged_and_tied_like_any_statement(
    books: Books, agreement: str, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        f"receivable,2023-10-01,120.5,USDT,{agreement},2023-06,",
        "balance,2023-10-01,1000,USDT,,,bank-main",
    )
    document = f"{agreement}:2023-06:1"
    assert opened(books, path) == [(document, True), ("bank-main", True)]
    assert held(books)[Chart.OPENING.value] == Decimal("-1120.5")
    digest = books.digest()
    assert opened(books, path) == [(document, False), ("bank-main", False)]
    assert books.digest() == digest
    with books.read() as session:
        report = receivables_ageing.build(session, Asked(as_of=date(2023, 11, 1)), MADE_AT)
        assert [row[4] for row in report.rows] == [document]
        assert {tie.difference for tie in report.tie_outs} == {Decimal(0)}
        # What was opened makes no statement of its month expected.
        assert list(months_until(session, date(2023, 12, 1))) == []
    matched(books, line(books, "120.5"), document)
    assert OWED not in held(books)
    assert ties(books) == []


def test_another_amount_under_the_same_month_is_refused(
    books: Books, agreement: str, tmp_path: Path
) -> None:
    row = f"receivable,2023-10-01,{{}},USDT,{agreement},2023-06,"
    opened(books, written(tmp_path, row.format("120.5")))
    digest = books.digest()
    with pytest.raises(ReferenceReused, match=r"opening, 120\.5"):
        opened(books, written(tmp_path, row.format("121")))
    assert books.digest() == digest


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_opened(
    books: Books, agreement: str, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        "receivable,2023-10-01,1,USDT,nobody,2023-06,",
        f"receivable,2023-10-01,-1,USDC,{agreement},2023-10,",
        f"receivable,2023-10-01,1,USDT,{agreement},June,",
        f"receivable,2023-10-01,1,USDT,{agreement},2022-06,",
        "balance,2023-10-01,0.0000001,USDT,,,bank-other",
        "deposit,2023-10-01,1,EURO,,,",
    )
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        opened(books, path)
    assert [(each.row, each.code) for each in refusal.value.problems] == [
        (2, "reference_unknown"),
        (3, "amount_invalid"),
        (3, "currency_mismatch"),
        (3, "date_invalid"),
        (4, "date_invalid"),
        (5, "terms_missing"),
        (6, "too_precise"),
        (6, "reference_unknown"),
        (7, "currency_mismatch"),
        (7, "value_unknown"),
    ]
    assert books.digest() == digest


def test_the_command_says_what_it_opened(books: Books, agreement: str, tmp_path: Path) -> None:
    path = written(tmp_path, f"receivable,2023-10-01,7,USDT,{agreement},2023-06,")
    first, second = (feeshare(books, "opening", "load", str(path)) for _ in range(2))
    assert (first.status, first.err) == (0, f"{agreement}:2023-06:1: 7 USDT\n")
    assert "Nothing to do" in second.err


def test_what_was_owed_is_due_ties_and_can_be_planned(
    books: Books, agreement: str, tmp_path: Path
) -> None:
    owed = "obligation,2023-10-01,75.5,USDT,,2023-06,liabilities:payable:maintainer,Ada,invoice-7"
    assert agreement
    assert opened(books, written(tmp_path, owed)) == [("opening:ada:invoice-7", True)]
    assert held(books)[Chart.OPENING.value] == Decimal("75.5")
    assert ties(books) == []
    with books.read() as session:
        report = payables_ageing.build(session, Asked(as_of=date(2023, 11, 1)), MADE_AT)
        assert {tie.difference for tie in report.tie_outs} == {Decimal(0)}
        (payable,) = unclaimed(session, date(2023, 10, 1), date(2023, 10, 31))
        assert (payable.payee, payable.amount) == ("ada", Decimal("75.5"))
    digest = books.digest()
    assert opened(books, written(tmp_path, owed)) == [("opening:ada:invoice-7", False)]
    with pytest.raises(ReferenceReused, match=r"amount is 75\.5"):
        opened(books, written(tmp_path, owed.replace("75.5", "76")))
    assert books.digest() == digest


def test_every_mistake_of_an_obligation_is_told_at_once(
    books: Books, agreement: str, tmp_path: Path
) -> None:
    assert agreement
    rows = (
        "obligation,2023-10-01,1,USDT,,2023-13,liabilities:payable:maintainer,Ada,a",
        "obligation,2023-10-01,1,USDT,,2023-06,assets:suspense,Gate,",
        "obligation,2023-10-01,1,USDT,,2023-06,liabilities:payable:maintainer,Nobody,b",
    )
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        opened(books, written(tmp_path, *rows))
    found = {(each.code, each.row, each.column) for each in refusal.value.problems}
    assert found == {
        ("date_invalid", 2, "period"),
        ("value_unknown", 3, "account"),
        ("reference_unknown", 3, "payee"),
        ("value_missing", 3, "reference"),
        ("reference_unknown", 4, "payee"),
    }
    assert books.digest() == digest
