from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeshare.tie_outs import tie_outs
from ledger import periods
from ledger.accounts import Chart
from ledger.allocation import divide, pool_of
from ledger.balances import Balance, balances
from ledger.errors import Conflict, DatabaseRefused
from ledger.journal import entry
from ledger.obligation_tables import ObligationAdjustment
from ledger.revenue import restatements, statements, write_offs
from ledger.revenue.accrual_steps import part_of
from ledger.revenue.receivables import receivables
from ledger.revenue.standings import accruals_of
from ledger.revenue.stated import Stated, all_stated
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, pay, state
from support.sample_entries import add_each
from support.staged import statement_of

OVERPAID = Chart.RECEIVABLE_PAYEE_OVERPAID.value
CREDIT = Chart.EXCHANGE_CREDIT.value
UNIT = Decimal("0.000001")


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def standing(books: Books) -> list[Balance]:
    with books.read() as session:
        return balances(session, by_party=True)


def held(books: Books, account: str) -> Decimal:
    return sum((row.balance for row in standing(books) if row.account == account), Decimal(0))


def ties(books: Books) -> list[str]:
    with books.read() as session:
        return [f"{each.name}: {each.result}" for each in tie_outs(session) if not each.holds]


def now(books: Books) -> Stated:
    with books.read() as session:
        (found,) = all_stated(session)
        return found


def accrued(books: Books) -> dict[str, tuple[Decimal, Decimal]]:
    """Return what each payee's share comes to, and how much of it is due."""
    with books.read() as session:
        (found,) = all_stated(session)
        return {each.payee: (each.amount, each.due) for each in accruals_of(session, found)}


def withdraw(books: Books, statement: str) -> tuple[bool, list[Decimal]]:
    """Take a statement back; return whether that was new, and what is left of the shares."""
    with books.write() as change:
        done = restatements.withdraw(change, statement, reason="wrong file")
        return done.new, [each.amount for each in done.accruals]


def write_off(books: Books, document: str, amount: Decimal) -> None:
    with books.write("maker") as change:
        made, _ = write_offs.propose(change, document, amount, reason="bankrupt")
        identity = made.id
    with books.write("checker") as change:
        write_offs.confirm(change, identity, on=date(2023, 11, 1))


def test_a_restatement_posts_the_difference_and_brings_the_shares_along(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "0.7", "Bob": "0.3"})
    first = state(exchange, stream, "1000")
    accrue(exchange)

    second = state(exchange, stream, "1200")

    with exchange.read() as session:
        assert second == first.removesuffix("1") + "2"
        lines = {(row.account, row.party): row.balance for row in balances(session, by_party=True)}
        posted = entry(session, 3)
        assert (posted.reference, posted.kind) == (f"statement:{second}", "statement")
        assert posted.narration.endswith("restated from 1000")
    assert lines == {
        ("assets:receivable:fee-share", "gate"): Decimal(1200),
        ("income:fee-share", "gate"): Decimal(-1200),
        ("expenses:maintainer-share", "ada"): Decimal(168),
        ("expenses:maintainer-share", "bob"): Decimal(72),
        ("liabilities:accrued:maintainer-share", "ada"): Decimal(-168),
        ("liabilities:accrued:maintainer-share", "bob"): Decimal(-72),
    }
    assert now(exchange).document == first
    assert ties(exchange) == []


