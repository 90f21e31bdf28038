"""Limits: by payee and in all, by day and month, across batches and makers; never silent."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger import policies
from ledger.errors import BadInput
from payouts import limits
from payouts.errors import PayoutBlocked
from payouts.quorum import Outgoing
from support.books import Books
from support.payouts import TODAY, approve, cancel, export, freeze, furnish, owe, usual_debts


def set_limit(books: Books, name: str, value: str) -> None:
    with books.write("dave") as change:
        made = policies.propose(
            change,
            f"payout-limit-{name}",
            value,
            effective_from=date(2023, 10, 1),
            reason="so that no mistake is large",
        )
        version = made.version
    with books.write("erin") as change:
        policies.confirm(change, f"payout-limit-{name}", version)


def ready(books: Books) -> None:
    furnish(books)
    usual_debts(books)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("payee-day", "299.99", "bob: 300 USD in the day, the limit is 299.99"),
        ("payee-month", "120", "alice: 120.5 USD in the month, the limit is 120"),
        ("day", "420", "all payees: 420.5 USD in the day, the limit is 420"),
        ("month", "420", "all payees: 420.5 USD in the month, the limit is 420"),
    ],
)
def test_what_is_over_a_limit_is_not_frozen(
    books: Books, name: str, value: str, says: str
) -> None:
    ready(books)
    set_limit(books, name, value)
    digest = books.digest()
    with pytest.raises(PayoutBlocked, match=says) as refusal:
        freeze(books)
    assert f"payout-limit-{name}" in refusal.value.message
    assert books.digest() == digest


def test_at_the_limit_is_not_over_it_and_every_reason_is_told(books: Books) -> None:
    ready(books)
    set_limit(books, "payee-day", "100")
    set_limit(books, "day", "420.5")
    with pytest.raises(PayoutBlocked) as refusal:
        freeze(books)
    assert len(refusal.value.reasons) == 2
    set_limit(books, "payee-day", "300")
    freeze(books)


def test_splitting_over_batches_and_makers_does_not_pass_a_limit(books: Books) -> None:
    ready(books)
    first = freeze(books)
    set_limit(books, "payee-day", "349.99")
    with books.write() as change:
        owe(change, "share:b2", "bob", "50")
    with pytest.raises(PayoutBlocked, match="bob: 350 USD"):
        freeze(books, nonce=8, maker="carol")
    cancel(books, first)
    set_limit(books, "payee-day", "350")
    freeze(books, nonce=8, maker="carol")


def test_a_day_is_over_at_midnight_and_a_month_at_its_end(books: Books) -> None:
    ready(books)
    freeze(books)
    set_limit(books, "payee-day", "300")
    with books.write() as change:
        owe(change, "share:b2", "bob", "50")
    books.at += timedelta(days=1)
    freeze(books, nonce=8, on=TODAY + timedelta(days=1))
    set_limit(books, "payee-month", "399")
    with books.write() as change:
        owe(change, "share:b3", "bob", "50")
    books.at += timedelta(days=1)
    with pytest.raises(PayoutBlocked, match="bob: 400 USD in the month"):
        freeze(books, nonce=9, on=TODAY + timedelta(days=2))
    books.at += timedelta(days=30)
    freeze(books, nonce=9, on=TODAY + timedelta(days=32))


def test_a_limit_set_after_freezing_holds_at_export(books: Books) -> None:
    ready(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    set_limit(books, "month", "420")
    with pytest.raises(PayoutBlocked, match=r"all payees: 420\.5 USD in the month"):
        export(books, batch)
    set_limit(books, "month", "none")
    assert export(books, batch).new


def test_later_batches_do_not_stand_against_an_earlier_one(books: Books) -> None:
    ready(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.write() as change:
        owe(change, "share:b2", "bob", "50")
    freeze(books, nonce=8)
    set_limit(books, "payee-day", "300")
    assert export(books, batch).new


def test_what_has_no_price_is_over_every_limit_that_is_set(books: Books) -> None:
    lines = [Outgoing("ann", "bob", "HBOT", Decimal(1))]
    with books.read() as session:
        assert limits.exceeded(session, TODAY, lines, on=TODAY, until_change=99) == []
    set_limit(books, "day", "1000")
    with books.read() as session:
        assert limits.exceeded(session, TODAY, lines, on=TODAY, until_change=99) == [
            "HBOT has no price in USD that a limit can rest on (policy payout-limit-day)"
        ]
        assert limits.exceeded(session, TODAY, [], on=TODAY, until_change=99) == []


@pytest.mark.parametrize("value", ["0", "-1", "much", 5])
def test_a_limit_is_an_amount_above_nothing_or_none(books: Books, value: object) -> None:
    with books.write() as change, pytest.raises(BadInput, match="policy_invalid"):
        policies.propose(
            change, "payout-limit-day", value, effective_from=date(2023, 10, 1), reason="r"
        )
