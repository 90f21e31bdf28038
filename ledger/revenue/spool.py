"""A spool: rows on their way from a file to the books, kept on disk beyond a few thousand.

A statement may have a million rows. They are read before the books' lock is taken and written
after, so they have to wait somewhere that is not memory.
"""

import marshal
import weakref
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any

ROWS_AT_ONCE = 5_000


class Spool:
    """Rows of plain values, added once and then read in their order, as often as wanted."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Any, ...]] = []
        self._file: IO[bytes] | None = None
        self._sizes: list[int] = []

    def add(self, *rows: tuple[Any, ...]) -> None:
        """Add rows of texts and whole numbers."""
        self._waiting += rows
        if len(self._waiting) >= ROWS_AT_ONCE:
            if self._file is None:
                self._file = TemporaryFile()  # noqa: SIM115 - it lives as long as the spool
                weakref.finalize(self, self._file.close)
            self._sizes.append(self._file.write(marshal.dumps(self._waiting)))
            self._waiting.clear()

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        if self._file is not None:
            self._file.seek(0)
            for size in self._sizes:
                # Written a moment ago by this very process: nobody else has the file. As bytes,
                # because marshal asks a file for each value by itself.
                yield from marshal.loads(self._file.read(size))  # noqa: S302
        yield from self._waiting
