from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import select

from ledger import bank, evidence, obligations, parties, periods, policies
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.bank_tables import BankLine
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    NeedsReview,
    PeriodClosed,
    ReferenceReused,
    UnknownReference,
)
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.receipts import CommodityDiffers
from ledger.revenue import (
    bounties,
    bounty_gates,
    bounty_held,
    bounty_refund,
    bounty_release,
    bounty_team,
)
from ledger.revenue.bounty_deposits import receive_deposit
from ledger.revenue.bounty_held import DepositState
from ledger.revenue.bounty_standing import BountyEnded, MoveRefused
from ledger.revenue.bounty_states import Gate
from ledger.revenue.bounty_tables import Bounty
from support.books import Books

PAID = date(2023, 10, 10)
DONE = date(2023, 10, 31)


def opened(
    books: Books,
    amount: str = "10000",
    commodity: str = "USDC",
    developer: str | None = "Ada",
) -> None:
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
        parties.add(change, name="Ada", kind="payee")
        parties.add(change, name="Bob", kind="payee")
        bank.add_account(change, "ethereum:deposits", kind="wallet", purpose="deposits")
        bounties.add(
            change,
            identity="bounty-7",
            title="Gate.io perpetual connector",
            exchange="gate.io",
            commodity=commodity,
            amount=Decimal(amount),
            developer=developer,
            source="agreement of 2023-10-01",
        )


def line(
    books: Books, amount: str, commodity: str = "USDC", *, on: date = PAID, name: str = "0xa"
) -> str:
    with books.write() as change:
        movement = bank.BankMovement(
            bank_account="ethereum:deposits",
            external_id=name,
            on=on,
            commodity=commodity,
            amount=Decimal(amount),
            counterparty="",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"a transfer", "transfers.csv"))
    return f"ethereum:deposits/{name}"


def deposit(
    books: Books, amount: str, commodity: str = "USDC", *, on: date = PAID, name: str = "0xa"
) -> None:
    identity = line(books, amount, commodity, on=on, name=name)
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        found = change.session.get_one(BankLine, identity)
        receive_deposit(change, bounty, found, Decimal(amount), why="hash declared")


def pass_gates(books: Books, *, without: Gate | None = None) -> None:
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        for gate in reversed(Gate):
            if gate is not without:
                bounty_gates.pass_gate(change, bounty, gate, evidence=f"link: {gate}", on=DONE)


def assign(books: Books, payee: str, role: str = "developer") -> bool:
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        return bounty_team.assign(change, bounty, payee, role=role, on=DONE, evidence="issue 7")


def pass_gate(books: Books, gate: Gate, proof: str) -> bool:
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        return bounty_gates.pass_gate(change, bounty, gate, evidence=proof, on=DONE)


def release(books: Books, on: date = DONE) -> bool:
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        return bounty_release.release(change, bounty, on=on)[1]


def refund(books: Books, reason: str = "no developer in 60 days", on: date = DONE) -> bool:
    with books.write() as change:
        bounty = bounties.named(change.session, "bounty-7")
        return bounty_refund.refund(change, bounty, reason=reason, on=on)[1]


def held(books: Books, commodity: str = "USDC") -> Decimal:
    with books.read() as session:
        return document_balance(session, Chart.BOUNTY_DEPOSITS, "bounty-7", commodity)


def owed(books: Books) -> dict[str, tuple[str, Decimal]]:
    with books.read() as session:
        rows = obligations.of_document(session, "bounty-7")
        due = {row.obligation for row in session.scalars(select(ObligationDue))}
        assert {row.id for row in rows} == due
        return {row.kind: (row.payee, row.amount) for row in rows}


def bounty_of(books: Books) -> Bounty:
    with books.read() as session:
        return bounties.named(session, "bounty-7")


