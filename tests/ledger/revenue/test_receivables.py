from collections.abc import Callable
from decimal import Decimal

import pytest

from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger import bank, evidence
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Conflict, Refusal
from ledger.journal import entry, postings
from ledger.months import last_day, parse_month
from ledger.revenue import statements
from ledger.revenue.receivables import receivables, receive
from support.books import Books
from support.databases import EXAMPLES

BINANCE = "binance:spot:usdt:2023-10:1"
WALLET = "wallet-ethereum-treasury"


@pytest.fixture
def stated(furnished_books: Books) -> Books:
    """Give books in which Binance owes 8750 USDT for October and KuCoin has stated only."""
    folder = EXAMPLES / "2023-10" / "statements"
    files = [folder / "binance-2023-10.csv", folder / "kucoin-2023-10.csv"]
    with furnished_books.write() as change:
        import_files(change, files, mappings_in(EXAMPLES / "mappings"))
        statements.accept(change, BINANCE)
    return furnished_books


def came(books: Books, amount: str, commodity: str = "USDT") -> str:
    """Record a bank line; return its id."""
    name = f"{amount}-{commodity}"
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account=WALLET,
            external_id=name,
            on=last_day(parse_month("2023-10")),
            commodity=commodity,
            amount=Decimal(amount),
            counterparty="Binance",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"{WALLET}/{name}"


def take(books: Books, line: str, amount: str) -> None:
    with books.write() as change:
        (owed,) = receivables(change.session, open_only=False)
        found = change.session.get_one(BankLine, line)
        receive(change, found, owed, Decimal(amount), why="a test")


def open_amounts(books: Books, *, open_only: bool = True) -> dict[str, Decimal]:
    with books.read() as session:
        return {
            each.stated.document: each.open for each in receivables(session, open_only=open_only)
        }


def test_an_accepted_statement_is_owed_and_a_staged_one_is_not(stated: Books) -> None:
    assert open_amounts(stated) == {BINANCE: Decimal(8750)}
    with stated.read() as session:
        (owed,) = receivables(session)
    assert owed.exchange == "binance"


def test_a_receipt_is_posted_matched_and_leaves_the_rest_owed(stated: Books) -> None:
    line = came(stated, "8000")
    take(stated, line, "8000")
    assert open_amounts(stated) == {BINANCE: Decimal(750)}
    with stated.read() as session:
        (matched,) = bank.live_matches(session, BINANCE)
        posted = entry(session, matched.entry_number)
        lines = [
            (each.account, each.amount, each.party, each.document, each.memo)
            for each in postings(session, posted.number)
        ]
    assert (matched.kind, matched.bank_line, matched.amount, matched.why) == (
        "statement",
        line,
        Decimal(8000),
        "a test",
    )
    assert (posted.kind, posted.evidence is not None) == ("receipt", True)
    assert lines == [
        ("assets:wallet:ethereum-treasury", Decimal(8000), "binance", BINANCE, line),
        ("assets:receivable:fee-share", Decimal(-8000), "binance", BINANCE, line),
    ]


def test_what_is_paid_in_parts_is_paid_when_the_parts_are_all_there(stated: Books) -> None:
    line = came(stated, "10000")
    take(stated, line, "5000")
    take(stated, line, "3750")
    assert open_amounts(stated) == {}
    assert open_amounts(stated, open_only=False) == {BINANCE: Decimal(0)}
    with stated.read() as session:
        assert [left for _, left in bank.open_lines(session)] == [Decimal(1250)]
        assert account_balance(session, Chart.RECEIVABLE_FEE_SHARE.value, "USDT") == 0


@pytest.mark.parametrize(
    ("line", "amount", "error", "match"),
    [
        (("9000", "USDT"), "8750.000001", Conflict, "is not owed for"),
        (("8750", "USDC"), "8750", Conflict, "8750 USDC is not owed"),
        (("-100", "USDT"), "100", BadInput, "amount_invalid"),
        (("-100", "USDT"), "-100", BadInput, "amount_invalid"),
        (("100", "USDT"), "0", BadInput, "amount_invalid"),
        (("100", "USDT"), "-1", BadInput, "amount_invalid"),
        (("100", "USDT"), "101", Refusal, "beyond its amount"),
    ],
)
def test_what_is_not_owed_or_did_not_come_in_is_refused(
    stated: Books, line: tuple[str, str], amount: str, error: type[Refusal], match: str
) -> None:
    identity = came(stated, *line)
    digest = stated.digest()
    with pytest.raises(error, match=match):
        take(stated, identity, amount)
    assert stated.digest() == digest


def test_the_oldest_month_comes_first(stated: Books) -> None:
    def accept_all(check: Callable[[str], bool]) -> None:
        with stated.write() as change:
            files = [EXAMPLES / "2023-09" / "statements", EXAMPLES / "2023-08" / "statements"]
            import_files(change, files, mappings_in(EXAMPLES / "mappings"))
            for statement in statements.waiting(change.session):
                if check(statement.id):
                    statements.accept(change, statement.id)

    accept_all(lambda identity: identity.startswith("binance"))
    assert list(open_amounts(stated)) == [
        "binance:spot:usdt:2023-08:1",
        "binance:spot:usdt:2023-09:1",
        BINANCE,
    ]
