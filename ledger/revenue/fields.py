"""Fields: a mapping made ready once, so that each row of a file is read by it at speed.

Law: a cell gives one value or a problem with its column; what a file repeats is parsed once.
"""

import collections.abc
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from ledger.errors import Problem
from ledger.money import MAX_SCALE
from ledger.revenue.cells import Doubtful, Glance
from ledger.revenue.mapping import Mapping
from ledger.revenue.quantities import number_parser

Parse = Callable[[str], object]
"""What reads one cell: to a value, to a `Doubtful` one, or to a `Problem`."""

Fault = tuple[int, Problem | Doubtful]
"""What is to be said of a cell, with the place of its column in the header."""

NOTEWORTHY = (Problem, Doubtful)

REMEMBERED = 4096
"""Texts of one column that are kept with their values; a column of more is parsed again."""


Columns = Sequence[Sequence[str]]
"""The cells of a block of records, column by column."""


class Remembered(dict[str, object]):
    """Values by their texts, as many as are worth keeping."""

    def __init__(self, parse: Parse) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, text: str) -> object:
        value = self._parse(text)
        if len(self) < REMEMBERED:
            self[text] = value
        return value

    def column(self, texts: Sequence[str]) -> list[object] | None:
        """Return the values of many cells, None where something is to be said of one."""
        values = {text: self[text] for text in set(texts)}
        if any(isinstance(value, NOTEWORTHY) for value in values.values()):
            return None
        return [*map(values.__getitem__, texts)]


class Fields:
    """The fields of one kind of row: which column each stands in, and how its cells are read.

    A field without a column has its constant in every row, or None.
    """

    def __init__(self, mapping: Mapping, parsers: collections.abc.Mapping[str, Parse]) -> None:
        self._constants: list[Any] = [mapping.constant(name) for name in parsers]
        self._readers = [
            (slot, mapping.header.index(mapping.columns[name]), *_readers_of(parse))
            for slot, (name, parse) in enumerate(parsers.items())
            if name in mapping.columns
        ]

    def values(self, record: Sequence[str], faults: list[Fault]) -> list[Any]:
        """Return a row's values in the order of the fields, None where a cell is refused."""
        values = self._constants.copy()
        for slot, index, parse, _ in self._readers:
            value = parse(record[index])
            if isinstance(value, NOTEWORTHY):
                faults.append((index, value))
                value = value.value if isinstance(value, Doubtful) else None
            values[slot] = value
        return values

    def columns(self, cells: Columns) -> list[Sequence[Any]] | None:
        """Return the values of a block of rows, None where something is to be said of a cell."""
        columns: list[Sequence[Any]] = [[it] * len(cells[0]) for it in self._constants]
        for slot, index, _, parse in self._readers:
            values = parse(cells[index])
            if values is None:
                return None
            columns[slot] = values
        return columns


class Amounts:
    """The columns of a row's amounts, each in the currency of its column or of its row."""

    def __init__(
        self,
        mapping: Mapping,
        commodities: collections.abc.Mapping[str, int],
        *,
        signed: bool,
    ) -> None:
        self._columns = [
            (mapping.header.index(name), currency) for name, currency in mapping.amount_columns()
        ]
        scales: dict[str | None, int] = dict(commodities.items())
        scales[None] = MAX_SCALE
        finest = mapping.amount_decimals
        self._parsers = {
            code: number_parser(
                marks=mapping.marks, scale=scale if finest is None else finest, signed=signed
            )
            for code, scale in scales.items()
        }

    def values(
        self, record: Sequence[str], currency: str | None, faults: list[Fault]
    ) -> list[tuple[int, str, Decimal]]:
        """Return a row's amounts as (column, currency, amount), without those refused."""
        found: list[tuple[int, str, Decimal]] = []
        for index, fixed in self._columns:
            commodity = fixed or currency
            amount = self._parsers[commodity](record[index])
            if isinstance(amount, Problem):
                faults.append((index, amount))
            else:
                found.append((index, commodity or "", cast("Decimal", amount)))
        return found

    def column(self, cells: Columns, currencies: set[str]) -> tuple[str, list[Decimal]] | None:
        """Return the amounts of a block of rows with their currency.

        None where it has several columns or currencies of them, or a cell needs a closer look.
        """
        if len(self._columns) > 1 or len(currencies) > 1:
            return None
        ((index, fixed),) = self._columns
        commodity = fixed or next(iter(currencies))
        amounts = self._parsers[commodity].column(cells[index])
        return None if amounts is None else (commodity, amounts)


def _readers_of(parse: Parse) -> tuple[Parse, Callable[[Sequence[str]], Sequence[object] | None]]:
    """Return what reads one cell and what reads many; a glance is quicker than a memory."""
    if isinstance(parse, Glance):
        return parse, parse.column
    remembered = Remembered(parse)
    return remembered.__getitem__, remembered.column