def test_a_restatement_of_a_closed_month_is_dated_in_the_open_one(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    state(exchange, stream, "1000")
    accrue(exchange)
    with exchange.write("closer") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    before = standing_at(exchange, date(2023, 10, 31))

    state(exchange, stream, "900")

    with exchange.read() as session:
        for number in (3, 4):
            posted = entry(session, number)
            assert (posted.effective_date, posted.relates_to_period) == (
                date(2023, 11, 1),
                "2023-10",
            )
    assert standing_at(exchange, date(2023, 10, 31)) == before
    assert accrued(exchange) == {"ada": (Decimal(180), Decimal(0))}


def standing_at(books: Books, day: date) -> list[Balance]:
    with books.read() as session:
        return balances(session, as_of=day, by_party=True)


def test_less_lets_what_is_due_go_back_as_far_as_nothing_earns_it(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    accrue(exchange)
    pay(exchange, first, Decimal(600))
    assert accrued(exchange) == {"ada": (Decimal(200), Decimal(120))}

    state(exchange, stream, "500")

    assert accrued(exchange) == {"ada": (Decimal(100), Decimal(100))}
    assert held(exchange, OVERPAID) == 0
    assert held(exchange, CREDIT) == Decimal(-100)
    assert held(exchange, Chart.ACCRUED_MAINTAINER_SHARE.value) == 0
    assert held(exchange, Chart.PAYABLE_MAINTAINER.value) == Decimal(-100)
    assert ties(exchange) == []


def test_what_went_back_falls_due_again_first(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    accrue(exchange)
    pay(exchange, first, Decimal(600))
    state(exchange, stream, "500")
    third = state(exchange, stream, "700")

    assert accrued(exchange) == {"ada": (Decimal(140), Decimal(120))}
    assert held(exchange, CREDIT) == 0
    assert pay(exchange, first, Decimal(100)) == [f"share:{first}:ada/2"]
    assert accrued(exchange) == {"ada": (Decimal(140), Decimal(140))}
    assert third.endswith(":3")
    assert ties(exchange) == []


def test_a_version_that_says_the_same_is_accepted_without_an_entry(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    state(exchange, stream, "1000")
    accrue(exchange)
    before = standing(exchange)
    second = state(exchange, stream, "1000")
    with exchange.write() as change:
        again = restatements.accept(change, second)
    assert (again.entry_number, again.new) == (None, False)
    assert standing(exchange) == before


def test_an_older_version_is_not_accepted_over_a_later_one(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    state(exchange, stream, "900")
    digest = exchange.digest()
    with exchange.write() as change:
        assert restatements.accept(change, first).new is False
    with (
        pytest.raises(Conflict, match="is not in force"),
        exchange.write() as change,
    ):
        restatements.withdraw(change, first, reason="r")
    assert exchange.digest() == digest


def test_what_was_accepted_is_taken_back_whole(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    accrue(exchange)

    assert withdraw(exchange, first) == (True, [Decimal(0)])
    assert standing(exchange) == []
    digest = exchange.digest()
    assert withdraw(exchange, first) == (False, [Decimal(0)])
    assert exchange.digest() == digest
    assert ties(exchange) == []
    with exchange.read() as session:
        assert receivables(session) == []


def test_after_it_was_taken_back_a_month_is_stated_anew(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    accrue(exchange)
    pay(exchange, first, Decimal(1000))
    withdraw(exchange, first)
    assert held(exchange, CREDIT) == Decimal(-1000)
    assert held(exchange, OVERPAID) == held(exchange, Chart.PAYABLE_MAINTAINER.value) == 0

    second = state(exchange, stream, "1100")

    assert accrued(exchange) == {"ada": (Decimal(220), Decimal(200))}
    assert now(exchange) == Stated(
        document=first,
        in_force={second: Decimal(1100)},
        statement=now(exchange).statement,
        written_off=Decimal(0),
    )
    assert held(exchange, CREDIT) == 0
    assert pay(exchange, first, Decimal(100)) == [f"share:{second}:ada"]
    assert ties(exchange) == []


def test_what_is_written_off_in_part_is_not_restated(exchange: Books) -> None:
    stream = agree(exchange, {"Ada": "1"})
    first = state(exchange, stream, "1000")
    write_off(exchange, first, Decimal(400))
    with pytest.raises(Conflict, match=r"400 USDT of .+ is written off"):
        state(exchange, stream, "900")
    with pytest.raises(Conflict, match="is written off"):
        withdraw(exchange, first)


def test_the_database_accepts_no_version_before_one_that_was_accepted(exchange: Books) -> None:
    first = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    with exchange.write() as change:
        known = statements.named(change.session, first)
        add_each(
            change,
            *statement_of(
                "older",
                known.agreement,
                evidence=known.evidence,
                amount=Decimal(1),
                period=known.period,
                version=0,
            ),
        )
    digest = exchange.digest()
    with pytest.raises(DatabaseRefused, match="a later version"), exchange.write() as change:
        restatements.accept(change, "older")
    assert exchange.digest() == digest


@pytest.mark.parametrize("amount", ["1", "-200.000001"])
def test_the_database_adjusts_nothing_beyond_what_is_not_due(exchange: Books, amount: str) -> None:
    first = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    accrue(exchange)
    digest = exchange.digest()
    with (
        pytest.raises(DatabaseRefused, match="cannot be adjusted"),
        exchange.write() as change,
    ):
        change.add(
            ObligationAdjustment(
                obligation=f"share:{first}:ada",
                number=1,
                amount=Decimal(amount),
                entry_number=1,
                cause="none",
            )
        )
    assert exchange.digest() == digest


def test_the_database_adjusts_nothing_that_fell_due_whole(exchange: Books) -> None:
    first = state(exchange, agree(exchange, {"Ada": "1"}), "1000")
    accrue(exchange)
    pay(exchange, first, Decimal(1000))
    with (
        pytest.raises(DatabaseRefused, match="cannot be adjusted"),
        exchange.write() as change,
    ):
        change.add(
            ObligationAdjustment(
                obligation=f"share:{first}:ada",
                number=1,
                amount=Decimal(-1),
                entry_number=1,
                cause="none",
            )
        )


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 100)),
        st.tuples(st.just("write off"), st.integers(1, 100)),
        st.tuples(st.just("undo"), st.integers(1, 100)),
        st.tuples(st.just("restate"), st.integers(1, 300)),
        st.tuples(st.just("withdraw"), st.just(0)),
    ),
    max_size=7,
)
AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100_000), places=6)


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(stated=AMOUNTS, steps=STEPS)
def test_whatever_happens_due_is_the_share_of_what_came_and_never_more_than_accrued(
    exchange: Books, stated: Decimal, steps: list[tuple[str, int]]
) -> None:
    stream = agree(exchange, {"Ada": "0.6", "Bob": "0.4"})
    document = state(exchange, stream, str(stated))
    accrue(exchange)
    received = Decimal(0)
    for what, size in steps:
        received += _step(exchange, stream, document, what, Decimal(size))
        _check(exchange, document, received)
        assert ties(exchange) == []
    assert len(steps) >= 0


def _of(books: Books, document: str) -> tuple[Stated, Decimal]:
    """Return what a document stands at, and what is open of it."""
    with books.read() as session:
        return next(
            (each.stated, each.open)
            for each in receivables(session, open_only=False)
            if each.stated.document == document
        )


def _step(books: Books, stream: str, document: str, what: str, size: Decimal) -> Decimal:
    """Do one step of `size` percent; return what was received by it."""
    stated, still_open = _of(books, document)
    of_open = (still_open * size / 100).quantize(UNIT)
    if what == "pay" and of_open:
        pay(books, document, of_open)
        return of_open
    if what == "write off" and of_open:
        write_off(books, document, of_open)
    elif what == "undo" and stated.written_off:
        with books.write() as change:
            write_offs.recover(
                change,
                document,
                max(UNIT, (stated.written_off * size / 100).quantize(UNIT)),
                reason="r",
                on=date(2023, 11, 1),
            )
    elif what == "restate" and not stated.written_off:
        state(
            books, stream, str(max(UNIT, (stated.statement.fee_share * size / 100).quantize(UNIT)))
        )
    elif what == "withdraw" and stated.amount and not stated.written_off:
        withdraw(books, stated.statement.id)
    return Decimal(0)


def _check(books: Books, document: str, received: Decimal) -> None:
    """Hold what is accrued and due against the law, computed here from the statement alone."""
    stated, still_open = _of(books, document)
    weights = {"ada": Decimal("0.6"), "bob": Decimal("0.4")}
    pool = pool_of(stated.statement.fee_share, Decimal("0.2"), 6)
    whole = {share.party: share.quantity for share in divide(pool, weights, 6)}
    assert still_open == max(stated.collectable - received, Decimal(0))
    with books.read() as session:
        found = {each.payee: each for each in accruals_of(session, stated)}
    for payee, accrual in found.items():
        comes_to = part_of(whole[payee], stated.collectable, stated.amount, 6)
        earned = part_of(whole[payee], min(received, stated.collectable), stated.amount, 6)
        assert accrual.amount == comes_to
        assert accrual.due == earned <= accrual.amount


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(stated=AMOUNTS, other=AMOUNTS, paid=st.integers(0, 100))
def test_restating_and_restating_back_gives_the_original_balances(
    exchange: Books, stated: Decimal, other: Decimal, paid: int
) -> None:
    stream = agree(exchange, {"Ada": "0.6", "Bob": "0.4"})
    document = state(exchange, stream, str(stated))
    accrue(exchange)
    _step(exchange, stream, document, "pay", Decimal(paid))
    before = standing(exchange)
    state(exchange, stream, str(other))
    state(exchange, stream, str(stated))
    assert standing(exchange) == before
    assert ties(exchange) == []
