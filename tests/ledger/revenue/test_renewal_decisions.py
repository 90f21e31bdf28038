from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from ledger import prices
from ledger.accounts import Chart
from ledger.balances import document_balance
from ledger.errors import BadInput, Conflict, Denied, ReferenceReused, Refusal, UnknownReference
from ledger.price_checks import PriceInvalid
from ledger.revenue import (
    connectors,
    exchange_credits,
    prepaid_earning,
    renewal_decisions,
    renewal_waivers,
    renewals,
    sponsorships,
    upkeep,
    upkeep_facts,
    waiver_basis,
)
from ledger.revenue.bounty_tables import Renewal
from ledger.revenue.connectors import NotReleased
from ledger.revenue.renewal_decisions import YearNotBegun
from ledger.revenue.renewal_waivers import WaiverUnproven
from ledger.sealing import Change
from support.books import Books
from support.fee_shares import agree, pay, state
from support.receipts import ties
from support.upkeep import (
    RELEASED,
    SECOND_YEAR,
    at,
    connect,
    invoice,
    open_exchanges,
    receive_fee_share,
)


@pytest.fixture
def gate(books: Books) -> Books:
    """Give books on the day on which the second year of Gate's connector begins."""
    open_exchanges(books)
    at(books, SECOND_YEAR)
    connect(books)
    return books


def decide(books: Books, **options: date | str) -> tuple[str, str | None]:
    with books.write() as change:
        made, _ = renewal_decisions.decide(
            change,
            connectors.named(change.session, "gate_io"),
            **{"on": SECOND_YEAR} | options,  # type: ignore[arg-type]
        )
        return made.outcome, made.renewal


def notice(books: Books, on: date, evidence: str = "mail 1") -> bool:
    with books.write() as change:
        gate_io = connectors.named(change.session, "gate_io")
        return renewal_decisions.notice(change, gate_io, on=on, sent_to="ops", evidence=evidence)[
            1
        ]


def refused(books: Books, kind: type[Refusal], match: str, act: Callable[[], object]) -> None:
    """Require that something is refused and writes nothing."""
    digest = books.digest()
    with pytest.raises(kind, match=match):
        act()
    assert books.digest() == digest


def basis_of(books: Books, kind: str = "decision") -> tuple[Decimal, int, bool]:
    with books.read() as session:
        found, _ = waiver_basis.of_id(session, f"{kind}:gate_io:{SECOND_YEAR}")
        return waiver_basis.average(found), found.months, found.above


def test_more_than_two_hundred_a_month_waives_and_two_hundred_does_not(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "2200", date(2024, 11, 5)))
    assert decide(gate) == ("invoiced", "renewal-gate-io-2025")
    assert basis_of(gate) == (Decimal(200), 11, False)
    digest = gate.digest()
    assert decide(gate) == ("invoiced", "renewal-gate-io-2025")
    assert gate.digest() == digest
    with gate.read() as session:
        owed = document_balance(session, Chart.RECEIVABLE_RENEWAL, "renewal-gate-io-2025", "USD")
        assert owed == 2000


def test_a_year_is_waived_without_an_invoice_and_is_not_invoiced_after(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "2200.000001", date(2024, 11, 5)))
    assert decide(gate) == ("waived", None)
    refused(gate, Conflict, "was waived on 2025-09-10", lambda: invoice(gate))


def test_what_came_too_much_and_went_back_does_not_count(gate: Books) -> None:
    stream = agree(gate, {"Ada": "1"})
    statement = state(gate, stream, "100", period="2024-10")
    pay(gate, statement, Decimal(5000), date(2024, 11, 5), overpaid=True)
    with gate.write() as change:
        exchange_credits.give_back(
            change, statement, Decimal(4900), on=date(2024, 12, 1), reason="a mistake"
        )
    assert decide(gate)[0] == "invoiced"
    assert basis_of(gate) == (Decimal("9.09"), 11, False)


