"""Many control rows at once: written by COPY, their leaves hashed from the same texts.

Law: what is hashed is what is stored; a leaf is the one that `ledger.encoding.row_leaf` gives for
the row that the table then holds. Rows are taken as they come, so memory holds their leaves only.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import cast

from ledger.base import Base, Sealed
from ledger.driver import driver_of
from ledger.encoding import LEAF, encode
from ledger.journal_copy import escaped
from ledger.sealing import Change

BREAKS = re.compile(r"[\\\n\r]")

ROWS_A_WRITE = 500
"""Rows that one write to COPY carries: the server reads them while the next are spelt out."""


def copy_rows(
    change: Change,
    mapped: type[Sealed],
    columns: Sequence[str],
    rows: Iterable[Sequence[str | None]],
) -> int:
    """Write rows of one table as part of a change; return how many.

    Args:
        change: the open change.
        mapped: the class of the table.
        columns: all its columns but `change_no`, in the order of the rows' values.
        rows: values in their canonical text (`ledger.encoding.text_of`); none of them bytes.
    """
    table = _name_of(mapped)
    spelt = _leaf_template(table, columns, change.number)
    count = 0
    waiting: list[str] = []
    listed = ", ".join(f'"{column}"' for column in (*columns, "change_no"))
    end = f"\t{change.number}\n"
    with (
        driver_of(change.session).cursor() as cursor,
        cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as copy,
    ):
        for values in rows:
            fields = ["~" if text is None else f"{len(text)}:{text}" for text in values]
            leaf = LEAF + spelt.format(*fields).encode()
            change.row_leaves.append(sha256(leaf).digest())
            waiting.append(_line(values) + end)
            count += 1
            if len(waiting) == ROWS_A_WRITE:
                copy.write("".join(waiting))
                waiting.clear()
        copy.write("".join(waiting))
    return count


def _line(values: Sequence[str | None]) -> str:
    """Return values as COPY's text format wants them; few have anything to be escaped."""
    if None not in values:
        line = "\t".join(cast("Sequence[str]", values))
        if line.count("\t") == len(values) - 1 and not BREAKS.search(line):
            return line
    return "\t".join(map(escaped, values))


def _name_of(mapped: type[Sealed]) -> str:
    if not issubclass(mapped, Base):
        raise TypeError(f"{mapped.__name__} is no table")
    return str(mapped.__tablename__)


def _leaf_template(table: str, columns: Sequence[str], change_no: int) -> str:
    """Return the encoding of a row's leaf, with a place for each of its values."""
    places = {column: f"{{{at}}}" for at, column in enumerate(columns)}
    places["change_no"] = encode([str(change_no)]).decode()
    parts = [encode(["row-1", table]).decode()]
    parts += [encode([name]).decode() + places[name] for name in sorted(places)]
    return "".join(parts)
