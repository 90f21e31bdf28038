"""Rows of statements: what the cells of one record say about what an exchange owes us.

Law: a row posts only when every cell that means something is read without a problem, and the
share is the fees times the rate where both are given.
"""

import collections.abc
import datetime as dt
import functools
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from ledger.errors import Problem
from ledger.money import CONTEXT, MAX_SCALE, plain
from ledger.revenue.cells import (
    Doubtful,
    number_parser,
    parse_commodity,
    parse_date,
    parse_key,
    parse_note,
    parse_rate,
    trimming,
)
from ledger.revenue.fields import Amounts, Fault, Fields
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import StatementRow


class Known(NamedTuple):
    """What could be read of a row that is set aside."""

    exchange: str | None
    stream: str | None
    period: str | None
    currency: str | None


class StatementRows:
    """Reads the records of one file; all of them are of the month of the first."""

    def __init__(self, mapping: Mapping, commodities: collections.abc.Mapping[str, int]) -> None:
        self._commodities = commodities
        self._month = ""
        self._period_column = mapping.header.index(mapping.columns["period"])
        fine = number_parser(marks=mapping.marks, scale=MAX_SCALE, signed=False)
        known = functools.partial(parse_commodity, commodities=commodities)
        key = trimming(parse_key)
        unit = mapping.rate_unit or "fraction"
        self._fields = Fields(
            mapping,
            {
                "exchange": key,
                "stream": key,
                "period": functools.partial(_parse_period, date_format=mapping.date_format),
                "currency": trimming(known),
                "trading_fees": fine,
                "rate": functools.partial(parse_rate, marks=mapping.marks, unit=unit),
                "volume": fine,
                "user": key,
                "memo": parse_note,
            },
        )
        columns = [(mapping.columns["fee_share"], None)]
        self._amounts = Amounts(mapping, columns, commodities, signed=False)

    def read(
        self, number: int, record: Sequence[str], faults: list[Fault]
    ) -> tuple[list[StatementRow], Known]:
        """Return the rows of a record; what is wrong with it goes to `faults`."""
        exchange, stream, when, currency, fees, rate, volume, user, memo = self._fields.values(
            record, faults
        )
        amounts = self._amounts.values(record, currency, faults)
        period, day = when or ("", None)
        if period and period != self._month:
            self._require_one_month(period, record, faults)
        if fees is not None and rate is not None:
            self._require_product(amounts, fees, rate, record, faults)
        if faults and any(isinstance(fault, Problem) for _, fault in faults):
            return [], Known(exchange, stream, period or None, currency)
        cells = tuple(record)
        rows = []
        for index, commodity, amount in amounts:
            if not amount:
                faults.append((index, Doubtful(amount, _zero(record[index]))))
            rows.append(
                StatementRow(
                    number,
                    cells,
                    exchange,
                    stream,
                    period,
                    day,
                    amount,
                    commodity,
                    fees,
                    rate,
                    volume,
                    user,
                    memo or "",
                )
            )
        return rows, Known(exchange, stream, period, currency)

    def _require_one_month(self, period: str, record: Sequence[str], faults: list[Fault]) -> None:
        if not self._month:
            self._month = period
            return
        index = self._period_column
        expected = f"{self._month}, the month of the first row"
        problem = Problem(code="period_mismatch", value=record[index], expected=expected)
        faults.append((index, problem))

    def _require_product(
        self,
        amounts: Sequence[tuple[int, str, Decimal]],
        fees: Decimal,
        rate: Decimal,
        record: Sequence[str],
        faults: list[Fault],
    ) -> None:
        computed = CONTEXT.multiply(fees, rate)
        for index, commodity, amount in amounts:
            # Half a payable unit is what honest rounding of one product can cost.
            tolerance = Decimal(5).scaleb(-self._commodities.get(commodity, MAX_SCALE) - 1)
            if CONTEXT.abs(CONTEXT.subtract(computed, amount)) > tolerance:
                shown = f"{plain(fees)} x {plain(rate)} = {plain(computed)}, within half a unit"
                problem = Problem(code="row_math", value=record[index], expected=shown)
                faults.append((index, problem))


def _parse_period(text: str, *, date_format: str) -> tuple[str, dt.date | None] | Problem:
    """Return the month of a cell, and its day where the format has one."""
    day = parse_date(text, date_format)
    if isinstance(day, Problem):
        return day
    return f"{day:%Y-%m}", day if "DD" in date_format else None


def _zero(text: str) -> Problem:
    return Problem(code="zero_amount", value=text, expected="an amount that is owed")
