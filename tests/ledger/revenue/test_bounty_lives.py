"""What may happen to a bounty and what may not, at the functions that record it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import bank, evidence, parties, prices
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Conflict, NeedsReview, ReferenceReused, UnknownReference
from ledger.money import CONTEXT
from ledger.obligations import of_document
from ledger.revenue import bounties, bounty_dates, bounty_gates, bounty_held, bounty_team
from ledger.revenue.bounty_conversion import converted
from ledger.revenue.bounty_deposits import receive_deposit
from ledger.revenue.bounty_moves import happened, record
from ledger.revenue.bounty_refund import overrun, refund
from ledger.revenue.bounty_release import lacking_for_release, release, release_stage
from ledger.revenue.bounty_standing import MoveRefused, state_of
from ledger.revenue.bounty_states import Gate, Move, State
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_terms import Signed, sign, stage, stage_told
from ledger.sealing import Change
from support.books import Books

DAY, LATER = date(2023, 10, 10), date(2023, 10, 20)
WALLET = "ethereum:deposits"
ONE = "bounty-1"


@pytest.fixture
def people(books: Books) -> Books:
    with books.write() as change:
        for name in ("Gate.io", "Kraken"):
            parties.add(change, name=name, kind="exchange")
        for name in ("Ada", "Bob"):
            parties.add(change, name=name, kind="payee")
        bank.add_account(change, WALLET, kind="wallet", purpose="deposits")
    return books


def put_up(
    change: Change,
    funders: Mapping[str, str] | None = None,
    *,
    exchange: str | None = "Gate.io",
    developer: str | None = "Ada",
    commodity: str = "USDC",
) -> Bounty:
    return bounties.add(
        change,
        identity=ONE,
        title="a connector",
        exchange=exchange,
        commodity=commodity,
        amount=Decimal(1000),
        developer=developer,
        funders={name: Decimal(part) for name, part in (funders or {}).items()},
    )[0]


def came(change: Change, amount: str, name: str = "0xa", commodity: str = "USDC") -> BankLine:
    movement = bank.BankMovement(
        bank_account=WALLET,
        external_id=name,
        on=DAY,
        commodity=commodity,
        amount=Decimal(amount),
        counterparty="",
        memo="",
        row=1,
    )
    bank.record(change, movement, evidence.keep(change, name.encode(), "wallet.csv"))
    return change.session.get_one(BankLine, f"{WALLET}/{name}")


def deposit(
    change: Change, bounty: Bounty, amount: str, *, name: str = "0xa", funder: str | None = None
) -> None:
    line = came(change, amount, name, bounty.commodity)
    receive_deposit(change, bounty, line, Decimal(amount), why="a test", funder=funder)


def pass_all(change: Change, bounty: Bounty, on: date = DAY) -> None:
    for gate in Gate:
        bounty_gates.pass_gate(change, bounty, gate, evidence="link", on=on)


def test_somebody_puts_a_bounty_up_whole(people: Books) -> None:
    with people.write() as change:
        with pytest.raises(BadInput, match="funders_invalid"):
            put_up(change, exchange=None)
        with pytest.raises(BadInput, match="found '999', expected an exchange, or parts that sum"):
            put_up(change, {"Gate.io": "999"})


def test_a_deposit_is_of_somebody_who_puts_the_bounty_up(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change, {"Gate.io": "400", "Kraken": "600"})
        line = came(change, "400")
        with pytest.raises(NeedsReview, match="whose deposit is it"):
            receive_deposit(change, bounty, line, Decimal(400), why="a test")
        with pytest.raises(BadInput, match=r"funder_unknown: .* from gate-io or kraken"):
            receive_deposit(change, bounty, line, Decimal(400), why="a test", funder="Ada")
        receive_deposit(change, bounty, line, Decimal(400), why="a test", funder="Gate.io")
        assert state_of(change.session, bounty) is State.QUOTED
        deposit(change, bounty, "600", name="0xb", funder="kraken")
        assert bounty_held.deposited_by(change.session, bounty) == {
            "gate-io": Decimal(400),
            "kraken": Decimal(600),
        }
        assert state_of(change.session, bounty) is State.ASSIGNED


def test_our_own_money_is_pledged_once_and_never_deposited(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change, {"foundation": "1000"}, exchange=None)
        assert sign(change, bounty, Signed(on=date(2026, 2, 1), document="a vote"))[1]
        with pytest.raises(BadInput, match="it is our own money"):
            deposit(change, bounty, "1000")
        assert bounty_held.deposit_state(change.session, bounty).value == "none"
        assert record(change, bounty, Move.PLEDGE, evidence="HGP-9", on=DAY)
        assert not record(change, bounty, Move.PLEDGE, evidence="HGP-9", on=DAY)
        with pytest.raises(Conflict, match="pledged already"):
            record(change, bounty, Move.PLEDGE, evidence="HGP-10", on=DAY)
        pass_all(change, bounty)
        release(change, bounty, on=LATER)
        assert document_balance(change.session, Chart.EXPENSE_BOUNTY, ONE, "USDC") == 900
        assert document_balance(change.session, Chart.INCOME_BOUNTY, ONE, "USDC") == 0


def test_a_bounty_waits_for_our_own_part(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change, {"foundation": "400", "Gate.io": "600"})
        deposit(change, bounty, "600")
        lacking = lacking_for_release(change.session, bounty, LATER)
        assert "pledge of the Foundation's part" in lacking
        record(change, bounty, Move.PLEDGE, evidence="HGP-9", on=DAY)
        pass_all(change, bounty)
        release(change, bounty, on=LATER)
        assert document_balance(change.session, Chart.EXPENSE_BOUNTY, ONE, "USDC") == 320
        assert document_balance(change.session, Chart.INCOME_BOUNTY, ONE, "USDC") == -120


def test_what_makes_no_sense_is_not_recorded(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change, developer=None)
        with pytest.raises(BadInput, match="a bounty that the Foundation has a part in"):
            record(change, bounty, Move.PLEDGE, evidence="HGP-9", on=DAY)
        with pytest.raises(Conflict, match="Nobody develops"):
            record(change, bounty, Move.WITHDRAW, evidence="mail", on=DAY)
        with pytest.raises(MoveRefused, match="takes no pay-directly"):
            record(change, bounty, Move.PAY_DIRECTLY, evidence="0x1", on=DAY)
        deposit(change, bounty, "1")
        with pytest.raises(Conflict, match="1 USDC is held"):
            record(change, bounty, Move.CANCEL, evidence="mail", on=DAY)


def test_a_gate_that_somebody_decides_may_fail_until_it_is_passed(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change)
        deposit(change, bounty, "1000")
        with pytest.raises(BadInput, match="gate_invalid"):
            bounty_gates.fail_gate(change, bounty, Gate.MERGED, evidence="x", on=DAY)
        vote = Gate.PROPOSAL_PASSED
        assert bounty_gates.fail_gate(change, bounty, vote, evidence="vote 1", on=DAY)
        assert not bounty_gates.fail_gate(change, bounty, vote, evidence="vote 1", on=DAY)
        assert bounty_gates.pass_gate(change, bounty, vote, evidence="vote 2", on=LATER)
        with pytest.raises(ReferenceReused, match="vote 2"):
            bounty_gates.fail_gate(change, bounty, vote, evidence="vote 3", on=LATER)
        assert vote in bounty_gates.gates_missing(change.session, bounty, DAY)
        assert vote not in bounty_gates.gates_missing(change.session, bounty, LATER)


def test_what_an_exchange_pays_itself_is_not_held_nor_released(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change)
        direct = Signed(on=DAY, document="agreement", arrangement="direct")
        sign(change, bounty, direct)
        with pytest.raises(MoveRefused, match="pays its developer itself"):
            release(change, bounty, on=LATER)
        record(change, bounty, Move.PAY_DIRECTLY, evidence="0x1", on=LATER)
        assert happened(change.session, bounty).ended == LATER
        with pytest.raises(MoveRefused, match="is paid; it takes no release"):
            release(change, bounty, on=LATER)


def test_a_payee_who_works_on_it_chooses_what_bounties_are_paid_in(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change)
        choose = bounty_team.choose
        with pytest.raises(UnknownReference, match="developer or reviewer"):
            choose(change, bounty, "Bob", "HBOT", on=DAY, evidence="mail")
        with pytest.raises(BadInput, match="commodity_undivided"):
            choose(change, bounty, "Ada", "ETH", on=DAY, evidence="mail")
        assert not choose(change, bounty, "Ada", "USDC", on=DAY, evidence="mail")
        assert choose(change, bounty, "Ada", "HBOT", on=DAY, evidence="mail")
        assert choose(change, bounty, "Ada", "USDC", on=DAY, evidence="mail 2")
        assert bounty_team.choices_of(change.session, bounty)["ada"].number == 2
        twice = {"Ada": Decimal(1), "ada": Decimal(1)}
        with pytest.raises(BadInput, match="split_invalid"):
            bounty_team.assign(change, bounty, twice, on=DAY, evidence="item")
        bounty_team.assign(change, bounty, "Bob", on=DAY, evidence="item")
        named = bounty_team.assignments_of(change.session, bounty, until=DAY)
        assert [row.payee for row in named] == ["bob"]


@pytest.mark.parametrize(
    ("commodity", "takes", "owed"),
    [("USDC", "HBOT", "80000"), ("HBOT", "USD", "8"), ("USD", "USDC", "750")],
)
def test_a_part_is_turned_at_the_price_of_the_days_before_its_release(
    people: Books, commodity: str, takes: str, owed: str
) -> None:
    with people.write() as change:
        for back in range(1, 8):
            prices.add(
                change,
                commodity="HBOT",
                quote="USD",
                on=LATER - timedelta(days=back),
                price=Decimal("0.01"),
                source="CoinGecko",
            )
        prices.add(
            change,
            commodity="USDC",
            quote="USD",
            on=date(2023, 1, 1),
            price=Decimal(1),
            source="policy: stablecoins at par",
        )
        bounty = put_up(change, commodity=commodity)
        deposit(change, bounty, "1000")
        shares = (Decimal("0.8"), Decimal("0.2"), Decimal(0))
        if commodity == "USD":
            shares = (Decimal("0.75"), Decimal("0.25"), Decimal(0))
        sign(change, bounty, Signed(on=DAY, document="agreement", shares=shares))
        bounty_team.choose(change, bounty, "Ada", takes, on=DAY, evidence="mail")
        pass_all(change, bounty)
        release(change, bounty, on=LATER)
        [part] = of_document(change.session, ONE)
        assert (part.commodity, part.amount) == (takes, Decimal(owed))
        pair = f"{Chart.CONVERSION}:{'-'.join(sorted((commodity, takes))).lower()}"
        assert document_balance(change.session, pair, part.id, takes) == Decimal(owed)
        assert f"taken in {takes}" in part.explanation


@given(
    st.decimals("0.000001", "1000000", places=6),
    st.decimals("0.000001", "1000", places=6),
    st.decimals("0.000001", "1000", places=6),
    st.integers(0, 18),
)
def test_what_is_taken_is_the_most_that_is_not_worth_more(
    amount: Decimal, price: Decimal, into_price: Decimal, scale: int
) -> None:
    worth = CONTEXT.multiply(amount, price)
    taken = converted(amount, price, into_price, scale)
    more = CONTEXT.add(taken, Decimal(1).scaleb(-scale))
    assert CONTEXT.multiply(taken, into_price) <= worth < CONTEXT.multiply(more, into_price)


def test_stages_are_released_in_order_each_once_and_the_last_one_ends_it(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change)
        with pytest.raises(BadInput, match="expected no stage: it has none"):
            release_stage(change, bounty, 1, on=DAY)
        told = ("first:400:delivered", "second:500:merged", "tail:100::5")
        stage(change, bounty, [stage_told(each) for each in told])
        deposit(change, bounty, "1000.5")
        with pytest.raises(NeedsReview, match="in stages"):
            release(change, bounty, on=DAY)
        with pytest.raises(BadInput, match="a stage from 1 to 3"):
            release_stage(change, bounty, 4, on=DAY)
        with pytest.raises(NeedsReview, match="lacks: stage 1"):
            release_stage(change, bounty, 2, on=DAY)
        pass_all(change, bounty)
        assert lacking_for_release(change.session, bounty, DAY) == []
        for number in (1, 2):
            assert release_stage(change, bounty, number, on=LATER)[1]
        assert not release_stage(change, bounty, 2, on=LATER)[1]
        with pytest.raises(ReferenceReused, match=f"released on {LATER}"):
            release_stage(change, bounty, 2, on=date(2023, 10, 21))
        wait = lacking_for_release(change.session, bounty, date(2023, 10, 14))
        assert wait == ["its wait until 2023-10-15"]
        assert release_stage(change, bounty, 3, on=LATER)[1]
        assert lacking_for_release(change.session, bounty, LATER) == []
        assert state_of(change.session, bounty) is State.RELEASED
        owed = {part.id: part.amount for part in of_document(change.session, ONE)}
        assert owed[f"bounty-refund:{ONE}"] == Decimal("0.5")


def test_dust_alone_is_not_refunded_and_an_overrun_is_owed_once(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change)
        deposit(change, bounty, "0.0000001")
        with pytest.raises(NeedsReview, match="No deposit is held"):
            refund(change, bounty, reason="nobody wants it", on=LATER)
        deposit(change, bounty, "1000", name="0xb")
        assert overrun(change, bounty, "Ada", Decimal(5), reason="more", on=LATER)[1]
        assert not overrun(change, bounty, "Ada", Decimal(5), reason="more", on=LATER)[1]
        assert document_balance(change.session, Chart.EXPENSE_BOUNTY_LOSS, ONE, "USDC") == 5


def test_clocks_and_phases_follow_the_policies_of_their_days(people: Books) -> None:
    with people.write() as change:
        bounty = put_up(change, developer=None)
        session = change.session
        assert bounty_dates.clocks(session, bounty, LATER) == []
        assert bounty_dates.phases(session, bounty, LATER) == []
        signed = date(2026, 3, 2)
        sign(change, bounty, Signed(on=signed, document="agreement", why="a test"))
        [due] = bounty_dates.clocks(session, bounty, signed)
        assert (due.kind, due.due) == ("deposit", date(2026, 3, 9))
        deposit(change, bounty, "1000")
        bounty_team.assign(change, bounty, "Ada", on=signed, evidence="item")
        phases = bounty_dates.phases(session, bounty, signed)
        assert [each.name for each in phases] == ["set-up", "development", "testing", "governance"]
        bounty_gates.fail_gate(change, bounty, Gate.QA_PASSED, evidence="x", on=date(2026, 5, 7))
        days = {each.kind: each.due for each in bounty_dates.clocks(session, bounty, date.max)}
        assert days["refund"] == date(2026, 5, 27)
