import pytest

from ledger.errors import SHOWN_PROBLEMS, BadInput, OutcomeUnknown, Problem


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (Problem(code="c", expected="a day"), "c: expected a day."),
        (
            Problem(
                code="c",
                expected="a day",
                value="soon",
                place="a.csv",
                row=3,
                column="day",
                mend="Write 2023-10-01.",
            ),
            "c: a.csv, row 3, column day: found 'soon', expected a day. Write 2023-10-01.",
        ),
        (
            Problem(code="c", expected="a name", place="a\u202ev\n.csv"),
            "c: a\\u202ev\\n.csv: expected a name.",
        ),
        (
            Problem(code="c", expected="less", value="x" * 81),
            f"c: found '{'x' * 80}'…, expected less.",
        ),
        (Problem(code="c", expected="less", value=""), "c: found '', expected less."),
    ],
)
def test_a_problem_says_what_where_and_what_was_expected(problem: Problem, sentence: str) -> None:
    assert problem.sentence() == sentence


@pytest.mark.parametrize(("more", "last"), [(0, "c: row 500:"), (1, "… and 1 more")])
def test_more_problems_than_can_be_read_are_counted_and_kept(more: int, last: str) -> None:
    problems = [
        Problem(code="c", expected="a day", row=row) for row in range(1, SHOWN_PROBLEMS + more + 1)
    ]
    refusal = BadInput(problems)
    lines = refusal.message.splitlines()
    assert len(lines) == SHOWN_PROBLEMS + more
    assert lines[-1].startswith(last)
    assert refusal.problems == tuple(problems)


def test_an_unknown_outcome_says_which_change_and_that_repeating_is_safe() -> None:
    unknown = OutcomeUnknown(7)
    assert (unknown.code, unknown.exit_status, unknown.change_no) == ("outcome_unknown", 6, 7)
    assert "change 7 was committed; it may be in the books or not" in unknown.message
    assert "what is there is not repeated" in unknown.mend
