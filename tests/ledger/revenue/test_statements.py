from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import func, select

from feeshare.inbox import mappings_in
from ledger import periods
from ledger.errors import BadInput, Conflict, Problem, ReferenceReused, UnknownReference
from ledger.journal import entry, postings
from ledger.revenue import statements
from ledger.revenue.agreements import add_terms
from ledger.revenue.rows import StatementRow
from ledger.revenue.stated import stated_in
from ledger.revenue.tables import Statement, StatementLine
from ledger.revenue.terms import TermsDraft
from ledger.sealing import head
from ledger.tables import JournalEntryRow
from support.books import Books
from support.databases import EXAMPLES
from support.staged import stage_rows

(MAPPING,) = [each for each in mappings_in(EXAMPLES / "mappings") if each.name == "binance"]
BINANCE = "binance:spot:usdt:2023-10"
ROW = StatementRow(
    row=2,
    cells=("2023-10", "USDT", "8,750.00", ""),
    exchange="Binance.com",
    stream=None,
    period="2023-10",
    day=None,
    fee_share=Decimal(8750),
    currency="USDT",
    trading_fees=None,
    rate=None,
    volume=None,
    user=None,
    memo="",
)


def stage(books: Books, *rows: StatementRow, file: bytes = b"one file") -> list[tuple[str, bool]]:
    """Stage rows; return the statements' ids, and whether each is new."""
    with books.write() as change:
        staged = stage_rows(change, MAPPING, rows, file=file)
        return [(each.statement.id, each.new) for each in staged]


def refused(books: Books, *rows: StatementRow) -> Sequence[Problem]:
    """Require that rows are refused and leave nothing; return the problems."""
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        stage(books, *rows)
    assert books.digest() == digest
    return refusal.value.problems


def accept(books: Books, identity: str) -> tuple[int | None, bool]:
    """Accept a statement; return its entry's number, and whether it is new."""
    with books.write() as change:
        acceptance, new = statements.accept(change, identity)
        return acceptance.entry_number, new


def reject(books: Books, identity: str) -> bool:
    with books.write() as change:
        return statements.reject(change, identity, reason="wrong file")


def entries(books: Books) -> int:
    with books.read() as session:
        return session.scalar(select(func.count()).select_from(JournalEntryRow)) or 0


def test_rows_of_one_agreement_and_month_are_one_statement(furnished_books: Books) -> None:
    more = ROW._replace(row=3, fee_share=Decimal("0.5"), cells=("2023-10", "USDT", "0.5", ""))
    assert stage(furnished_books, ROW, more) == [(f"{BINANCE}:1", True)]
    with furnished_books.read() as session:
        statement = statements.named(session, f"{BINANCE}:1")
        assert (statement.fee_share, statement.row_count, statement.rate) == (
            Decimal("8750.5"),
            2,
            None,
        )
        assert (statement.mapping, statement.mapping_version) == ("binance", 1)
        lines = session.scalars(select(StatementLine).order_by(StatementLine.row)).all()
        assert [line.cells for line in lines] == [
            '["2023-10","USDT","8,750.00",""]',
            '["2023-10","USDT","0.5",""]',
        ]
        assert statements.waiting(session) == [statement]


def test_rows_of_several_months_and_exchanges_are_several_statements(
    furnished_books: Books,
) -> None:
    rows = [
        ROW._replace(period="2023-11"),
        ROW,
        ROW._replace(exchange="HTX", rate=Decimal("0.35")),
    ]
    assert stage(furnished_books, *rows) == [
        (f"{BINANCE}:1", True),
        ("binance:spot:usdt:2023-11:1", True),
        ("huobi:spot:usdt:2023-10:1", True),
    ]


def test_nothing_posts_until_a_person_accepts(furnished_books: Books) -> None:
    stage(furnished_books, ROW)
    assert entries(furnished_books) == 0
    assert accept(furnished_books, f"{BINANCE}:1") == (1, True)
    with furnished_books.read() as session:
        posted = entry(session, 1)
        assert (posted.effective_date, posted.kind, posted.relates_to_period) == (
            date(2023, 10, 31),
            "statement",
            None,
        )
        assert posted.evidence == statements.named(session, f"{BINANCE}:1").evidence
        lines = [(each.account, each.amount, each.party) for each in postings(session, 1)]
        assert lines == [
            ("assets:receivable:fee-share", Decimal(8750), "binance"),
            ("income:fee-share", Decimal(-8750), "binance"),
        ]
        assert statements.waiting(session) == []
        (stated,) = stated_in(session, "2023-10")
        assert (stated.document, stated.amount) == (f"{BINANCE}:1", Decimal(8750))
        assert stated.statement.id == stated.document
        assert stated_in(session, "2023-11") == []


