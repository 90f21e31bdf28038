"""Fields: a mapping made ready once, so that each row of a file is read by it at speed.

Law: a cell gives one value or a problem with its column; what a file repeats is parsed once.
"""

import collections.abc
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from ledger.errors import Problem
from ledger.money import MAX_SCALE
from ledger.revenue.cells import Doubtful
from ledger.revenue.mapping import Mapping
from ledger.revenue.quantities import number_parser

Parse = Callable[[str], object]
"""What reads one cell: to a value, to a `Doubtful` one, or to a `Problem`."""

Fault = tuple[int, Problem | Doubtful]
"""What is to be said of a cell, with the place of its column in the header."""

NOTEWORTHY = (Problem, Doubtful)

REMEMBERED = 4096
"""Texts of one column that are kept with their values; a column of more is parsed again."""


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


class Fields:
    """The fields of one kind of row: which column each stands in, and how its cells are read.

    A field without a column has its constant in every row, or None.
    """

    def __init__(self, mapping: Mapping, parsers: collections.abc.Mapping[str, Parse]) -> None:
        self._constants: list[Any] = [mapping.constant(name) for name in parsers]
        self._readers = [
            (slot, mapping.header.index(mapping.columns[name]), Remembered(parse).__getitem__)
            for slot, (name, parse) in enumerate(parsers.items())
            if name in mapping.columns
        ]

    def values(self, record: Sequence[str], faults: list[Fault]) -> list[Any]:
        """Return a row's values in the order of the fields, None where a cell is refused."""
        values = self._constants.copy()
        for slot, index, parse in self._readers:
            value = parse(record[index])
            if isinstance(value, NOTEWORTHY):
                faults.append((index, value))
                value = value.value if isinstance(value, Doubtful) else None
            values[slot] = value
        return values


class Amounts:
    """The columns of a row's amounts, each in the currency of its column or of its row."""

    def __init__(
        self,
        mapping: Mapping,
        commodities: collections.abc.Mapping[str, int],
        *,
        signed: bool,
    ) -> None:
        self.columns = [
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
        for index, fixed in self.columns:
            commodity = fixed or currency
            amount = self._parsers[commodity](record[index])
            if isinstance(amount, Problem):
                faults.append((index, amount))
            else:
                found.append((index, commodity or "", amount))
        return found
