"""Bad payouts, as typed: over a limit (71), bad evidence (85), unexecutable (86), changed (87)."""

from datetime import date
from pathlib import Path

import pytest

from ledger import policies
from payouts.planned import plan_hash
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import (
    BOB,
    PERIOD,
    TODAY,
    WALLET,
    exported_batch,
    freeze,
    furnish,
    left_the_wallet,
    owe,
    pem_of,
    usual_debts,
)

MONTH = f"{PERIOD:%Y-%m}"
DAY = f"{TODAY}T09:00:00Z"
BAD_INPUT = 2
NEEDS_REVIEW = 3
CONFLICT = 5


def refused(
    books: Books, *arguments: str, actor: str = "treasurer", status: int = CONFLICT
) -> Answer:
    """Require that a command is refused and leaves the books as they were."""
    digest = books.digest()
    answer = feeshare(books, *arguments, actor=actor, at=DAY)
    assert answer.status == status, answer
    assert books.digest() == digest
    return answer


@pytest.fixture
def owing(books: Books) -> Books:
    furnish(books)
    usual_debts(books)
    return books


def test_a_payout_over_its_limits_is_refused_with_every_reason(owing: Books) -> None:
    with owing.write("dave") as change:
        for name in ("payee-day", "month"):
            policies.propose(
                change,
                f"payout-limit-{name}",
                "200",
                effective_from=date(2023, 10, 1),
                reason="small",
            )
    for name in ("payee-day", "month"):
        confirm = ("policy", "confirm", f"payout-limit-{name}", "2")
        assert feeshare(owing, *confirm, actor="erin", at=DAY).status == 0
    planned = feeshare(owing, "payout", "plan", MONTH, at=DAY).err
    plan = planned.partition("plan ")[2].split()[0]
    answer = refused(owing, "payout", "submit", MONTH, "--plan", plan, "--nonce", f"{WALLET}=7")
    assert "payout_blocked" in answer.err
    assert (
        "bob: 300 USD in the day, the limit is 200 (policy payout-limit-payee-day)" in answer.err
    )
    assert "all payees: 420.5 USD in the month" in answer.err
    assert "feeshare policy propose" in answer.err


def test_a_hash_that_is_not_the_frozen_batchs_is_refused(owing: Books, tmp_path: Path) -> None:
    batch = freeze(owing)
    file = tmp_path / "carol.pem"
    file.write_bytes(pem_of("carol"))
    given = ("--hash", "ab" * 32, "--key", str(file))
    answer = refused(owing, "payout", "approve", batch.id, *given, actor="carol")
    assert "batch_changed" in answer.err
    assert batch.content_hash in answer.err
    assert "feeshare payout show" in answer.err


def test_a_plan_that_is_not_what_would_be_paid_now_is_refused(owing: Books) -> None:
    answer = refused(
        owing, *("payout", "submit", MONTH, "--plan", "ab" * 32, "--nonce", f"{WALLET}=7")
    )
    assert "plan_changed" in answer.err


def submit(books: Books, *more: str) -> tuple[str, ...]:
    planned = feeshare(books, "payout", "plan", MONTH, at=DAY).err
    plan = planned.partition("plan ")[2].split()[0]
    return ("payout", "submit", MONTH, "--plan", plan, *more)


def test_a_line_is_not_settled_by_money_that_is_not_its_own(books: Books) -> None:
    batch = exported_batch(books)
    left_the_wallet(books, [("0x1/log:0", "299", BOB, ""), ("0x2/log:0", "300 USDT", BOB, "")])
    for line in ("0x1/log:0", "0x2/log:0", "0x3/log:0"):
        choice = ("--choose", f"2={WALLET}/{line}")
        answer = refused(books, "payout", "settle", batch.id, *choice, status=BAD_INPUT)
        assert "match_impossible" in answer.err
        assert "an open bank line of the amount and commodity of an unsettled line" in answer.err


def test_a_batch_without_a_nonce_or_with_one_that_is_taken_is_not_frozen(owing: Books) -> None:
    answer = refused(owing, *submit(owing), status=BAD_INPUT)
    assert "nonce_missing" in answer.err
    freeze(owing)
    with owing.write() as change:
        owe(change, "share:b2", "bob", "5")
    answer = refused(owing, *submit(owing, "--nonce", f"{WALLET}=7"))
    assert "slot_taken" in answer.err
    assert "Pin the next free nonce" in answer.err


def test_what_the_wallet_does_not_hold_is_held_with_its_reason(books: Books) -> None:
    furnish(books)
    with books.write() as change:
        owe(change, "share:b1", "bob", "300")
    planned = feeshare(books, "payout", "plan", MONTH, at=DAY).err
    assert f"held: bob 300 USDC: {WALLET} may spend 0 USDC" in planned
    empty = plan_hash(PERIOD, ())
    answer = refused(books, "payout", "submit", MONTH, "--plan", empty, status=NEEDS_REVIEW)
    assert "plan_empty" in answer.err
