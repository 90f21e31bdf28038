"""Reading a file by its mapping: rows of one shape, and *every* problem of the file as values.

Its law: while a file has a problem, nothing of it is posted. Amounts of a statement are what the
exchange owes us.
"""

import collections.abc
import dataclasses
import functools
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, plain
from ledger.revenue.cells import (
    parse_commodity,
    parse_date,
    parse_key,
    parse_memo,
    parse_number,
    parse_optional_key,
    parse_rate,
)
from ledger.revenue.lines import Line
from ledger.revenue.mapping import Mapping, header_problems
from ledger.revenue.rows import BankRow, Reading, StatementRow
from ledger.revenue.text_tables import table_of


def read(
    mapping: Mapping,
    data: bytes,
    place: str,
    *,
    commodities: collections.abc.Mapping[str, int],
) -> Reading:
    """Return the rows of a file, and every problem that keeps it from being posted.

    Args:
        mapping: what the file's columns mean.
        data: the file's bytes.
        place: the file's name, for messages.
        commodities: known codes, each with the decimals of its smallest payable unit.
    """
    table = table_of(data, encoding=mapping.encoding, delimiter=mapping.delimiter)
    problems = [dataclasses.replace(problem, place=place) for problem in table.problems]
    if table.records:
        problems.extend(header_problems(mapping, data, place))
    problems.extend(_constant_problems(mapping, commodities, place))
    if problems:
        return Reading(rows=(), problems=tuple(problems), control_total=None)
    lines = [
        Line(mapping, place, number, record)
        for number, record in enumerate(table.records[1:], start=2)
    ]
    control_total, total_problems = _take_control_total(mapping, lines, place)
    months: list[str] = []
    rows = []
    for line in lines:
        if mapping.kind == "statement":
            row: StatementRow | BankRow | None = _statement_row(line, commodities, months)
        else:
            row = _bank_row(line, commodities)
        problems.extend(line.problems)
        rows.extend([row] if row else [])
    problems.extend(total_problems)
    if len({row.currency for row in rows}) > 1 and mapping.footer_total:
        expected = "one currency in a file with one total"
        problems.append(Problem(code="control_total_mismatch", expected=expected, place=place))
    if not lines:
        problems.append(Problem(code="file_empty", expected="at least one row", place=place))
    return Reading(
        rows=_with_occurrences(rows), problems=tuple(problems), control_total=control_total
    )


def _statement_row(
    line: Line, commodities: collections.abc.Mapping[str, int], months: list[str]
) -> StatementRow | None:
    """Return a statement's row; `months` gathers the months of the rows so far."""
    mapping = line.mapping
    number = functools.partial(parse_number, marks=mapping.marks, signed=False)
    currency = line.take("currency", lambda text: parse_commodity(text, commodities))
    scale = commodities.get(currency or "", MAX_SCALE)
    fee_share = line.take("fee_share", functools.partial(number, scale=scale))
    trading_fees = line.take("trading_fees", functools.partial(number, scale=MAX_SCALE))
    volume = line.take("volume", functools.partial(number, scale=MAX_SCALE))
    unit = mapping.rate_unit or "fraction"
    rate = line.take("rate", functools.partial(parse_rate, marks=mapping.marks, unit=unit))
    if trading_fees is not None and rate is not None and fee_share is not None:
        computed = CONTEXT.multiply(trading_fees, rate)
        # Half a payable unit is what honest rounding of one product can cost.
        tolerance = Decimal(5).scaleb(-scale - 1)
        if CONTEXT.abs(CONTEXT.subtract(computed, fee_share)) > tolerance:
            shown = f"{plain(trading_fees)} x {plain(rate)} = {plain(computed)}"
            line.refuse_field("fee_share", "row_math", f"{shown}, within half a unit")
    date = line.take("period", functools.partial(parse_date, date_format=mapping.date_format))
    period = date.isoformat()[: len("YYYY-MM")] if date else ""
    months.extend([period] if period else [])
    if period and period != months[0]:
        line.refuse_field("period", "period_mismatch", f"{months[0]}, the month of the first row")
    exchange = mapping.exchange or line.take("exchange", parse_key)
    stream = line.take("stream", parse_key)
    memo = line.take("memo", parse_memo)
    if line.problems or exchange is None or fee_share is None or currency is None:
        return None
    return StatementRow(
        row=line.number,
        cells=tuple(line.cells.items()),
        exchange=exchange,
        stream=stream,
        period=period,
        fee_share=fee_share,
        currency=currency,
        trading_fees=trading_fees,
        rate=rate,
        volume=volume,
        memo=memo or "",
    )


