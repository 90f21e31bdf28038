"""Rows in any order and company: every one is in one draft or set aside, and sums are of rows."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import gathering
from fuzz.gathering import gathered
from ledger.errors import Problem
from ledger.revenue.drafts import FileDraft, gather
from ledger.revenue.rows import SetAside, StatementRow
from ledger.revenue.spool import Spool
from support.statement_rows import aside, row

AMOUNTS = st.decimals(0, 10**6, places=6, allow_nan=False)
EXCHANGES = st.sampled_from(("Gate", "KuCoin"))
STREAMS = st.sampled_from((None, "spot", "futures"))
CURRENCIES = st.sampled_from(("USDT", "USDC"))
MONTHS = st.sampled_from(("2023-10", "2023-11"))
CELLS = st.sampled_from(
    (("2023-10", "5"), ("2023-10", "5,5"), ("", '"'), ("b\u00f6rse", "\u2028"))
)

COUNTED = st.builds(
    StatementRow,
    row=st.just(0),
    cells=CELLS,
    exchange=EXCHANGES,
    stream=STREAMS,
    period=MONTHS,
    day=st.none(),
    fee_share=AMOUNTS,
    currency=CURRENCIES,
    trading_fees=st.none() | AMOUNTS,
    rate=st.none() | st.sampled_from((Decimal("0.2"), Decimal("0.4"))),
    volume=st.none() | AMOUNTS,
    user=st.none(),
    memo=st.just(""),
)


def _aside(state: str, problems: tuple[Problem, ...]) -> st.SearchStrategy[SetAside]:
    return st.builds(
        SetAside,
        row=st.just(0),
        cells=CELLS,
        state=st.just(state),
        problems=st.just(problems),
        reason=st.just(""),
        exchange=st.none() | EXCHANGES,
        stream=STREAMS,
        period=st.none() | MONTHS,
        currency=st.none() | CURRENCIES,
    )


WRONG = Problem(code="not_a_number", expected="a number")
ROWS = st.lists(COUNTED | _aside("quarantined", (WRONG,)) | _aside("skipped", ()), max_size=30)


@given(ROWS)
def test_every_row_is_in_one_draft_or_set_aside(rows: list[StatementRow | SetAside]) -> None:
    gathered([_numbered(each, at) for at, each in enumerate(rows, start=2)])


def _numbered(each: StatementRow | SetAside, number: int) -> StatementRow | SetAside:
    if isinstance(each, StatementRow):
        return each._replace(row=number)
    problems = tuple(replace(problem, row=number) for problem in each.problems)
    return each._replace(row=number, problems=problems)


def _losing_a_line(file: FileDraft) -> None:
    (draft,) = file.drafts
    _, *others = draft.lines
    draft.lines = Spool()
    for line in others:
        draft.lines.add(line)


def _of_another_total(file: FileDraft) -> None:
    file.drafts[0].total += 1


def _holding_nothing(file: FileDraft) -> None:
    file.drafts[0].aside.clear()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_losing_a_line, "in no draft"),
        (_of_another_total, "not the sum"),
        (_holding_nothing, "held by no draft"),
    ],
)
def test_the_search_sees_a_draft_that_is_wrong(
    monkeypatch: pytest.MonkeyPatch, spoil: Callable[[FileDraft], None], message: str
) -> None:
    rows: list[StatementRow | SetAside] = [row(2, "1"), row(3, "2"), aside(4)]

    def spoilt(rows: list[StatementRow | SetAside]) -> FileDraft:
        file = gather(rows)
        spoil(file)
        return file

    gathered(rows)
    monkeypatch.setattr(gathering, "gather", spoilt)
    with pytest.raises(AssertionError, match=message):
        gathered(rows)
