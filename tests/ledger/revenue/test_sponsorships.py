from datetime import date
from decimal import Decimal

import pytest

from ledger import dues, parties, policies
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, Conflict, NeedsReview, ReferenceReused, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one, reverse
from ledger.revenue import (
    bounties,
    bounty_deposits,
    bounty_gates,
    bounty_release,
    connectors,
    prepaid,
    prepaid_earning,
    prepaid_ends,
    renewals,
    sponsorships,
    upkeep,
    upkeep_facts,
)
from ledger.revenue.bounty_states import Gate
from ledger.revenue.sponsorship_credits import CreditUnfounded
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipEnd
from support.books import Books
from support.receipts import ties
from support.upkeep import at, came, invoice, open_exchanges, pay_year

DAY = date(2025, 12, 10)


@pytest.fixture
def gate(books: Books) -> Books:
    """Give books of two exchanges on the day on which Gate becomes a sponsor."""
    open_exchanges(books, "Gate", "Quill")
    at(books, DAY)
    return books


def sponsor(books: Books, identity: str = "gold", **options: object) -> bool:
    told = {"exchange": "Gate", "tier": "gold", "year_from": DAY} | options
    renewal = told.pop("renewal", None)
    with books.write() as change:
        moved = [renewals.named(change.session, str(renewal))] if renewal else []
        return sponsorships.add(change, identity=identity, moved=moved, **told)[1]  # type: ignore[arg-type]


def refused(books: Books, kind: type[Exception], match: str, **options: object) -> None:
    """Require that a sponsorship is refused and nothing is written."""
    digest = books.digest()
    with pytest.raises(kind, match=match):
        sponsor(books, **options)  # type: ignore[arg-type]
    assert books.digest() == digest


def bounty(
    books: Books, exchange: str = "Gate", commodity: str = "USD", *, released: bool
) -> None:
    """Put up a bounty of 10,000, paid, and released if it is wanted."""
    with books.write() as change:
        found, _ = bounties.add(
            change,
            identity="bounty",
            title="a connector",
            exchange=exchange,
            commodity=commodity,
            amount=Decimal(10000),
            developer="Ada",
        )
        if not released:
            return
    line = came(books, "10000", "bounty", date(2025, 11, 1), commodity)
    with books.write() as change:
        found = bounties.named(change.session, "bounty")
        paid = change.session.get_one(BankLine, line)
        bounty_deposits.receive_deposit(change, found, paid, Decimal(10000), why="memo")
        for gate in Gate:
            bounty_gates.pass_gate(change, found, gate, evidence="e", on=date(2025, 11, 20))
        bounty_release.release(change, found, on=date(2025, 11, 21))


def owed(books: Books, identity: str = "gold") -> Decimal:
    with books.read() as session:
        year = prepaid.named(session, identity)
        at_the_account = document_balance(
            session, Chart.RECEIVABLE_SPONSORSHIP, identity, year.commodity
        )
        assert prepaid.owed(session, year) == at_the_account
        return at_the_account


def test_a_sponsorship_is_invoiced_once_at_its_tiers_price(gate: Books) -> None:
    assert sponsor(gate)
    assert owed(gate) == 50000
    digest = gate.digest()
    assert not sponsor(gate)
    assert gate.digest() == digest
    refused(gate, ReferenceReused, "tier is gold", tier="platinum")
    refused(gate, Conflict, "Sponsorship 'gold' covers gate", identity="again")
    refused(gate, Conflict, "covers gate", identity="again", year_from=date(2026, 11, 30))


@pytest.mark.parametrize(
    ("tier", "amount", "match"),
    [
        ("silver", None, "expected one of diamond, gold, platinum"),
        ("silver", "50000", "expected one of diamond, gold, platinum"),
        ("gold", "49999", "from 50000, below 100000 USD"),
        ("gold", "100000", "from 50000, below 100000 USD"),
        ("diamond", "249999.99", "from 250000 USD"),
    ],
)
def test_a_price_that_is_not_its_tiers_is_refused(
    gate: Books, tier: str, amount: str | None, match: str
) -> None:
    refused(gate, BadInput, match, tier=tier, amount=amount and Decimal(amount))


def test_a_diamond_may_cost_more_and_another_commodity_wants_an_amount(gate: Books) -> None:
    refused(gate, BadInput, "an amount in USDC", commodity="USDC")
    assert sponsor(gate, tier="diamond", amount=Decimal("1000000.01"))
    assert owed(gate) == Decimal("1000000.01")


def test_a_bountys_fee_is_credited_once_of_a_release_of_the_same_exchange(gate: Books) -> None:
    bounty(gate, released=True)
    assert sponsor(gate, bounty="bounty")
    assert owed(gate) == 48000
    with gate.read() as session:
        assert account_balance(session, Chart.INCOME_BOUNTY, "USD") == 0
        assert document_balance(session, Chart.DEFERRED_SPONSORSHIP, "gold", "USD") == -50000
    later = {"identity": "next", "year_from": date(2026, 12, 10), "bounty": "bounty"}
    at(gate, date(2026, 12, 10))
    refused(gate, CreditUnfounded, "2000 of it is credited to 'gold'", **later)
    assert ties(gate) == []


