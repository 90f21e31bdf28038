"""Statement mappings: what a file's columns mean, declared once, never guessed from a cell.

A mapping is YAML checked against `mapping.schema.json` and the rules beside it.
`ledger.revenue.recognition` finds the mapping of a file, `ledger.revenue.reading` reads by it.
"""

import collections.abc
import functools
import hashlib
import importlib.resources
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from ledger import plain_yaml
from ledger.errors import BadInput, Problem
from ledger.revenue.mapping_rules import contradictions, invalid, undecided
from ledger.revenue.quantities import Marks

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

TO_HEADER = "to-header"
"""As many lines above the header as there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FooterTotal:
    """The control total: a last row with this label, and the column whose sum it states.

    `amount_column` is None where the mapping has columns of amounts in a currency each: then the
    row states the total of each of them. With a `currency_column` each currency has its own row.
    """

    label_column: str
    label: str
    amount_column: str | None = None
    currency_column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipRule:
    """Rows that do not post: those with this text in this column, and why."""

    column: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A column of amounts, all in one currency."""

    column: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """How one file format writes what it says.

    `columns` and `constants` go from a field to a header's name and to a fixed text. `exchange` is
    None for bank files and where a column carries it. `amount_decimals` is for bank files of a
    rail that is finer than the commodity's payable unit. `preamble_lines` is None where as many
    lines stand above the header as there are. `row_tolerance` is None for half a payable unit.
    `in_parts` says that a month comes in several files, each with rows of its own.
    """

    name: str
    version: int
    kind: Literal["statement", "bank"]
    exchange: str | None
    container: Literal["csv", "xlsx", "xls", "ods"]
    encoding: str
    delimiter: str
    sheet: str | None
    number_cells: Literal["number", "text"]
    preamble_lines: int | None
    marks: Marks
    date_format: str
    time_zone: str | None
    rate_unit: str | None
    row_tolerance: Decimal | None
    amount_decimals: int | None
    header: tuple[str, ...]
    footer_total: FooterTotal | None
    footer_lines: tuple[str, ...]
    skips_blank_rows: bool
    skip: tuple[SkipRule, ...]
    columns: collections.abc.Mapping[str, str]
    amounts: tuple[Amount, ...]
    constants: collections.abc.Mapping[str, str]
    in_parts: bool

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 in hex of the exact header list; of a workbook with its kind."""
        listed = [*self.header] if self.container == "csv" else [self.container, [*self.header]]
        text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def label(self) -> str:
        """Return name and version as people quote them."""
        return f"{self.name} {self.version}"

    def constant(self, field: str) -> str | None:
        """Return the fixed text of a field that no column gives, None where it has none."""
        if field in self.columns:
            return None
        return self.exchange if field == "exchange" else self.constants.get(field)

    def amount_columns(self) -> list[tuple[str, str | None]]:
        """Return the columns of amounts, each with its currency where that is not the row's."""
        if self.amounts:
            return [(each.column, each.currency) for each in self.amounts]
        return [(self.columns["fee_share" if self.kind == "statement" else "amount"], None)]


def load_mapping(text: str, place: str) -> Mapping:
    """Return the mapping that a YAML text declares.

    Raises:
        BadInput: with every problem found, code `mapping_invalid`; for a draft that nobody has
            decided on yet `date_ambiguous` and `decimal_undeclared`.
    """
    try:
        declared = plain_yaml.loaded(text)
    except plain_yaml.NotPlainError as error:
        raise BadInput([invalid(place, None, error.expected)]) from error
    errors = _validator().iter_errors(declared)
    wrong = [(error.json_path, f"what the schema allows: {error.message}") for error in errors]
    wrong = wrong or [(f"$.{key}", expected) for key, expected in contradictions(declared)]
    if wrong:
        raise BadInput([invalid(place, key, expected) for key, expected in sorted(wrong)])
    if open_questions := undecided(declared, place):
        raise BadInput(open_questions)
    return _mapping(declared)


def load_mappings(texts: Iterable[tuple[str, str]]) -> list[Mapping]:
    """Return the mappings of (file name, YAML text) pairs.

    Raises:
        BadInput: one is wrong, or two would recognise the same files; all problems are listed.
    """
    found: list[Mapping] = []
    places: dict[str, list[str]] = defaultdict(list)
    problems: list[Problem] = []
    for place, text in texts:
        try:
            mapping = load_mapping(text, place)
        except BadInput as wrong:
            problems += wrong.problems
            continue
        found.append(mapping)
        places[mapping.fingerprint].append(place)
    problems += [
        invalid(", ".join(same), "$.header", "one mapping for a header, not several")
        for same in places.values()
        if len(same) > 1
    ]
    if problems:
        raise BadInput(problems)
    return found


@functools.cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema of mappings."""
    folder = importlib.resources.files("ledger.revenue")
    found: dict[str, Any] = json.loads(folder.joinpath("mapping.schema.json").read_text("utf-8"))
    return found


@functools.cache
def _validator() -> "Draft202012Validator":
    import jsonschema

    return jsonschema.Draft202012Validator(schema())


def _mapping(declared: dict[str, Any]) -> Mapping:
    footer = declared.get("footer_total")
    preamble = declared.get("preamble_lines", 0)
    tolerance = declared.get("row_tolerance")
    return Mapping(
        name=declared["name"],
        version=declared["version"],
        kind=declared["kind"],
        exchange=declared.get("exchange"),
        sheet=declared.get("sheet"),
        date_format=declared["date_format"],
        time_zone=declared.get("time_zone"),
        rate_unit=declared.get("rate_unit"),
        in_parts=declared.get("in_parts", False),
        amount_decimals=declared.get("amount_decimals"),
        container=declared.get("container", "csv"),
        encoding=declared.get("encoding", "utf-8"),
        delimiter=declared.get("delimiter", ","),
        number_cells=declared.get("number_cells", "number"),
        preamble_lines=None if preamble == TO_HEADER else preamble,
        marks=Marks(
            decimal=declared["decimal_mark"],
            grouping=declared.get("grouping_mark"),
            sign_style=declared.get("sign_style", "plain"),
            scientific="scientific" in declared,
        ),
        row_tolerance=None if tolerance is None else Decimal(tolerance),
        header=tuple(declared["header"]),
        footer_total=FooterTotal(**footer) if footer else None,
        footer_lines=tuple(declared.get("footer_lines", ())),
        skips_blank_rows="blank_rows" in declared,
        skip=tuple(SkipRule(**rule) for rule in declared.get("skip", ())),
        columns=MappingProxyType(declared["columns"]),
        amounts=tuple(Amount(**amount) for amount in declared.get("amounts", ())),
        constants=MappingProxyType(declared.get("constants", {})),
    )
