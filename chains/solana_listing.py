"""The transactions of an address: its pages of signatures, joined without a gap.

Law: pages are asked for from the newest one back, and each has to join the one before it: it is
asked for from a row a little before the end, so that the whole oldest slot so far comes again.
Inside a slot nodes order rows as they like, a node that does not know the row answers that there
is nothing more, and some go in circles: all that shows where pages do not join, and is a fault.
That there is nothing more is believed where nothing new comes after the very last row.
"""

from collections.abc import Callable, Sequence

from chains.solana_answers import Listed

Ask = Callable[[str | None], Sequence[Listed]]
"""Asks for the rows before a signature, or for the newest ones, newest first."""

MARGIN = 64
"""Slots that are read beyond the first one wanted, however rows near it are ordered."""


def listed(ask: Ask, first: int) -> list[Listed]:
    """Return the rows of an address in the slots from `first` on, each once, newest first.

    Raises:
        ValueError: the pages do not join.
    """
    page = ask(None)
    rows = {row.signature: row for row in page}
    while page and min(row.slot for row in page) >= first - MARGIN:
        oldest = min(row.slot for row in page)
        tail = [row for row in page if row.slot == oldest]
        newer = [row for row in page if row.slot > oldest]
        following = _after(ask, newer[-1], tail) if newer else ()
        if all(row.signature in rows for row in following):
            following = _after(ask, tail[-1])
        if all(row.signature in rows for row in following):
            break
        rows.update((row.signature, row) for row in following)
        page = following
    return [row for row in rows.values() if row.slot >= first]


def _after(ask: Ask, cursor: Listed, tail: Sequence[Listed] = ()) -> Sequence[Listed]:
    """Return the page after a row; `tail` is what it has to hold again."""
    page = ask(cursor.signature)
    if any(row.slot > cursor.slot for row in page):
        raise ValueError("a listing that goes in circles")
    if not {row.signature for row in tail} <= {row.signature for row in page}:
        raise ValueError("a listing with a gap")
    return page
