from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger import bank, evidence
from ledger.bank import BankMovement
from ledger.bank_tables import BankLine, Match, MatchRelease
from ledger.errors import DatabaseRefused, EntryDependedOn, ReferenceReused, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.tables import Account
from support.books import Books

MOVEMENT = BankMovement(
    bank_account="bank-main",
    external_id="1",
    on=date(2023, 10, 5),
    commodity="USD",
    amount=Decimal(100),
    counterparty="Gate",
    memo="fee share",
    row=2,
)
LINE = "bank-main/1"


@pytest.fixture
def banked(books: Books) -> Books:
    """Give books with a bank account."""
    with books.write() as change:
        bank.add_account(change, "bank-main", kind="bank", purpose="operating", address="DE1")
    return books


def record(books: Books, movement: BankMovement = MOVEMENT) -> bool:
    with books.write() as change:
        return bank.record(change, movement, evidence.keep(change, b"a file", "bank.csv"))


def post(books: Books, amount: str = "1", reference: str = "entry") -> int:
    with books.write() as change:
        entry = JournalEntry(
            reference=reference,
            effective_date=date(2023, 10, 5),
            kind="manual",
            narration="",
            postings=[
                Posting("assets:bank:main", Decimal(amount), "USD"),
                Posting("equity:opening", -Decimal(amount), "USD"),
            ],
        )
        return post_one(change, entry).number


def match(books: Books, amount: str, document: str = "a paper") -> int:
    """Match a part of the line; return the match's number."""
    entry = post(books)
    with books.write() as change:
        return bank.match(
            change,
            change.session.get_one(BankLine, LINE),
            kind="test",
            document=document,
            amount=Decimal(amount),
            entry_number=entry,
            why="a test",
        ).number


def left(books: Books, until: date | None = None) -> dict[str, Decimal]:
    with books.read() as session:
        return {line.id: amount for line, amount in bank.open_lines(session, until=until)}


def test_an_account_of_ours_has_an_account_in_the_chart_and_is_added_once(books: Books) -> None:
    def add(address: str) -> bool:
        with books.write() as change:
            return bank.add_account(
                change,
                "wallet-eth",
                kind="wallet",
                purpose="treasury",
                chain="ethereum",
                address=address,
            )

    assert add("0x1") is True
    digest = books.digest()
    assert add("0x1") is False
    with pytest.raises(ReferenceReused, match="wallet 0x1"):
        add("0x2")
    assert books.digest() == digest
    with books.read() as session:
        account = bank.account_named(session, "wallet-eth").account
        row = session.scalars(select(Account).where(Account.code == account)).one()
        with pytest.raises(UnknownReference, match="'wallet-btc'"):
            bank.account_named(session, "wallet-btc")
    assert (row.code, row.name, row.type) == ("assets:wallet:eth", "treasury (wallet)", "asset")


def test_a_movement_is_recorded_once(banked: Books) -> None:
    assert record(banked) is True
    digest = banked.digest()
    assert record(banked) is False
    assert record(banked, replace(MOVEMENT, counterparty="another spelling", row=9)) is False
    assert banked.digest() == digest


@pytest.mark.parametrize(
    "other",
    [
        replace(MOVEMENT, on=date(2023, 10, 6)),
        replace(MOVEMENT, amount=Decimal("100.01")),
        replace(MOVEMENT, amount=Decimal(-100)),
        replace(MOVEMENT, commodity="USDC"),
    ],
)
def test_the_same_id_with_another_fact_is_refused(banked: Books, other: BankMovement) -> None:
    record(banked)
    digest = banked.digest()
    with pytest.raises(ReferenceReused, match="2023-10-05 100 USD"):
        record(banked, other)
    assert banked.digest() == digest


def test_a_movement_of_an_unknown_account_or_of_nothing_is_refused(banked: Books) -> None:
    digest = banked.digest()
    with pytest.raises(UnknownReference, match="'bank-other'"):
        record(banked, replace(MOVEMENT, bank_account="bank-other"))
    with pytest.raises(DatabaseRefused, match="amount_not_zero"):
        record(banked, replace(MOVEMENT, amount=Decimal(0)))
    assert banked.digest() == digest


def test_a_line_is_open_until_it_is_wholly_matched(banked: Books) -> None:
    record(banked)
    assert left(banked) == {LINE: Decimal(100)}
    assert match(banked, "60") == 1
    assert left(banked) == {LINE: Decimal(40)}
    assert match(banked, "40") == 2
    assert left(banked) == {}


def test_what_went_out_is_matched_with_its_own_sign(banked: Books) -> None:
    record(banked, replace(MOVEMENT, amount=Decimal(-100)))
    match(banked, "-30")
    assert left(banked) == {LINE: Decimal(-70)}


@pytest.mark.parametrize(("line", "amount"), [("100", "100.01"), ("-100", "-101"), ("100", "-1")])
def test_the_database_refuses_a_match_beyond_the_line(
    banked: Books, line: str, amount: str
) -> None:
    record(banked, replace(MOVEMENT, amount=Decimal(line)))
    post(banked)
    digest = banked.digest()
    with pytest.raises(DatabaseRefused, match="beyond its amount"):
        match(banked, amount)
    assert banked.digest() == digest


def test_a_match_taken_back_counts_no_more(banked: Books) -> None:
    record(banked)
    match(banked, "60", "one")
    match(banked, "30", "one")
    reversal = post(banked, "-1", "reversal")
    with banked.write() as change:
        change.add(MatchRelease(bank_line=LINE, number=1, reason="wrong", entry_number=reversal))
    assert left(banked) == {LINE: Decimal(70)}
    with banked.read() as session:
        live = bank.live_matches(session, "one")
        assert [(each.number, each.amount) for each in live] == [(2, Decimal(30))]
        assert bank.live_matches(session, "another") == []
    assert match(banked, "70") == 3


def test_an_entry_is_reversed_in_the_change_that_takes_its_match_back_and_not_before(
    banked: Books,
) -> None:
    record(banked)
    match(banked, "60")
    with banked.read() as session:
        entry = session.scalars(select(Match.entry_number)).one()
    digest = banked.digest()
    with pytest.raises(EntryDependedOn, match=r"match 1 of bank line bank-main/1 stands on it"):  # noqa: SIM117
        with banked.write() as change:
            reverse(change, entry, reason="wrong", on=date(2023, 10, 6))
    assert banked.digest() == digest
    with banked.write() as change:
        mirror = reverse(change, entry, reason="wrong", on=date(2023, 10, 6)).number
        change.add(MatchRelease(bank_line=LINE, number=1, reason="wrong", entry_number=mirror))
    assert left(banked) == {LINE: Decimal(100)}


def test_open_lines_come_oldest_first_and_until_a_day(banked: Books) -> None:
    for number, day in (("3", 7), ("2", 6), ("1", 7)):
        record(banked, replace(MOVEMENT, external_id=number, on=date(2023, 10, day)))
    assert list(left(banked)) == ["bank-main/2", "bank-main/1", "bank-main/3"]
    assert list(left(banked, date(2023, 10, 6))) == ["bank-main/2"]


def test_one_address_is_one_wallet(books: Books) -> None:
    address = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
    with books.write() as change:
        bank.add_account(
            change, "one", kind="wallet", purpose="t", chain="ethereum", address=address
        )
        with pytest.raises(ReferenceReused, match="it is one on ethereum"):
            bank.add_account(
                change, "two", kind="wallet", purpose="t", chain="ethereum", address=address
            )
