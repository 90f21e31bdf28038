from datetime import date
from decimal import Decimal

import pytest

from feeshare.tie_outs import tie_outs
from ledger import bank, conversions, evidence, journal, periods
from ledger.balances import account_balance
from ledger.bank_tables import BankLine, Conversion, MatchRelease
from ledger.conversions import Side
from ledger.errors import (
    BadInput,
    DatabaseRefused,
    EntryDependedOn,
    ReferenceReused,
    UnknownReference,
)
from support.books import Books

OUT, INTO, BACK, SAME = "okx/out", "eth/in", "okx/back", "okx/usdc"
PAIR = "equity:conversion:hbot-usdc"


@pytest.fixture
def lines(books: Books) -> Books:
    """Give an exchange account that paid 2,018 USDC, and a wallet that got HBOT a day later."""
    with books.write() as change:
        bank.add_account(change, "okx", kind="exchange", purpose="fee share")
        bank.add_account(
            change, "eth", kind="wallet", purpose="treasury", chain="ethereum", address="0x1"
        )
        digest = evidence.keep(change, b"statement", "okx.csv")
        for identity, day, commodity, amount in (
            (OUT, 4, "USDC", "-2018"),
            (INTO, 5, "HBOT", "500000"),
            (BACK, 6, "HBOT", "7"),
            (SAME, 6, "USDC", "9"),
        ):
            account, _, external = identity.partition("/")
            movement = bank.BankMovement(
                bank_account=account,
                external_id=external,
                on=date(2023, 10, day),
                commodity=commodity,
                amount=Decimal(amount),
                counterparty="",
                memo="",
                row=1,
            )
            bank.record(change, movement, digest)
    return books


def side(line: str, amount: str | None = None, fee: str = "0") -> Side:
    return Side(line=line, amount=Decimal(amount) if amount else None, fee=Decimal(fee))


def convert(
    books: Books, sold: Side, bought: Side, *, identity: str = "hgp-64:1", why: str = "HGP-64"
) -> tuple[Conversion, bool]:
    with books.write() as change:
        made, new = conversions.convert(change, identity, sold, bought, why=why)
        change.session.expunge_all()
        return made, new


def balance(books: Books, account: str, commodity: str) -> Decimal:
    with books.read() as session:
        return account_balance(session, account, commodity)


def test_a_conversion_is_two_entries_through_the_pairs_account_fees_apart(lines: Books) -> None:
    assert convert(lines, side(OUT, fee="2"), side(INTO, fee="500"))[1] is True
    assert balance(lines, "assets:exchange:okx", "USDC") == -2018
    assert balance(lines, "assets:wallet:eth", "HBOT") == 500_000
    assert balance(lines, "expenses:bank-fees", "USDC") == 2
    assert balance(lines, "expenses:network-fees", "HBOT") == 500
    assert balance(lines, PAIR, "USDC") == 2016
    assert balance(lines, PAIR, "HBOT") == -500_500
    with lines.read() as session:
        assert all(check.holds for check in tie_outs(session))
        assert [line.id for line, _ in bank.open_lines(session)] == [BACK, SAME]
        matches = bank.live_matches(session, "hgp-64:1")
        assert [(each.bank_line, each.amount) for each in matches] == [
            (INTO, Decimal(500_000)),
            (OUT, Decimal(-2018)),
        ]
        days = [journal.entry(session, each.entry_number).effective_date for each in matches]
        assert days == [date(2023, 10, 5), date(2023, 10, 4)]
        ((_, out, into),) = conversions.all_of(session)
        assert (out.id, into.id) == (OUT, INTO)


def test_the_same_conversion_twice_is_one_and_another_content_is_refused(lines: Books) -> None:
    convert(lines, side(OUT), side(INTO))
    digest = lines.digest()
    assert convert(lines, side(OUT), side(INTO), why="said again")[1] is False
    assert convert(lines, side(OUT, "2018"), side(INTO, "500000"))[1] is False
    for sold, bought in (
        (side(OUT, "2017"), side(INTO)),
        (side(OUT), side(INTO, fee="1")),
        (side(OUT), side(BACK)),
    ):
        with pytest.raises(ReferenceReused, match="hgp-64:1"):
            convert(lines, sold, bought)
    assert lines.digest() == digest