@pytest.mark.parametrize(
    ("exchange", "commodity", "released", "match"),
    [
        ("Quill", "USD", True, "it is quill's"),
        ("Gate", "USDC", True, "it is in USDC, the sponsorship in USD"),
        ("Gate", "USD", False, "it was not released"),
    ],
)
def test_a_fee_that_was_not_earned_from_the_sponsor_is_not_credited(
    gate: Books, exchange: str, commodity: str, *, released: bool, match: str
) -> None:
    bounty(gate, exchange, commodity, released=released)
    refused(gate, CreditUnfounded, match, bounty="bounty")


def test_a_renewal_that_moves_is_credited_with_what_was_paid_and_not_earned(gate: Books) -> None:
    invoice(gate)
    refused(gate, NeedsReview, "not earned yet for 2025-09, 2025-10, 2025-11", renewal="gate-2025")
    pay_year(gate, "gate-2025", "1900", date(2025, 9, 20))
    with gate.write() as change:
        prepaid_earning.earn(change, date(2025, 11, 1))
    assert sponsor(gate, renewal="gate-2025")
    assert owed(gate) == 48600
    with gate.read() as session:
        end = prepaid.end_of(session, prepaid.named(session, "gate-2025"))
        assert end is not None
        assert end.kind == "moved"
        assert [end.relieved, end.refunded] == [100, 1400]
        assert dues.due(session) == []
    digest = gate.digest()
    assert not sponsor(gate, renewal="gate-2025")
    assert gate.digest() == digest
    assert ties(gate) == []


def test_a_renewal_of_another_exchange_does_not_move(gate: Books) -> None:
    with gate.write() as change:
        parties.add(change, name="Quill", kind="exchange")
        renewals.invoice(
            change,
            identity="quill-2025",
            exchange="Quill",
            connector="quill",
            year_from=DAY,
        )
    refused(gate, CreditUnfounded, "it is quill's, in USD", renewal="quill-2025")


def test_a_cancellation_gives_up_what_is_owed_then_the_fee_then_money(gate: Books) -> None:
    bounty(gate, released=True)
    sponsor(gate, bounty="bounty")
    pay_year(gate, "gold", "40000", DAY)
    with gate.write() as change:
        year = sponsorships.named(change.session, "gold")
        end, new = prepaid_ends.cancel(change, year, evidence="letter", on=DAY)
        assert new
        assert isinstance(end, SponsorshipEnd)
        told = [end.relieved, end.returned, end.refunded]
    assert told == [8000, 2000, 40000]
    assert owed(gate) == 0
    with gate.read() as session:
        assert account_balance(session, Chart.INCOME_BOUNTY, "USD") == -2000
        assert account_balance(session, Chart.DEFERRED_SPONSORSHIP, "USD") == 0
        refund = document_balance(session, Chart.PAYABLE_REFUND, "sponsorship-refund:gold", "USD")
        assert refund == -40000
    assert ties(gate) == []


def test_an_invoice_of_a_sponsorship_is_not_reversed_by_hand(gate: Books) -> None:
    sponsor(gate)
    with gate.read() as session:
        number = session.get_one(Sponsorship, "gold").entry_number
    digest = gate.digest()
    with pytest.raises(Conflict, match="sponsorship gold"), gate.write() as change:
        reverse(change, number, reason="by hand", on=DAY)
    assert gate.digest() == digest


def test_connectors_tell_once_what_they_are_and_when_they_were_released(gate: Books) -> None:
    with gate.write() as change:
        made, new = connectors.add(change, identity="gate_io", exchange="Gate", kind="amm")
        assert new
        assert connectors.release(change, made, on=DAY, evidence="release 2")
        assert connectors.poll(change, made, "2025-Q4", evidence="poll")
    digest = gate.digest()
    bounty_of_quill = {"on": DAY, "evidence": "release 2", "bounty": "bounty"}
    with gate.write() as change:
        made, new = connectors.add(change, identity="gate_io", exchange="Gate", kind="amm")
        assert not new
        assert not connectors.release(change, made, on=DAY, evidence="release 2")
        assert not connectors.poll(change, made, "2025-Q4", evidence="poll")
    for kind, match, act in (
        (BadInput, "clob-spot, clob-perpetual, amm", {"kind": "dex"}),
        (ReferenceReused, "kind is amm", {"kind": "clob-spot"}),
    ):
        with pytest.raises(kind, match=match), gate.write() as change:
            connectors.add(change, identity="gate_io", exchange="Gate", **act)
    with pytest.raises(ReferenceReused, match="released_on is"), gate.write() as change:
        connectors.release(change, made, on=date(2025, 12, 9), evidence="release 2")
    with pytest.raises(BadInput, match="2026-Q5"), gate.write() as change:
        connectors.poll(change, made, "2026-Q5", evidence="poll")
    assert gate.digest() == digest
    bounty(gate, "Quill", released=False)
    with gate.write() as change:
        of_quill, _ = connectors.add(change, identity="quill", exchange="Quill", kind="amm")
        assert connectors.release(change, of_quill, **bounty_of_quill)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="is quill's"), gate.write() as change:
        connectors.release(change, made, **bounty_of_quill)  # type: ignore[arg-type]


