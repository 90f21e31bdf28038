"""Batches: frozen by the plan's hash, claimed by keys, every state and action walked."""

from datetime import date, timedelta
from itertools import product

import psycopg
import pytest
from sqlalchemy import select

from ledger.errors import BadInput, Denied, ReferenceReused, UnknownReference
from payouts import batches, destinations, plans
from payouts.batches import BATCH_TRANSITIONS, WIRE, Action, Frozen, State
from payouts.contents import contents_of
from payouts.errors import BatchState, NothingToPay, PlanChanged, SlotStillLive, SlotTaken
from payouts.tables import ExecutionSlot, ObligationClaim
from support.books import Books
from support.payout_endings import replaced_batch
from support.payouts import (
    ALICE,
    BANK,
    CAROL,
    PERIOD,
    TODAY,
    WALLET,
    address_of,
    approve,
    cancel,
    confirm_change,
    export,
    exported_batch,
    freeze,
    fund,
    furnish,
    left_the_wallet,
    owe,
    usual_debts,
)

END = "'2023-10:wallet-ethereum-treasury:1'"
NEXT = "(SELECT max(number) + 1 FROM changes)"


def submit(
    books: Books, plan_hash: str, nonces: dict[str, int], *, on: date = TODAY
) -> batches.Submitted:
    with books.write() as change:
        return batches.submit(change, plan_hash, PERIOD, on=on, nonces=nonces)


def plan_hash(books: Books) -> str:
    with books.read() as session:
        return plans.plan(session, PERIOD, on=TODAY).hash


def refused(books: Books, statement: str) -> str:
    """Run SQL as the service's role, which has to be refused; return what the database said."""
    digest = books.digest()
    # The rule itself has to refuse, before the commit that lacks a seal would be.
    lines = "SET CONSTRAINTS whole_line, whole_line_again IMMEDIATE"
    whole = f"{statement}; {lines}; SET CONSTRAINTS whole_batch IMMEDIATE"
    with pytest.raises(psycopg.Error) as said, books.sql() as sql:
        sql.execute(whole)
    assert books.digest() == digest
    return str(said.value)


def test_every_state_and_action_is_allowed_or_refused_alike_by_the_database(books: Books) -> None:
    with books.sql(as_owner=True) as sql:
        for state, action in product(State, Action):
            row = sql.execute(
                "SELECT batch_transition(%s, %s)", [state.value, action.value]
            ).fetchone()
            assert row == (BATCH_TRANSITIONS.get((state, action)),), (state, action)


def at_state(books: Books, state: State) -> Frozen:
    """Bring the usual batch to a state."""
    if state in (State.EXPORTED, State.SETTLED, State.FAILED):
        exported = exported_batch(books)
        if state is State.FAILED:
            replaced_batch(books, exported)
        if state is State.SETTLED:
            from payouts.settlement import settle

            bob = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
            left_the_wallet(books, [("t:0", "120.5", ALICE, ""), ("t:1", "300", bob, "")])
            with books.write() as change:
                settle(change, f"2023-10:{WALLET}:1")
    else:
        furnish(books)
        usual_debts(books)
        batch = freeze(books)
        if state is State.APPROVED:
            approve(books, batch, "carol")
        elif state is State.CANCELLED:
            cancel(books, batch)
        elif state is State.REJECTED:
            with books.write("carol") as change:
                batches.reject(change, batch.id, reason="wrong amount")
    with books.read() as session:
        found = contents_of(session, f"2023-10:{WALLET}:1").batch
        assert batches.state_of(session, found.id) is state
        return batches._frozen(found)


@pytest.mark.parametrize("state", State)
def test_every_action_in_every_state_leads_where_the_table_says(
    books: Books, state: State
) -> None:
    batch = at_state(books, state)
    for action in Action:
        after = BATCH_TRANSITIONS.get((state, action))
        with books.read() as session:
            if after is None:
                with pytest.raises(BatchState, match=f"is {state}: it cannot {action}"):
                    batches.require(session, batch.id, action)
            else:
                assert batches.require(session, batch.id, action) is after
        if after is None:
            files = "'{}'" if action is Action.EXPORT else "NULL"
            wanted = State.EXPORTED if action is Action.EXPORT else State.CANCELLED
            said = refused(
                books,
                "INSERT INTO batch_events (change_no, batch, number, action, state, actor,"
                f" reason, files) SELECT {NEXT}, '{batch.id}', count(*) + 1, '{action}',"
                f" '{wanted}', 'x', 'x', {files} FROM batch_events WHERE batch = '{batch.id}'",
            )
            assert "batch_state" in said