def test_a_line_may_be_converted_in_parts_and_both_ways_share_an_account(lines: Books) -> None:
    convert(lines, side(OUT, "2000"), side(INTO))
    convert(lines, side(OUT), side(BACK), identity="second")
    assert balance(lines, PAIR, "USDC") == 2018
    assert balance(lines, PAIR, "HBOT") == -500_007
    with lines.read() as session:
        assert all(check.holds for check in tie_outs(session))


def test_what_relates_to_a_closed_month_is_dated_in_the_next(lines: Books) -> None:
    with lines.write("closer") as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    convert(lines, side(OUT), side(INTO))
    with lines.read() as session:
        found = [
            journal.entry(session, each.entry_number)
            for each in bank.live_matches(session, "hgp-64:1")
        ]
    assert {(each.effective_date, each.relates_to_period) for each in found} == {
        (date(2023, 11, 1), "2023-10")
    }


@pytest.mark.parametrize(
    ("sold", "bought", "words"),
    [
        (side(INTO), side(OUT), "a line that left, then one that came in"),
        (side(INTO), side(BACK), "a line that left"),
        (side(OUT), side(SAME), "two commodities"),
        (side(OUT, "2018.000001"), side(INTO), "up to what is left, 2018 USDC"),
        (side(OUT), side(INTO, "0"), "an amount above 0"),
        (side(OUT, fee="2018"), side(INTO), "a part of what left"),
        (side(OUT, fee="-1"), side(INTO), "a part of what left"),
        (side(OUT), side(INTO, fee="-1"), "a part of what left"),
    ],
)
def test_what_is_no_conversion_is_refused(
    lines: Books, sold: Side, bought: Side, words: str
) -> None:
    digest = lines.digest()
    with pytest.raises(BadInput, match=words):
        convert(lines, sold, bought)
    assert lines.digest() == digest


def test_a_conversion_has_an_id_a_reason_and_lines_that_are_there(lines: Books) -> None:
    digest = lines.digest()
    with pytest.raises(BadInput, match="an id of its own"):
        convert(lines, side(OUT), side(INTO), identity=" ")
    with pytest.raises(BadInput, match="evidence_missing"):
        convert(lines, side(OUT), side(INTO), why=" ")
    with pytest.raises(UnknownReference, match="bank line"):
        convert(lines, side("okx/none"), side(INTO))
    assert lines.digest() == digest


def test_a_line_that_is_spent_is_not_converted_again(lines: Books) -> None:
    convert(lines, side(OUT), side(INTO))
    digest = lines.digest()
    with pytest.raises(BadInput, match="what is left, 0 USDC"):
        convert(lines, side(OUT), side(BACK), identity="second")
    assert lines.digest() == digest


def test_an_entry_of_a_conversion_is_not_reversed_under_it(lines: Books) -> None:
    convert(lines, side(OUT), side(INTO))
    digest = lines.digest()
    with pytest.raises(EntryDependedOn), lines.write() as change:
        journal.reverse(change, 1, reason="r", on=date(2023, 11, 1))
    assert lines.digest() == digest


@pytest.mark.parametrize("change_of", ["sold", "bought_fee", "account"])
def test_the_database_refuses_what_its_matches_and_entries_do_not_say(
    lines: Books, change_of: str
) -> None:
    made, _ = convert(lines, side(OUT), side(INTO))
    digest = lines.digest()
    other = Conversion(
        id=made.id,
        account="equity:conversion" if change_of == "account" else made.account,
        sold_line=made.sold_line,
        sold=Decimal(1) if change_of == "sold" else made.sold,
        sold_fee=made.sold_fee,
        bought_line=made.bought_line,
        bought=made.bought,
        bought_fee=Decimal(1) if change_of == "bought_fee" else made.bought_fee,
        why=made.why,
    )
    with pytest.raises(DatabaseRefused, match="conversion: hgp-64:1"), lines.write() as change:
        change.add(other)
    assert lines.digest() == digest


def test_a_match_that_was_taken_back_is_no_side_of_a_conversion(lines: Books) -> None:
    convert(lines, side(OUT), side(INTO))
    with lines.write() as change:
        change.add(MatchRelease(bank_line=OUT, number=1, reason="wrong", entry_number=1))
        journal.reverse(change, 1, reason="wrong", on=date(2023, 11, 1))
    with lines.read() as session:
        assert [line.id for line, _ in bank.open_lines(session)] == [OUT, BACK, SAME]
        line = session.get_one(BankLine, OUT)
        assert bank.left_of(session, line) == -2018