def test_other_credits_than_it_was_invoiced_with_are_refused(gate: Books) -> None:
    bounty(gate, released=True)
    invoice(gate, year_from=DAY)
    sponsor(gate, renewal="gate-2025")
    assert not sponsor(gate, renewal="gate-2025")
    refused(gate, CreditUnfounded, "it is invoiced already, without it", bounty="bounty")
    assert [year.id for year in all_sponsorships(gate)] == ["gold"]


def all_sponsorships(books: Books) -> list[Sponsorship]:
    with books.read() as session:
        assert prepaid.ids(session) >= {"gold"}
        with pytest.raises(UnknownReference, match="No sponsorship is named 'silver'"):
            sponsorships.named(session, "silver")
        with pytest.raises(UnknownReference, match="No renewal or sponsorship is named"):
            prepaid.named(session, "silver")
        assert sponsorships.credits_of(session, sponsorships.named(session, "gold")) == []
        return sponsorships.all_of(session)


def test_more_than_is_owed_for_a_sponsorship_is_not_moved_to_it(gate: Books) -> None:
    invoice(gate, amount="60000", year_from=DAY)
    pay_year(gate, "gate-2025", "60000", DAY)
    refused(gate, CreditUnfounded, "60000 is more than is owed", renewal="gate-2025")


def test_a_bounty_that_left_no_fee_credits_nothing(gate: Books) -> None:
    bounty(gate, released=True)
    with gate.write() as change:
        move = (("income:bounty-administration", 2000), ("expenses:bounty", -2000))
        post_one(
            change,
            JournalEntry(
                reference="a fee given up",
                effective_date=DAY,
                kind="manual",
                narration="",
                postings=[
                    Posting(account, Decimal(amount), "USD", "gate", "bounty")
                    for account, amount in move
                ],
            ),
        )
    refused(gate, CreditUnfounded, "its release left no fee", bounty="bounty")


def test_a_year_that_the_fee_pays_whole_is_owed_nothing_and_gives_the_fee_back(
    gate: Books,
) -> None:
    bounty(gate, released=True)
    with gate.write() as change:
        prices = {"small": "1000", "gold": "50000"}
        policies.propose(
            change, "sponsorship-prices", prices, effective_from=DAY, reason="a small one"
        )
    with gate.write("checker") as change:
        policies.confirm(change, "sponsorship-prices", 2)
    sponsor(gate, tier="small", bounty="bounty")
    assert owed(gate) == 0
    with gate.write() as change:
        made = prepaid_earning.earn(change, DAY)
        assert [(each.period, each.amount) for each in made] == [("2025-12", Decimal("83.33"))]
        (again,) = prepaid_earning.earned_in(change.session, "2025-12")
        assert again == made[0]
        assert prepaid_earning.earned(change.session, made[0].year, until=DAY) == 0
        end, _ = prepaid_ends.cancel(change, made[0].year, evidence="letter", on=DAY)
        assert isinstance(end, SponsorshipEnd)
        assert [end.relieved, end.returned, end.refunded] == [0, Decimal("916.67"), 0]
    with gate.read() as session:
        year = sponsorships.named(session, "gold")
        assert prepaid.end_of(session, year, until=date(2025, 12, 9)) is None
    assert ties(gate) == []


def test_what_an_exchange_maintains_itself_goes_on_until_it_says_so(gate: Books) -> None:
    with gate.write() as change:
        made, _ = connectors.add(change, identity="gate_io", exchange="Gate", kind="amm")
        connectors.release(change, made, on=date(2023, 1, 31), evidence="release 2")
        for since, ended in ((date(2024, 6, 1), False), (date(2025, 6, 1), True)):
            assert connectors.self_maintained(
                change, made, since=since, evidence="letter", ended=ended
            )
        assert not connectors.self_maintained(
            change, made, since=date(2024, 6, 1), evidence="letter"
        )
    with gate.read() as session:
        (found,) = upkeep_facts.upkeeps(session)
        assert [each.id for each in connectors.all_of(session)] == ["gate_io"]
        assert len(connectors.upkeep_of(session, "gate_io")) == 2
        with pytest.raises(UnknownReference, match="No connector is named 'x'"):
            connectors.named(session, "x")
        due = upkeep_facts.due(session, DAY, DAY)
    words = [upkeep.state_on(found, day).word for day in (date(2024, 7, 1), DAY)]
    assert words == ["exchange", "lapsed"]
    assert [each.on for each in due] == [date(2025, 12, 2)]
