"""Blocks: a few hundred rows of many, held together so that work is done by columns, not by cells.

Law: a block changes how rows are worked on, never what comes of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def blocks_of(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield items in their order, so many at a time."""
    rest = iter(items)
    while block := list(islice(rest, size)):
        yield block


def lines_of(
    block: Sequence[Sequence[str]], delimiter: str, end: str, *, escaped: str
) -> str | None:
    """Return rows as lines of text, None where a cell has to be spelt with care.

    Args:
        block: the rows, one or more.
        delimiter: the sign between two cells.
        end: what ends each line, with one line's end in it.
        escaped: signs that no cell may hold as they are, delimiter and line's end aside.
    """
    text = end.join(map(delimiter.join, block)) + end
    delimiters = sum(map(len, block)) + len(block) * (end.count(delimiter) - 1)
    is_plain = (
        text.count("\n") == len(block)
        and text.count(delimiter) == delimiters
        and not any(sign in text for sign in escaped)
    )
    return text if is_plain else None
