from datetime import date
from decimal import ROUND_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import bank, dues, evidence, obligations, periods, policies
from ledger.accounts import Chart
from ledger.balances import account_balance
from ledger.bank_tables import BankLine
from ledger.journal import entry, postings
from ledger.obligation_tables import Obligation
from ledger.revenue import (
    bounties,
    bounty_deposits,
    bounty_gates,
    bounty_release,
    shares,
    standings,
    statements,
)
from ledger.revenue.bounty_states import Gate
from ledger.revenue.stated import stated_in
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, owed, pay, state

MICRO = Decimal("0.000001")


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def test_a_fifth_of_a_variable_and_half_of_a_fixed_fee_share_is_the_maintainers(
    exchange: Books,
) -> None:
    variable = state(exchange, agree(exchange, {"Ada": "1"}), "8750")
    fixed = state(exchange, agree(exchange, {"Ada": "1"}, fixed_amount=Decimal(750)), "750")
    assert accrue(exchange) == 2
    assert owed(exchange, variable) == {"ada": Decimal(1750)}
    assert owed(exchange, fixed) == {"ada": Decimal(375)}


@pytest.mark.parametrize(
    ("commodity", "amount", "pool"),
    [
        ("USDT", "1234.567891", "246.913579"),  # 246.9135782
        ("USDT", "0.000001", "0.000001"),
        ("USD", "0.01", "0.01"),
        ("USD", "10.03", "2.01"),  # 2.006
        ("USD", "10", "2"),
    ],
)
def test_the_pool_is_rounded_up_to_the_payable_unit(
    exchange: Books, commodity: str, amount: str, pool: str
) -> None:
    stream = agree(exchange, {"Ada": "1"}, commodity=commodity)
    statement = state(exchange, stream, amount, commodity=commodity)
    accrue(exchange)
    assert owed(exchange, statement) == {"ada": Decimal(pool)}


def test_two_maintainers_divide_the_pool_by_largest_remainder(exchange: Books) -> None:
    # 65 % of 246.913579 is 160.49382635, 35 % is 86.41975265: the larger rest is 0.65 of a unit.
    statement = state(exchange, agree(exchange, {"Ada": "0.65", "Bob": "0.35"}), "1234.567891")
    accrue(exchange)
    assert owed(exchange, statement) == {
        "ada": Decimal("160.493826"),
        "bob": Decimal("86.419753"),
    }


def test_equal_remainders_go_to_the_smaller_id(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Bob": "0.5", "Ada": "0.5"}), "0.000011")
    accrue(exchange)  # a pool of 0.000003
    assert owed(exchange, statement) == {"ada": 2 * MICRO, "bob": MICRO}


def test_a_maintainer_whose_part_is_less_than_a_unit_gets_no_obligation(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "0.9", "Bob": "0.1"}), "0.000001")
    accrue(exchange)
    assert owed(exchange, statement) == {"ada": MICRO}


def test_without_a_maintainer_all_stays_with_the_foundation(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {}), "1000")
    digest = exchange.digest()
    assert accrue(exchange) == 0
    assert exchange.digest() == digest
    with exchange.read() as session:
        found = statements.named(session, statement)
        calculation = shares.calculate(session, found, found.fee_share)
    assert (calculation.pool, list(calculation.shares)) == (Decimal(0), [])


