"""Rows of statements for tests: those that count, and those that were set aside."""

from decimal import Decimal
from typing import Literal

from ledger.errors import Problem
from ledger.revenue.rows import SetAside, StatementRow


def row(
    number: int,
    fee_share: str,
    *,
    cells: tuple[str, ...] | None = None,
    exchange: str = "Gate",
    stream: str | None = None,
    period: str = "2023-10",
    currency: str = "USDT",
    trading_fees: str | None = None,
    rate: str | None = None,
    volume: str | None = None,
) -> StatementRow:
    """Return a row that counts; its cells are its own unless others are given."""
    return StatementRow(
        row=number,
        cells=cells or (period, str(number), fee_share),
        exchange=exchange,
        stream=stream,
        period=period,
        day=None,
        fee_share=Decimal(fee_share),
        currency=currency,
        trading_fees=None if trading_fees is None else Decimal(trading_fees),
        rate=None if rate is None else Decimal(rate),
        volume=None if volume is None else Decimal(volume),
        user=None,
        memo="",
    )


def aside(
    number: int,
    *,
    state: Literal["skipped", "quarantined"] = "quarantined",
    cells: tuple[str, ...] = ("2023-10", "x", "y"),
    problems: tuple[Problem, ...] | None = None,
    currency: str | None = None,
) -> SetAside:
    """Return a row that was set aside: quarantined for one problem, or skipped by a rule."""
    wrong = Problem(code="not_a_number", row=number, value="y", expected="a number")
    found = (wrong,) if problems is None else problems
    return SetAside(
        row=number,
        cells=cells,
        state=state,
        problems=found if state == "quarantined" else (),
        reason="" if state == "quarantined" else "status is cancelled",
        exchange=None,
        stream=None,
        period=None,
        currency=currency,
    )
