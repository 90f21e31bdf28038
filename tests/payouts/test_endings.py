"""How lines end: settled, failed by proof or by two persons, returned; paid twice; netted."""

from dataclasses import replace
from decimal import Decimal

import pytest

from feeshare.tie_outs import tie_outs
from ledger import balances
from ledger.accounts import Chart
from ledger.errors import BadInput, DatabaseRefused, Denied, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.sealing import Change
from payouts import failures, matching, plans, returns
from payouts.batches import State
from payouts.claims import obligation_state
from payouts.ending_tables import LineFailure
from payouts.errors import PayoutBlocked
from payouts.planned import HoldReason
from support.books import Books
from support.payout_endings import (
    carried_out,
    moved_at_the_bank,
    nonce_seen,
    replaced_batch,
    settle,
    watch_the_safe,
    wire_batch,
)
from support.payouts import (
    ALICE,
    BOB,
    PERIOD,
    TODAY,
    approve,
    export,
    exported_batch,
    freeze,
    fund,
    furnish,
    left_the_wallet,
    owe,
)

ALL = ["share:a1", "share:a2", "share:b1"]


def states(books: Books) -> set[str]:
    with books.read() as session:
        return {state.value for state in obligation_state(session, ALL).values()}


def require_ties(books: Books) -> None:
    with books.read() as session:
        assert [check for check in tie_outs(session) if not check.holds] == []


def balance(books: Books, account: Chart, commodity: str = "USDC") -> Decimal:
    with books.read() as session:
        return balances.account_balance(session, account, commodity)


def test_a_batch_whose_nonce_another_transaction_used_fails_and_is_owed_again(
    books: Books,
) -> None:
    batch = exported_batch(books)
    done = replaced_batch(books, batch)
    assert (done.state, done.failed, done.missing) == (State.FAILED, (1, 2), ())
    assert states(books) == {"due"}
    digest = books.digest()
    told = settle(books, batch)
    assert (told.state, told.new) == (State.FAILED, False)
    assert books.digest() == digest
    again = freeze(books, nonce=8)
    approve(books, again, "dave")
    export(books, again)
    # A watched wallet takes lines from its chain alone.
    with pytest.raises(DatabaseRefused, match="no final transfer"):
        left_the_wallet(books, [("0xby/hand", "300", BOB, "")])
    assert states(books) == {"claimed"}


def test_a_part_that_may_still_run_fails_no_line(books: Books) -> None:
    batch = exported_batch(books)
    watch_the_safe(books)
    nonce_seen(books, 7)
    nonce_seen(books, 8, block=101)
    waits = settle(books, batch)
    assert (waits.state, waits.failed, waits.missing) == (State.EXPORTED, (), (1, 2))
    failure = LineFailure(batch=batch.id, line=1, failed_by="treasurer", reason="r")
    with pytest.raises(DatabaseRefused, match="may still be paid"), books.write() as change:
        change.add(failure)


def test_a_safe_transaction_that_failed_fails_its_lines(books: Books) -> None:
    batch = exported_batch(books)
    watch_the_safe(books)
    carried_out(books, batch.id, succeeded=False)
    assert settle(books, batch).failed == (1, 2)


def test_a_bank_that_refuses_a_line_takes_two_persons_and_its_paper(books: Books) -> None:
    batch = wire_batch(books)
    with books.write() as change, pytest.raises(UnknownReference, match="report of a failure"):
        failures.confirm(change, batch.id)
    with books.write() as change:
        made = failures.report(
            change, batch.id, [1], paper=b"account closed", file_name="r.txt", reason="closed"
        )
        assert [row.line for row in made] == [1]
    digest = books.digest()
    with books.write() as change:
        assert not failures.report(
            change, batch.id, [1], paper=b"account closed", file_name="r.txt", reason="closed"
        )
    with books.write() as change, pytest.raises(Denied, match="another person confirms"):
        failures.confirm(change, batch.id)
    assert books.digest() == digest
    with books.write("carol") as change:
        assert failures.confirm(change, batch.id) == [1]
    with books.read() as session:
        assert obligation_state(session, ["share:usd"])["share:usd"].value == "due"
        [planned] = plans.plan(session, PERIOD, on=TODAY).batches
        assert [line.obligations[0].attempt for line in planned.lines] == [2]
    require_ties(books)


