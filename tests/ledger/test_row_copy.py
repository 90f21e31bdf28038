from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

import feeshare.every_table  # noqa: F401 - verification looks at all of them
from ledger import parties, row_copy
from ledger.base import Sealed
from ledger.encoding import row_leaf
from ledger.journal_copy import escaped
from ledger.people_tables import PartyAlias
from ledger.revenue.staging_tables import RowAside
from ledger.revenue.tables import Statement
from ledger.row_copy import ROWS_A_WRITE, copy_mapped, copy_rows
from ledger.sealing import leaf_of
from ledger.verification import verify
from support.books import Books
from support.fee_shares import agree, open_exchange, state
from support.staged import statement_of

COLUMNS = ("statement", "row", "occurrence", "fee_share", "cells")


def test_rows_that_are_copied_have_the_leaves_of_rows_that_are_added(books: Books) -> None:
    open_exchange(books)
    state(books, agree(books, {"Ada": "1"}), "12.5")
    awkward = 'a\ttab, a "quote", a back\\slash,\na line, \N{GREEK SMALL LETTER PI}'
    many = ROWS_A_WRITE + 1
    with books.write() as change:
        known = change.session.scalars(select(Statement)).one()
        statement, line, reading = statement_of(
            "copied",
            known.agreement,
            evidence=known.evidence,
            amount=Decimal(many),
            period="2023-11",
        )
        statement.row_count = reading.rows_in = many
        change.add(statement)
        rows = (("copied", str(at), "1", "1", awkward) for at in range(2, many + 2))
        assert copy_rows(change, type(line), COLUMNS, rows) == many
        change.add(reading)
        leaves = change.row_leaves.copy()
        first = change.session.get_one(type(line), ("copied", 2))
        assert first.cells == awkward
        assert leaf_of(first) == leaves[0]
        assert len(leaves) == many
    with books.read() as session:
        assert verify(session).problems == ()


def test_rows_at_hand_are_copied_with_the_leaves_that_they_would_be_added_with(
    books: Books,
) -> None:
    with books.write() as change:
        parties.add(change, name="Ada", kind="payee")
        aliases = [PartyAlias(alias=f"ada {number}", party="ada") for number in range(3)]
        copy_mapped(change, aliases)
        copy_mapped(change, [])
        there = [change.session.get_one(PartyAlias, row.alias) for row in aliases]
        assert [leaf_of(row) for row in there] == change.row_leaves
    with books.read() as session:
        assert verify(session).problems == ()


def test_no_rows_are_copied_as_none(books: Books) -> None:
    with books.write() as change:
        assert copy_rows(change, RowAside, ("statement",), []) == 0
        assert change.wrote is False


def test_only_rows_of_a_table_are_copied(books: Books) -> None:
    class NoTable(Sealed):
        pass

    with pytest.raises(TypeError, match="NoTable is no table"), books.write() as change:
        copy_rows(change, cast("type[Sealed]", NoTable), (), [])


def test_a_missing_value_is_copied_as_missing_and_not_as_a_text() -> None:
    end = "\t7\n"
    assert row_copy._lines([(None, "\\N", "a\tb")], end) == "\\N\t\\\\N\ta\\tb\t7\n"
    assert row_copy._lines([("1", "a\\b"), ("2", "c")], end) == "1\ta\\\\b\t7\n2\tc\t7\n"
    assert row_copy._lines([("1", "plain"), ("2", "")], end) == "1\tplain\t7\n2\t\t7\n"


TEXTS = st.none() | st.text() | st.text("\\\t\r\n7~:\N{GREEK SMALL LETTER PI}")


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1))
def test_rows_of_a_block_are_spelt_as_each_alone(
    rows: list[tuple[str | None, str | None]],
) -> None:
    parts = row_copy._leaf_parts("t", ("zz", "b"), 7)
    assert list(row_copy._leaves(parts, rows)) == [
        row_leaf("t", [("zz", one), ("b", other), ("change_no", 7)]) for one, other in rows
    ]
    assert row_copy._lines(rows, "\t7\n") == "".join(
        f"{escaped(one)}\t{escaped(other)}\t7\n" for one, other in rows
    )
