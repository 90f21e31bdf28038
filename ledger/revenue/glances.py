"""Glances: records of a statement of which nothing is to be said, read by columns.

Law: a glance gives the rows that looking at each record gives, where nothing would be said of any
of them; else it gives nothing, and `ledger.revenue.reading` looks at each.
"""

from collections.abc import Sequence

from ledger.revenue.bank_rows import BankRows
from ledger.revenue.cells import ODD_SIGN
from ledger.revenue.footers import Footer
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import StatementRow
from ledger.revenue.statement_rows import StatementRows
from ledger.revenue.text_tables import TextTable
from ledger.revenue.workbooks import SheetTable


class Glances:
    """Reads blocks of records of one file; lines of bank files and sheets are few, and left."""

    def __init__(
        self,
        mapping: Mapping,
        table: TextTable | SheetTable,
        reader: StatementRows | BankRows,
        footer: Footer | None,
    ) -> None:
        self._header = [*mapping.header]
        self._sponsor = mapping.exchange
        self._skip = [(mapping.header.index(it.column), it.text) for it in mapping.skip]
        self._table = table
        self._reader = reader
        self._footer = footer

    def rows(self, first: int, block: list[list[str]]) -> Sequence[StatementRow] | None:
        """Return the rows of a block of records; None where a record needs a closer look."""
        if self._table.sheet is not None or isinstance(self._reader, BankRows):
            return None
        if not self._is_even(block):
            return None
        rows = self._reader.glance(first, block)
        if rows is None or not (self._sponsor is None or self._is_of_sponsor(rows)):
            return None
        if self._footer is not None:
            for row in rows:
                self._footer.add(row.currency, row.fee_share)
        return rows

    def _is_even(self, block: list[list[str]]) -> bool:
        """Return whether records are rows of printable ASCII, of which none is left out."""
        return (
            {*map(len, block)} == {len(self._header)}
            and self._header not in block
            and not any(record[at] == text for at, text in self._skip for record in block)
            and (self._footer is None or self._footer.passes(block))
            and (self._table.is_plain or not ODD_SIGN.search("".join(map("".join, block))))
        )

    def _is_of_sponsor(self, rows: Sequence[StatementRow]) -> bool:
        return all(row.exchange == self._sponsor for row in rows)
