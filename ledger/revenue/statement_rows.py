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
    key_parser,
    parse_commodity,
    parse_note,
    trimming,
)
from ledger.revenue.dates import day_parser, has_day
from ledger.revenue.fields import Amounts, Fault, Fields, Parse
from ledger.revenue.mapping import Mapping
from ledger.revenue.quantities import number_parser, parse_rate
from ledger.revenue.rows import StatementRow


class Known(NamedTuple):
    """What could be read of a row that is set aside."""

    exchange: str | None
    stream: str | None
    period: str | None
    currency: str | None


class StatementRows:
    """Reads the records of one file; all of them are of the month of the first.

    `today` is the last day that a row may be of, None where any may be.
    """

    def __init__(
        self,
        mapping: Mapping,
        commodities: collections.abc.Mapping[str, int],
        today: dt.date | None,
    ) -> None:
        self._commodities = commodities
        self._tolerance = mapping.row_tolerance
        self._month = ""
        self._today = today
        self._period_column = mapping.header.index(mapping.columns["period"])
        fine = number_parser(marks=mapping.marks, scale=MAX_SCALE, signed=False)
        known = functools.partial(parse_commodity, commodities=commodities)
        key = key_parser()
        unit = mapping.rate_unit or "fraction"
        self._fields = Fields(
            mapping,
            {
                "exchange": key,
                "stream": key,
                "period": _period_parser(mapping),
                "currency": trimming(known),
                "trading_fees": fine,
                "rate": functools.partial(parse_rate, marks=mapping.marks, unit=unit),
                "volume": fine,
                "user": key,
                "memo": parse_note,
            },
        )
        self._amounts = Amounts(mapping, commodities, signed=False)

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
        if when is not None and self._is_to_come(period, day):
            index = self._period_column
            expected = f"a date up to today, {self._today}"
            problem = Problem(code="date_out_of_range", value=record[index], expected=expected)
            faults.append((index, problem))
        if fees is not None and rate is not None:
            self._require_product(amounts, fees, rate, record, faults)
        known = Known(exchange, stream, period or None, currency)
        if faults and any(isinstance(fault, Problem) for _, fault in faults):
            return [], known
        cells = tuple(record)
        return [
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
            for commodity, amount in self._owed(amounts, record, faults)
        ], known

    def glance(self, first: int, records: Sequence[Sequence[str]]) -> list[StatementRow] | None:
        """Return the rows of records of one width, None where anything needs a closer look.

        They are the rows that `read` returns for each record without saying anything of it.
        """
        cells = [*zip(*records, strict=True)]
        columns = self._fields.columns(cells)
        if columns is None:
            return None
        exchange, stream, when, currency, fees, rate, volume, user, memo = columns
        owed = self._amounts.column(cells, {*currency})
        if owed is None or not all(owed[1]) or not self._are_usual({*when}):
            return None
        commodity, amounts = owed
        if not self._are_products(commodity, amounts, fees, rate):
            return None
        periods, days = zip(*when, strict=True)
        self._month = periods[0]
        rows = zip(
            range(first, first + len(records)),
            map(tuple, records),
            exchange,
            stream,
            periods,
            days,
            amounts,
            [commodity] * len(records),
            fees,
            rate,
            volume,
            user,
            [text or "" for text in memo],
            strict=True,
        )
        return [*map(StatementRow._make, rows)]

    def known(self, record: Sequence[str]) -> Known:
        """Return what can be read of a record that is not to post."""
        exchange, stream, when, currency, *_ = self._fields.values(record, [])
        return Known(exchange, stream, when[0] if when else None, currency)

    def _owed(
        self,
        amounts: Sequence[tuple[int, str, Decimal]],
        record: Sequence[str],
        faults: list[Fault],
    ) -> list[tuple[str, Decimal]]:
        """Return the amounts that are something; of a row of nothing the first, with a warning."""
        owed = [(commodity, amount) for _, commodity, amount in amounts if amount]
        if owed:
            return owed
        index, commodity, nothing = amounts[0]
        warning = Problem(
            code="zero_amount", value=record[index], expected="an amount that is owed"
        )
        faults.append((index, Doubtful(nothing, warning)))
        return [(commodity, nothing)]

    def _are_usual(self, when: set[tuple[str, dt.date | None]]) -> bool:
        """Return whether all of these are of the month of the first row, and none is to come."""
        months = {period for period, _ in when}
        return len(months | {self._month or min(months)}) == 1 and not any(
            self._is_to_come(period, day) for period, day in when
        )

    def _are_products(
        self,
        commodity: str,
        amounts: Sequence[Decimal],
        fees: Sequence[Decimal | None],
        rates: Sequence[Decimal | None],
    ) -> bool:
        """Return whether each amount is the fees times the rate, as far as both are given."""
        tolerance = self._tolerance_in(commodity)
        return not any(
            _is_off(amount, CONTEXT.multiply(fee, rate), tolerance)
            for amount, fee, rate in zip(amounts, fees, rates, strict=True)
            if fee is not None and rate is not None
        )

    def _require_one_month(self, period: str, record: Sequence[str], faults: list[Fault]) -> None:
        if not self._month:
            self._month = period
            return
        index = self._period_column
        expected = f"{self._month}, the month of the first row"
        problem = Problem(code="period_mismatch", value=record[index], expected=expected)
        faults.append((index, problem))

    def _is_to_come(self, period: str, day: dt.date | None) -> bool:
        if self._today is None:
            return False
        return (day or dt.date.fromisoformat(f"{period}-01")) > self._today

    def _tolerance_in(self, commodity: str) -> Decimal:
        """Return how far an amount may be off: by default as much as honest rounding costs."""
        if self._tolerance is not None:
            return self._tolerance
        return Decimal(5).scaleb(-self._commodities.get(commodity, MAX_SCALE) - 1)

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
            tolerance = self._tolerance_in(commodity)
            if _is_off(amount, computed, tolerance):
                product = f"{plain(fees)} x {plain(rate)} = {plain(computed)}"
                shown = f"{product}, within {plain(tolerance)}"
                problem = Problem(code="row_math", value=record[index], expected=shown)
                faults.append((index, problem))


def _is_off(amount: Decimal, computed: Decimal, tolerance: Decimal) -> bool:
    return CONTEXT.abs(CONTEXT.subtract(computed, amount)) > tolerance


def _period_parser(mapping: Mapping) -> Parse:
    """Return what reads a cell to its month, and to its day where the format has one."""
    parse_day = day_parser(mapping.date_format, mapping.time_zone)
    tells_days = has_day(mapping.date_format)

    def parse(text: str) -> tuple[str, dt.date | None] | Problem:
        day = parse_day(text)
        if isinstance(day, Problem):
            return day
        return f"{day.year:04}-{day.month:02}", day if tells_days else None

    return parse