def test_staging_accepting_and_rejecting_again_change_nothing(furnished_books: Books) -> None:
    stage(furnished_books, ROW, ROW._replace(exchange="KuCoin"))
    accept(furnished_books, f"{BINANCE}:1")
    assert reject(furnished_books, "kucoin:spot:usdt:2023-10:1") is True
    digest = furnished_books.digest()
    assert stage(furnished_books, ROW) == [(f"{BINANCE}:1", False)]
    assert accept(furnished_books, f"{BINANCE}:1") == (1, False)
    assert reject(furnished_books, "kucoin:spot:usdt:2023-10:1") is False
    assert furnished_books.digest() == digest


def test_other_bytes_for_the_month_are_refused_until_the_first_is_rejected(
    furnished_books: Books,
) -> None:
    stage(furnished_books, ROW)
    digest = furnished_books.digest()
    other = ROW._replace(fee_share=Decimal(9000))
    with pytest.raises(ReferenceReused, match="8750 USDT from another file, now 9000"):
        stage(furnished_books, other, file=b"another file")
    assert furnished_books.digest() == digest
    reject(furnished_books, f"{BINANCE}:1")
    assert stage(furnished_books, other, file=b"another file") == [(f"{BINANCE}:2", True)]


def test_other_bytes_for_an_accepted_month_are_its_next_version(furnished_books: Books) -> None:
    stage(furnished_books, ROW)
    accept(furnished_books, f"{BINANCE}:1")
    assert stage(furnished_books, ROW, file=b"another file") == [(f"{BINANCE}:2", True)]
    digest = furnished_books.digest()
    assert stage(furnished_books, ROW) == [(f"{BINANCE}:1", False)]
    assert furnished_books.digest() == digest


def test_accepted_and_rejected_exclude_each_other(furnished_books: Books) -> None:
    stage(furnished_books, ROW, ROW._replace(exchange="KuCoin"))
    accept(furnished_books, f"{BINANCE}:1")
    reject(furnished_books, "kucoin:spot:usdt:2023-10:1")
    digest = furnished_books.digest()
    with pytest.raises(Conflict, match="was accepted"):
        reject(furnished_books, f"{BINANCE}:1")
    with pytest.raises(Conflict, match="was rejected"):
        accept(furnished_books, "kucoin:spot:usdt:2023-10:1")
    for function in (accept, reject):
        with pytest.raises(UnknownReference, match="nothing:1"):
            function(furnished_books, "nothing:1")
    assert furnished_books.digest() == digest


def test_the_database_refuses_a_second_end_of_a_statement_by_itself(
    furnished_books: Books,
) -> None:
    stage(furnished_books, ROW)
    accept(furnished_books, f"{BINANCE}:1")
    digest = furnished_books.digest()
    with furnished_books.read() as session:
        number = head(session).number + 1
    with (
        pytest.raises(psycopg.Error, match="accepted or rejected already"),
        furnished_books.sql() as connection,
    ):
        connection.execute(
            "INSERT INTO statement_rejections (statement, rejected_by, reason, change_no)"
            " VALUES (%s, 'x', 'x', %s)",
            [f"{BINANCE}:1", number],
        )
    assert furnished_books.digest() == digest


HUOBI = ROW._replace(exchange="Huobi")  # 30 to 40 %: the rate comes with each statement
EXAMPLEX = ROW._replace(exchange="Examplex (made up)", currency="USD", fee_share=Decimal(750))

