"""Payouts on Solana, from the plan to books that equal the chain, on a real node."""

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pytest
from solders.keypair import Keypair

from feeshare.solana_recipients import chain_problems
from ledger import bank
from ledger.accounts import Chart
from ledger.balances import account_balance
from payouts import batches, durable_nonces, solana_sources
from payouts.batches import Frozen, State
from payouts.errors import NoncesTooFew
from payouts.fees import RENT
from support.books import Books
from support.chain_books import close_clients
from support.command_line import Answer, feeshare
from support.payouts import approve, fund
from support.solana_chain import SolanaChain, solana_chain
from support.solana_instructions import TOKEN_2022, USDC
from support.solana_treasury import (
    WALLET,
    Treasury,
    frozen_for_one,
    people,
    treasury_of_one,
    treasury_of_three,
)


@pytest.fixture(scope="module")
def chain() -> Iterator[SolanaChain]:
    with solana_chain() as found:
        yield found


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    """Close the lines that a test opened to providers."""
    yield
    close_clients()


@pytest.fixture
def three(chain: SolanaChain, books: Books) -> Treasury:
    return treasury_of_three(chain, books)


def pay(treasury: Treasury, batch: Frozen) -> None:
    """Sign and send every part as it was exported, twice, and settle the batch."""
    for file in treasury.export(batch):
        signed = treasury.signed(file)
        treasury.send(signed)
        treasury.again(signed)
    settled = treasury.settle(batch)
    assert (settled.state, settled.missing, settled.unmatched) == (State.SETTLED, (), ())
    treasury.watching.require_equal()


def booked(treasury: Treasury, commodity: str) -> Decimal:
    with treasury.books.sql() as connection:
        row = connection.execute(
            "SELECT coalesce(sum(p.amount), 0) FROM postings p JOIN bank_accounts b"
            " ON b.account = p.account WHERE b.id = %s AND p.commodity = %s",
            (WALLET, commodity),
        ).fetchone()
    assert row is not None
    return Decimal(row[0])


def test_two_of_three_pay_batches_of_1_9_and_20_lines_and_books_equal_the_chain(
    three: Treasury, chain: SolanaChain
) -> None:
    who = people(chain, 10)
    three.add_payees(who)
    three.tick()
    three.add_nonces(3)
    three.watch()
    three.watch_fee_payer()
    payer = three.keys[0].pubkey()
    coins = three.coins(payer)
    names = list(who)
    for round_, (lines, parts) in enumerate([(names[:1], 1), (names[:9], 2), (names, 3)]):
        commodities = ("USDC", "USDT") if len(lines) == len(names) else ("USDC",)
        for commodity in commodities:
            three.owe(lines, "12.345678", commodity, str(round_))
        batch = three.freeze()
        with three.books.read() as session:
            assert len(durable_nonces.slots_of(session, batch.id)) == parts
        pay(three, batch)
    owed = {"USDC": 20, "USDT": 10}
    share = Decimal("12.345678")
    for commodity, shares in owed.items():
        paid = sum((three.balance(commodity, each) for each in who.values()), Decimal(0))
        assert paid == shares * share
        assert booked(three, commodity) == three.balance(commodity) == 10_000 - paid
    # Fees, and the rent of the accounts that payees did not have, are all spent and explained.
    with three.books.read() as session:
        spent = account_balance(session, Chart.EXPENSE_NETWORK_FEES, "SOL")
        assert spent == coins - three.coins(payer) > 5 * RENT
        assert [line for line, _ in bank.open_lines(session) if line.commodity == "SOL"] == []


def test_a_key_pays_coins_and_tokens_each_line_of_coins_by_a_transaction_of_its_own(
    chain: SolanaChain, books: Books
) -> None:
    one = treasury_of_one(chain, books)
    who = {"ada": Keypair().pubkey(), "bob": Keypair().pubkey()}
    one.add_payees(who)
    one.tick()
    one.add_nonces(4)
    one.watch()
    fund(books, "9", "SOL", WALLET)
    one.owe(list(who), "1.000000001", "SOL", "coins")
    one.owe(list(who), "5", "USDC", "tokens")
    batch = one.freeze()
    for file in one.export(batch):
        one.send(one.signed(file))
    settled = one.settle(batch)
    assert (settled.state, settled.missing) == (State.SETTLED, ())
    for address in who.values():
        assert one.balance("USDC", address) == 5
        assert chain.ask("getBalance", str(address))["value"] == 1_000_000_001


