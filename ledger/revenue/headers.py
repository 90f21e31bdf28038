"""Headers: where a file's header stands, how it differs from a declared one, said in words."""

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from ledger.errors import SHOWN_VALUE_LENGTH

SHOWN_NAMES = 10
"""More column names than this are counted, not listed."""

PREAMBLE_MAX = 50
"""A header is looked for below at most so many lines."""


class Header(NamedTuple):
    """The cells of a file's header, and the row it stands in as a spreadsheet shows it."""

    row: int
    cells: tuple[str, ...]


def header_among(
    rows: Sequence[Sequence[str]], declared: Sequence[str], preamble_lines: int | None
) -> Header:
    """Return the header among a file's first rows: under its preamble, or the row most like it."""
    if preamble_lines is not None:
        found = rows[preamble_lines] if preamble_lines < len(rows) else ()
        return Header(preamble_lines + 1, tuple(found))
    likeness = [nearness(declared, row) + (tuple(row) == tuple(declared)) for row in rows]
    best = max(range(len(rows)), key=likeness.__getitem__, default=None)
    return Header(1, ()) if best is None else Header(best + 1, tuple(rows[best]))


def nearness(declared: Sequence[str], found: Sequence[str]) -> float:
    """Return which part of their names two headers share, from 0 to 1; case does not matter."""
    one = {name.casefold() for name in declared}
    other = {name.strip().casefold() for name in found}
    return len(one & other) / max(len(one), len(other), 1)


def header_difference(declared: Sequence[str], found: Sequence[str]) -> str:
    """Return a header's difference in words: missing, extra, renamed, reordered."""
    missing = [name for name in declared if name not in found]
    extra = [name for name in dict.fromkeys(found) if name not in declared]
    renamed = []
    for name in list(missing):
        at = declared.index(name)
        close = difflib.get_close_matches(name, extra[:SHOWN_NAMES], n=1)
        if not close and at < len(found) and found[at] in extra:
            close = [found[at]]
        if close:
            missing.remove(name)
            extra.remove(close[0])
            renamed.append(f"{name!r} to {close[0]!r}")
    kept = [name for name in dict.fromkeys(found) if name in declared]
    reordered = kept != [name for name in declared if name in found]
    parts = [f"missing {_names(missing)}"] if missing else []
    parts += [f"extra {_names(extra)}"] if extra else []
    parts += [f"renamed {', '.join(renamed)}"] if renamed else []
    parts += [f"reordered to {_names(kept)}"] if reordered else []
    return "; ".join(parts) or "given with a name repeated"


def side_by_side(declared: Sequence[str], found: Sequence[str]) -> list[str]:
    """Return two headers as lines, name beside name, marked where they differ."""
    width = max([len(name) for name in declared], default=0)
    lines = []
    matcher = difflib.SequenceMatcher(a=list(declared), b=list(found), autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        old, new = list(declared[old_from:old_to]), list(found[new_from:new_to])
        for at in range(max(len(old), len(new))):
            left = old[at] if at < len(old) else ""
            right = new[at] if at < len(new) else ""
            sign = " " if tag == "equal" else ">" if not left else "<" if not right else "|"
            lines.append(f"{left:<{width}} {sign} {right}".rstrip())
    return lines


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name[:SHOWN_VALUE_LENGTH]) for name in names[:SHOWN_NAMES])
    more = len(names) - SHOWN_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
