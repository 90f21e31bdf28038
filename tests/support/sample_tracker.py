"""What a tracker has besides distributions, for sample books: history, a bounty, a purchase."""

from datetime import date
from decimal import Decimal

from ledger import conversions
from ledger.bank_tables import BankLine
from ledger.conversions import Side
from ledger.revenue import bounty_history
from ledger.revenue.bounty_history import Standing
from ledger.revenue.bounty_history_findings import HistoryRow
from ledger.revenue.bounty_tables import Bounty
from support.books import Books
from support.sample_entries import add_each
from support.sample_shares import EVIDENCE

TRANSFERS = (("0x50:1", "USDT", "-40"), ("0x60:1", "HBOT", "9000.000000000000000001"))


def history_row(row: int, amount: str, /, **differs: object) -> HistoryRow:
    """Return a row of the tracker that contradicts nothing but as it is told to."""
    usual: dict[str, object] = {
        "row": row,
        "bounty": str(row),
        "type": "=Bug: P3",
        "funder": "Foundation",
        "connector": "",
        "amount": Decimal(amount),
        "amount_as_written": amount,
        "commodity": "HBOT",
        "status": "Paid",
        "link": f"https://github.com/hummingbot/hummingbot/issues/{row}",
        "occurrence": 1,
    }
    return HistoryRow(**(usual | differs))  # type: ignore[arg-type]


def tell(books: Books) -> None:
    """Tell a row that counts, one that waits, and a bounty of an exchange."""
    rows = [(2, history_row(1, "10000"), "=site@1"), (3, history_row(2, "0"), "=site@1")]
    with books.write() as change:
        bounty_history.record(change, rows, b"tracker", "tracker.csv")
        change.add(
            Bounty(
                id="b-1",
                title="=A connector",
                exchange="binance",
                commodity="USDT",
                amount=Decimal("8000.000001"),
                developer=None,
                source="https://github.com/hummingbot/hummingbot/issues/9",
            )
        )


def settle_row(books: Books) -> None:
    """Accept the row that waits, as another person."""
    with books.write("second") as change:
        bounty_history.decide(change, {2}, Standing.ACCEPTED, reason="=it is 0")


def buy(books: Books) -> None:
    """Buy HBOT for USDT on the wallet from which batches are paid."""
    with books.write() as change:
        for row, (name, commodity, amount) in enumerate(TRANSFERS, start=20):
            add_each(
                change,
                BankLine(
                    id=f"eth:{name}",
                    bank_account="eth",
                    external_id=name,
                    on=date(2023, 11, 7),
                    commodity=commodity,
                    amount=Decimal(amount),
                    counterparty="0xP001",
                    memo="",
                    evidence=EVIDENCE,
                    evidence_row=row,
                ),
            )
        conversions.convert(
            change,
            "buy-1",
            Side(line="eth:0x50:1"),
            Side(line="eth:0x60:1"),
            why="=half of the fee share",
        )


def fill(books: Books) -> None:
    """Do all of it."""
    tell(books)
    settle_row(books)
    buy(books)