def test_a_batch_that_is_cancelled_frees_its_nonce_for_the_next_attempt(
    three: Treasury, chain: SolanaChain
) -> None:
    batch = frozen_for_one(three, chain)
    with three.books.write() as change:
        batches.cancel(change, batch.id, reason="again")
    again = three.freeze()
    with three.books.read() as session:
        [first] = durable_nonces.slots_of(session, batch.id)
        [second] = durable_nonces.slots_of(session, again.id)
    assert (first.nonce_value, first.attempt) == (second.nonce_value, 1)
    assert (second.attempt, second.previous_attempt) == (2, 1)


def test_a_nonce_that_a_live_batch_is_pinned_to_is_not_free(
    three: Treasury, chain: SolanaChain
) -> None:
    frozen_for_one(three, chain)
    three.owe(["payee-0"], "8", "USDC", "two")
    with pytest.raises(NoncesTooFew, match="has 0 free nonce accounts, and the batch has 1 parts"):
        three.freeze()


def typed(treasury: Treasury, *words: str, status: int = 0) -> Answer:
    url = f'["{treasury.chain.url}", "{treasury.chain.url.replace("127.0.0.1", "localhost")}"]'
    chains = f'{{"solana": {{"providers": {url}, "identity": "{treasury.chain.genesis}"}}}}'
    at = treasury.books.at.isoformat()
    with patch.dict(os.environ, {"FEESHARE_CHAINS": chains}):
        answer = feeshare(treasury.books, *words, at=at)
    assert answer.status == status, answer
    return answer


def test_submit_takes_nonces_from_the_chain_and_says_how_many_are_missing(
    three: Treasury, chain: SolanaChain
) -> None:
    three.add_payees(people(chain, 1))
    three.tick()
    three.watch()
    three.owe(["payee-0"], "7", "USDC", "one")
    hashed, *_ = re.findall(r"plan ([0-9a-f]{64})", typed(three, "payout", "plan", "2023-10").err)
    submit = ("payout", "submit", "2023-10", "--plan", hashed)
    refused = typed(three, *submit, status=5)
    assert "nonces_too_few" in refused.err
    assert "1 are missing" in refused.err
    three.add_nonces(1)
    wrong = f"{three.nonces[0]}={three.keys[0].pubkey()}"
    assert "its final value on chain" in typed(three, *submit, "--nonce", wrong, status=2).err
    assert "content hash" in typed(three, *submit).err
    assert "submitted before" in typed(three, *submit).err
    listed = typed(three, "payout", "nonce-account", "list", "--json").out
    assert f'"pinned_to": "2023-10:{WALLET}:1 part 1"' in listed


def test_an_export_is_refused_where_others_sign_on_chain_than_are_registered(
    three: Treasury, chain: SolanaChain, tmp_path: Path
) -> None:
    batch = frozen_for_one(three, chain, nonces=2)
    assert "2 of 3 sign, 1 nonces wait" in typed(three, "payout", "preflight", batch.id).err
    signers = [str(key.pubkey()) for key in (*three.keys[:2], Keypair())]
    with three.books.write() as change:
        solana_sources.request(
            change, WALLET, "multisig", signers, threshold=1, fee_payer=signers[0]
        )
    with three.books.write("erin") as change:
        solana_sources.confirm(change, WALLET)
    three.owe(["payee-0"], "8", "USDC", "two")
    other = three.freeze()
    approve(three.books, other, *("carol", "dave")[: other.checkers])
    digest = three.books.digest()
    refused = typed(
        three, "payout", "export", other.id, "--output", str(tmp_path / "out"), status=5
    ).err
    assert refused.startswith("signers_changed: ")
    for reason in (
        "2 sign on chain, 1 are registered",
        f"{three.keys[2].pubkey()} may sign on chain, and is not registered",
        f"{signers[2]} is registered, and may not sign on chain",
    ):
        assert reason in refused
    assert (three.books.digest(), (tmp_path / "out").exists()) == (digest, False)
    three.advance(three.nonces[0])
    three.advance(three.nonces[1])
    stale = typed(three, "payout", "preflight", batch.id, status=5).err
    assert "has not the value" in stale


def test_what_only_the_chain_knows_to_be_no_wallet_is_not_paid(
    three: Treasury, chain: SolanaChain
) -> None:
    account = chain.account(Keypair().pubkey())
    setup = three.watching.setup
    chain.finalize()
    wallet, young = str(three.keys[0].pubkey()), str(Keypair().pubkey())
    new_mint = str(chain.mint(TOKEN_2022, fee=100))
    chain.finalize()
    assert chain_problems(setup, [wallet, young], [str(USDC)]) == []
    found = chain_problems(setup, [str(account), wallet], [str(USDC), new_mint])
    assert [(each.code, each.value) for each in found] == [
        ("solana_recipient", str(account)),
        ("asset_unsupported", new_mint),
    ]
