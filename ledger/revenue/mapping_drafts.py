"""Drafts of mappings: what a file seems to say, written down for a person to confirm.

Law: what fits the file in more ways than one stays `undecided`: no file is read by such a draft.
"""

import collections.abc
import dataclasses
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from ledger.errors import BadInput, Problem
from ledger.revenue.column_guesses import (
    NUMBERS,
    amounts_of,
    fields_of,
    formats_of,
    marks_of,
    rate_unit_of,
    zone_of,
)
from ledger.revenue.containers import container_of
from ledger.revenue.headers import side_by_side
from ledger.revenue.mapping import Mapping
from ledger.revenue.mapping_rules import UNDECIDED
from ledger.revenue.sample_layouts import Layout, layout_of
from ledger.revenue.workbooks import broken_workbook

CONFIRM = "  # confirm"


class Draft(NamedTuple):
    """A mapping as YAML, and what a person has to decide before it is one."""

    text: str
    open_questions: list[str]


def draft_mapping(
    data: bytes,
    file_name: str,
    *,
    commodities: collections.abc.Collection[str],
    exchange: str | None = None,
    like: Mapping | None = None,
) -> Draft:
    """Return a draft of a statement's mapping, every guess marked as one.

    Args:
        data: the file's bytes.
        file_name: its name, for the draft's own name.
        commodities: known codes, by which columns of currencies are found.
        exchange: whose format it is, where no column says it.
        like: an earlier version, whose name and columns are kept where they still fit.

    Raises:
        BadInput: the file is not safe to open, or nothing in it looks like a header.
    """
    container = container_of(data, file_name)
    if not isinstance(container, str):
        raise BadInput([dataclasses.replace(problem, place=file_name) for problem in container])
    try:
        layout = layout_of(data, container)
    except Exception as error:
        broken = broken_workbook(error, container)
        raise BadInput([dataclasses.replace(broken, place=file_name)]) from error
    if not layout.header or not layout.rows:
        expected = "a row of names with rows of as many cells below it"
        raise BadInput([Problem(code="layout_unknown", expected=expected, place=file_name)])
    open_questions: list[str] = []
    lines = _draft(
        layout,
        file_name,
        commodities=set(commodities),
        exchange=exchange,
        like=like,
        open_questions=open_questions,
    )
    return Draft("\n".join(lines) + "\n", open_questions)


def _draft(
    layout: Layout,
    file_name: str,
    *,
    commodities: set[str],
    exchange: str | None,
    like: Mapping | None,
    open_questions: list[str],
) -> Iterator[str]:
    known = like.columns if like else {}
    fields = fields_of(layout.header, layout.rows, commodities, known)
    taken = [column for field, column in fields.items() if field not in NUMBERS]
    amounts = amounts_of(layout.header, taken, commodities)
    if amounts:
        fields = {field: column for field, column in fields.items() if field not in NUMBERS}
    yield f"# Drafted from {file_name}; every line that ends in `confirm` is a guess."
    if like:
        yield f"# The header of {like.label}, and that of the file:"
        yield from (f"#   {line}" for line in side_by_side(like.header, layout.header))
    yield f"name: {like.name if like else _slug(file_name)}"
    yield f"version: {like.version + 1 if like else 1}"
    yield "kind: statement"
    exchange = exchange or (like.exchange if like else None)
    if exchange is not None:
        yield f"exchange: {_quoted(exchange)}"
    elif "exchange" not in fields:
        yield "# exchange: whose format is this?"
        open_questions.append("exchange: no column says it; run again with --exchange NAME")
    yield from _container(layout)
    yield from _numbers(layout, fields, amounts, open_questions)
    yield from _dates(layout, fields, open_questions)
    yield f"header: [{', '.join(map(_quoted, layout.header))}]"
    yield from _footer(layout, fields, amounts)
    yield "columns:"
    for name, column in fields.items():
        sure = like is not None and like.columns.get(name) == column
        yield f"  {name}: {_quoted(column)}{'' if sure else CONFIRM}"
    for name in ("period", *(() if amounts else ("fee_share",))):
        if name not in fields:
            yield f"  # {name}: which column?"
            open_questions.append(f"columns.{name}: no column looks like it")
    yield from _currency(layout, fields, amounts, commodities, open_questions)