def test_a_deposit_is_released_eighty_to_the_developer_and_twenty_to_us(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    assert held(books) == -10000
    assert release(books)
    assert held(books) == 0
    assert owed(books) == {"bounty-developer": ("ada", Decimal(8000))}
    with books.read() as session:
        found = session.get_one(Obligation, "bounty-developer:bounty-7")
        assert "bounty-division-stablecoin in force on 2023-10-10" in found.explanation
        assert found.base == 10000
        assert found.rate == Decimal("0.8")
        assert found.pool == 8000
        assert document_balance(session, found.payable_account, found.id, "USDC") == -8000
        assert account_balance(session, Chart.INCOME_BOUNTY, "USDC") == -2000
        assert account_balance(session, "assets:wallet:ethereum:deposits", "USDC") == 10000


def test_a_release_twice_changes_nothing(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    assert release(books)
    digest = books.digest()
    assert not release(books)
    with pytest.raises(ReferenceReused, match="released on 2023-10-31"):
        release(books, on=date(2023, 11, 1))
    assert books.digest() == digest


def test_a_release_waits_for_every_gate_whatever_their_order(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books, without=Gate.QA_PASSED)
    digest = books.digest()
    with pytest.raises(NeedsReview, match="it lacks: gate qa-passed\\."):
        release(books)
    assert books.digest() == digest


def test_a_gate_passed_later_does_not_count_on_the_day(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    with pytest.raises(NeedsReview, match="gate delivered, gate approved"):
        release(books, on=date(2023, 10, 30))


def test_a_release_lists_all_that_is_lacking_at_once(books: Books) -> None:
    opened(books, developer=None)
    digest = books.digest()
    with pytest.raises(bounty_release.ReleaseNotReady) as refusal:
        release(books)
    assert refusal.value.lacking == (
        *(f"gate {gate}" for gate in Gate),
        "deposit (0 of 10000 USDC)",
        "developer",
    )
    assert books.digest() == digest


def test_a_release_is_not_dated_before_its_deposit_was_booked(books: Books) -> None:
    opened(books)
    deposit(books, "10000", on=date(2023, 11, 2))
    pass_gates(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="2023-11-02 or later"):
        release(books)
    assert books.digest() == digest


def test_a_release_in_a_closed_month_is_refused(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    with books.write("approver") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    digest = books.digest()
    with pytest.raises(PeriodClosed):
        release(books)
    assert books.digest() == digest


def test_a_refund_returns_the_whole_deposit_to_the_exchange(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    assert refund(books)
    assert held(books) == 0
    assert owed(books) == {"bounty-refund": ("gate-io", Decimal(10000))}
    digest = books.digest()
    assert not refund(books)
    with pytest.raises(ReferenceReused, match="refunded on 2023-10-31"):
        refund(books, reason="QA failed")
    assert books.digest() == digest


def test_a_short_deposit_is_booked_but_not_released_and_is_refunded_as_it_came(
    books: Books,
) -> None:
    opened(books)
    deposit(books, "9999.5")
    with books.read() as session:
        assert bounty_held.deposit_state(session, bounty_of(books)) is DepositState.SHORT
    digest = books.digest()
    with pytest.raises(MoveRefused, match="is quoted; it takes no pass of released there"):
        pass_gates(books)
    with pytest.raises(NeedsReview, match="deposit \\(9999\\.5 of 10000 USDC\\)"):
        release(books)
    assert books.digest() == digest
    refund(books)
    assert owed(books) == {"bounty-refund": ("gate-io", Decimal("9999.5"))}


def test_a_refund_without_a_deposit_or_a_reason_is_refused(books: Books) -> None:
    opened(books)
    digest = books.digest()
    with pytest.raises(NeedsReview, match="No deposit is held"):
        refund(books)
    with pytest.raises(BadInput, match="evidence_missing"):
        refund(books, reason=" ")
    assert books.digest() == digest


def test_hbot_above_the_agreed_amount_goes_back_on_release(books: Books) -> None:
    opened(books, "1500000", "HBOT")
    deposit(books, "1510000", "HBOT")
    pass_gates(books)
    with books.read() as session:
        assert bounty_held.deposit_state(session, bounty_of(books)) is DepositState.OVER
    release(books)
    assert held(books, "HBOT") == 0
    assert owed(books) == {
        "bounty-developer": ("ada", Decimal(1350000)),
        "bounty-refund": ("gate-io", Decimal(10000)),
    }


def test_dust_finer_than_the_payable_unit_is_not_owed_to_anybody(books: Books) -> None:
    opened(books)
    deposit(books, "10000.000000000000000001")
    pass_gates(books)
    release(books)
    assert owed(books) == {"bounty-developer": ("ada", Decimal(8000))}
    with books.read() as session:
        assert account_balance(session, Chart.INCOME_ROUNDING, "USDC") == Decimal("-1e-18")


def test_a_deposit_in_two_lines_is_divided_by_the_rule_of_the_first_day(books: Books) -> None:
    opened(books, "1000", "HBOT")
    deposit(books, "400", "HBOT", on=date(2023, 10, 1), name="0xa")
    with books.read() as session:
        assert bounty_held.deposit_state(session, bounty_of(books)) is DepositState.SHORT
    deposit(books, "600", "HBOT", on=date(2023, 10, 2), name="0xb")
    pass_gates(books)
    with books.read() as session:
        assert bounty_held.deposit_state(session, bounty_of(books)) is DepositState.EXACT
    release(books)
    assert owed(books) == {"bounty-developer": ("ada", Decimal(950))}


def test_a_reviewer_is_paid_where_the_rule_gives_a_part(books: Books) -> None:
    division = {"developer": "0.7", "foundation": "0.1", "reviewer": "0.2"}
    with books.write() as change:
        policies.propose(
            change,
            "bounty-division-stablecoin",
            division,
            effective_from=PAID,
            reason="reviewers are paid",
        )
    with books.write("approver") as change:
        policies.confirm(change, "bounty-division-stablecoin", 3)
    opened(books, "0.000005")
    deposit(books, "0.000005")
    pass_gates(books)
    digest = books.digest()
    with pytest.raises(NeedsReview, match="it lacks: reviewer\\."):
        release(books)
    assert books.digest() == digest
    assert assign(books, "Bob", "reviewer")
    release(books)
    # 90 % of five units is 4.5, up to five; 7/9 and 2/9 of those are 3.9 and 1.1.
    assert owed(books) == {
        "bounty-developer": ("ada", Decimal("0.000004")),
        "bounty-reviewer": ("bob", Decimal("0.000001")),
    }


def test_nobody_reviews_their_own_work(books: Books) -> None:
    opened(books)
    digest = books.digest()
    with pytest.raises(Conflict, match="ada is the developer"):
        assign(books, "Ada", "reviewer")
    assert books.digest() == digest


def test_a_bounty_handed_on_pays_the_developer_assigned_last(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    assert assign(books, "Bob")
    assert not assign(books, "bob")
    release(books)
    assert owed(books) == {"bounty-developer": ("bob", Decimal(8000))}


def test_usdt_where_usdc_was_promised_needs_a_person(books: Books) -> None:
    opened(books)
    identity = line(books, "10000", "USDT")
    digest = books.digest()
    with pytest.raises(CommodityDiffers, match="is in USDT; bounty-7 is in USDC") as refusal:  # noqa: SIM117
        with books.write() as change:
            receive_deposit(
                change,
                bounties.named(change.session, "bounty-7"),
                change.session.get_one(BankLine, identity),
                Decimal(10000),
                why="amount",
            )
    assert refusal.value.exit_status == 3
    assert "Send the USDT back" in refusal.value.mend
    assert books.digest() == digest


def test_a_deposit_matched_twice_is_booked_once(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    digest = books.digest()
    deposit(books, "10000")
    with pytest.raises(ReferenceReused, match="amount is 10000"), books.write() as change:
        receive_deposit(
            change,
            bounties.named(change.session, "bounty-7"),
            change.session.get_one(BankLine, "ethereum:deposits/0xa"),
            Decimal(9000),
            why="another amount",
        )
    assert books.digest() == digest


@pytest.mark.parametrize("amount", ["0", "-1", "10000.000001"])
def test_a_deposit_is_a_part_of_what_came_in(books: Books, amount: str) -> None:
    opened(books)
    identity = line(books, "10000")
    digest = books.digest()
    with pytest.raises((BadInput, DatabaseRefused)), books.write() as change:
        receive_deposit(
            change,
            bounties.named(change.session, "bounty-7"),
            change.session.get_one(BankLine, identity),
            Decimal(amount),
            why="guess",
        )
    assert books.digest() == digest


def test_a_deposit_of_a_closed_month_is_dated_on_the_first_open_day(books: Books) -> None:
    opened(books)
    with books.write("approver") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    deposit(books, "10000")
    with books.read() as session:
        match = bank.live_matches(session, "bounty-7")[0]
        booked = entry(session, match.entry_number)
        assert (match.kind, booked.effective_date, booked.relates_to_period) == (
            "bounty-deposit",
            date(2023, 11, 1),
            "2023-10",
        )


def test_what_was_released_is_never_refunded_and_takes_nothing_more(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books)
    release(books)
    late = line(books, "5", name="0xlate")
    digest = books.digest()
    with pytest.raises(BountyEnded, match="was released"):
        refund(books)
    with pytest.raises(BountyEnded), books.write() as change:
        receive_deposit(
            change,
            bounties.named(change.session, "bounty-7"),
            change.session.get_one(BankLine, late),
            Decimal(5),
            why="late",
        )
    assert books.digest() == digest


def test_what_was_refunded_is_never_released_and_passes_no_gate(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    pass_gates(books, without=Gate.MERGED)
    refund(books)
    digest = books.digest()
    with pytest.raises(BountyEnded, match="was refunded"):
        release(books)
    with pytest.raises(BountyEnded):
        pass_gates(books)
    with pytest.raises(BountyEnded):
        assign(books, "Bob")
    assert books.digest() == digest


def test_the_database_lets_no_deposit_out_twice(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    refund(books)
    digest = books.digest()
    again = JournalEntry(
        reference="by another way",
        effective_date=DONE,
        kind="manual",
        narration="",
        postings=[
            Posting(Chart.BOUNTY_DEPOSITS, Decimal(1), "USDC", "gate-io", "bounty-7"),
            Posting(Chart.INCOME_BOUNTY, Decimal(-1), "USDC", "gate-io", "bounty-7"),
        ],
    )
    with pytest.raises(DatabaseRefused, match="floor: liabilities:bounty-deposits"):  # noqa: SIM117
        with books.write() as change:
            post_one(change, again)
    assert books.digest() == digest


def test_the_database_lets_no_bounty_end_twice(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    refund(books)
    digest = books.digest()
    with (
        pytest.raises(psycopg.errors.UniqueViolation, match="bounty_ends_pkey"),
        books.sql() as raw,
    ):
        raw.execute(
            'INSERT INTO bounty_ends (bounty, kind, "on", reason, amount, entry_number, change_no)'
            " VALUES ('bounty-7', 'released', '2023-10-31', '', 10000, 1,"
            " (SELECT max(number) + 1 FROM changes))"
        )
    assert books.digest() == digest


def test_a_gate_needs_evidence_and_keeps_its_first(books: Books) -> None:
    opened(books)
    deposit(books, "10000")
    assert pass_gate(books, Gate.MERGED, "pr 1")
    digest = books.digest()
    assert not pass_gate(books, Gate.MERGED, "pr 1")
    with pytest.raises(ReferenceReused, match="pr 1"):
        pass_gate(books, Gate.MERGED, "pr 2")
    with pytest.raises(BadInput, match="evidence_missing"):
        pass_gate(books, Gate.APPROVED, "")
    assert books.digest() == digest


def test_a_bounty_is_added_once_under_its_id(books: Books) -> None:
    opened(books)
    digest = books.digest()
    opened(books, "10000.00")
    with pytest.raises(ReferenceReused, match="commodity is USDC"):
        opened(books, commodity="USDT")
    with pytest.raises(ReferenceReused, match="amount is 10000"):
        opened(books, "25000")
    assert books.digest() == digest
    with books.read() as session:
        assert [bounty.id for bounty in bounties.all_of(session)] == ["bounty-7"]


def test_a_bounty_that_could_not_be_paid_or_divided_is_refused(books: Books) -> None:
    digest = books.digest()
    with pytest.raises(BadInput, match="at most 6 decimals in USDC"):
        opened(books, "0.0000001")
    with pytest.raises(BadInput, match="commodity_undivided"):
        opened(books, commodity="ETH")
    with pytest.raises(UnknownReference, match="Nobody"):
        opened(books, developer="Nobody")
    with pytest.raises(UnknownReference), books.read() as session:
        bounties.named(session, "bounty-7")
    assert books.digest() == digest
