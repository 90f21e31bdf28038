import json
from collections.abc import Sequence
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import Problem
from ledger.revenue.drafts import ROWS_AT_ONCE, Counted, cells_text, gather
from support.statement_rows import aside, row


def test_rows_of_one_month_are_one_draft_with_their_sums() -> None:
    file = gather(
        [
            row(2, "10", volume="1000", trading_fees="25", rate="0.4"),
            row(3, "0", volume="500", trading_fees="0", rate="0.4"),
            row(4, "0.5", volume="1", trading_fees="1.25", rate="0.3"),
        ]
    )
    (draft,) = file.drafts
    assert file.problems == []
    assert (draft.row_count, draft.total, draft.first_row) == (3, Decimal("10.5"), 2)
    assert (draft.volume, draft.trading_fees) == (Decimal(1501), Decimal("26.25"))
    assert draft.rates == {Decimal("0.4"): 2, Decimal("0.3"): 4}
    assert draft.zero_rows == [3]


def test_a_cross_check_that_a_row_lacks_is_unknown_for_all() -> None:
    (draft,) = gather([row(2, "1", volume="5"), row(3, "1")]).drafts
    assert (draft.volume, draft.trading_fees) == (None, None)


def test_streams_currencies_and_months_are_drafts_of_their_own() -> None:
    file = gather(
        [
            row(2, "1"),
            row(3, "1", stream="futures"),
            row(4, "1", currency="USDC"),
            row(5, "1", period="2023-11"),
            row(6, "1"),
        ]
    )
    assert [(draft.first_row, draft.row_count) for draft in file.drafts] == [
        (2, 2),
        (3, 1),
        (4, 1),
        (5, 1),
    ]


def test_rows_beyond_a_block_are_counted_into_the_same_draft() -> None:
    last = ROWS_AT_ONCE + 3
    rows = [row(number, "1", volume="2") for number in range(2, last)]
    (draft,) = gather(
        [*rows, aside(last), row(last + 1, "1", volume="2", cells=rows[0].cells)]
    ).drafts
    assert [line[0] for line in draft.lines] == [*range(2, last), last + 1]
    assert draft.repeated_rows == [last + 1]
    assert draft.row_count == last - 1
    assert (draft.total, draft.volume) == (Decimal(last - 1), Decimal(2 * last - 2))
    assert [each.row for each in draft.aside] == [last]


def test_true_repeats_stay_with_their_occurrence() -> None:
    same = ("2023-10", "x")
    (draft,) = gather(
        [row(2, "1", cells=same), row(3, "1", cells=same), row(4, "1"), row(5, "1", cells=same)]
    ).drafts
    assert [line[1] for line in draft.lines] == [1, 2, 1, 3]
    assert draft.repeated_rows == [3, 5]


def test_what_was_set_aside_belongs_to_the_statement_that_it_may_be_of() -> None:
    file = gather(
        [
            row(2, "1"),
            row(3, "1", currency="USDC"),
            aside(4, currency="USDC"),
            aside(5, state="skipped"),
        ]
    )
    first, second = file.drafts
    assert file.problems == []
    assert ([each.row for each in first.aside], first.quarantined) == ([5], 0)
    assert ([each.row for each in second.aside], second.quarantined) == ([4], 1)


def test_a_row_that_may_be_of_two_statements_keeps_the_file_out() -> None:
    file = gather([row(2, "1"), row(3, "1", currency="USDC"), aside(4)])
    assert [problem.row for problem in file.problems] == [4]


def test_a_file_of_nothing_but_wrong_rows_is_refused_with_all_of_them() -> None:
    assert [each.row for each in gather([aside(2), aside(3)]).problems] == [2, 3]


def test_a_file_of_nothing_but_skipped_rows_is_empty() -> None:
    (problem,) = gather([aside(2, state="skipped")]).problems
    assert problem.code == "file_empty"


def test_what_is_hidden_is_kept_nowhere() -> None:
    def hide(rows: Sequence[Counted]) -> list[tuple[str, ...]]:
        return [(f"hidden {each.row}", *each.cells[1:]) for each in rows]

    wrong = Problem(code="not_a_number", row=3, value="u77", expected="a number")
    (draft,) = gather(
        [row(2, "1", cells=("u1", "1")), aside(3, cells=("u77", "x"), problems=(wrong,))], hide
    ).drafts
    assert [line[-1] for line in draft.lines] == ['["hidden 2","1"]']
    (held,) = draft.aside
    assert held.cells == ("hidden 3", "x")
    assert [each.value for each in held.problems] == [None]


def test_all_problems_of_a_file_are_its_own_and_those_of_its_rows() -> None:
    file = gather([row(2, "1"), row(3, "1", currency="USDC"), aside(4), aside(5, currency="USDC")])
    assert [problem.row for problem in file.problems] == [4]
    assert [problem.row for problem in file.problems_of_rows] == [4, 5]


@settings(max_examples=40)
@given(st.lists(st.text() | st.text('"\\\t\x00/')))
def test_cells_are_kept_as_json(cells: list[str]) -> None:
    assert cells_text(cells) == json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
