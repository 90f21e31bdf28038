"""A payee is paid in the commodity they prefer at the plan's price, or waits with every reason."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from ledger import balances, policies, price_proposals
from ledger.accounts import Chart
from ledger.errors import BadInput, Denied
from ledger.price_origins import Origin
from payouts import exports, payee_preferences, payee_settings, plans, returns, settlement
from payouts.batches import State
from payouts.contents import contents_of
from payouts.converting import Converted, Rule
from payouts.errors import PayoutBlocked
from payouts.planned import HoldReason, Plan
from reports import payee_statement, payout_batch
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.command_line import feeshare
from support.conversions import MARKET, WINDOW, par, prefer, quote
from support.payouts import (
    BOB,
    PERIOD,
    TODAY,
    WALLET,
    approve,
    cancel,
    export,
    freeze,
    fund,
    furnish,
    left_the_wallet,
    owe,
)

PAIR = "equity:conversion:hbot-usdc"


def plan(books: Books) -> Plan:
    with books.read() as session:
        return plans.plan(session, PERIOD, on=TODAY)


def lines(books: Books) -> list[tuple[str, str, str, str, str]]:
    """Return what is planned: payee, amount and commodity paid, amount and commodity owed."""
    return [
        (it.payee, f"{it.amount:f}", it.commodity, f"{turned.owed:f}", turned.commodity)
        for batch in plan(books).batches
        for it in batch.lines
        for turned in (it.conversion or Converted(commodity=it.commodity, owed=it.amount),)
    ]


@pytest.fixture
def owing(books: Books) -> Books:
    """Give books that owe Bob 30.01 USDC, who asks for HBOT, with funds and prices of HBOT."""
    furnish(books)
    fund(books, "10000")
    fund(books, "1000000", "HBOT")
    with books.write() as change:
        owe(change, "share:b1", "bob", "30.01")
    quote(books, "HBOT", "0.004", WINDOW[:4])
    quote(books, "HBOT", "0.005", WINDOW[4:])
    prefer(books, "bob", "HBOT")
    return books


MEAN = Decimal("0.004428571428571429")
PAID = Decimal("6776.451612903225150665")


def exported(books: Books, nonce: int = 7) -> str:
    batch = freeze(books, nonce=nonce)
    approve(books, batch, "carol")
    export(books, batch)
    return batch.id


def settle(books: Books, batch: str) -> settlement.Settlement:
    with books.write() as change:
        return settlement.settle(change, batch)


def balance(books: Books, account: str, commodity: str) -> Decimal:
    with books.read() as session:
        return balances.account_balance(session, account, commodity)


def test_hbot_counts_at_its_mean_over_the_days_in_force_and_names_each_price(
    owing: Books,
) -> None:
    [batch] = plan(owing).batches
    hbot, usdc = batch.prices
    assert (hbot.rule, hbot.price, len(hbot.figures)) == (Rule.AVERAGE, MEAN, 7)
    assert [(each.on, each.source) for each in hbot.figures] == [(day, MARKET) for day in WINDOW]
    assert (usdc.rule, usdc.price, usdc.figures[0].source) == (
        Rule.PAR,
        Decimal(1),
        "policy: stablecoins at par",
    )
    assert lines(owing) == [("bob", f"{PAID:f}", "HBOT", "30.01", "USDC")]
    assert PAID * MEAN <= Decimal("30.01") < (PAID + Decimal(10) ** -18) * MEAN


def test_a_stablecoin_for_another_is_paid_one_for_one_and_other_pairs_at_the_newest_price(
    owing: Books,
) -> None:
    par(owing, "USDT")
    quote(owing, "ETH", "2000", [TODAY - timedelta(days=2)])
    with owing.write() as change:
        owe(change, "share:a1", "alice", "50", commodity="USDT")
        owe(change, "share:a2", "alice", "0.0000001", commodity="ETH")
        owe(change, "share:a3", "alice", "1000", commodity="HBOT")
        owe(change, "share:a4", "alice", "7", commodity="USDC")
    prefer(owing, "alice", "USDC")
    assert lines(owing)[:4] == [
        ("alice", "0.000200", "USDC", "0.0000001", "ETH"),
        ("alice", "4.428571", "USDC", "1000", "HBOT"),
        ("alice", "7", "USDC", "7", "USDC"),
        ("alice", "50.000000", "USDC", "50", "USDT"),
    ]


def _unpriced(books: Books) -> None:
    prefer(books, "bob", "ETH")
    fund(books, "1", "ETH")


def _stale(books: Books) -> None:
    _unpriced(books)
    quote(books, "ETH", "2000", [TODAY - timedelta(days=46)])


def _alone(books: Books) -> None:
    _unpriced(books)
    quote(books, "ETH", "2000", [TODAY], provider="file")


def _outlying(books: Books) -> None:
    _unpriced(books)
    quote(books, "ETH", "2000", [TODAY - timedelta(days=2)])
    with books.write() as change:
        number = price_proposals.propose(
            change,
            commodity="ETH",
            quote="USD",
            on=TODAY,
            price=Decimal(20),
            source=MARKET,
            cause="outlier",
            reason="so it says",
            origin=Origin(
                provider=MARKET, retrieved_at=books.at, raw=b"20", file_name="answer.json"
            ),
        )[0].number
    with books.write("erin") as change:
        price_proposals.accept(change, number)


def _no_par(books: Books) -> None:
    with books.write() as change:
        owe(change, "share:b2", "bob", "5", commodity="USDT")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_unpriced, "no price of ETH in USD"),
        (_stale, "the price of ETH of 2023-09-18 by a-market is stale"),
        (_alone, "the price of ETH of 2023-11-03 by a-market is one person's word"),
        (_outlying, "is far from those before it"),
        (_no_par, "no price of USDT by the house's rule"),
    ],
)
def test_without_a_price_to_rest_on_a_line_waits_and_is_not_paid_unconverted(
    owing: Books, spoil: Callable[[Books], None], reason: str
) -> None:
    spoil(owing)
    found = plan(owing)
    held = [each for each in found.held if each.reason is HoldReason.NO_PRICE]
    assert len(held) == 1
    assert reason in held[0].detail
    paid = {line.owed_commodity for batch in found.batches for line in batch.lines}
    assert held[0].commodity not in paid


def test_a_day_without_a_price_keeps_hbot_waiting_and_is_named(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        owe(change, "share:b1", "bob", "30")
    quote(books, "HBOT", "0.004", WINDOW[1:])
    prefer(books, "bob", "HBOT")
    [held] = plan(books).held
    assert (held.reason, held.amount) == (HoldReason.NO_PRICE, Decimal(30))
    assert "missing: 2023-10-27" in held.detail


def test_what_nobody_carries_or_is_too_little_waits(owing: Books) -> None:
    prefer(owing, "bob", "BNB")
    [held] = plan(owing).held
    assert (held.reason, held.detail) == (HoldReason.NO_TOKEN, "no BNB at ethereum")
    prefer(owing, "bob", "HBOT")
    with owing.write() as change:
        payee_settings.set_minimum(
            change, "bob", "safe", "HBOT", amount=Decimal(7000), since=TODAY
        )
    [held] = plan(owing).held
    assert (held.reason, held.detail) == (
        HoldReason.BELOW_MINIMUM,
        "carried forward, below 7000 HBOT on safe",
    )
    prefer(owing, "alice", "USDC")
    with owing.write() as change:
        owe(change, "share:a1", "alice", "0.0001", commodity="HBOT")
    assert "less than a payable unit of USDC" in plan(owing).held[0].detail


def test_limits_and_funds_count_what_is_paid(owing: Books) -> None:
    with owing.write() as change:
        owe(change, "share:b2", "bob", "9000")
    [held] = plan(owing).held
    assert (held.reason, held.detail) == (
        HoldReason.FUNDS,
        f"{WALLET} may spend 1000000 HBOT",
    )
    fund(owing, "5000000", "HBOT")
    for who, act in (("treasurer", "propose"), ("erin", "confirm")):
        with owing.write(who) as change:
            if act == "propose":
                policies.propose(
                    change,
                    "payout-limit-payee-day",
                    "10000",
                    effective_from=TODAY,
                    reason="a limit",
                )
            else:
                policies.confirm(change, "payout-limit-payee-day", 2)
    # 9,030.01 USDC at the mean are more than 10,000 dollars at the newest price of HBOT.
    with pytest.raises(PayoutBlocked) as refused:
        freeze(owing)
    [reason] = refused.value.reasons
    assert reason.startswith("bob: 10195.17258064516030369")


def test_a_converted_line_is_settled_through_the_account_of_its_pair(owing: Books) -> None:
    batch = exported(owing)
    left_the_wallet(owing, [("0x1", f"{PAID} HBOT", BOB, "")])
    assert settle(owing, batch).state is State.SETTLED
    assert balance(owing, PAIR, "USDC") == Decimal("-30.01")
    assert balance(owing, PAIR, "HBOT") == PAID
    assert balance(owing, Chart.PAYABLE_MAINTAINER, "USDC") == 0
    assert balance(owing, "assets:wallet:ethereum-treasury", "HBOT") == 1_000_000 - PAID


def test_the_hash_covers_prices_figures_and_what_is_owed(owing: Books) -> None:
    batch = freeze(owing)
    with owing.read() as session:
        contents = contents_of(session, batch.id)
        assert contents.hash() == batch.content_hash
        contents.conversions[1].owed = Decimal(30)
        assert contents.hash() != batch.content_hash
        contents.conversions[1].owed = Decimal("30.01")
        assert contents.hash() == batch.content_hash
        assert replace(contents, prices=contents.prices[:1]).hash() != batch.content_hash
        session.expunge_all()


def test_what_returned_is_owed_again_in_what_was_owed(owing: Books) -> None:
    batch = exported(owing)
    left_the_wallet(owing, [("0x1", f"{PAID} HBOT", BOB, "")])
    settle(owing, batch)
    left_the_wallet(owing, [("0x2", f"{-PAID + 1} HBOT", BOB, "came back")])
    with owing.write() as change:
        returns.take_back(change, batch, 1, f"{WALLET}/0x2")
    assert balance(owing, PAIR, "USDC") == balance(owing, PAIR, "HBOT") == 0
    assert balance(owing, Chart.PAYABLE_MAINTAINER, "USDC") == Decimal("-30.01")
    assert balance(owing, Chart.EXPENSE_BANK_FEES, "HBOT") == 1
    assert lines(owing) == [("bob", f"{PAID:f}", "HBOT", "30.01", "USDC")]


def test_what_was_paid_twice_is_owed_back_in_what_was_owed_and_netted(owing: Books) -> None:
    batch = exported(owing)
    with owing.read() as session:
        reference = contents_of(session, batch).lines[0].reference
    left_the_wallet(owing, [("a", f"{PAID} HBOT", "", reference)])
    settle(owing, batch)
    left_the_wallet(owing, [("0x9/log:0", f"{PAID} HBOT", BOB, "")])
    assert settle(owing, batch).twice == (f"{WALLET}/0x9/log:0",)
    assert balance(owing, Chart.RECEIVABLE_PAYEE, "USDC") == Decimal("30.01")
    assert balance(owing, PAIR, "USDC") == Decimal("-60.02")
    with owing.write() as change:
        owe(change, "share:b2", "bob", "40.01")
    assert lines(owing)[0][3:] == ("10.00", "USDC")
    again = exported(owing, nonce=8)
    with owing.read() as session:
        [line] = contents_of(session, again).lines
    left_the_wallet(owing, [("c", f"{line.amount} HBOT", BOB, "")])
    assert settle(owing, again).state is State.SETTLED
    assert balance(owing, Chart.RECEIVABLE_PAYEE, "USDC") == 0


def test_an_export_is_refused_where_the_preference_or_a_price_is_another_now(
    owing: Books,
) -> None:
    batch = freeze(owing)
    approve(owing, batch, "carol")
    prefer(owing, "bob", "USDC")
    with owing.write() as change:
        number = price_proposals.propose(
            change,
            commodity="HBOT",
            quote="USD",
            on=WINDOW[0],
            price=Decimal("0.0041"),
            source=MARKET,
            cause="other price",
            reason="a typing error",
            origin=Origin(
                provider=MARKET, retrieved_at=owing.at, raw=b"41", file_name="answer.json"
            ),
        )[0].number
    with owing.write("erin") as change:
        price_proposals.accept(change, number)
    before = owing.digest()
    with pytest.raises(PayoutBlocked) as refused, owing.write() as change:
        exports.export(change, batch.id)
    assert refused.value.reasons == (
        "line 1: bob is to be paid in USDC now, not in HBOT",
        "the price of HBOT of 2023-10-27 by a-market is another now",
    )
    assert owing.digest() == before
    cancel(owing, batch)
    assert lines(owing) == [("bob", "30.01", "USDC", "30.01", "USDC")]


def test_a_preference_is_dated_is_not_the_payees_own_to_set_and_says_where_from(
    owing: Books,
) -> None:
    assert not prefer(owing, "bob", "HBOT")
    assert prefer(owing, "bob", "USDC", since=date(2023, 12, 1))
    assert lines(owing)[0][2] == "HBOT"
    assert prefer(owing, "bob", None)
    assert lines(owing) == [("bob", "30.01", "USDC", "30.01", "USDC")]
    before = owing.digest()
    with pytest.raises(Denied), owing.write("alice") as change:
        payee_preferences.set_preference(change, "alice", "HBOT", since=TODAY, source="I say so")
    with pytest.raises(BadInput), owing.write() as change:
        payee_preferences.set_preference(change, "bob", "HBOT", since=TODAY, source=" ")
    assert owing.digest() == before


def records(of: Report) -> list[dict[str, Cell]]:
    return [dict(zip((each.name for each in of.columns), row, strict=True)) for row in of.rows]


def test_reports_have_both_amounts_both_prices_and_their_sources(owing: Books) -> None:
    batch = exported(owing)
    left_the_wallet(owing, [("0x1", f"{PAID} HBOT", BOB, "")])
    settle(owing, batch)
    with owing.read() as session:
        lines_report = payout_batch.build(session, Asked(batch=batch), owing.at)
        statement = payee_statement.build(session, Asked(payee="bob"), owing.at)
    [line] = records(lines_report)
    said = "HBOT average of 7 days from 2023-10-27 to 2023-11-02 by a-market; USDC par of "
    assert (line["amount"], line["asset"]) == (PAID, "HBOT")
    assert (line["owed"], line["owed_asset"]) == (Decimal("30.01"), "USDC")
    assert (line["owed_price"], line["paid_price"]) == (1, MEAN)
    assert str(line["price_sources"]).startswith(said)
    [paid] = [row for row in records(statement) if row["entry_type"] == "paid"]
    assert (paid["amount"], paid["asset"]) == (Decimal("-30.01"), "USDC")
    assert (paid["paid_amount"], paid["paid_asset"]) == (PAID, "HBOT")
    assert (paid["fx_owed_price"], paid["fx_paid_price"]) == (1, MEAN)
    assert str(paid["fx_source"]).startswith(said)
    for report in (lines_report, statement):
        assert {tie.difference for tie in report.tie_outs} == {Decimal(0)}


def test_a_newest_price_that_went_stale_since_the_plan_stops_the_export(owing: Books) -> None:
    prefer(owing, "bob", "ETH")
    fund(owing, "1", "ETH")
    quote(owing, "ETH", "2000", [TODAY - timedelta(days=40)])
    batch = freeze(owing)
    approve(owing, batch, "carol")
    owing.at += timedelta(days=6)
    with pytest.raises(PayoutBlocked) as refused, owing.write() as change:
        exports.export(change, batch.id)
    assert refused.value.reasons == ("the price of ETH of 2023-09-24 is stale",)


def test_what_is_typed_shows_each_price_and_who_is_paid_in_what(owing: Books) -> None:
    at = f"{TODAY}T09:00:00Z"
    planned = feeshare(owing, "payout", "plan", "2023-10", at=at)
    assert "30.01" in planned.out
    assert "mean" not in planned.out
    asked = ("payout", "plan", "2023-10", "--part", "prices", "--csv")
    prices = feeshare(owing, *asked, at=at).out.splitlines()
    assert len(prices) == 1 + 7 + 1
    assert prices[1].startswith(f"{WALLET},HBOT,{MEAN},average,2023-10-27,a-market,0.004")
    freeze(owing)
    shown = feeshare(owing, "payout", "show", "2023-10").err
    assert "HBOT at 0.004428571428571429 USD, mean of 7 days from 2023-10-27" in shown
    assert "2023-11-02 0.005 by a-market" in shown
    told = feeshare(owing, "payee", "preference", "list", "--csv").out
    assert told.splitlines()[1] == "bob,HBOT,2023-11-01,a call,treasurer"
    ended = ("payee", "preference", "set", "bob", "as-owed", "--source", "mail")
    assert feeshare(owing, *ended, at=at).status == 0
    assert feeshare(owing, *ended, at=at).err.startswith("bob: as-owed from 2023-11-03 (before)")
    assert lines(owing) == []


def test_a_signer_is_one_payees_by_two_persons_word(owing: Books) -> None:
    address = "0x" + "AB" * 20
    add = ("payee", "signer", "add")
    assert feeshare(owing, *add, "bob", address, "--source", "mail").status == 0
    wrong = feeshare(owing, *add, "bob", "0xAB", "--source", "mail")
    assert (wrong.status, "address_malformed" in wrong.err) == (2, True)
    assert "reason_missing" in feeshare(owing, *add, "bob", address, "--source", " ").err
    assert "reference_reused" in feeshare(owing, *add, "alice", address, "--source", "mail").err
    confirm = ("payee", "signer", "confirm", address)
    alone = feeshare(owing, *confirm)
    assert (alone.status, "self_confirmation" in alone.err) == (4, True)
    assert feeshare(owing, "--as", "erin", *confirm).status == 0
    assert "(before)" in feeshare(owing, "--as", "erin", *confirm).err
    assert "reference_unknown" in feeshare(owing, "payee", "signer", "confirm", "0x1").err
    told = feeshare(owing, "payee", "signer", "list", "--csv").out.splitlines()[1]
    assert told.startswith(f"bob,{address.lower()},mail,")
    assert told.endswith(",erin")
