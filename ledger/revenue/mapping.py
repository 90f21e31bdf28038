"""Statement mappings: what a file's columns mean, declared once, never guessed from a cell.

A mapping is YAML checked against `mapping.schema.json`. `recognise` finds the mapping whose header
a file has; `ledger.revenue.reading` reads the file by it.
"""

import collections.abc
import functools
import hashlib
import importlib.resources
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

from ledger.errors import SHOWN_VALUE_LENGTH, BadInput, Problem
from ledger.revenue.cells import Marks, parse_key
from ledger.revenue.text_tables import DELIMITERS, header_difference, header_of

OTHER_KINDS_KEYS = {"statement": ("amount_decimals",), "bank": ("exchange", "rate_unit")}
"""Keys that mean nothing in a mapping of this kind."""

NEAR_ENOUGH = 0.5
"""A header that shares this part of its names with a mapping's is that header, changed."""

SHOWN_MESSAGE_LENGTH = 300
"""The schema's own messages may hold a whole list; they are cut to this many characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterTotal:
    """The control total: a last row with this label, and the column whose sum it states."""

    label_column: str
    label: str
    amount_column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How one file format writes what it says.

    `columns` and `constants` go from a field to a header's name and to a fixed text. `exchange` is
    None for bank files and where a column carries it. `amount_decimals` is for bank files of a
    rail that is finer than the commodity's payable unit.
    """

    name: str
    version: int
    kind: Literal["statement", "bank"]
    exchange: str | None
    encoding: str
    delimiter: str
    marks: Marks
    date_format: str
    rate_unit: str | None
    amount_decimals: int | None
    header: tuple[str, ...]
    footer_total: FooterTotal | None
    columns: collections.abc.Mapping[str, str]
    constants: collections.abc.Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 in hex of the exact header list."""
        listed = json.dumps(self.header, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(listed.encode()).hexdigest()

    def constant(self, field: str) -> str | None:
        """Return the fixed text of a field that no column gives, None where it has none."""
        if field in self.columns:
            return None
        return self.exchange if field == "exchange" else self.constants.get(field)

    @property
    def label(self) -> str:
        """Return name and version as people quote them."""
        return f"{self.name} {self.version}"


def load_mapping(text: str, place: str) -> Mapping:
    """Return the mapping that a YAML text declares.

    Raises:
        BadInput: with every problem found, code `mapping_invalid`.
    """
    import jsonschema

    declared = _plain_yaml(text, place)
    errors = jsonschema.Draft202012Validator(_schema()).iter_errors(declared)
    wrong = [(error.json_path, f"what the schema allows: {error.message}") for error in errors]
    wrong = wrong or [(f"$.{key}", expected) for key, expected in _contradictions(declared)]
    if wrong:
        raise BadInput([_invalid(place, key, expected) for key, expected in sorted(wrong)])
    footer = declared.get("footer_total")
    return Mapping(
        **{key: declared[key] for key in ("name", "version", "kind", "encoding", "delimiter")},
        marks=Marks(decimal=declared["decimal_mark"], grouping=declared.get("grouping_mark")),
        date_format=declared["date_format"],
        header=tuple(declared["header"]),
        exchange=declared.get("exchange"),
        rate_unit=declared.get("rate_unit"),
        amount_decimals=declared.get("amount_decimals"),
        footer_total=FooterTotal(**footer) if footer else None,
        columns=MappingProxyType(declared["columns"]),
        constants=MappingProxyType(declared.get("constants", {})),
    )


def recognise(
    mappings: Sequence[Mapping], data: bytes, place: str
) -> Mapping | tuple[Problem, ...]:
    """Return the one mapping whose header the file has, or why there is none."""
    if not data or data.isspace():
        return (Problem(code="file_empty", expected="a header and rows", place=place),)
    fitting = [mapping for mapping in mappings if _header_in(data, mapping) == mapping.header]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        labels = ", ".join(mapping.label for mapping in fitting)
        return (_invalid(place, None, f"one mapping for this header, not several: {labels}"),)
    nearness, nearest = max(
        ((_nearness(mapping, data), mapping) for mapping in mappings),
        key=lambda pair: pair[0],
        default=(0.0, None),
    )
    if nearest is not None and nearness >= NEAR_ENOUGH:
        return header_problems(nearest, data, place)
    known = ", ".join(sorted(mapping.label for mapping in mappings)) or "none is declared"
    problem = Problem(
        code="mapping_unknown",
        value=data[:SHOWN_VALUE_LENGTH].decode("utf-8", "replace"),
        expected=f"the header of a declared format ({known})",
        place=place,
        mend="Declare this format in a mapping.",
    )
    return (problem,)


def header_problems(mapping: Mapping, data: bytes, place: str) -> tuple[Problem, ...]:
    """Return how a file's header differs from the one that a mapping declares."""
    found = _header_in(data, mapping)
    if found == mapping.header:
        return ()
    refused = functools.partial(Problem, place=place, row=1)
    for other in DELIMITERS:
        if header_of(data, encoding=mapping.encoding, delimiter=other) == mapping.header:
            expected = f"{mapping.delimiter!r} between cells, as {mapping.label} declares"
            return (refused(code="delimiter_mismatch", value=other, expected=expected),)
    doubled = [name for name, times in Counter(found).items() if times > 1 or not name.strip()]
    shown = mapping.delimiter.join(found)
    difference = header_difference(mapping.header, found)
    return (
        *(
            refused(code="header_duplicate", value=name, expected="a name once and not blank")
            for name in doubled
        ),
        refused(
            code="header_changed",
            value=shown,
            expected=f"the header of {mapping.label}; the file's is {difference}",
            mend="Ask the exchange what changed, then declare a new version of the mapping.",
        ),
    )


