"""Bounties as people work through them: each test is a story that the books have to bear out."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import parties, prices
from ledger.accounts import Chart
from support.books import Books
from support.bounties import EVERY_GATE, Treasury
from support.payouts import ALICE, TODAY, WALLET, furnish, left_the_wallet, pem_of

NEEDS_REVIEW, CONFLICT = 3, 5
SPOT = "bounty-1,Gate.io spot connector,Gate.io,USDC,10000,,,agreement 1"


@pytest.fixture
def treasury(books: Books, tmp_path: Path) -> Treasury:
    furnish(books)
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
    return Treasury(books, tmp_path, date(2023, 10, 2))


def test_a_bounty_goes_from_its_deposit_to_its_developer(treasury: Treasury) -> None:
    treasury.loads(SPOT)
    assert treasury.state("bounty-1") == "quoted"
    treasury.types("bounty", "sign", "bounty-1", "--document", "agreement 1")
    assert treasury.state("bounty-1") == "signed"

    treasury.on = date(2023, 10, 5)
    line = treasury.receives("0xd", "10000")
    treasury.types("match", line, "bounty-1")
    assert (treasury.state("bounty-1"), int(treasury.held("bounty-1"))) == ("funded", 10000)

    too_soon = treasury.refused(
        "bounty", "gate", "bounty-1", "merged", "--evidence", "x", status=CONFLICT
    )
    assert "is funded; it takes no pass of merged there" in too_soon
    treasury.types("bounty", "assign", "bounty-1", "Alice", "--evidence", "board item 1")
    assert treasury.state("bounty-1") == "assigned"

    treasury.on = date(2023, 10, 25)
    failed = ("bounty", "fail", "bounty-1", "proposal-passed", "--evidence", "vote 1: no quorum")
    treasury.types(*failed)
    lacks = treasury.refused("bounty", "release", "bounty-1", status=NEEDS_REVIEW)
    assert all(f"gate {gate}" in lacks for gate in EVERY_GATE)
    said = treasury.passes("bounty-1", *reversed(EVERY_GATE))
    assert "Next: feeshare bounty release bounty-1" in said.err
    released = treasury.types("bounty", "release", "bounty-1").err
    assert "Owed: 8000 USDC to Alice (bounty-developer:bounty-1)." in released
    assert treasury.state("bounty-1") == "released"
    assert treasury.held("bounty-1") == 0
    assert treasury.balance(Chart.INCOME_BOUNTY) == -2000

    pay(treasury, "8000")
    assert treasury.state("bounty-1") == "paid"
    assert treasury.balance(Chart.PAYABLE_DEVELOPER) == 0
    before = treasury.types("bounty", "list", "--as-of", "2023-10-31", "--json").out
    assert '"state": "released"' in before
    refused = treasury.refused("bounty", "refund", "bounty-1", "--reason", "x", status=CONFLICT)
    assert "was released" in refused
    told = treasury.types("bounty", "show", "bounty-1").out
    for part in ("vote 1: no quorum", "agreement 1", "0.8 of 10000 USDC to the developer"):
        assert part in told


def pay(treasury: Treasury, amount: str) -> None:
    """Pay what is owed: planned, approved by Carol, exported, seen to leave the wallet."""
    treasury.on = TODAY
    planned = treasury.types("payout", "plan", "2023-10").err
    plan = planned.partition("plan ")[2].split()[0]
    treasury.types("payout", "submit", "2023-10", "--plan", plan, "--nonce", f"{WALLET}=7")
    shown = treasury.types("payout", "show", "2023-10", actor="carol").err
    key = treasury.folder / "carol.pem"
    key.write_bytes(pem_of("carol"))
    content_hash = shown.partition("content hash ")[2].split()[0]
    signed = ("--hash", content_hash, "--key", str(key))
    treasury.types("payout", "approve", "2023-10", *signed, actor="carol")
    if "dave" not in shown:
        key.write_bytes(pem_of("dave"))
        treasury.types("payout", "approve", "2023-10", *signed, actor="dave")
    treasury.types("payout", "export", "2023-10", "--output", str(treasury.folder / "to-sign"))
    left_the_wallet(treasury.books, [("0x1/log:1", amount, ALICE, "")])
    assert "settled" in treasury.types("payout", "settle", "2023-10").err


def test_hbot_above_the_agreed_amount_is_sent_back(treasury: Treasury) -> None:
    """1,510,000 HBOT came for a bounty of 1,500,000 in the public record (issue 7125)."""
    treasury.loads("bounty-7125,a connector,Gate.io,HBOT,1500000,Alice,,issue 7125")
    line = treasury.receives("0xh", "1510000", "HBOT")
    treasury.types("match", line, "bounty-7125")
    treasury.passes("bounty-7125")
    released = treasury.types("bounty", "release", "bounty-7125").err
    assert "Owed: 1350000 HBOT to Alice" in released
    assert "Owed: 10000 HBOT to Gate.io (bounty-refund:bounty-7125)." in released
    assert treasury.held("bounty-7125", "HBOT") == 0
    assert treasury.balance(Chart.INCOME_BOUNTY, "HBOT") == -150000


def test_a_bounty_without_a_developer_for_sixty_days_is_refunded(treasury: Treasury) -> None:
    treasury.on = date(2026, 3, 2)
    treasury.loads(SPOT)
    treasury.types("bounty", "sign", "bounty-1", "--document", "agreement 1")
    treasury.on = date(2026, 3, 6)
    treasury.types("match", treasury.receives("0xd", "10000"), "bounty-1")

    treasury.on = date(2026, 5, 5)
    shown = treasury.types("bounty", "show", "bounty-1", "--csv").out
    assert "due: developer,2026-05-05,,a developer is found" in shown
    treasury.on = date(2026, 5, 6)
    shown = treasury.types("bounty", "show", "bounty-1", "--csv").out
    assert "due: developer,2026-05-05,late,a developer is found" in shown

    reason = ("--reason", "no developer in 60 days")
    refunded = treasury.types("bounty", "refund", "bounty-1", *reason).err
    assert "Owed: 10000 USDC to Gate.io (bounty-refund:bounty-1)." in refunded
    assert (treasury.state("bounty-1"), int(treasury.held("bounty-1"))) == ("refunded", 0)
    shown = treasury.types("bounty", "show", "bounty-1", "--csv").out
    assert "due: refund,2026-05-26,,the deposit is paid back" in shown
    assert treasury.balance(Chart.EXPENSE_BOUNTY_LOSS) == 0


def staged(treasury: Treasury) -> None:
    treasury.loads("bounty-1,a connector,Gate.io,USDC,10000,Alice,,agreement 1")
    treasury.types("bounty", "sign", "bounty-1", "--document", "agreement 1")
    stages = ("prototype:4000:delivered", "merged:5000:approved,merged", "tail:1000::90")
    treasury.types("bounty", "stages", "bounty-1", *stages)
    treasury.types("match", treasury.receives("0xd", "10000"), "bounty-1")


def test_a_bounty_is_paid_in_stages_and_its_tail_after_ninety_days(treasury: Treasury) -> None:
    staged(treasury)
    release = ("bounty", "release", "bounty-1")
    assert "in stages" in treasury.refused(*release, status=NEEDS_REVIEW)
    assert "gate delivered" in treasury.refused(*release, "--stage", "1", status=NEEDS_REVIEW)
    treasury.passes("bounty-1", "delivered")
    assert "stage 1" in treasury.refused(*release, "--stage", "2", status=NEEDS_REVIEW)
    first = treasury.types(*release, "--stage", "1").err
    assert "Owed: 3200 USDC to Alice (bounty-developer:bounty-1:1)." in first
    assert (int(treasury.held("bounty-1")), treasury.state("bounty-1")) == (6000, "assigned")
    assert "Nothing to do: stage 1" in treasury.types(*release, "--stage", "1").err

    treasury.passes("bounty-1", *EVERY_GATE[1:])
    treasury.types(*release, "--stage", "2")
    assert treasury.held("bounty-1") == 1000
    waits = treasury.refused(*release, "--stage", "3", status=NEEDS_REVIEW)
    assert "its wait until 2023-12-31" in waits
    treasury.on = date(2023, 12, 31)
    last = treasury.types(*release, "--stage", "3").err
    assert "Owed: 800 USDC to Alice (bounty-developer:bounty-1:3)." in last
    assert (int(treasury.held("bounty-1")), treasury.state("bounty-1")) == (0, "released")
    assert treasury.balance(Chart.PAYABLE_DEVELOPER) == -8000
    assert treasury.balance(Chart.INCOME_BOUNTY) == -2000


def test_a_refund_after_a_paid_stage_is_whole_and_the_loss_is_ours(treasury: Treasury) -> None:
    staged(treasury)
    treasury.passes("bounty-1", "delivered")
    treasury.types("bounty", "release", "bounty-1", "--stage", "1")
    treasury.types("bounty", "fail", "bounty-1", "qa-passed", "--evidence", "test report 4")
    refunded = treasury.types("bounty", "refund", "bounty-1", "--reason", "QA failed").err
    assert "Owed: 10000 USDC to Gate.io (bounty-refund:bounty-1)." in refunded
    assert treasury.held("bounty-1") == 0
    assert treasury.balance(Chart.EXPENSE_BOUNTY_LOSS) == 4000
    assert treasury.balance(Chart.PAYABLE_REFUND) == -10000


def hbot_prices(treasury: Treasury, last: date, days: int) -> None:
    with treasury.books.write() as change:
        for back in range(days):
            prices.add(
                change,
                commodity="HBOT",
                quote="USD",
                on=last - timedelta(days=back),
                price=Decimal("0.01") + Decimal("0.0001") * back,
                source="CoinGecko",
            )


def test_a_developer_takes_hbot_at_the_average_of_seven_days(treasury: Treasury) -> None:
    treasury.loads("bounty-1,a connector,Gate.io,USDC,10000,Alice,,agreement 1")
    treasury.types("match", treasury.receives("0xd", "10000"), "bounty-1")
    chosen = ("bounty", "choose", "bounty-1", "Alice", "HBOT", "--evidence", "mail of 2023-10-02")
    treasury.types(*chosen)
    assert "Nothing to do" in treasury.types(*chosen).err
    treasury.on = date(2023, 10, 20)
    treasury.passes("bounty-1")
    treasury.books.at = datetime.fromisoformat("2023-10-20T08:00:00Z")
    missing = treasury.refused("bounty", "release", "bounty-1", status=2)
    assert "2023-10-13" in missing
    hbot_prices(treasury, date(2023, 10, 19), 7)
    released = treasury.types("bounty", "release", "bounty-1").err
    # 8,000 USD at the mean of 0.0100 … 0.0106, which is 0.0103
    assert "Owed: 776699.029126213592233009 HBOT to Alice" in released
    assert treasury.balance(f"{Chart.CONVERSION}:hbot-usdc") == -8000
    assert treasury.balance(f"{Chart.CONVERSION}:hbot-usdc", "HBOT") == Decimal(
        "776699.029126213592233009"
    )
    told = treasury.types("bounty", "show", "bounty-1").out
    assert "HBOT at 0.0103 USD (2023-10-13 to 2023-10-19; CoinGecko)" in told


def test_the_foundation_and_an_exchange_put_a_bounty_up_together(treasury: Treasury) -> None:
    treasury.loads("bounty-1,a tool,Gate.io,USDC,1000,Alice,foundation=400; Gate.io=600,HGP-9")
    treasury.types("match", treasury.receives("0xd", "600"), "bounty-1")
    assert treasury.state("bounty-1") == "quoted"
    treasury.types("bounty", "pledge", "bounty-1", "--evidence", "HGP-9")
    treasury.passes("bounty-1")
    treasury.types("bounty", "release", "bounty-1")
    assert treasury.balance(Chart.EXPENSE_BOUNTY) == 320
    assert treasury.balance(Chart.INCOME_BOUNTY) == -120
    assert treasury.balance(Chart.PAYABLE_DEVELOPER) == -800
    assert treasury.held("bounty-1") == 0


def test_a_bounty_of_our_own_is_an_expense_and_its_overrun_a_loss(treasury: Treasury) -> None:
    treasury.loads("bounty-1,a fix,,HBOT,50000,Alice,foundation=50000,issue 5890")
    refused = treasury.refused(
        "match", treasury.receives("0x1", "1", "HBOT"), "bounty-1", status=2
    )
    assert "it is our own money" in refused
    treasury.types("bounty", "pledge", "bounty-1", "--evidence", "HGP-40")
    treasury.passes("bounty-1")
    words = ("bounty", "overrun", "bounty-1", "Alice", "1000", "--reason", "a second review")
    assert "Owed: 1000 HBOT to Alice" in treasury.types(*words).err
    assert "Nothing to do" in treasury.types(*words).err
    treasury.types("bounty", "release", "bounty-1")
    assert treasury.balance(Chart.EXPENSE_BOUNTY, "HBOT") == 45000
    assert treasury.balance(Chart.EXPENSE_BOUNTY_LOSS, "HBOT") == 1000
    assert treasury.balance(Chart.PAYABLE_DEVELOPER, "HBOT") == -46000


def test_what_an_exchange_pays_its_developer_itself_is_recorded_and_never_booked(
    treasury: Treasury,
) -> None:
    treasury.loads("bounty-1,a connector,Gate.io,USDC,10000,Alice,,agreement 1")
    treasury.types(
        "bounty", "sign", "bounty-1", "--document", "agreement 1", "--arrangement", "direct"
    )
    treasury.passes("bounty-1")
    line = treasury.receives("0xd", "10000")
    refused = treasury.refused("match", line, "bounty-1", status=CONFLICT)
    assert "the exchange pays its developer itself" in refused
    assert "itself" in treasury.refused("bounty", "release", "bounty-1", status=CONFLICT)
    treasury.types("bounty", "paid-directly", "bounty-1", "--evidence", "0xabc on Ethereum")
    assert treasury.state("bounty-1") == "paid"
    assert treasury.balance(Chart.PAYABLE_DEVELOPER) == 0


def test_a_developer_gives_a_bounty_back_and_another_takes_it(treasury: Treasury) -> None:
    treasury.loads("bounty-1,a connector,Gate.io,USDC,10000,Alice,,agreement 1")
    treasury.types("match", treasury.receives("0xd", "10000"), "bounty-1")
    treasury.types("bounty", "withdraw", "bounty-1", "--evidence", "mail")
    assert treasury.state("bounty-1") == "funded"
    treasury.types("bounty", "assign", "bounty-1", "Bob", "--evidence", "board item 2")
    assert treasury.state("bounty-1") == "assigned"
    held = treasury.refused("bounty", "cancel", "bounty-1", "--reason", "x", status=CONFLICT)
    assert "10000 USDC is held for bounty 'bounty-1'" in held


def test_a_bounty_that_nobody_paid_for_is_cancelled_and_takes_nothing_more(
    treasury: Treasury,
) -> None:
    treasury.loads(SPOT)
    words = ("bounty", "cancel", "bounty-1", "--reason", "the exchange went bankrupt")
    treasury.types(*words)
    assert treasury.state("bounty-1") == "cancelled"
    assert "Nothing to do" in treasury.types(*words).err
    line = treasury.receives("0xd", "10000")
    assert "is cancelled" in treasury.refused("match", line, "bounty-1", status=CONFLICT)
