from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from ledger.balances import document_balance
from ledger.errors import BadInput, Conflict, NeedsReview, UnknownReference
from ledger.money import plain
from ledger.revenue import restatements, review, statements, warnings
from ledger.revenue.agreements import add_terms
from ledger.revenue.review import Correction
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.stated import stated
from ledger.revenue.tables import Statement
from ledger.revenue.terms import TermsDraft, Tier, Tiers
from support.books import Books
from support.fee_shares import MAPPING, agree, open_exchange
from support.staged import stage_rows
from support.statement_rows import aside, row

RECEIVABLE = "assets:receivable:fee-share"


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def stage(
    books: Books,
    stream: str,
    *rows: StatementRow | SetAside,
    total: str | None = None,
    file: bytes = b"one file",
) -> str:
    totals = {} if total is None else {"USDT": Decimal(total)}
    with books.write() as change:
        (staged,) = stage_rows(
            change, MAPPING, _of(stream, rows), control_totals=totals, file=file
        )
        return staged.statement.id


def _of(stream: str, rows: Iterable[StatementRow | SetAside]) -> list[StatementRow | SetAside]:
    return [each._replace(stream=stream) for each in rows]


def fix(books: Books, statement: str, number: int, amount: str, reason: str = "asked") -> int:
    with books.write() as change:
        correction = Correction(row=number, fee_share=Decimal(amount), reason=reason)
        return review.correct(change, statement, [correction])


def accept(books: Books, statement: str) -> Decimal:
    """Accept a statement; return what the exchange owes for it."""
    with books.write() as change:
        restatements.accept(change, statement)
    with books.read() as session:
        return document_balance(session, RECEIVABLE, statement, "USDT")


def refused(books: Books, statement: str, kind: type[Exception], words: str) -> None:
    digest = books.digest()
    with pytest.raises(kind, match=words):
        accept(books, statement)
    assert books.digest() == digest


def test_a_statement_with_rows_in_quarantine_is_not_accepted_until_each_is_settled(
    exchange: Books,
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), aside(3), aside(4), total="14")
    refused(exchange, statement, NeedsReview, "2 rows of .*:\nnot_a_number: row 3")
    assert fix(exchange, statement, 3, "4") == 1
    refused(exchange, statement, NeedsReview, "1 rows of .* are in quarantine")
    assert fix(exchange, statement, 4, "0", "the header again") == 1
    assert accept(exchange, statement) == 14


def test_a_file_that_contradicts_its_terms_tells_of_its_bad_rows_at_once(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    with pytest.raises(BadInput) as refusal:
        stage(exchange, stream, row(2, "10", trading_fees="20", rate="0.5"), aside(3), aside(4))
    found = [(each.code, each.row) for each in refusal.value.problems]
    assert found == [("rate_outside_terms", 2), ("not_a_number", 3), ("not_a_number", 4)]


def test_settled_rows_have_to_meet_the_total_of_the_file(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), aside(3), total="14")
    fix(exchange, statement, 3, "3.999999")
    refused(exchange, statement, BadInput, "control_total_mismatch.*13.999999.*14 USDT")
    fix(exchange, statement, 3, "4")
    assert accept(exchange, statement) == 14


def test_a_row_that_counts_is_corrected_with_a_reason_and_the_line_stays(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), row(3, "5"), total="15")
    assert fix(exchange, statement, 3, "7") == 1
    assert fix(exchange, statement, 3, "7") == 0
    assert fix(exchange, statement, 3, "6") == 1
    assert accept(exchange, statement) == 16
    with exchange.read() as session:
        found = session.get_one(Statement, statement)
        assert found.fee_share == 15
        now = stated(session, found.agreement, found.period)
        assert now is not None
        assert now.in_force == {statement: Decimal(16)}


def test_a_row_left_out_at_nothing_is_said_once(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), aside(3))
    assert fix(exchange, statement, 3, "0") == 1
    assert fix(exchange, statement, 3, "0") == 0


@pytest.mark.parametrize(
    ("number", "amount", "code"),
    [
        (99, "1", "reference_unknown"),
        (3, "-1", "amount_invalid"),
        (3, "0.1234567", "amount_invalid"),
    ],
)
def test_a_correction_of_no_row_or_to_no_payable_amount_is_refused(
    exchange: Books, number: int, amount: str, code: str
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), aside(3), aside(4, state="skipped"))
    digest = exchange.digest()
    with pytest.raises(BadInput) as refusal:
        fix(exchange, statement, number, amount)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.row) == (code, number)
    assert exchange.digest() == digest


