"""User rebates: what goes back to users comes off first, and moves as shares do."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeshare.tie_outs import tie_outs
from ledger import obligations
from ledger.accounts import Chart
from ledger.allocation import divide, pool_of
from ledger.balances import balances
from ledger.revenue import restatements, shares, standings, statements, write_offs
from ledger.revenue.accrual_steps import part_of
from ledger.revenue.share_kinds import MAINTAINER_SHARE, USER_REBATE
from ledger.revenue.stated import all_stated
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, owed, pay, state

TENTH = Decimal("0.1")
UNIT = Decimal("0.000001")


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def standing(books: Books) -> dict[str, Decimal]:
    """Return the balances of all accounts that are not zero."""
    with books.read() as session:
        assert [each for each in tie_outs(session) if not each.holds] == []
        return {row.account: row.balance for row in balances(session)}


def accrued(books: Books) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return what each kind of share comes to for each payee, and how much of it is due."""
    with books.read() as session:
        (stated,) = all_stated(session)
        return {
            (each.kind.name, each.payee): (each.amount, each.due)
            for each in standings.accruals_of(session, stated)
        }


def test_maintainers_share_in_what_users_leave(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}, rebate_rate=TENTH), "1000")
    assert accrue(exchange) == 2
    assert owed(exchange, statement) == {"ada": Decimal(180), "carol": Decimal(100)}
    assert standing(exchange) == {
        Chart.RECEIVABLE_FEE_SHARE.value: Decimal(1000),
        Chart.INCOME_FEE_SHARE.value: Decimal(-1000),
        Chart.INCOME_USER_REBATE.value: Decimal(100),
        Chart.ACCRUED_USER_REBATE.value: Decimal(-100),
        Chart.EXPENSE_MAINTAINER_SHARE.value: Decimal(180),
        Chart.ACCRUED_MAINTAINER_SHARE.value: Decimal(-180),
    }
    with exchange.read() as session:
        found = statements.named(session, statement)
        calculation = shares.calculate(session, found, found.fee_share)
        assert calculation.passed_on == Decimal(280)
        share, rebate = (
            obligations.named(session, f"{noun}:{statement}:{payee}").explanation
            for noun, payee in (("share", "ada"), ("rebate", "carol"))
        )
    assert share == (
        "20 % of 900 USDT (1000 less the user rebate of 10 %, 100) (variable agreement, terms 1) "
        "is a pool of 180 USDT"
    )
    assert rebate == (
        "10 % of 1000 USDT (variable agreement, terms 1) goes back to users: 100 USDT"
    )


def test_a_rebate_falls_due_as_the_money_comes(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}, rebate_rate=TENTH), "1000")
    accrue(exchange)
    assert pay(exchange, statement, Decimal(400)) == [
        f"rebate:{statement}:carol/1",
        f"share:{statement}:ada/1",
    ]
    assert due(exchange, statement) == {"ada": Decimal(72), "carol": Decimal(40)}
    assert standing(exchange)[Chart.PAYABLE_USER_REBATE.value] == Decimal(-40)


def test_without_maintainers_a_rebate_is_accrued_all_the_same(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {}, rebate_rate=TENTH), "1000")
    assert accrue(exchange) == 1
    assert accrue(exchange) == 0
    assert owed(exchange, statement) == {"carol": Decimal(100)}


