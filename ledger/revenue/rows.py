"""Rows: what one line of a statement's or a bank's file says, whatever the file looked like.

Law: a row keeps its cells as they came beside what they mean, and every row of a file becomes
rows that post or one that is set aside with its reason; none is dropped.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal, NamedTuple

from ledger.errors import Problem


class StatementRow(NamedTuple):
    """What an exchange owes us for a month (`fee_share`, zero or more) and how it got there.

    `row` is the row's number as a spreadsheet shows it; `cells` are its texts in the order of the
    header. `rate` is a fraction of 1 whatever the file's unit; `period` is written YYYY-MM; `day`
    is None where the file has months only. `user` is the exchange's own number of a customer. A
    row with amounts in several commodities gives several of these, under one number.
    """

    row: int
    cells: tuple[str, ...]
    exchange: str
    stream: str | None
    period: str
    day: dt.date | None
    fee_share: Decimal
    currency: str
    trading_fees: Decimal | None
    rate: Decimal | None
    volume: Decimal | None
    user: str | None
    memo: str


class SetAside(NamedTuple):
    """A row that does not post: skipped by a rule of the mapping, or quarantined for problems.

    `reason` is the rule's of a skipped row; `problems` are all of a quarantined one. The last
    four fields are what could be read of them, to say which statement the row belongs to.
    """

    row: int
    cells: tuple[str, ...]
    state: Literal["skipped", "quarantined"]
    problems: tuple[Problem, ...]
    reason: str
    exchange: str | None
    stream: str | None
    period: str | None
    currency: str | None


class BankRow(NamedTuple):
    """What a bank or wallet says happened: `amount` is positive for money that came in."""

    row: int
    cells: tuple[str, ...]
    date: dt.date
    account: str
    amount: Decimal
    currency: str
    external_id: str
    counterparty: str
    memo: str


Row = StatementRow | SetAside | BankRow