def test_a_rate_in_the_terms_goes_before_the_policys(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"}, maintainer_rate=Decimal("0.35"))
    statement = state(exchange, stream, "1000")
    accrue(exchange)
    assert owed(exchange, statement) == {"ada": Decimal(350)}


def test_a_new_policy_holds_from_its_day_once_a_second_person_confirmed_it(
    exchange: Books,
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    with exchange.write() as change:
        version = policies.propose(
            change,
            "maintainer-rates",
            {"variable": "0.25", "fixed": "0.5"},
            effective_from=date(2023, 9, 30),
            reason="r",
        ).version
    july = state(exchange, stream, "1000", period="2023-07")
    accrue(exchange, "2023-07")
    with exchange.write("another") as change:
        policies.confirm(change, "maintainer-rates", version)
    august = state(exchange, stream, "1000", period="2023-08")
    september = state(exchange, stream, "1000", period="2023-09")
    accrue(exchange, "2023-08")
    accrue(exchange, "2023-09")
    assert [owed(exchange, each)["ada"] for each in (july, august, september)] == [200, 200, 250]


def rederived(obligation: Obligation) -> Decimal:
    """Work a share out from its own columns with none of the project's arithmetic."""
    assert obligation.base is not None
    assert obligation.rate is not None
    assert obligation.weight is not None
    pool = (obligation.base * obligation.rate).quantize(MICRO, ROUND_UP)
    assert pool == obligation.pool
    return pool * obligation.weight


def test_an_obligation_explains_itself_from_its_own_columns(exchange: Books) -> None:
    weights = {"Ada": "0.5", "Bob": "0.3", "Carol": "0.2"}
    statement = state(exchange, agree(exchange, weights), "777.777777")
    alone = state(exchange, agree(exchange, {"Ada": "1"}), "10")
    accrue(exchange)
    with exchange.read() as session:
        rows = obligations.of_document(session, statement)
        ranked = sorted(rows, key=lambda each: each.residue_rank or 0)
        floors = {each.payee: rederived(each) // MICRO * MICRO for each in rows}
        left = int(((rows[0].pool or 0) - sum(floors.values())) / MICRO)
        for place, row in enumerate(ranked):
            assert row.residue_rank == place + 1
            assert row.amount == floors[row.payee] + (MICRO if place < left else 0)
            assert (row.agreement, row.terms_version) == (statement.rpartition(":2023")[0], 1)
            assert row.explanation == (
                "20 % of 777.777777 USDT (variable agreement, terms 1) is a pool of 155.555556 "
                f"USDT; {row.weight * 100 if row.weight else 0:.0f} % of it is {row.amount}"
            )
        (single,) = obligations.of_document(session, alone)
        assert single.explanation == (
            "20 % of 10 USDT (variable agreement, terms 1) is a pool of 2 USDT"
        )


def test_accrual_posts_an_expense_against_what_is_accrued(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "0.5", "Bob": "0.5"}), "1000")
    accrue(exchange)
    with exchange.read() as session:
        share = obligations.of_document(session, statement)[0]
        posted = entry(session, share.entry_number)
        lines = [(each.account, each.amount) for each in postings(session, posted.number)]
    assert (posted.effective_date, posted.kind) == (date(2023, 10, 31), "accrual")
    assert (
        lines
        == [
            (Chart.EXPENSE_MAINTAINER_SHARE.value, Decimal(100)),
            (Chart.ACCRUED_MAINTAINER_SHARE.value, Decimal(-100)),
        ]
        * 2
    )


def test_accruing_again_changes_nothing_and_a_later_statement_is_added(exchange: Books) -> None:
    state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    assert accrue(exchange) == 1
    digest = exchange.digest()
    assert accrue(exchange) == 0
    assert exchange.digest() == digest
    state(exchange, agree(exchange, {"Bob": "1"}), "1000")
    assert accrue(exchange) == 1


def test_nothing_is_due_until_money_comes_then_its_part_then_the_rest(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    accrue(exchange)
    assert due(exchange, statement) == {"ada": Decimal(0)}
    whole = f"share:{statement}:ada"
    assert pay(exchange, statement, Decimal("333.333333")) == [f"{whole}/1"]
    assert due(exchange, statement) == {"ada": Decimal("66.666666")}  # rounded down
    assert pay(exchange, statement, Decimal("666.666667")) == [f"{whole}/2"]
    assert due(exchange, statement) == {"ada": Decimal(200)}


def test_a_whole_receipt_makes_the_share_due_whole(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    accrue(exchange)
    assert pay(exchange, statement, Decimal(1000)) == [f"share:{statement}:ada"]
    assert due(exchange, statement) == owed(exchange, statement) == {"ada": Decimal(200)}


def test_money_that_came_before_the_accrual_makes_it_due_at_once(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    assert pay(exchange, statement, Decimal(400)) == []
    accrue(exchange)
    assert due(exchange, statement) == {"ada": Decimal(80)}


def test_under_the_policy_stated_a_share_is_due_without_money(exchange: Books) -> None:
    with exchange.write() as change:
        version = policies.propose(
            change, "share-becomes-due", "stated", effective_from=date(2023, 10, 1), reason="r"
        ).version
    with exchange.write("another") as change:
        policies.confirm(change, "share-becomes-due", version)
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    accrue(exchange)
    assert due(exchange, statement) == {"ada": Decimal(200)}
    assert pay(exchange, statement, Decimal(1000)) == []


def test_what_belongs_to_a_closed_month_is_dated_on_the_first_open_day(exchange: Books) -> None:
    statement = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    with exchange.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    accrue(exchange)
    (part,) = pay(exchange, statement, Decimal(500))
    with exchange.read() as session:
        (share,) = obligations.of_document(session, statement)
        accrued = entry(session, share.entry_number)
        fell_due = entry(session, obligations.named(session, part).entry_number)
    for posted in (accrued, fell_due):
        assert posted.effective_date == date(2023, 11, 1)
    assert (accrued.relates_to_period, fell_due.relates_to_period) == ("2023-10", None)


WEIGHTS = [
    {"Ada": "1"},
    {"Ada": "0.65", "Bob": "0.35"},
    {
        "Ada": "0.333333333333333333",
        "Bob": "0.333333333333333333",
        "Carol": "0.333333333333333334",
    },
    {"Ada": "0.999999", "Bob": "0.000001"},
]


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    weights=st.sampled_from(WEIGHTS),
    receipts=st.lists(st.integers(1, 10**10), min_size=1, max_size=5),
    accrued_after=st.integers(0, 5),
)
def test_due_parts_sum_to_the_share_whatever_the_order_and_number_of_receipts(
    exchange: Books, weights: dict[str, str], receipts: list[int], accrued_after: int
) -> None:
    stated = sum(receipts) * MICRO
    statement = state(exchange, agree(exchange, weights), f"{stated:f}")
    for number, receipt in enumerate(receipts):
        if number == accrued_after:
            accrue(exchange)
        pay(exchange, statement, receipt * MICRO)
        shares_now = owed(exchange, statement)
        assert all(part <= shares_now[payee] for payee, part in due(exchange, statement).items())
    accrue(exchange)
    whole = owed(exchange, statement)
    assert due(exchange, statement) == whole
    assert sum(whole.values()) == (stated / 5).quantize(MICRO, ROUND_UP)
    with exchange.read() as session:
        accrued = Chart.ACCRUED_MAINTAINER_SHARE.value
        assert account_balance(session, accrued, "USDT") == 0


def test_a_bounty_with_the_id_of_a_statement_takes_no_share_from_it(exchange: Books) -> None:
    stream = agree(exchange, {"Bob": "1"})
    release_bounty(exchange, f"gate:{stream}:usdt:2023-10:1")
    statement = state(exchange, stream, "1000")
    assert statement == f"gate:{stream}:usdt:2023-10:1"
    assert accrue(exchange) == 1
    assert accrue(exchange) == 0
    with exchange.read() as session:
        (now,) = stated_in(session, "2023-10")
        (share,) = standings.shares_of(session, now)
        assert (share.payee, share.amount) == ("bob", Decimal(200))
        assert dues.amount_due(session, share) == 0
    pay(exchange, statement, Decimal(500))
    with exchange.read() as session:
        assert dues.amount_due(session, share) == 100


def release_bounty(books: Books, identity: str) -> None:
    """Add, fund and release a bounty of 10 USDT for Ada."""
    on = date(2023, 10, 10)
    with books.write() as change:
        bounty, _ = bounties.add(
            change,
            identity=identity,
            title="a connector",
            exchange="Gate",
            commodity="USDT",
            amount=Decimal(10),
            developer="Ada",
        )
        movement = bank.BankMovement(
            bank_account="bank-main",
            external_id="deposit",
            on=on,
            commodity="USDT",
            amount=Decimal(10),
            counterparty="Gate",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
        line = change.session.get_one(BankLine, "bank-main/deposit")
        bounty_deposits.receive_deposit(change, bounty, line, Decimal(10), why="a test")
        for gate in reversed(Gate):
            bounty_gates.pass_gate(change, bounty, gate, evidence="a link", on=on)
        bounty_release.release(change, bounty, on=on)
