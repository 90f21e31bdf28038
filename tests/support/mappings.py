"""Mappings made up for tests, files that they read, and what is asked of a reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.errors import Problem
from ledger.revenue.mapping import Mapping, load_mapping
from ledger.revenue.reading import read_all
from ledger.revenue.rows import BankRow, SetAside, StatementRow

PLACE = "somex-2023-10.csv"
COMMODITIES = {"USD": 2, "USDC": 6, "USDT": 6, "HBOT": 18}

PLAIN = """
name: somex
version: 1
kind: statement
exchange: Somex
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM
header: [Month, Coin, Share]
columns: {period: Month, currency: Coin, fee_share: Share}
"""

GROUPED = PLAIN + "grouping_mark: ','\n"

FULL = """
name: fullex
version: 3
kind: statement
encoding: utf-8
delimiter: ";"
decimal_mark: ","
date_format: DD.MM.YYYY
rate_unit: percent
header: [Venue, Stream, Day, Volume, Fees, Rate, Share, Coin, Note, Serial]
columns:
  exchange: Venue
  stream: Stream
  period: Day
  volume: Volume
  trading_fees: Fees
  rate: Rate
  fee_share: Share
  currency: Coin
  memo: Note
"""
FULL_HEADER = "Venue;Stream;Day;Volume;Fees;Rate;Share;Coin;Note;Serial\n"

TOTALLED = PLAIN + "footer_total: {label_column: Month, label: Total, amount_column: Share}\n"

BANK = """
name: bank
version: 1
kind: bank
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: [date, account, amount, currency, external_id, counterparty, memo]
columns:
  date: date
  account: account
  amount: amount
  currency: currency
  external_id: external_id
  counterparty: counterparty
  memo: memo
"""
BANK_HEADER = "date,account,amount,currency,external_id,counterparty,memo\n"


def mapping_of(text: str) -> Mapping:
    return load_mapping(text, "mapping.yaml")


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a file said: rows that post, rows set aside, their problems and then the file's."""

    rows: tuple[StatementRow | BankRow, ...]
    aside: tuple[SetAside, ...]
    problems: tuple[Problem, ...]
    file_problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    control_totals: dict[str, Decimal]
    rows_in: int


def read(mapping: Mapping, data: bytes, place: str = PLACE) -> Read:
    """Read a file and require that every data row is accounted for."""
    reading, rows = read_all(mapping, data, place, commodities=COMMODITIES)
    assert len({row.row for row in rows}) == reading.rows_in
    aside = tuple(row for row in rows if isinstance(row, SetAside))
    of_rows = [problem for row in aside for problem in row.problems]
    return Read(
        rows=tuple(row for row in rows if not isinstance(row, SetAside)),
        aside=aside,
        problems=tuple(dict.fromkeys([*of_rows, *reading.problems])),
        file_problems=tuple(reading.problems),
        warnings=tuple(reading.warnings),
        control_totals=reading.control_totals,
        rows_in=reading.rows_in,
    )


def reading_of(declared: str, content: str | bytes) -> Read:
    data = content if isinstance(content, bytes) else content.encode()
    return read(mapping_of(declared), data)


def codes(problems: Sequence[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def full_row(**changes: str) -> str:
    cells = {
        "Venue": "Fullex",
        "Stream": "spot",
        "Day": "31.10.2023",
        "Volume": "100000",
        "Fees": "1000",
        "Rate": "40",
        "Share": "400",
        "Coin": "USDT",
        "Note": "",
        "Serial": "1",
    }
    return ";".join((cells | changes).values()) + "\n"


def bank_row(**changes: str) -> str:
    cells = {
        "date": "2023-10-20",
        "account": "wallet",
        "amount": "12.5",
        "currency": "USDT",
        "external_id": "0xabc:7",
        "counterparty": "Somex",
        "memo": "fee share",
    }
    return ",".join((cells | changes).values()) + "\n"


def refused_full(**changes: str) -> list[str]:
    return codes(reading_of(FULL, FULL_HEADER + full_row(**changes)).problems)


def statement_rows(reading: Read) -> list[StatementRow]:
    assert reading.problems == ()
    return [row for row in reading.rows if isinstance(row, StatementRow)]


def bank_rows(reading: Read) -> list[BankRow]:
    assert reading.problems == ()
    return [row for row in reading.rows if isinstance(row, BankRow)]