def test_what_is_frozen_is_what_was_planned(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    assert (batch.id, batch.nonce, batch.checkers) == (f"2023-10:{WALLET}:1", 7, 1)
    with books.read() as session:
        contents = contents_of(session, batch.id)
        assert contents.hash() == contents.batch.content_hash == batch.content_hash
        assert [(it.line, it.payee, str(it.amount)) for it in contents.lines] == [
            (1, "alice", "120.5"),
            (2, "bob", "300"),
        ]
        assert contents.lines[0].reference == f"2023-10:{WALLET}:1/1"
        claimed = session.execute(select(ObligationClaim.obligation, ObligationClaim.attempt))
        assert {tuple(row) for row in claimed} == {
            ("share:a1", 1),
            ("share:a2", 1),
            ("share:b1", 1),
        }


def test_a_plan_that_changed_is_not_frozen(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    looked_at = plan_hash(books)
    with books.write() as change:
        owe(change, "share:b2", "bob", "1")
    digest = books.digest()
    with pytest.raises(PlanChanged) as refusal:
        submit(books, looked_at, {WALLET: 7})
    assert refusal.value.now == plan_hash(books)
    assert books.digest() == digest


def test_a_plan_without_a_line_or_for_tomorrow_is_not_frozen(books: Books) -> None:
    furnish(books)
    with pytest.raises(NothingToPay):
        submit(books, plan_hash(books), {})
    with pytest.raises(BadInput, match="date_in_future"):
        submit(books, plan_hash(books), {}, on=TODAY + timedelta(days=1))


def test_the_same_plan_again_is_the_same_batch_and_with_another_nonce_is_refused(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    hashed = plan_hash(books)
    first = submit(books, hashed, {WALLET: 7})
    digest = books.digest()
    again = submit(books, hashed, {WALLET: 7})
    assert (first.new, again.new, again.batches) == (True, False, first.batches)
    with pytest.raises(ReferenceReused):
        submit(books, hashed, {WALLET: 8})
    assert books.digest() == digest


def test_a_wallet_needs_a_nonce_and_nothing_else_takes_one(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    for nonces, codes in (
        ({}, ["nonce_missing"]),
        ({WALLET: -1}, ["nonce_invalid"]),
        ({WALLET: 1, BANK: 2}, ["nonce_unused"]),
    ):
        with pytest.raises(BadInput) as refusal:
            submit(books, plan_hash(books), nonces)
        assert [problem.code for problem in refusal.value.problems] == codes


def test_a_nonce_pins_one_live_batch_and_is_free_once_that_is_cancelled(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    first = freeze(books)
    with books.write() as change:
        owe(change, "share:b2", "bob", "1")
    with pytest.raises(SlotTaken, match=first.id):
        freeze(books)
    cancel(books, first)
    second = freeze(books)
    assert second.id == f"2023-10:{WALLET}:2"
    with books.read() as session:
        slots = session.execute(
            select(ExecutionSlot.nonce, ExecutionSlot.attempt, ExecutionSlot.batch).order_by(
                ExecutionSlot.attempt
            )
        )
        assert [tuple(row) for row in slots] == [(7, 1, first.id), (7, 2, second.id)]


def test_a_batch_taken_back_again_changes_nothing(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    assert cancel(books, batch).new
    digest = books.digest()
    assert not cancel(books, batch).new
    assert books.digest() == digest
    with pytest.raises(BatchState), books.write("carol") as change:
        batches.reject(change, batch.id, reason="too")


def test_a_maker_does_not_reject_and_an_unknown_batch_is_named(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    with pytest.raises(Denied, match="made batch"), books.write() as change:
        batches.reject(change, batch.id, reason="no")
    with pytest.raises(UnknownReference), books.write() as change:
        batches.cancel(change, "2023-10:none:1", reason="no")


def test_an_exported_batch_keeps_its_claims(books: Books) -> None:
    batch = exported_batch(books)
    digest = books.digest()
    with pytest.raises(SlotStillLive), books.write() as change:
        batches.cancel(change, batch.id, reason="changed my mind")
    assert books.digest() == digest
    said = refused(
        books,
        "INSERT INTO claim_releases (change_no, obligation, attempt, batch, reason)"
        f" VALUES ({NEXT}, 'share:b1', 1, {END}, 'x')",
    )
    assert "may still run" in said
    said = refused(
        books,
        "INSERT INTO slot_releases (change_no, source_account, nonce, attempt, batch, reason)"
        f" VALUES ({NEXT}, '{WALLET}', 7, 1, {END}, 'x')",
    )
    assert "may still run" in said


def test_a_wire_batch_has_no_slot(books: Books) -> None:
    from payouts import destinations

    furnish(books)
    iban = "DE89370400440532013000"
    books.at -= timedelta(days=10)
    with books.write() as change:
        destinations.request(change, "bob", WIRE, iban, holder="Bob Builder")
    confirm_change(books, "bob:wire:1")
    books.at += timedelta(days=10)
    fund(books, "500", "USD", BANK)
    with books.write() as change:
        owe(change, "dollars", "bob", "12.34", commodity="USD")
    [batch] = submit(books, plan_hash(books), {}).batches
    assert (batch.id, batch.nonce) == (f"2023-10:{BANK}:1", None)
    approve(books, batch, "carol")
    [file] = export(books, batch).files
    assert b"Bob Builder,DE89370400440532013000,12.34,USD,2023-10:bank-main:1/1" in file.content


def test_more_lines_than_a_safe_transaction_takes_pin_consecutive_nonces(books: Books) -> None:
    from ledger import parties
    from payouts import destinations

    furnish(books)
    books.at -= timedelta(days=10)
    with books.write() as change:
        for number in range(201):
            parties.add(change, name=f"P{number}", kind="payee")
            destinations.request(
                change, f"P{number}", "safe", address_of(f"P{number}"), chain="ethereum"
            )
    with books.write("erin") as change:
        for number in range(201):
            destinations.confirm(change, f"p{number}:safe:1")
    books.at += timedelta(days=10)
    fund(books, "1000")
    with books.write() as change:
        for number in range(201):
            owe(change, f"o{number}", f"p{number}", "1")
    batch = freeze(books)
    with books.read() as session:
        slots = session.execute(
            select(ExecutionSlot.nonce, ExecutionSlot.part).order_by(ExecutionSlot.part)
        )
        assert [tuple(row) for row in slots] == [(7, 1), (8, 2)]
    approve(books, batch, "carol")
    assert len(export(books, batch).files) == 8


def test_the_database_refuses_a_second_claim_and_lines_added_to_a_frozen_batch(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    freeze(books)
    second = (
        "INSERT INTO obligation_claims (change_no, obligation, attempt, batch, line,"
        " previous_attempt) VALUES ({0}, 'share:b1', {1}, {2}, 2, {3})"
    )
    assert "frozen" in refused(books, second.format(NEXT, 1, END, "NULL"))
    assert "frozen" in refused(books, second.format(NEXT, 2, END, "1"))
    assert "frozen" in refused(
        books,
        "INSERT INTO payout_lines (change_no, batch, line, payee, payee_name, destination,"
        f" address, commodity, amount, reference) SELECT {NEXT}, batch, 3, payee, payee_name,"
        " destination, address, commodity, amount, 'x' FROM payout_lines WHERE line = 1",
    )
    assert "frozen" in refused(
        books,
        "INSERT INTO payout_line_obligations (change_no, batch, line, obligation, amount)"
        f" VALUES ({NEXT}, {END}, 1, 'share:b1', 300)",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payout_lines SET amount = 1",
        "UPDATE payout_lines SET address = 'x'",
        "DELETE FROM obligation_claims",
        "UPDATE payout_batches SET checkers = 1",
        "DELETE FROM batch_events",
    ],
)
def test_the_database_refuses_to_edit_a_frozen_batch_to_anybody(
    books: Books, statement: str
) -> None:
    furnish(books)
    usual_debts(books)
    freeze(books)
    assert "permission denied" in refused(books, statement)
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="append_only"), books.sql(as_owner=True) as sql:
        sql.execute(statement)
    assert books.digest() == digest


BATCH = (
    "INSERT INTO payout_batches (change_no, id, period, maker, plan_hash, content_hash, rail,"
    " chain, source_account, nonce, checkers, frozen_at) SELECT max(number) + 1, 'x',"
    f" '2023-10-01', 'x', 'x', 'x', 'safe', 'ethereum', '{WALLET}', {{nonce}}, 1,"
    " max(recorded_at) FROM changes;"
)
LINE = (
    "INSERT INTO payout_lines (change_no, batch, line, payee, payee_name, destination, address,"
    f" commodity, amount, reference) SELECT {NEXT}, 'x', 1, payee, 'x', id, address, 'USDC',"
    " {amount}, 'x' FROM destinations WHERE id = 'bob:safe:1';"
)
PART = (
    "INSERT INTO payout_line_obligations (change_no, batch, line, obligation, amount)"
    f" VALUES ({NEXT}, 'x', 1, '{{obligation}}', {{amount}});"
)
CLAIM = (
    "INSERT INTO obligation_claims (change_no, obligation, attempt, batch, line, previous_attempt)"
    f" VALUES ({NEXT}, 'share:b1', {{attempt}}, 'x', 1, {{previous}});"
)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (BATCH.format(nonce=1), "has no line"),
        (BATCH.format(nonce=1) + LINE.format(amount=300), "not the sum"),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=301)
            + PART.format(obligation="share:b1", amount=300)
            + CLAIM.format(attempt=1, previous="NULL"),
            "not the sum",
        ),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=300)
            + PART.format(obligation="share:b1", amount=300),
            "not the sum",
        ),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=299)
            + PART.format(obligation="share:b1", amount=299),
            "not owed whole",
        ),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=100.5)
            + PART.format(obligation="share:a1", amount=100.5),
            "not owed whole",
        ),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=300)
            + PART.format(obligation="share:b1", amount=300)
            + CLAIM.format(attempt=2, previous=1),
            "after_release_fkey",
        ),
        (
            BATCH.format(nonce=1)
            + LINE.format(amount=300)
            + PART.format(obligation="share:b1", amount=300)
            + CLAIM.format(attempt=2, previous="NULL"),
            "follows_check",
        ),
        (BATCH.format(nonce="NULL"), "nonce_check"),
        (
            BATCH.format(nonce=1).replace(
                "max(recorded_at)", "max(recorded_at) + interval '30 years'"
            ),
            "in the future",
        ),
    ],
)
def test_the_database_refuses_a_batch_made_by_hand(books: Books, statement: str, why: str) -> None:
    furnish(books)
    usual_debts(books)
    assert why in refused(books, statement)