def _header_in(data: bytes, mapping: Mapping) -> tuple[str, ...]:
    return header_of(data, encoding=mapping.encoding, delimiter=mapping.delimiter)


def _nearness(mapping: Mapping, data: bytes) -> float:
    """Return which part of the names a file shares with a mapping, under any delimiter."""
    declared = {name.casefold() for name in mapping.header}
    headers = [header_of(data, encoding=mapping.encoding, delimiter=sign) for sign in DELIMITERS]
    founds = [{name.strip().casefold() for name in header} for header in headers]
    return max(len(declared & found) / max(len(declared), len(found)) for found in founds)


@functools.cache
def _schema() -> dict[str, Any]:
    """Return the JSON Schema of mappings."""
    folder = importlib.resources.files("ledger.revenue")
    schema: dict[str, Any] = json.loads(folder.joinpath("mapping.schema.json").read_text("utf-8"))
    return schema


def _plain_yaml(text: str, place: str) -> Any:  # noqa: ANN401 - the schema has not seen it yet
    import yaml

    try:
        tokens = yaml.scan(text, Loader=yaml.SafeLoader)
        # Nested aliases are small in a file and endless in the message of a schema error.
        aliases = any(isinstance(token, yaml.AliasToken) for token in tokens)
        declared = None if aliases else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        shown = " ".join(str(error).split())
        raise BadInput([_invalid(place, None, f"plain YAML: {shown}")]) from error
    if aliases:
        raise BadInput([_invalid(place, None, "YAML without anchors and aliases")])
    return declared


def _contradictions(declared: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a schema cannot say: (key, expectation) of declarations that do not agree."""
    columns, constants = declared["columns"], declared.get("constants", {})
    yield from _column_contradictions(declared, columns)
    for key in OTHER_KINDS_KEYS[declared["kind"]]:
        if key in declared:
            yield key, f"no such key in a mapping of kind {declared['kind']}"
    for field in ("exchange" if declared["kind"] == "statement" else "account", "currency"):
        if [field in columns, field in constants, field in declared].count(True) != 1:
            yield field, "it to be given once: by a column or as one fixed text"
    if "stream" in columns and "stream" in constants:
        yield "stream", "either a column or one fixed text"
    if ("rate" in columns) != ("rate_unit" in declared):
        yield "rate_unit", "`fraction` or `percent` where a column gives the rate, only there"
    if declared["decimal_mark"] == declared.get("grouping_mark"):
        yield "grouping_mark", "another mark than the decimals have"
    for key, text in {**constants, "exchange": declared.get("exchange", "none")}.items():
        if isinstance(fault := parse_key(text), Problem):
            yield key, fault.expected


def _column_contradictions(
    declared: dict[str, Any], columns: dict[str, str]
) -> Iterator[tuple[str, str]]:
    footer = declared.get("footer_total", {})
    named = {f"columns.{field}": column for field, column in columns.items()}
    named |= {f"footer_total.{key}": footer[key] for key in footer if key.endswith("column")}
    for key, column in named.items():
        if column not in declared["header"]:
            yield key, f"a column of the header, not {column!r}"
    for column, times in Counter(columns.values()).items():
        if times > 1:
            yield "columns", f"one field for column {column!r}, not {times}"
    if footer and footer["amount_column"] != columns.get("fee_share", columns.get("amount")):
        yield "footer_total.amount_column", "the column of the amounts"


def _invalid(place: str, key: str | None, expected: str) -> Problem:
    return Problem(
        code="mapping_invalid", place=place, column=key, expected=expected[:SHOWN_MESSAGE_LENGTH]
    )
