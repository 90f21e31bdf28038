"""Whatever comes in, is taken back, given up or made good: what is due is the share of it."""

import itertools
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeshare.tie_outs import tie_outs
from ledger import bank, evidence
from ledger.allocation import divide, pool_of
from ledger.money import total
from ledger.revenue import unmatching, write_offs
from ledger.revenue.accrual_steps import part_of
from ledger.revenue.receivables import Difference, Receivable, owed_for, receive
from ledger.revenue.received import received
from ledger.revenue.standings import accruals_of
from reports import payables_ageing, receivables_ageing
from reports.query import Asked
from support.books import Books
from support.fee_shares import accrue, agree, open_exchange, state
from support.sample_entries import MADE_AT

UNIT = Decimal("0.000001")
WEIGHTS = {"ada": Decimal("0.6"), "bob": Decimal("0.4")}
_numbers = itertools.count(1)


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def came(books: Books, amount: Decimal) -> str:
    """Record a line that came in; return its id."""
    with books.write() as change:
        name = f"x{next(_numbers)}"
        movement = bank.BankMovement(
            bank_account="bank-main",
            external_id=name,
            on=date(2023, 10, 20),
            commodity="USDT",
            amount=amount,
            counterparty="Gate",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a bank's file", "bank.csv"))
    return f"bank-main/{name}"


def owed(books: Books, document: str) -> Receivable:
    with books.read() as session:
        return owed_for(session, document)


def pay(
    books: Books, document: str, amount: Decimal, kind: str | None, lacking: Decimal | None = None
) -> str:
    line = came(books, amount)
    difference = None if kind is None else Difference(kind=kind, amount=lacking)
    with books.write() as change:
        receive(
            change,
            bank.line_named(change.session, line),
            owed_for(change.session, document),
            amount,
            why="a test",
            difference=difference,
        )
    return line


def take_back(books: Books, line: str) -> None:
    with books.write() as change:
        match = unmatching.match_of(change.session, line, None)
        unmatching.unmatch(change, match, reason="another's")


def write_off(books: Books, document: str, amount: Decimal) -> None:
    with books.write("maker") as change:
        made, _ = write_offs.propose(change, document, amount, reason="bankrupt")
        identity = made.id
    with books.write("checker") as change:
        write_offs.confirm(change, identity, on=date(2023, 11, 1))


def of(quantity: Decimal, percent: int) -> Decimal:
    return (quantity * percent / 100).quantize(UNIT)


def step(books: Books, document: str, what: str, size: int, lines: dict[str, Decimal]) -> None:
    """Do one step of `size` percent; `lines` has what counts as received by each live line."""
    now = owed(books, document)
    part = of(now.open, size)
    if what == "pay" and part:
        lines[pay(books, document, part, None)] = part
    elif what == "short" and 0 < part < now.open:
        lines[pay(books, document, part, "short-pay")] = part
    elif what == "fee" and 0 < part < now.open:
        fee = max(of(now.open - part, size), UNIT)
        lines[pay(books, document, part, "network-fee", fee)] = part + fee
    elif what == "over":
        more = now.open + max(part, Decimal(1))
        lines[pay(books, document, more, "overpaid")] = more
    elif what == "unmatch" and lines:
        line = sorted(lines)[size % len(lines)]
        take_back(books, line)
        del lines[line]
    elif what == "write off" and part:
        write_off(books, document, part)
    elif what == "recover" and now.stated.written_off:
        again = max(of(now.stated.written_off, size), UNIT)
        with books.write() as change:
            write_offs.recover(change, document, again, reason="r", on=date(2023, 11, 1))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["pay", "fee", "short", "over", "unmatch", "unmatch", "write off", "recover"]
        ),
        st.integers(1, 100),
    ),
    max_size=8,
)
AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(100_000), places=6)


@settings(
    max_examples=16,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(stated=AMOUNTS, steps=STEPS)
def test_due_is_the_share_of_what_was_received_and_never_more_than_accrued(
    exchange: Books, stated: Decimal, steps: list[tuple[str, int]]
) -> None:
    document = state(exchange, agree(exchange, {"Ada": "0.6", "Bob": "0.4"}), str(stated))
    accrue(exchange)
    lines: dict[str, Decimal] = {}
    for what, size in steps:
        step(exchange, document, what, size, lines)
        _check(exchange, document, total(lines.values()))


def _check(books: Books, document: str, came_in: Decimal) -> None:
    """Hold the books against the law, computed here from the steps alone."""
    now = owed(books, document)
    whole = {
        share.party: share.quantity
        for share in divide(pool_of(now.stated.amount, Decimal("0.2"), 6), WEIGHTS, 6)
    }
    with books.read() as session:
        assert received(session, document) == came_in
        assert now.open == max(now.stated.collectable - came_in, Decimal(0))
        assert now.credit == max(came_in - now.stated.collectable, Decimal(0))
        counted = min(came_in, now.stated.collectable)
        for accrual in accruals_of(session, now.stated):
            whole_share = whole[accrual.payee]
            earned = part_of(whole_share, counted, now.stated.amount, 6)
            comes_to = part_of(whole_share, now.stated.collectable, now.stated.amount, 6)
            assert (accrual.amount, accrual.due) == (comes_to, earned)
        assert [each.result for each in tie_outs(session) if not each.holds] == []
        for build in (receivables_ageing.build, payables_ageing.build):
            report = build(session, Asked(), MADE_AT)
            assert {each.difference for each in report.tie_outs} <= {Decimal(0)}, report.tie_outs
