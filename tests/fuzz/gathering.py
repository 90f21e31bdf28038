"""What rows come to, counted a second time: each in one draft or set aside, sums of rows."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from decimal import Decimal

from ledger.money import CONTEXT, plain
from ledger.revenue.drafts import Draft, FileDraft, Group, gather
from ledger.revenue.rows import SetAside, StatementRow

Line = tuple[int, Group, str, str]
"""A row as a draft has it: its number, what it belongs to, its fee share and its cells."""


def gathered(rows: Sequence[StatementRow | SetAside]) -> FileDraft:
    """Return what rows come to, after it was held against the rows themselves.

    Raises:
        AssertionError: a row is in no draft or in two, or a figure is not the sum of its rows.
    """
    file = gather(rows)
    taken = [row for row in rows if isinstance(row, StatementRow)]
    assert Counter(map(_line, taken)) == Counter(
        line for draft in file.drafts for line in _lines(draft)
    ), "a row is in no draft, or in two"
    for draft in file.drafts:
        _require_sums(draft, [row for row in taken if _group(row) == draft.group])
    _require_placed(file, [row for row in rows if isinstance(row, SetAside)])
    assert file.drafts or file.problems, "a file that comes to nothing was taken"
    return file


def _group(row: StatementRow) -> Group:
    return Group(row.exchange, row.stream, row.currency, row.period)


def _line(row: StatementRow) -> Line:
    return row.row, _group(row), plain(row.fee_share), _kept(row.cells)


def _kept(cells: Sequence[str]) -> str:
    return json.dumps([*cells], ensure_ascii=False, separators=(",", ":"))


def _lines(draft: Draft) -> list[Line]:
    return [
        (number, draft.group, fee_share, cells)
        for number, _, fee_share, _, _, cells in draft.lines
    ]


def _require_sums(draft: Draft, rows: Sequence[StatementRow]) -> None:
    assert draft.row_count == len(rows), "a draft counts other rows than it has"
    assert draft.first_row == rows[0].row, "a draft begins at another row"
    assert draft.total == _sum([row.fee_share for row in rows]), "a total is not the sum"
    assert draft.trading_fees == _sum([row.trading_fees for row in rows]), "fees are not the sum"
    assert draft.volume == _sum([row.volume for row in rows]), "a volume is not the sum"
    assert draft.zero_rows == [row.row for row in rows if not row.fee_share]
    assert draft.rates.keys() == {row.rate for row in rows}
    occurrences: defaultdict[str, list[int]] = defaultdict(list)
    for _, occurrence, *_, cells in draft.lines:
        occurrences[cells].append(occurrence)
    for found in occurrences.values():
        assert found == [*range(1, len(found) + 1)], "repeats are not told apart"
    assert len(draft.repeated_rows) == len(rows) - len(occurrences), "a repeat is not told"


def _require_placed(file: FileDraft, aside: Sequence[SetAside]) -> None:
    """Require that a row that was set aside is held by one draft, or keeps the file out."""
    held = Counter(id(row) for draft in file.drafts for row in draft.aside)
    for draft in file.drafts:
        for row in draft.aside:
            assert row.state == "skipped" or draft.group.admits(row), "a row is held by another"
    for row in aside:
        times = held.pop(id(row), 0)
        fitting = sum(draft.group.admits(row) for draft in file.drafts)
        if row.state == "skipped":
            assert times == min(1, len(file.drafts)), "a skipped row is not told once"
        else:
            assert times == (fitting == 1), "a row is held by no draft, or by two"
            assert times or all(it in file.problems for it in row.problems), "a row is not told"
    assert not held, "a draft holds a row that was not there"


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total = CONTEXT.add(total, amount)
    return total
