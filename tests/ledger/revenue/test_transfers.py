from datetime import date, timedelta
from decimal import Decimal

import pytest

from feeshare.matching import reconcile_month
from ledger import bank
from ledger.accounts import Chart
from ledger.errors import BadInput, Conflict
from ledger.revenue.tolerances import EXACT, Tolerance, tolerance_of
from ledger.revenue.transfers import Leg, Pair, own_accounts, pairs
from support.books import Books
from support.matching import matched, tolerate, unmatched
from support.receipts import FEES, held, left, line, ties

DAY = date(2023, 10, 20)
FEE = tolerance_of({"own-accounts": {"network-fee": {"amount": "1"}}}, "own-accounts")


def leg(name: str, account: str, amount: str = "100", names: str = "", days: int = 0) -> Leg:
    return Leg(
        line=name,
        on=DAY + timedelta(days=days),
        account=account,
        commodity="USDT",
        amount=Decimal(amount),
        names=names,
    )


OUT = leg("out", "binance", names="safe")


@pytest.mark.parametrize(
    ("out", "into"),
    [
        (OUT, leg("in", "safe")),
        (leg("out", "binance"), leg("in", "safe", names="binance")),
        (OUT, leg("in", "safe", names="binance", days=3)),
        (OUT, leg("in", "safe", days=-3)),
    ],
)
def test_two_lines_of_which_one_names_the_others_account_are_a_transfer(
    out: Leg, into: Leg
) -> None:
    assert pairs([out], [into], 3, EXACT) == [
        Pair(left="out", came="in", fee=Decimal(0), kind=None)
    ]


@pytest.mark.parametrize(
    ("out", "into"),
    [
        (leg("out", "binance"), leg("in", "safe")),
        (OUT, leg("in", "safe", names="bank")),
        (OUT, leg("in", "bank")),
        (OUT, leg("in", "safe", "99")),
        (OUT, leg("in", "safe", "101")),
        (OUT, leg("in", "safe", days=4)),
        (leg("out", "safe", names="safe"), leg("in", "safe", names="safe")),
    ],
)
def test_what_only_resembles_a_transfer_is_none(out: Leg, into: Leg) -> None:
    assert pairs([out], [into], 3, EXACT) == []


def test_lines_that_could_stand_for_each_other_are_left_to_a_person() -> None:
    twins = [leg("in1", "safe"), leg("in2", "safe", days=1)]
    assert pairs([OUT], twins, 3, EXACT) == []
    assert pairs([OUT, leg("out2", "binance", names="safe")], twins[:1], 3, EXACT) == []


@pytest.mark.parametrize(("tolerance", "found"), [(FEE, 1), (EXACT, 0)])
def test_a_fee_within_the_tolerance_is_taken(tolerance: Tolerance, found: int) -> None:
    made = pairs([OUT], [leg("in", "safe", "99")], 3, tolerance)
    assert len(made) == found
    assert all((each.fee, each.kind) == (Decimal(1), "network-fee") for each in made)


@pytest.fixture
def accounts(books: Books) -> Books:
    """Give an exchange account and a wallet of ours."""
    with books.write() as change:
        bank.add_account(change, "exchange-b", kind="exchange", purpose="fee share")
        bank.add_account(
            change, "wallet-s", kind="wallet", purpose="treasury", chain="ethereum", address="0xAB"
        )
    return books


def placed(books: Books) -> list[str]:
    with books.write() as change:
        found, _ = reconcile_month(change, date(2023, 10, 1))
        return [f"{each.line} {each.document}" for each in found]


def test_what_was_withdrawn_from_an_exchange_to_a_wallet_passes_through_transit(
    accounts: Books,
) -> None:
    out = line(accounts, "-100", "0xab", account="exchange-b")
    assert placed(accounts) == []  # it has not come yet
    into = line(accounts, "100", "withdrawal", account="wallet-s")
    strange = line(accounts, "100", "nobody", account="exchange-b")
    assert placed(accounts) == [f"{out} {into}", f"{into} {out}"]
    known, gone = (
        line(accounts, "30", "", account="wallet-s"),
        line(accounts, "-30", "a withdrawal", account="exchange-b"),
    )
    assert placed(accounts) == []  # neither says where it came from or went
    matched(accounts, known, gone)
    assert left(accounts) == {strange: Decimal(100)}
    assert held(accounts)["assets:wallet:s"] == Decimal(130)
    assert Chart.IN_TRANSIT.value not in held(accounts)
    assert ties(accounts) == []


def test_a_fee_of_a_transfer_is_apart_and_goes_when_it_is_taken_back(accounts: Books) -> None:
    out = line(accounts, "-100", "wallet-s", account="exchange-b")
    into = line(accounts, "99.5", "", account="wallet-s")
    with pytest.raises(BadInput, match="transfer_invalid"):
        matched(accounts, into, out)
    tolerate(accounts, {"own-accounts": {"network-fee": {"amount": "0.5"}}})
    assert placed(accounts) == [f"{out} {into}", f"{into} {out}"]
    assert held(accounts)[FEES] == Decimal("0.5")
    assert ties(accounts) == []
    digest = accounts.digest()
    with pytest.raises(Conflict, match="a transfer takes both lines whole"):
        matched(accounts, line(accounts, "1", account="wallet-s"), out)
    assert accounts.digest() != digest  # the line alone
    unmatched(accounts, into)
    assert {out, into} <= set(left(accounts))
    assert FEES not in held(accounts)
    matched(accounts, out, into, difference="bank-fee")
    assert held(accounts)[Chart.EXPENSE_BANK_FEES.value] == Decimal("0.5")
    assert ties(accounts) == []


def test_lines_of_one_account_or_of_one_direction_are_no_transfer(accounts: Books) -> None:
    first = line(accounts, "-100", account="exchange-b")
    for other in (
        line(accounts, "100", account="exchange-b"),
        line(accounts, "-100", account="wallet-s"),
        line(accounts, "100", account="wallet-s", commodity="USDC"),
    ):
        with pytest.raises(BadInput, match="transfer_invalid"):
            matched(accounts, first, other)


def test_our_accounts_are_known_by_their_ids_and_addresses(accounts: Books) -> None:
    with accounts.read() as session:
        known = own_accounts(
            [bank.account_named(session, name) for name in ("exchange-b", "wallet-s")]
        )
    assert known == {"exchange-b": "exchange-b", "wallet-s": "wallet-s", "0xab": "wallet-s"}