def test_a_skipped_row_stays_skipped(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"), aside(3, state="skipped"))
    with pytest.raises(BadInput, match="reference_unknown"):
        fix(exchange, statement, 3, "1")
    assert accept(exchange, statement) == 10


def test_a_correction_needs_a_reason(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"))
    with pytest.raises(BadInput, match="evidence_missing"):
        fix(exchange, statement, 2, "1", " ")


def test_what_was_accepted_or_rejected_or_is_not_there_is_not_corrected(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "10"))
    accept(exchange, statement)
    with pytest.raises(Conflict, match="was accepted"):
        fix(exchange, statement, 2, "1")
    other = stage(exchange, stream, row(2, "11"), file=b"other")
    with exchange.write() as change:
        statements.reject(change, other, reason="wrong file")
    with pytest.raises(Conflict, match="was rejected"):
        fix(exchange, other, 2, "1")
    with pytest.raises(UnknownReference, match="nothing"):
        fix(exchange, "nothing", 2, "1")


def test_a_corrected_figure_is_held_against_the_terms_again(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"}, fixed_amount=Decimal(750), commodity="USD")
    held = [each._replace(currency="USD") for each in (row(2, "700"), aside(3))]
    statement = stage(exchange, stream, *held)
    fix(exchange, statement, 3, "49.99")
    refused(exchange, statement, BadInput, "fixed_amount_differs.*749.99")
    fix(exchange, statement, 3, "50")
    with exchange.write() as change:
        assert restatements.accept(change, statement).new


def test_warnings_are_acknowledged_one_kind_or_all(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    same = ("2023-10", "same")
    statement = stage(
        exchange, stream, row(2, "5", cells=same), row(3, "5", cells=same), row(4, "0")
    )
    with exchange.read() as session:
        found = warnings.unacknowledged(session, statement)
        assert [each.code for each in found] == ["row_repeated", "zero_amount"]
    refused(exchange, statement, NeedsReview, "has warnings:\nrow_repeated: .*, row 3")
    with exchange.write() as change:
        assert warnings.acknowledge(change, statement, code="zero_amount", reason="ok") == 1
        assert warnings.acknowledge(change, statement, code="zero_amount", reason="ok") == 0
    refused(exchange, statement, NeedsReview, "row_repeated")
    with exchange.write() as change:
        assert warnings.acknowledge(change, statement, code=None, reason="two trades") == 1
    assert accept(exchange, statement) == 10


def test_many_rows_of_a_warning_are_counted_not_listed(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    statement = stage(exchange, stream, row(2, "5"), *(row(3 + at, "0") for at in range(12)))
    with exchange.read() as session:
        (warning,) = warnings.unacknowledged(session, statement)
    assert "3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more" in warning.told


@pytest.mark.parametrize(("amount", "codes"), [(1001, ["outlier"]), (1000, [])])
def test_a_month_many_times_what_is_usual_is_an_outlier(
    exchange: Books, amount: int, codes: list[str]
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    for month, usual in (("2023-01", "90"), ("2023-02", "100"), ("2023-03", "5000")):
        accept(exchange, stage(exchange, stream, row(2, usual, period=month), file=month.encode()))
    statement = stage(exchange, stream, row(2, plain(Decimal(amount)), period="2023-04"))
    with exchange.read() as session:
        found = [each.code for each in warnings.unacknowledged(session, statement)]
    assert found == codes


def test_a_statement_with_rows_for_two_of_one_total_is_not_held_in_quarantine(
    exchange: Books,
) -> None:
    first, second = agree(exchange, {"Ada": "1"}), agree(exchange, {"Ada": "1"})
    rows: list[StatementRow | SetAside] = [
        row(2, "1")._replace(stream=first),
        row(3, "2")._replace(stream=second),
        aside(4)._replace(stream=second),
    ]
    digest = exchange.digest()
    with pytest.raises(BadInput, match="not_a_number"), exchange.write() as change:
        stage_rows(change, MAPPING, rows, control_totals={"USDT": Decimal(9)})
    assert exchange.digest() == digest


def test_rates_by_tier_are_held_against_the_terms_when_the_month_is_whole(
    exchange: Books,
) -> None:
    bands = (
        Tier(at_least=Decimal(0), rate=Decimal("0.2")),
        Tier(at_least=Decimal(1000), rate=Decimal("0.3")),
    )
    with exchange.write() as change:
        add_terms(
            change,
            TermsDraft(
                exchange="Gate",
                stream="tiered",
                commodity="USDT",
                kind="variable",
                effective_from=date(2023, 1, 1),
                effective_to=None,
                rate_low=None,
                rate_high=None,
                fixed_amount=None,
                maintainer_rate=None,
                maintainers={"Ada": Decimal(1)},
                source="a test",
                tiers=Tiers(basis="volume", bands=bands),
            ),
        )
    low = row(2, "1.8", trading_fees="9", volume="900", rate="0.2")
    high = row(2, "3.6", trading_fees="12", volume="1200", rate="0.3")
    with pytest.raises(BadInput, match="rate_outside_terms"):
        stage(exchange, "tiered", low._replace(rate=Decimal("0.3"), fee_share=Decimal("2.7")))
    # Which tier the month is in is not known before the row in quarantine is settled.
    held = stage(exchange, "tiered", low._replace(rate=Decimal("0.3")), aside(3), file=b"a")
    assert held.endswith(":1")
    assert stage(exchange, "tiered", high._replace(period="2023-11"), file=b"b").endswith(":1")