def test_a_month_without_a_price_is_named_and_nothing_is_decided(gate: Books) -> None:
    stream = agree(gate, {"Ada": "1"}, commodity="HBOT")
    for period, on in (("2024-10", date(2024, 11, 5)), ("2024-11", date(2024, 12, 5))):
        pay(gate, state(gate, stream, "9", period=period, commodity="HBOT"), Decimal(9), on)
    refused(
        gate,
        PriceInvalid,
        r"price of HBOT in USD.*2024-11; it is missing(.|\n)*2024-12; it is missing",
        lambda: decide(gate),
    )
    with gate.write() as change:
        for on, price in (
            (date(2024, 11, 3), "20"),
            (date(2024, 11, 28), "30"),
            (date(2024, 12, 1), "70"),
        ):
            prices.add(
                change,
                commodity="HBOT",
                quote="USD",
                on=on,
                price=Decimal(price),
                source="market",
            )
    assert decide(gate)[0] == "invoiced"
    with gate.read() as session:
        _, receipts = waiver_basis.of_id(session, f"decision:gate_io:{SECOND_YEAR}")
        assert [each.price for each in receipts] == [30, 70]
        assert [each.value for each in receipts] == [270, 630]


def test_nothing_is_decided_before_its_year_or_on_another_day(gate: Books) -> None:
    at(gate, date(2025, 9, 9))
    before = {"on": date(2025, 9, 9)}
    refused(gate, YearNotBegun, "2025-09-10 has not begun", lambda: decide(gate, **before))
    refused(
        gate,
        YearNotBegun,
        "has not begun",
        lambda: decide(gate, **before, year_from=SECOND_YEAR),
    )
    refused(
        gate,
        BadInput,
        "the 09-10 of a year after its release",
        lambda: decide(gate, **before, year_from=date(2025, 9, 1)),
    )
    refused(gate, BadInput, "2025-09-10 or earlier", lambda: decide(gate, on=date(2025, 9, 11)))


def test_a_connector_that_was_not_released_has_no_years(books: Books) -> None:
    open_exchanges(books)
    with books.write() as change:
        connectors.add(change, identity="gate_io", exchange="Gate", kind="amm")
    refused(books, NotReleased, "was not released", lambda: decide(books, on=books.at.date()))


def test_a_notice_is_provisional_and_sent_once_before_the_year(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "3000", date(2024, 11, 5)))
    sent = date(2025, 7, 12)
    assert notice(gate, sent)
    assert basis_of(gate, "notice") == (Decimal("333.33"), 9, True)
    digest = gate.digest()
    assert not notice(gate, sent)
    assert gate.digest() == digest
    refused(gate, ReferenceReused, "mail 1", lambda: notice(gate, sent, evidence="mail 2"))
    refused(gate, BadInput, "evidence_missing", lambda: notice(gate, sent, evidence=" "))
    with gate.write() as change:
        gate_io = connectors.named(change.session, "gate_io")
        with pytest.raises(BadInput, match="a day before the year begins"):
            renewal_decisions.notice(
                change,
                gate_io,
                sent_to="ops",
                evidence="late",
                on=SECOND_YEAR,
                year_from=SECOND_YEAR,
            )


def test_a_connector_of_less_than_six_months_is_not_waived(gate: Books) -> None:
    with gate.write() as change:
        made, _ = connectors.add(change, identity="new", exchange="Gate", kind="amm")
        connectors.release(change, made, on=date(2025, 5, 20), evidence="release 3")
    receive_fee_share(gate, ("2025-06", "9000", date(2025, 7, 5)))
    with gate.write() as change:
        made, _ = connectors.add(change, identity="new", exchange="Gate", kind="amm")
        renewal_decisions.notice(change, made, sent_to="ops", evidence="early", on=SECOND_YEAR)
        basis, _ = waiver_basis.of_id(change.session, "notice:new:2026-05-20")
        assert (basis.months, basis.above) == (3, False)