def test_a_rebate_of_everything_leaves_the_maintainers_nothing(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"}, rebate_rate=Decimal(1))
    statement = state(exchange, stream, "10")
    accrue(exchange)
    assert owed(exchange, statement) == {"carol": Decimal(10)}


def test_a_rebate_and_a_share_of_one_payee_go_back_each_on_its_own_accounts(
    exchange: Books,
) -> None:
    stream = agree(exchange, {"Carol": "1"}, rebate_rate=TENTH)
    statement = state(exchange, stream, "1000")
    accrue(exchange)
    pay(exchange, statement, Decimal(1000))
    state(exchange, stream, "500")
    assert accrued(exchange) == {
        ("user-rebate", "carol"): (Decimal(50), Decimal(50)),
        ("maintainer-share", "carol"): (Decimal(90), Decimal(90)),
    }
    held = standing(exchange)
    assert held[Chart.PAYABLE_USER_REBATE.value] == Decimal(-50)
    assert held[Chart.PAYABLE_MAINTAINER.value] == Decimal(-90)
    assert Chart.RECEIVABLE_REBATE_OVERPAID.value not in held
    assert Chart.RECEIVABLE_PAYEE_OVERPAID.value not in held


def test_a_rebate_that_was_written_off_is_restored_with_the_money(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"}, rebate_rate=TENTH)
    statement = state(exchange, stream, "1000")
    accrue(exchange)
    pay(exchange, statement, Decimal(400))
    before = standing(exchange)
    write_off(exchange, statement, Decimal(600))
    assert accrued(exchange) == {
        ("user-rebate", "carol"): (Decimal(40), Decimal(40)),
        ("maintainer-share", "ada"): (Decimal(72), Decimal(72)),
    }
    with exchange.write() as change:
        write_offs.recover(change, statement, Decimal(600), reason="r", on=date(2023, 11, 2))
    assert standing(exchange) == before


def test_what_is_taken_back_takes_the_rebate_with_it(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}, rebate_rate=TENTH), "1000")
    accrue(exchange)
    with exchange.write() as change:
        restatements.withdraw(change, statement, reason="wrong file")
    assert standing(exchange) == {}


def write_off(books: Books, document: str, amount: Decimal) -> None:
    with books.write("maker") as change:
        identity = write_offs.propose(change, document, amount, reason="bankrupt")[0].id
    with books.write("checker") as change:
        write_offs.confirm(change, identity, on=date(2023, 11, 1))


AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100_000), places=6)
RATES = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(1), places=2)


@settings(
    max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(
    stated=AMOUNTS, other=AMOUNTS, rate=RATES, paid=st.integers(0, 100), lost=st.integers(0, 99)
)
def test_rebates_and_shares_follow_every_figure_and_find_back(  # noqa: PLR0917 - what is drawn
    exchange: Books, stated: Decimal, other: Decimal, rate: Decimal, paid: int, lost: int
) -> None:
    stream = agree(exchange, {"Ada": "0.6", "Bob": "0.4"}, rebate_rate=rate)
    document = state(exchange, stream, str(stated))
    accrue(exchange)
    received = (stated * paid / 100).quantize(UNIT)
    if received:
        pay(exchange, document, received)
    _check(exchange, document, rate, received)
    before = standing(exchange)
    state(exchange, stream, str(other))
    state(exchange, stream, str(stated))
    assert standing(exchange) == before
    _check(exchange, document, rate, received)
    write = ((stated - received) * lost / 100).quantize(UNIT)
    if write:
        write_off(exchange, document, write)
        _check(exchange, document, rate, received)
        with exchange.write() as change:
            write_offs.recover(change, document, write, reason="r", on=date(2023, 11, 2))
    assert standing(exchange) == before


def _check(books: Books, document: str, rate: Decimal, received: Decimal) -> None:
    """Hold what is accrued and due against the law, computed here from the statement alone."""
    standing(books)
    with books.read() as session:
        (stated,) = [each for each in all_stated(session) if each.document == document]
        found = {(each.kind, each.payee): each for each in standings.accruals_of(session, stated)}
    rebate = pool_of(stated.amount, rate, 6)
    pool = pool_of(stated.amount - rebate, Decimal("0.2"), 6)
    weights = {"ada": Decimal("0.6"), "bob": Decimal("0.4")}
    whole = {(USER_REBATE, "carol"): rebate} | {
        (MAINTAINER_SHARE, share.party): share.quantity
        for share in (divide(pool, weights, 6) if pool else ())
        if share.quantity
    }
    assert found.keys() == whole.keys()
    for key, quantity in whole.items():
        accrual = found[key]
        assert accrual.amount == part_of(quantity, stated.collectable, stated.amount, 6)
        assert accrual.due == part_of(quantity, received, stated.amount, 6)