def test_the_database_refuses_to_claim_what_another_batch_claims(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    freeze(books)
    statement = (
        BATCH.format(nonce=9)
        + LINE.format(amount=300)
        + PART.format(obligation="share:b1", amount=300)
        + CLAIM.format(attempt=1, previous="NULL")
    )
    assert "obligation_claims_pkey" in refused(books, statement)


def test_the_database_refuses_a_line_to_another_address_or_one_on_hold(books: Books) -> None:
    from payouts import destinations

    furnish(books)
    usual_debts(books)
    elsewhere = LINE.format(amount=300).replace("id, address,", "id, 'elsewhere',")
    assert "where bob is paid" in refused(books, BATCH.format(nonce=1) + elsewhere)
    with books.write() as change:
        destinations.request(
            change, "bob", "safe", "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", chain="ethereum"
        )
    confirm_change(books, "bob:safe:2")
    held = LINE.format(amount=300).replace("bob:safe:1", "bob:safe:2")
    assert "hold" in refused(books, BATCH.format(nonce=1) + held)


def test_who_only_reads_freezes_no_batch_and_sets_no_address(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with pytest.raises(Denied, match="auditor is auditor and does not freeze a batch"):
        freeze(books, maker="auditor")
    with books.write("auditor") as change, pytest.raises(Denied, match="ask for an address"):
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    with books.write() as change:
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    with books.write("auditor") as change, pytest.raises(Denied, match="stand for what"):
        destinations.confirm(change, "bob:safe:2")
