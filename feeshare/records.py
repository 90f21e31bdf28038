"""Records from outside: CSV, YAML or JSON with the same columns, every row remembering its place.

What is wrong is collected in `Faults`, so that a file's problems are told all at once.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from ledger import plain_yaml
from ledger.errors import BadInput, Problem
from ledger.money import parse_plain


@dataclass(slots=True)
class Faults:
    """The problems found so far in one file."""

    place: str
    problems: list[Problem] = field(default_factory=list)

    def add(
        self,
        code: str,
        expected: str,
        *,
        row: int | None = None,
        column: str | None = None,
        value: str | None = None,
        mend: str = "",
    ) -> None:
        """Remember a problem at a place of the file."""
        self.problems.append(
            Problem(
                code=code,
                expected=expected,
                value=value,
                place=self.place,
                row=row,
                column=column,
                mend=mend,
            )
        )

    def raise_if_any(self) -> None:
        """Refuse the file if anything is wrong with it.

        Raises:
            BadInput: with every problem found.
        """
        if self.problems:
            raise BadInput(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of a file: its 1-based row and its cells by column, stripped."""

    row: int
    cells: dict[str, str]
    faults: Faults

    def text(self, column: str, *, required: bool = True) -> str:
        """Return a cell; a missing one that is required is a problem."""
        value = self.cells.get(column, "")
        if required and not value:
            self.fault("value_missing", column, "a value")
        return value

    def quantity(self, column: str, *, required: bool = True) -> Decimal | None:
        """Return a cell as a plain decimal number; anything else is a problem."""
        value = self.text(column, required=required)
        if not value:
            return None
        try:
            return parse_plain(value)
        except ValueError:
            self.fault("not_a_number", column, "a plain decimal number such as 1234.5")
            return None

    def day(self, column: str, *, required: bool = True) -> date | None:
        """Return a cell as a date, ISO 8601; anything else is a problem."""
        value = self.text(column, required=required)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fault("date_invalid", column, "a date such as 2023-10-31")
            return None

    def fault(self, code: str, column: str, expected: str, *, mend: str = "") -> None:
        """Remember a problem with a cell of this row."""
        self.faults.add(
            code,
            expected,
            row=self.row,
            column=column,
            value=self.cells.get(column) or None,
            mend=mend,
        )


def read_records(
    path: Path, *, required: Sequence[str], optional: Sequence[str] = ()
) -> tuple[list[Record], Faults]:
    """Read a CSV file with a header, or a YAML or JSON list of mappings, by its suffix.

    Raises:
        BadInput: the file cannot be read, or its columns are not those expected.
    """
    return records_in(content_of(path), path, required=required, optional=optional)


def content_of(path: Path) -> bytes:
    """Return a file's bytes.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError:
        faults = Faults(place=path.name)
        faults.add("file_missing", "a file that can be read", value=str(path))
        raise BadInput(faults.problems) from None


def records_in(
    content: bytes, path: Path, *, required: Sequence[str], optional: Sequence[str] = ()
) -> tuple[list[Record], Faults]:
    """Read the records in a file's bytes, by its suffix; see `read_records`."""
    faults = Faults(place=path.name)
    rows = _rows(content, path.suffix.lower(), faults)
    faults.raise_if_any()
    known = {*required, *optional}
    columns = list(dict.fromkeys(column for _, cells in rows for column in cells))
    for column in columns:
        if column not in known:
            faults.add(
                "column_unknown",
                f"one of {', '.join([*required, *optional])}",
                row=1,
                column=column,
                value=column,
            )
    for column in required:
        if rows and column not in columns:
            faults.add("column_missing", f"a column named {column}", row=1, column=column)
    if not rows:
        faults.add("file_empty", "at least one row below the header")
    faults.raise_if_any()
    return [Record(row=row, cells=cells, faults=faults) for row, cells in rows], faults


def _rows(content: bytes, suffix: str, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.add("encoding_invalid", "UTF-8")
        return []
    if suffix in (".yaml", ".yml"):
        return _yaml_rows(text, faults)
    return _json_rows(text, faults) if suffix == ".json" else _csv_rows(text, faults)


def _csv_rows(text: str, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        for cells in reader:
            if not cells:
                continue  # a blank line says nothing
            if len(cells) != len(header):
                faults.add(
                    "column_count",
                    f"{len(header)} fields as in the header",
                    row=reader.line_num,
                    value=str(len(cells)),
                )
            else:
                stripped = [cell.strip() for cell in cells]
                rows.append((reader.line_num, dict(zip(header, stripped, strict=True))))
    except csv.Error as error:
        faults.add("file_truncated", f"well-formed CSV ({error})", row=reader.line_num)
    if len(set(header)) != len(header):
        faults.add("header_duplicate", "each column once", row=1)
    return rows


def _yaml_rows(text: str, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    import yaml

    try:
        listed = plain_yaml.composed(text)
    except plain_yaml.NotPlainError as error:
        faults.add("file_invalid", error.expected)
        return []
    if not isinstance(listed, yaml.SequenceNode) or not all(
        isinstance(item, yaml.MappingNode) for item in listed.value
    ):
        faults.add("file_invalid", "a list of mappings")
        return []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, item in enumerate(listed.value, start=1):
        cells: dict[str, str] = {}
        for key, value in item.value:
            if not isinstance(key, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
                faults.add("file_invalid", "one text for each column", row=number)
            elif key.value in cells:
                faults.add("header_duplicate", "each column once", row=number, column=key.value)
            else:
                cells[key.value] = value.value.strip()
        rows.append((number, cells))
    return rows


def _json_rows(text: str, faults: Faults) -> list[tuple[int, dict[str, str]]]:
    import json

    def pairs_of(pairs: list[tuple[str, object]]) -> list[tuple[str, object]]:
        return pairs

    try:
        # Numbers are kept from becoming floats only to be refused with what they say.
        listed = json.loads(text, object_pairs_hook=pairs_of, parse_float=_Bare, parse_int=_Bare)
    except (ValueError, RecursionError) as error:
        faults.add("file_invalid", f"well-formed JSON ({error})")
        return []
    if not isinstance(listed, list) or not all(_is_mapping(item) for item in listed):
        faults.add("file_invalid", "a list of objects")
        return []
    rows: list[tuple[int, dict[str, str]]] = []
    for number, item in enumerate(listed, start=1):
        cells: dict[str, str] = {}
        for key, value in item:
            if key in cells:
                faults.add("header_duplicate", "each column once", row=number, column=key)
            elif isinstance(value, str):
                cells[key] = value.strip()
            elif value is not None:
                faults.add(
                    "file_invalid",
                    "a text in quotes: a bare number was a float somewhere before",
                    row=number,
                    column=key,
                    value=str(value),
                )
        rows.append((number, cells))
    return rows


class _Bare:
    """A number that stands in JSON without quotes, as it is spelt."""

    def __init__(self, spelt: str) -> None:
        self.spelt = spelt

    def __str__(self) -> str:
        return self.spelt


def _is_mapping(item: object) -> bool:
    return isinstance(item, list) and all(
        isinstance(pair, tuple) and isinstance(pair[0], str) for pair in item
    )