def test_only_open_lines_of_a_bank_are_reported(books: Books) -> None:
    batch = wire_batch(books)
    for lines in ([2], [1, 2]):
        with books.write() as change, pytest.raises(BadInput, match="line_unknown"):
            failures.report(change, batch.id, lines, paper=b"x", file_name="x", reason="r")


def test_on_a_chain_nobodys_word_fails_a_line(books: Books) -> None:
    batch = exported_batch(books)
    with books.write() as change, pytest.raises(BadInput, match="failure_unproved"):
        failures.report(change, batch.id, [1], paper=b"x", file_name="x", reason="r")


def test_a_wire_that_came_back_less_a_fee_is_owed_whole_again(books: Books) -> None:
    batch = wire_batch(books)
    moved_at_the_bank(books, "out", "-300", f"{batch.id}/1")
    assert settle(books, batch).state is State.SETTLED
    came = moved_at_the_bank(books, "back", "288", "returned")
    with books.write() as change:
        made, new = returns.take_back(change, batch.id, 1, came)
        assert (made.fee, new) == (Decimal(12), True)
    assert balance(books, Chart.PAYABLE_MAINTAINER, "USD") == -300
    assert balance(books, Chart.EXPENSE_BANK_FEES, "USD") == 12
    digest = books.digest()
    with books.write() as change:
        assert returns.take_back(change, batch.id, 1, came)[1] is False
    assert books.digest() == digest
    require_ties(books)
    with books.read() as session:
        [planned] = plans.plan(session, PERIOD, on=TODAY).batches
        assert [str(line.amount) for line in planned.lines] == ["300"]


@pytest.mark.parametrize(("amount", "line"), [("300.01", 1), ("-5", 1), ("300", 2)])
def test_only_the_money_of_a_settled_line_comes_back(books: Books, amount: str, line: int) -> None:
    batch = wire_batch(books)
    moved_at_the_bank(books, "out", "-300", f"{batch.id}/1")
    settle(books, batch)
    came = moved_at_the_bank(books, "back", amount, "returned")
    digest = books.digest()
    with books.write() as change, pytest.raises(BadInput):
        returns.take_back(change, batch.id, line, came)
    assert books.digest() == digest


def test_the_same_rows_once_more_are_owed_back_and_taken_off_the_next_payout(
    books: Books,
) -> None:
    batch = exported_batch(books)
    left_the_wallet(
        books,
        [
            ("0x1/log:0", "120.5", ALICE, ""),
            ("0x1/log:1", "300", BOB, ""),
            ("0x2/log:0", "120.5", ALICE, ""),
            ("0x2/log:1", "300", BOB, ""),
        ],
    )
    done = settle(books, batch)
    assert (done.state, len(done.twice), done.unmatched) == (State.SETTLED, 2, ())
    assert balance(books, Chart.RECEIVABLE_PAYEE) == Decimal("420.5")
    require_ties(books)
    digest = books.digest()
    assert not settle(books, batch).new
    assert books.digest() == digest

    with books.write() as change:
        owe(change, "share:b2", "bob", "310")
        owe(change, "share:a3", "alice", "120.5")
    with books.read() as session:
        plan = plans.plan(session, PERIOD, on=TODAY)
    [line] = plan.batches[0].lines
    assert (line.payee, line.amount, line.offsets[0].amount) == ("bob", Decimal(10), Decimal(300))
    assert [(held.payee, held.reason) for held in plan.held] == [("alice", HoldReason.OWED_BACK)]
    second = freeze(books, nonce=9)
    with books.read() as session:
        taken = plans.plan(session, PERIOD, on=TODAY)
    assert not taken.batches
    approve(books, second, "dave")
    export(books, second)
    left_the_wallet(books, [("0x3/log:0", "10", BOB, "")])
    assert settle(books, second).state is State.SETTLED
    assert balance(books, Chart.RECEIVABLE_PAYEE) == Decimal("120.5")
    require_ties(books)


