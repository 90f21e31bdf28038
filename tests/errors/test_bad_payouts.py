"""Bad payouts, as a person meets them: over a limit (71), approved for something else (87)."""

from datetime import date
from pathlib import Path

import pytest

from ledger import policies
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import PERIOD, TODAY, WALLET, freeze, furnish, pem_of, usual_debts

MONTH = f"{PERIOD:%Y-%m}"
DAY = f"{TODAY}T09:00:00Z"
CONFLICT = 5


def refused(books: Books, *arguments: str, actor: str = "treasurer") -> Answer:
    """Require that a command ends in a conflict and leaves the books as they were."""
    digest = books.digest()
    answer = feeshare(books, *arguments, actor=actor, at=DAY)
    assert answer.status == CONFLICT, answer
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
