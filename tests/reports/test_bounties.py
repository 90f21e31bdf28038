"""R15, the part of bounties: what is held of each is the control account."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import parties
from reports import bounties
from reports.query import Asked
from reports.report import Report
from support.books import Books
from support.bounties import Treasury
from support.payouts import furnish

ROWS = (
    "bounty-1,held,Gate.io,USDC,10000,Alice,,agreement 1",
    "bounty-2,in stages,Gate.io,USDC,3000,Alice,,agreement 2",
    "bounty-3,refunded,Gate.io,HBOT,500,,,agreement 3",
    "bounty-4,ours,,HBOT,50000,Alice,foundation=50000,issue 1",
)
CAME_IN = (("10000", "USDC"), ("3000", "USDC"), ("500", "HBOT"))


@pytest.fixture
def treasury(books: Books, tmp_path: Path) -> Treasury:
    furnish(books)
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
    treasury = Treasury(books, tmp_path, date(2026, 3, 2))
    treasury.loads(*ROWS)
    treasury.types("bounty", "sign", "bounty-1", "--document", "agreement 1")
    treasury.types("bounty", "stages", "bounty-2", "first:1000:delivered", "rest:2000:")
    for number, amount, commodity in (
        (1, "10000", "USDC"),
        (2, "3000", "USDC"),
        (3, "500", "HBOT"),
    ):
        line = treasury.receives(f"0x{number}", amount, commodity)
        treasury.types("match", line, f"bounty-{number}")
    treasury.passes("bounty-2", "delivered")
    treasury.types("bounty", "release", "bounty-2", "--stage", "1")
    treasury.types("bounty", "refund", "bounty-3", "--reason", "nobody wants it")
    return treasury


def made(treasury: Treasury, asked: Asked) -> Report:
    with treasury.books.read() as session:
        return bounties.build(session, asked, datetime(2026, 6, 1, tzinfo=UTC))


def told(report: Report, *columns: str) -> list[tuple[object, ...]]:
    names = [column.name for column in report.columns]
    return [tuple(row[names.index(column)] for column in columns) for row in report.rows]


def test_what_is_held_of_each_bounty_sums_to_the_control_account(treasury: Treasury) -> None:
    report = made(treasury, Asked(as_of=date(2026, 6, 4)))
    money = ("bounty_id", "sponsor", "state", "received", "released", "refunded", "liability_open")
    zero = Decimal(0)
    assert told(report, *money) == [
        ("bounty-1", "Gate.io", "assigned", Decimal(10000), zero, zero, Decimal(10000)),
        ("bounty-2", "Gate.io", "assigned", Decimal(3000), Decimal(1000), zero, Decimal(2000)),
        ("bounty-3", "Gate.io", "refunded", Decimal(500), zero, Decimal(500), zero),
        ("bounty-4", "foundation", "quoted", zero, zero, zero, zero),
    ]
    assert [(tie.commodity, tie.left, tie.right) for tie in report.tie_outs] == [
        ("HBOT", zero, zero),
        ("USDC", Decimal(12000), Decimal(12000)),
    ]
    clocks = told(report, "bounty_id", "deposit_due", "delivery_due", "late")
    assert clocks[0] == ("bounty-1", date(2026, 3, 9), date(2026, 5, 31), "delivery")


def test_a_report_as_of_a_day_knows_nothing_of_later_days(treasury: Treasury) -> None:
    report = made(treasury, Asked(as_of=date(2026, 3, 1)))
    money = ("state", "received", "released", "refunded", "ended_on")
    assert set(told(report, *money)) == {("quoted", Decimal(0), Decimal(0), Decimal(0), None)}
    assert all(tie.left == tie.right == 0 for tie in report.tie_outs)
