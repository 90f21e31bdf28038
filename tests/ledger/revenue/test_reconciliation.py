from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger.revenue import statements
from ledger.revenue.receivables import receivables
from ledger.revenue.reconciliation import reconcile
from support.books import Books
from support.databases import EXAMPLES

MAPPINGS = mappings_in(EXAMPLES / "mappings")
BANK = "date,account,amount,currency,external_id,counterparty,memo\n"


@pytest.fixture
def stated(furnished_books: Books, tmp_path: Path) -> Books:
    """Give books in which every exchange owes September and October, and lines have come."""
    rows = (
        "2023-11-01,bank-operating,1,USD,nobody,Nobody,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,7250,USDT,exact,Binance.com,\n"
        "2023-11-02,wallet-ethereum-treasury,2000,USDT,either,KuCoin,\n"
        "2023-11-02,wallet-ethereum-treasury,1500.000001,USDT,more,Gate,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,-50,USDT,out,Binance,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,100,USDT,held,HTX,2023-10\n"
        "2023-11-03,wallet-ethereum-treasury,8000,USDT,part,Binance,for 2023-10\n"
        "2023-11-04,wallet-ethereum-treasury,750,USDT,later,Binance,for 2023-10\n"
    )
    receipts = tmp_path / "receipts.csv"
    receipts.write_text(BANK + rows)
    with furnished_books.write() as change:
        files = [EXAMPLES / month / "statements" for month in ("2023-09", "2023-10")]
        import_files(change, [*files, receipts], MAPPINGS)
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)
    return furnished_books


def match(books: Books, until: date) -> tuple[dict[str, str], dict[str, str]]:
    """Reconcile; return what was matched by line, and why each open line is open."""
    held = {"wallet-ethereum-treasury/held": "it is for a bounty"}
    with books.write() as change:
        matched, unmatched = reconcile(change, until, held)
        return (
            {each.line.external_id: each.document for each in matched},
            {
                each.line.external_id: each.reason
                or " or ".join(found.parts[0].claim.month for found in each.proposals)
                for each in unmatched
            },
        )


def test_what_is_certain_is_matched_and_the_rest_waits_with_its_reason(stated: Books) -> None:
    matched, unmatched = match(stated, date(2023, 11, 3))
    assert matched == {"exact": "binance:spot:usdt:2023-09:1"}
    assert unmatched == {
        "nobody": "",
        "either": "2023-09 or 2023-10",
        "more": "2023-10",
        "part": "2023-10",
        "out": "",
        "held": "it is for a bounty",
    }
    with stated.read() as session:
        open_amounts = {each.stated.document: each.open for each in receivables(session)}
    assert open_amounts["binance:spot:usdt:2023-10:1"] == Decimal(8750)
    assert "binance:spot:usdt:2023-09:1" not in open_amounts


def test_matching_again_changes_nothing_and_a_later_line_is_matched_in_its_time(
    stated: Books,
) -> None:
    _, waiting = match(stated, date(2023, 11, 3))
    digest = stated.digest()
    assert match(stated, date(2023, 11, 3)) == ({}, waiting)
    assert stated.digest() == digest
    # The later line brings the rest, and the two sum up to what is owed.
    matched, left = match(stated, date(2023, 11, 4))
    assert matched == {
        "part": "binance:spot:usdt:2023-10:1",
        "later": "binance:spot:usdt:2023-10:1",
    }
    assert left == {name: why for name, why in waiting.items() if name != "part"}