def test_an_invoice_that_is_there_is_waived_by_what_was_received(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "3000", date(2024, 11, 5)))
    invoice(gate)
    assert decide(gate) == ("waived", "gate-2025")
    with gate.read() as session:
        assert renewal_waivers.is_proved(session, renewals.named(session, "gate-2025"))
        assert document_balance(session, Chart.DEFERRED_RENEWAL, "gate-2025", "USD") == 0
        (found,) = upkeep_facts.upkeeps(session)
        state = upkeep.state_on(found, SECOND_YEAR)
        assert (state.word, state.document) == ("waived", "gate-2025")
    assert ties(gate) == []


def test_an_invoice_of_which_something_was_earned_is_cancelled_not_waived(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "3000", date(2024, 11, 5)))
    invoice(gate)
    with gate.write() as change:
        prepaid_earning.earn(change, SECOND_YEAR)
    refused(gate, Conflict, "earned or paid", lambda: decide(gate))


def test_a_claim_waives_nothing_unless_two_persons_stand_for_it(gate: Books) -> None:
    invoice(gate)

    def act(how: Callable[[Change], object], actor: str = "treasurer") -> None:
        with gate.write(actor) as change:
            how(change)

    def gate_2025(change: Change) -> Renewal:
        return renewals.named(change.session, "gate-2025")

    def waive(change: Change) -> None:
        renewal_waivers.waive(change, gate_2025(change), evidence="a claim", on=SECOND_YEAR)

    def override(change: Change, reason: str = "a vote") -> None:
        renewal_waivers.override(change, gate_2025(change), reason=reason)

    def confirm(change: Change) -> None:
        renewal_waivers.confirm(change, gate_2025(change))

    refused(gate, WaiverUnproven, "'gate-2025' is waived", lambda: act(waive))
    refused(gate, UnknownReference, "override", lambda: act(confirm, "checker"))
    act(override)
    refused(gate, ReferenceReused, "a vote", lambda: act(lambda each: override(each, "other")))
    refused(gate, WaiverUnproven, "no decision", lambda: act(waive))
    refused(gate, Denied, "another person", lambda: act(confirm))
    act(confirm, "checker")
    digest = gate.digest()
    act(confirm, "checker")
    act(override)
    assert gate.digest() == digest
    act(waive)
    assert ties(gate) == []


@pytest.mark.parametrize("keeper", ["poll", "exchange", "sponsorship"])
def test_a_year_that_something_else_keeps_is_not_renewed(gate: Books, keeper: str) -> None:
    with gate.write() as change:
        gate_io = connectors.named(change.session, "gate_io")
        if keeper == "poll":
            connectors.poll(change, gate_io, "2025-Q3", evidence="poll 9")
        elif keeper == "exchange":
            connectors.self_maintained(change, gate_io, since=RELEASED, evidence="letter")
        else:
            sponsorships.add(
                change,
                identity="gold",
                exchange="Gate",
                tier="gold",
                year_from=date(2025, 9, 1),
            )
    refused(gate, Conflict, f"is kept by {keeper}", lambda: decide(gate))


def test_what_was_decided_and_noticed_stands_in_the_calendar(gate: Books) -> None:
    receive_fee_share(gate, ("2024-10", "3000", date(2024, 11, 5)))
    notice(gate, date(2025, 7, 12))
    decide(gate)
    with gate.read() as session:
        (found,) = upkeep_facts.upkeeps(session)
    assert set(found.notices) == set(found.decisions) == {SECOND_YEAR}
    state = upkeep.state_on(found, SECOND_YEAR)
    assert (state.word, state.document) == ("waived", f"decision:gate_io:{SECOND_YEAR}")


def test_an_exchange_without_a_whole_month_has_no_average(gate: Books) -> None:
    with gate.write() as change:
        made, _ = connectors.add(change, identity="new", exchange="Gate", kind="amm")
        connectors.release(change, made, on=date(2025, 9, 2), evidence="release 3")
        renewal_decisions.notice(change, made, sent_to="ops", evidence="early", on=SECOND_YEAR)
        basis, receipts = waiver_basis.of_id(change.session, "notice:new:2026-09-02")
        assert (basis.months, waiver_basis.average(basis), receipts) == (0, Decimal(0), [])