def _bank_row(line: Line, commodities: collections.abc.Mapping[str, int]) -> BankRow | None:
    mapping = line.mapping
    date = line.take("date", functools.partial(parse_date, date_format=mapping.date_format))
    currency = line.take("currency", lambda text: parse_commodity(text, commodities))
    scale = mapping.amount_decimals
    if scale is None:
        scale = commodities.get(currency or "", MAX_SCALE)
    amount = line.take("amount", _amount_parser(mapping, scale))
    account = line.take("account", parse_key)
    external_id = line.take("external_id", parse_key)
    counterparty = line.take("counterparty", parse_optional_key)
    memo = line.take("memo", parse_memo)
    if line.problems or not (date and currency and account and external_id) or amount is None:
        return None
    return BankRow(
        row=line.number,
        cells=tuple(line.cells.items()),
        date=date,
        account=account,
        amount=amount,
        currency=currency,
        external_id=external_id,
        counterparty=counterparty or "",
        memo=memo or "",
    )


def _amount_parser(mapping: Mapping, scale: int) -> Callable[[str], Decimal | Problem]:
    signed = mapping.kind == "bank"
    return functools.partial(parse_number, marks=mapping.marks, scale=scale, signed=signed)


def _with_occurrences(
    rows: Iterable[StatementRow | BankRow],
) -> tuple[StatementRow | BankRow, ...]:
    seen: Counter[tuple[tuple[str, str], ...]] = Counter()
    counted = []
    for row in rows:
        seen[row.content] += 1
        counted.append(dataclasses.replace(row, occurrence=seen[row.content]))
    return tuple(counted)


def _take_control_total(
    mapping: Mapping, lines: list[Line], place: str
) -> tuple[Decimal | None, list[Problem]]:
    """Take the total row off the lines, and return its amount and what is wrong with it."""
    declared = mapping.footer_total
    if declared is None:
        return None, []
    problem = Problem(
        code="control_total_mismatch",
        expected=f"a last row with {declared.label!r} in column {declared.label_column}",
        place=place,
        mend="The file may be cut off: get it again.",
    )
    labelled = [line.cells.get(declared.label_column) == declared.label for line in lines]
    if not labelled[-1]:
        return None, [problem]
    footer = lines.pop()
    footer.problems = []
    for line, is_total in zip(lines, labelled, strict=False):
        if is_total:
            line.refuse(Problem(code="layout_unknown", expected="one total row, the last"))
            line.unreadable = True
    parse = _amount_parser(mapping, MAX_SCALE)
    total = parse(footer.cells.get(declared.amount_column, ""))
    if isinstance(total, Problem):
        footer.refuse(total, declared.amount_column)
        return None, footer.problems
    readable = [line for line in lines if not line.unreadable]
    amounts = [parse(line.cells[declared.amount_column]) for line in readable]
    known = [amount for amount in amounts if isinstance(amount, Decimal)]
    summed = functools.reduce(CONTEXT.add, known, Decimal(0))
    # A sum over rows that cannot be read would blame the total for what the rows did.
    if len(known) == len(lines) and summed != total:
        value = footer.cells[declared.amount_column]
        wrong = dataclasses.replace(
            problem, value=value, expected=f"{plain(summed)}, the sum of the rows", mend=""
        )
        footer.refuse(wrong, declared.amount_column)
    return total, footer.problems


def _constant_problems(
    mapping: Mapping, commodities: collections.abc.Mapping[str, int], place: str
) -> list[Problem]:
    currency = mapping.constants.get("currency")
    found = parse_commodity(currency, commodities) if currency else None
    return [dataclasses.replace(found, place=place)] if isinstance(found, Problem) else []