def _container(layout: Layout) -> Iterator[str]:
    if layout.container == "csv":
        yield f"encoding: {layout.encoding}{CONFIRM}"
        yield f"delimiter: {_quoted(layout.delimiter)}"
    else:
        yield f"container: {layout.container}"
    if layout.sheet is not None:
        yield f"sheet: {_quoted(layout.sheet)}{CONFIRM}"
    if layout.header_row > 1:
        yield f"preamble_lines: to-header{CONFIRM}"
    if layout.has_blank_rows:
        yield f"blank_rows: skip{CONFIRM}"


def _numbers(
    layout: Layout, fields: dict[str, str], amounts: dict[str, str], open_questions: list[str]
) -> Iterator[str]:
    columns = [fields[name] for name in NUMBERS if name in fields] + [*amounts]
    if layout.container != "csv" and not layout.number_columns & set(columns):
        yield f"number_cells: text{CONFIRM}"
    texts = [text for column in columns for text in _texts(layout, column) if text]
    fitting = marks_of(texts)
    if len(fitting) == 1:
        yield f"decimal_mark: {_quoted(fitting[0].decimal)}{CONFIRM}"
        if fitting[0].grouping is not None:
            yield f"grouping_mark: {_quoted(fitting[0].grouping)}{CONFIRM}"
    else:
        several = " or ".join(f"{marks.decimal!r}" for marks in fitting) or "nothing that is known"
        yield f"decimal_mark: {UNDECIDED}  # the file fits {several}"
        open_questions.append(f"decimal_mark (decimal_undeclared): the file fits {several}")
    if "rate" in fields:
        yield f"rate_unit: {rate_unit_of(_texts(layout, fields['rate']))}{CONFIRM}"


def _dates(layout: Layout, fields: dict[str, str], open_questions: list[str]) -> Iterator[str]:
    fitting = formats_of(_texts(layout, fields["period"])) if "period" in fields else []
    if len(fitting) == 1:
        yield f"date_format: {fitting[0]}{CONFIRM}"
        if zone := zone_of(fitting[0]):
            yield f"time_zone: {zone}{CONFIRM}"
        return
    several = " or ".join(fitting) or "no format that is known"
    yield f"date_format: {UNDECIDED}  # the file fits {several}"
    open_questions.append(f"date_format (date_ambiguous): the file fits {several}")


def _footer(layout: Layout, fields: dict[str, str], amounts: dict[str, str]) -> Iterator[str]:
    if layout.totals:
        declared = {"label_column": layout.header[0], "label": layout.totals[0][0]}
        if not amounts and "fee_share" in fields:
            declared["amount_column"] = fields["fee_share"]
            at = layout.header.index(fields["currency"]) if "currency" in fields else None
            if at is not None and layout.totals[0][at]:
                declared["currency_column"] = fields["currency"]
        written = ", ".join(f"{key}: {_quoted(text)}" for key, text in declared.items())
        yield f"footer_total: {{{written}}}{CONFIRM}"
    if layout.words_below:
        # What comes behind a figure is another one next month.
        starts = [re.split("[0-9]", words)[0].strip() or words for words in layout.words_below]
        yield f"footer_lines: [{', '.join(map(_quoted, dict.fromkeys(starts)))}]{CONFIRM}"


def _currency(
    layout: Layout,
    fields: dict[str, str],
    amounts: dict[str, str],
    commodities: set[str],
    open_questions: list[str],
) -> Iterator[str]:
    if amounts:
        yield "amounts:"
        for column, code in amounts.items():
            yield f"  - {{column: {_quoted(column)}, currency: {_quoted(code)}}}{CONFIRM}"
    elif "currency" not in fields:
        words = {word for name in layout.header for word in re.split("[^A-Za-z]+", name.upper())}
        named = sorted(words & commodities)
        if len(named) == 1:
            yield f"constants: {{currency: {_quoted(named[0])}}}{CONFIRM}"
            return
        yield "# constants: {currency: which one?}"
        open_questions.append("currency: no column says it")


def _texts(layout: Layout, column: str) -> list[str]:
    at = layout.header.index(column)
    return [row[at] for row in layout.rows]


def _quoted(text: str) -> str:
    """Return a text as YAML takes it for a text and nothing else."""
    return json.dumps(text, ensure_ascii=False)


def _slug(file_name: str) -> str:
    stem = file_name.rpartition(".")[0] or file_name
    words = re.findall("[a-z]+", stem.lower())
    return "-".join(words) or "statement"
