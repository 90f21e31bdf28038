"""Many control rows at once: written by COPY, their leaves hashed from the same texts.

Law: what is hashed is what is stored; a leaf is the one that `ledger.encoding.row_leaf` gives for
the row that the table then holds. Rows are taken as they come, so memory holds their leaves only.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import repeat
from typing import cast

from sqlalchemy import inspect

from ledger.base import Base, Sealed
from ledger.blocks import blocks_of, lines_of
from ledger.driver import driver_of
from ledger.encoding import LEAF, encode, text_of
from ledger.journal_copy import escaped
from ledger.sealing import Change

ROWS_A_WRITE = 500
"""Rows that one write to COPY carries: the server reads them while the next are spelt out."""

Row = Sequence[str | None]


def copy_rows(
    change: Change, mapped: type[Sealed], columns: Sequence[str], rows: Iterable[Row]
) -> int:
    """Write rows of one table as part of a change; return how many.

    Args:
        change: the open change.
        mapped: the class of the table.
        columns: all its columns but `change_no`, in the order of the rows' values.
        rows: values in their canonical text (`ledger.encoding.text_of`); none of them bytes.
    """
    table = _name_of(mapped)
    parts = _leaf_parts(table, columns, change.number)
    count = len(change.row_leaves)
    listed = ", ".join(f'"{column}"' for column in (*columns, "change_no"))
    end = f"\t{change.number}\n"
    with (
        driver_of(change.session).cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy,
    ):
        for block in blocks_of(rows, ROWS_A_WRITE):
            change.row_leaves += _leaves(parts, block)
            copy.write(_lines(block, end))
    return len(change.row_leaves) - count


def copy_mapped(change: Change, rows: Sequence[Sealed]) -> None:
    """Write rows of one table that are at hand as objects; the session does not get to know them.

    An INSERT for each would fire the triggers of a statement as often as there are rows.
    """
    if not rows:
        return
    mapped = type(rows[0])
    columns = [it.key for it in inspect(mapped).column_attrs if it.key != "change_no"]
    copy_rows(
        change,
        mapped,
        columns,
        ([text_of(getattr(row, column)) for column in columns] for row in rows),
    )


def _lines(block: Sequence[Row], end: str) -> str:
    """Return rows as COPY's text format wants them; few have anything to be escaped."""
    if not any(None in values for values in block):
        plain = lines_of(cast("Sequence[Sequence[str]]", block), "\t", end, escaped="\\\r")
        if plain is not None:
            return plain
    return "".join("\t".join(map(escaped, values)) + end for values in block)


def _leaves(parts: Sequence[str | int], block: Sequence[Row]) -> Iterator[bytes]:
    """Yield the leaves of rows, spelt out by columns: what stands in each is there once."""
    columns = [
        ["~" if text is None else f"{len(text)}:{text}" for text in column]
        for column in zip(*block, strict=True)
    ]
    spelt = [repeat(part) if isinstance(part, str) else columns[part] for part in parts]
    for record in map("".join, zip(*spelt, strict=False)):
        yield sha256(LEAF + record.encode()).digest()


def _leaf_parts(table: str, columns: Sequence[str], change_no: int) -> list[str | int]:
    """Return the encoding of a row's leaf: what stands in each, and the places of the values."""
    parts: list[str | int] = [encode(["row-1", table]).decode()]
    for name in sorted([*columns, "change_no"]):
        parts.append(encode([name]).decode())
        parts.append(
            encode([str(change_no)]).decode() if name == "change_no" else columns.index(name)
        )
    return parts


def _name_of(mapped: type[Sealed]) -> str:
    if not issubclass(mapped, Base):
        raise TypeError(f"{mapped.__name__} is no table")
    return str(mapped.__tablename__)
