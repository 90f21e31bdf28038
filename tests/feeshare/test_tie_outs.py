from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import pytest

from feeshare.accruing import accrue_month
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from feeshare.matching import reconcile_month
from feeshare.tie_outs import tie_outs
from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.revenue import statements
from support.books import Books
from support.databases import EXAMPLES
from support.matching import SHORT_PAYING, tolerate

DAY = date(2023, 10, 15)
WALLET = "assets:wallet:ethereum-treasury"
BANK = "assets:bank:operating"
ELSEWHERE = Chart.EXPENSE_BANK_FEES.value

CREDITED = {
    Chart.ACCRUED_MAINTAINER_SHARE,
    Chart.ACCRUED_USER_REBATE,
    Chart.PAYABLE_USER_REBATE,
    Chart.PAYABLE_MAINTAINER,
    Chart.PAYABLE_DEVELOPER,
    Chart.PAYABLE_REVIEWER,
    Chart.PAYABLE_REFUND,
    Chart.PAYABLE_DISTRIBUTION,
    Chart.PAYABLE_SIGNER,
    Chart.BOUNTY_DEPOSITS,
    Chart.DEFERRED_RENEWAL,
    Chart.DEFERRED_SPONSORSHIP,
}
CONTROLLED = [
    *sorted(account.value for account in CREDITED),
    Chart.RECEIVABLE_FEE_SHARE.value,
    Chart.RECEIVABLE_RENEWAL.value,
    Chart.RECEIVABLE_SPONSORSHIP.value,
    Chart.SUSPENSE.value,
    Chart.IN_TRANSIT.value,
    WALLET,
    BANK,
]


def post(
    books: Books, legs: Iterable[tuple[str, str]], *, kind: str = "manual", reference: str = "raw"
) -> int:
    """Post an entry past every service but the journal."""
    with books.write() as change:
        return post_one(
            change,
            JournalEntry(
                reference=reference,
                effective_date=DAY,
                kind=kind,
                narration="raw",
                postings=[
                    Posting(account, Decimal(amount), "USDC", "coinalpha", "a document")
                    for account, amount in legs
                ],
            ),
        ).number


def broken(books: Books) -> dict[str, str]:
    with books.read() as session:
        return {check.name: check.result for check in tie_outs(session) if not check.holds}


def against(account: str, amount: str = "7.5") -> list[tuple[str, str]]:
    """Return legs that change an account, on the side where it stands."""
    sign = "-" if account in {each.value for each in CREDITED} else ""
    other = "" if sign else "-"
    return [(account, f"{sign}{amount}"), (ELSEWHERE, f"{other}{amount}")]


def test_a_whole_month_ties_in_every_commodity(furnished_books: Books) -> None:
    month = EXAMPLES / "2023-10"
    tolerate(furnished_books, SHORT_PAYING)
    with furnished_books.write() as change:
        files = [month / "statements", month / "bank"]
        import_files(change, files, mappings_in(EXAMPLES / "mappings"))
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)
    assert broken(furnished_books) == {}
    with furnished_books.write() as change:
        accrue_month(change, date(2023, 10, 1))
    assert broken(furnished_books) == {}
    with furnished_books.write() as change:
        reconcile_month(change, date(2023, 10, 1))
    with furnished_books.read() as session:
        checks = list(tie_outs(session))
    assert all(check.holds for check in checks)
    assert {check.name for check in checks} >= {
        Chart.RECEIVABLE_FEE_SHARE.value,
        WALLET,
        BANK,
        Chart.ACCRUED_MAINTAINER_SHARE.value,
        Chart.PAYABLE_MAINTAINER.value,
    }
    results = {(check.name, check.result) for check in checks}
    assert (WALLET, "13984.567891 = 13984.567891 USDT") in results
    assert (BANK, "750 = 750 USD") in results


@pytest.mark.parametrize("account", CONTROLLED)
def test_books_without_rows_break_each_control_account(
    furnished_books: Books, account: str
) -> None:
    legs = against(account)
    number = post(furnished_books, legs)
    found = broken(furnished_books)
    assert found.pop(account) == f"its rows sum to 0, the books say {legs[0][1]} USDC"
    # A deposit that no wallet holds is not covered either.
    uncovered = {"deposits covered"} if account == Chart.BOUNTY_DEPOSITS.value else set()
    assert set(found) == uncovered
    with furnished_books.write() as change:
        reverse(change, number, reason="it was wrong", on=DAY)
    assert broken(furnished_books) == {}


def test_rows_without_books_break_the_control_account(furnished_books: Books) -> None:
    with furnished_books.write() as change:
        files = [EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv"]
        import_files(change, files, mappings_in(EXAMPLES / "mappings"))
        (statement,) = statements.waiting(change.session)
        acceptance, _ = statements.accept(change, statement.id)
        assert acceptance.entry_number is not None
        reverse(change, acceptance.entry_number, reason="behind its back", on=DAY)
    assert broken(furnished_books) == {
        Chart.RECEIVABLE_FEE_SHARE.value: "its rows sum to 8750, the books say 0 USDT"
    }


def test_two_differences_that_cancel_over_commodities_are_both_named(
    furnished_books: Books,
) -> None:
    post(furnished_books, [(Chart.SUSPENSE.value, "5"), (Chart.IN_TRANSIT.value, "-5")])
    assert broken(furnished_books) == {
        Chart.SUSPENSE.value: "its rows sum to 0, the books say 5 USDC",
        Chart.IN_TRANSIT.value: "its rows sum to 0, the books say -5 USDC",
    }


def test_opening_balances_have_no_rows_and_break_nothing(furnished_books: Books) -> None:
    post(furnished_books, [(WALLET, "5"), (Chart.OPENING.value, "-5")], kind="opening")
    assert broken(furnished_books) == {}


def test_accounts_that_nothing_controls_are_not_checked(furnished_books: Books) -> None:
    post(furnished_books, [(ELSEWHERE, "5"), (Chart.OPENING.value, "-5")])
    with furnished_books.read() as session:
        assert list(tie_outs(session)) == []


@pytest.mark.parametrize(
    ("left", "uncovered"), [("0", set()), ("4", set()), ("4.000001", {"deposits covered"})]
)
def test_deposits_are_covered_by_what_is_held_in_their_commodity(
    furnished_books: Books, left: str, uncovered: set[str]
) -> None:
    post(furnished_books, [(WALLET, "14"), (Chart.OPENING.value, "-14")], kind="opening")
    deposit = [(ELSEWHERE, "10"), (Chart.BOUNTY_DEPOSITS.value, "-10")]
    post(furnished_books, deposit, kind="opening", reference="deposit")
    if Decimal(left):
        spent = [(ELSEWHERE, left), (WALLET, f"-{left}")]
        post(furnished_books, spent, kind="opening", reference="spent")
    assert set(broken(furnished_books)) == uncovered
