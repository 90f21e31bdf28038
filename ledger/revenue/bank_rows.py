"""Rows of banks' and wallets' CSV files: what the cells of one record say happened."""

import collections.abc
import functools
from collections.abc import Sequence

from ledger.errors import Problem
from ledger.revenue.cells import (
    parse_commodity,
    parse_key,
    parse_memo,
    parse_optional_key,
)
from ledger.revenue.dates import day_parser
from ledger.revenue.fields import Amounts, Fault, Fields
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import BankRow
from ledger.revenue.statement_rows import Known


class BankRows:
    """Reads the records of one file of our own accounts; amounts may be below zero."""

    def __init__(self, mapping: Mapping, commodities: collections.abc.Mapping[str, int]) -> None:
        self._fields = Fields(
            mapping,
            {
                "date": day_parser(mapping.date_format, mapping.time_zone),
                "account": parse_key,
                "currency": functools.partial(parse_commodity, commodities=commodities),
                "external_id": parse_key,
                "counterparty": parse_optional_key,
                "memo": parse_memo,
            },
        )
        self._amounts = Amounts(mapping, commodities, signed=True)

    def read(
        self, number: int, record: Sequence[str], faults: list[Fault]
    ) -> tuple[list[BankRow], Known]:
        """Return the row of a record; what is wrong with it goes to `faults`."""
        date, account, currency, external_id, counterparty, memo = self._fields.values(
            record, faults
        )
        amounts = self._amounts.values(record, currency, faults)
        known = Known(None, None, None, currency)
        if any(isinstance(fault, Problem) for _, fault in faults):
            return [], known
        ((_, _, amount),) = amounts
        row = BankRow(
            number,
            tuple(record),
            date,
            account,
            amount,
            currency,
            external_id,
            counterparty or "",
            memo or "",
        )
        return [row], known