TAKEN = [
    HUOBI._replace(rate=Decimal("0.3")),
    HUOBI._replace(rate=Decimal("0.4")),
    ROW._replace(rate=Decimal("0.30")),
    EXAMPLEX,
    ROW._replace(stream="spot"),
]
REFUSED = [
    (HUOBI._replace(rate=Decimal("0.41")), "rate_outside_terms"),
    (HUOBI._replace(rate=Decimal("0.2999")), "rate_outside_terms"),
    (ROW._replace(rate=Decimal("0.31")), "rate_outside_terms"),
    (HUOBI, "rate_missing"),
    (EXAMPLEX._replace(fee_share=Decimal("749.99")), "fixed_amount_differs"),
    (EXAMPLEX._replace(period="2023-11"), "terms_missing"),
    (ROW._replace(period="2022-01", exchange="Vega"), "terms_missing"),
    (ROW._replace(exchange="Nobody"), "reference_unknown"),
    (ROW._replace(exchange="CoinAlpha"), "agreement_unknown"),
    (ROW._replace(currency="USDC"), "agreement_unknown"),
    (ROW._replace(stream="futures"), "agreement_unknown"),
    (ROW._replace(fee_share=Decimal(0)), "zero_amount"),
]


@pytest.mark.parametrize("row", TAKEN)
def test_a_row_within_the_terms_is_taken(furnished_books: Books, row: StatementRow) -> None:
    assert [new for _, new in stage(furnished_books, row)] == [True]


@pytest.mark.parametrize(("row", "code"), REFUSED)
def test_a_row_that_the_terms_do_not_allow_is_refused(
    furnished_books: Books, row: StatementRow, code: str
) -> None:
    (problem,) = refused(furnished_books, row)
    assert (problem.code, problem.place, problem.row) == (code, "binance.csv", 2)


def test_all_problems_of_a_file_are_told_at_once_and_its_good_rows_are_not_staged(
    furnished_books: Books,
) -> None:
    rows = [row._replace(row=number) for number, (row, _) in enumerate(REFUSED, start=2)]
    found = refused(furnished_books, *rows, *TAKEN)
    assert {problem.code for problem in found} >= {code for _, code in REFUSED} - {"zero_amount"}
    assert {problem.row for problem in found} >= {2, 3, 4, 5}


def test_an_exchange_with_two_streams_needs_the_stream_named(furnished_books: Books) -> None:
    with furnished_books.write() as change:
        add_terms(
            change,
            TermsDraft(
                exchange="Binance",
                stream="futures",
                commodity="USDT",
                kind="variable",
                effective_from=date(2023, 1, 1),
                effective_to=None,
                rate_low=Decimal("0.1"),
                rate_high=Decimal("0.1"),
                fixed_amount=None,
                maintainer_rate=None,
                maintainers={},
                source="test",
            ),
        )
    (problem,) = refused(furnished_books, ROW)
    assert problem.code == "agreement_ambiguous"
    assert "binance:futures:usdt, binance:spot:usdt" in problem.expected
    assert stage(furnished_books, ROW._replace(stream="futures")) == [
        ("binance:futures:usdt:2023-10:1", True)
    ]


def test_a_statement_of_a_closed_month_is_dated_on_the_first_open_day(
    furnished_books: Books,
) -> None:
    stage(furnished_books, ROW)
    with furnished_books.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    number, _ = accept(furnished_books, f"{BINANCE}:1")
    assert number is not None
    with furnished_books.read() as session:
        posted = entry(session, number)
    assert (posted.effective_date, posted.relates_to_period) == (date(2023, 11, 1), "2023-10")


def test_a_statement_is_waived_once_for_an_agreement_that_is_there(
    furnished_books: Books,
) -> None:
    def waive(agreement: str) -> bool:
        with furnished_books.write() as change:
            return statements.waive(change, agreement, "2023-10", reason="no revenue")

    assert waive("binance:spot:usdt") is True
    digest = furnished_books.digest()
    assert waive("binance:spot:usdt") is False
    with pytest.raises(UnknownReference, match="nowhere"):
        waive("nowhere")
    assert furnished_books.digest() == digest


def test_the_order_of_what_waits_is_by_month_then_id(furnished_books: Books) -> None:
    stage(furnished_books, ROW._replace(period="2023-11"), ROW._replace(exchange="KuCoin"), ROW)
    with furnished_books.read() as session:
        assert [each.id for each in statements.waiting(session)] == [
            f"{BINANCE}:1",
            "kucoin:spot:usdt:2023-10:1",
            "binance:spot:usdt:2023-11:1",
        ]
        assert session.scalar(select(func.count()).select_from(Statement)) == 3