def test_a_reference_that_the_bank_shows_twice_was_paid_twice(books: Books) -> None:
    batch = wire_batch(books)
    moved_at_the_bank(books, "out", "-300", f"{batch.id}/1")
    settle(books, batch)
    again = moved_at_the_bank(books, "out2", "-300", f"{batch.id}/1")
    assert settle(books, batch).twice == (again,)
    assert balance(books, Chart.RECEIVABLE_PAYEE, "USD") == 300


def restate(change: Change, reference: str, back: int) -> None:
    """Let bob owe so much back for a statement, or less again."""
    amount = Decimal(back)
    post_one(
        change,
        JournalEntry(
            reference=reference,
            effective_date=TODAY,
            kind="accrual",
            narration="restated",
            postings=[
                Posting(Chart.RECEIVABLE_PAYEE_OVERPAID, amount, "USDC", "bob", "st-1"),
                Posting(Chart.EXPENSE_MAINTAINER_SHARE, -amount, "USDC", "bob", "st-1"),
            ],
        ),
    )


def test_what_is_not_owed_back_any_more_blocks_the_export(books: Books) -> None:
    furnish(books)
    fund(books, "1000")
    with books.write() as change:
        owe(change, "share:b1", "bob", "300")
        restate(change, "overpaid", 40)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.write() as change:
        restate(change, "restated back", -15)
    digest = books.digest()
    with pytest.raises(PayoutBlocked, match="bob owes 25 USDC back for st-1, not the 40"):
        export(books, batch)
    assert books.digest() == digest


def test_what_is_owed_back_is_never_taken_off_twice(books: Books) -> None:
    furnish(books)
    fund(books, "1000")
    with books.write() as change:
        owe(change, "share:b1", "bob", "300")
        restate(change, "overpaid", 40)
    batch = freeze(books)
    with books.read() as session:
        assert plans.plan(session, PERIOD, on=TODAY).batches == ()
    with books.write() as change:
        owe(change, "share:b2", "bob", "10")
    with books.read() as session:
        [planned] = plans.plan(session, PERIOD, on=TODAY).batches
        assert [(line.amount, line.offsets) for line in planned.lines] == [(Decimal(10), ())]
    approve(books, batch, "carol")
    export(books, batch)
    left_the_wallet(books, [("0x1/log:0", "260", BOB, "")])
    assert settle(books, batch).state is State.SETTLED
    assert balance(books, Chart.RECEIVABLE_PAYEE_OVERPAID) == 0
    require_ties(books)


LINE = matching.Expected(
    batch="b",
    line=1,
    reference="2023-10:w:1/1",
    address=BOB,
    commodity="USDC",
    amount=Decimal(5),
    frozen_on=TODAY,
    part=1,
    signed_hash="0xsigned",
)
OUT = matching.Outgoing(
    id="w/0x2/log:1",
    on=TODAY,
    commodity="USDC",
    amount=Decimal(5),
    counterparty=BOB.lower(),
    memo="",
    transaction="0x2",
    signed_hash="0xsigned",
)


def test_what_signers_signed_tells_two_equal_transactions_apart() -> None:
    other = replace(OUT, id="w/0x1/log:1", transaction="0x1", signed_hash="0xother")
    assert matching.pair([LINE], [other, OUT]).paid == {("b", 1): OUT.id}
    assert matching.again([LINE], [other]) == {other.id: ("b", 1)}


def test_of_two_equal_transactions_that_nobody_knows_the_first_pays() -> None:
    unknown = replace(OUT, signed_hash=None)
    later = replace(unknown, id="w/0x9/log:1", transaction="0x9")
    assert matching.pair([LINE], [later, unknown]).paid == {("b", 1): unknown.id}


def test_rows_beside_those_of_a_part_repeat_nothing() -> None:
    more = replace(OUT, id="w/0x2/log:2", amount=Decimal(6))
    assert matching.again([LINE], [OUT, more]) == {}
