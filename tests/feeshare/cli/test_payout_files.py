"""`payout submit`, `preflight`, `export`, `verify` on the command line, with a chain and not."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from feeshare import clock
from support.books import Books
from support.chain_books import close_clients
from support.command_line import Answer, feeshare
from support.evm_calls import call_data
from support.evm_chain import USDC, EvmChain, evm_chain
from support.evm_safes import deploy_safe
from support.payouts import approve, freeze, furnish, usual_debts
from support.safe_payouts import SafePayouts

BAD_INPUT, CONFLICT = 2, 5


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain() as found:
        found.place_token(USDC, "USDC", 6, "IssuersToken")
        yield found


@pytest.fixture
def payouts(books: Books, chain: EvmChain) -> Iterator[SafePayouts]:
    found = SafePayouts(books, chain, deploy_safe(chain))
    found.furnish(["amy"], ["USDC"])
    found.add_wallet()
    found.hold({"USDC": (USDC, 6)}, 100)
    found.owe([("amy", "10", "USDC")], "owed")
    yield found
    close_clients()


def typed(payouts: SafePayouts, *arguments: str) -> Answer:
    chains = {"ethereum": {"providers": [payouts.chain.url], "agreeing": 1}}
    with patch.dict(os.environ, {"FEESHARE_CHAINS": json.dumps(chains)}):
        return feeshare(payouts.books, *arguments, at=clock.now().isoformat())


def test_from_a_plan_to_verified_files_with_the_chain_asked_on_the_way(
    payouts: SafePayouts, tmp_path: Path
) -> None:
    planned = typed(payouts, "payout", "plan", "2023-10")
    plan = planned.err.partition("plan ")[2].split()[0]
    submitted = typed(payouts, "payout", "submit", "2023-10", "--plan", plan)
    assert submitted.status == 0, submitted.err
    again = typed(payouts, "payout", "submit", "2023-10", "--plan", plan)
    assert "submitted before" in again.err
    [batch] = {line.partition(": ")[0] for line in submitted.err.splitlines() if ":1: " in line}
    payouts.approve(payouts.frozen(batch))

    payouts.chain.send(payouts.chain.people[0], USDC, call_data("pause(bool)", True))  # noqa: FBT003
    refused = typed(payouts, "payout", "preflight", batch)
    assert (refused.status, "Pausable: paused" in refused.err) == (CONFLICT, True)
    blocked = typed(payouts, "payout", "export", batch, "--output", str(tmp_path))
    assert (blocked.status, list(tmp_path.iterdir())) == (CONFLICT, [])
    payouts.chain.send(payouts.chain.people[0], USDC, call_data("pause(bool)", False))  # noqa: FBT003

    passed = typed(payouts, "payout", "preflight", batch)
    assert "2 of 3 owners sign, the Safe's next nonce is 0" in passed.err
    exported = typed(payouts, "payout", "export", batch, "--output", str(tmp_path))
    assert exported.status == 0, exported.err
    endings = sorted(path.suffix for path in tmp_path.iterdir())
    assert endings == [".csv", ".html", ".json", ".json", ".pdf"]
    for path in tmp_path.glob("*.json"):
        verified = typed(payouts, "payout", "verify", str(path))
        assert verified.status == 0, verified.err
        assert f"It is part 1 of 1 of {batch}, which is exported." in verified.err
        assert "safeTxHash: 0x" in verified.err


def test_without_providers_an_export_says_that_nothing_was_preflighted(
    books: Books, tmp_path: Path
) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    exported = feeshare(books, "payout", "export", batch.id, "--output", str(tmp_path))
    assert exported.status == 0, exported.err
    assert "nothing was preflighted, as no provider is set for ethereum" in exported.err
    again = feeshare(books, "payout", "export", batch.id, "--output", str(tmp_path))
    assert "these are the same bytes" in again.err
    assert "preflighted" not in again.err


def test_a_file_that_was_altered_or_is_of_other_books_is_refused(
    books: Books, tmp_path: Path
) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    feeshare(books, "payout", "export", batch.id, "--output", str(tmp_path))
    [path] = tmp_path.glob("*safe-tx.json")
    sheet = json.loads(path.read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**sheet, "contentHash": "00" * 32}))
    foreign = feeshare(books, "payout", "verify", str(other))
    assert (foreign.status, "file_foreign" in foreign.err) == (BAD_INPUT, True)
    sheet["payments"][0]["units"] = "1"
    other.write_text(json.dumps(sheet))
    altered = feeshare(books, "payout", "verify", str(other))
    assert (altered.status, "file_altered" in altered.err) == (BAD_INPUT, True)
