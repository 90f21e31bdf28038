"""From an obligation in one commodity to another in a recipient's wallet, on a real chain."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from feeshare import clock
from feeshare.chain_alarms import alarms
from ledger import policies
from ledger.balances import balances
from ledger.obligation_tables import Obligation
from payouts import payee_signers
from payouts.batches import State
from payouts.contents import contents_of
from payouts.converting import converted
from support.books import Books
from support.chain_books import ChainBooks, close_clients
from support.conversions import par, prefer, quote
from support.evm_chain import HBOT, USDC, USDT, EvmChain, ethereum
from support.evm_safes import deploy_safe
from support.safe_payouts import FINAL, SafePayouts, require_paid, sign_and_send, watched

TOKENS = {"USDC": (USDC, 6), "USDT": (USDT, 6), "HBOT": (HBOT, 18)}
AVERAGED = 30
"""Days whose mean HBOT counts at today."""


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def payouts(books: Books, chain: EvmChain) -> SafePayouts:
    """Give a Safe that owes ada USDC, bea HBOT and cy USDT, each of whom asks for another."""
    found = SafePayouts(books, chain, deploy_safe(chain))
    found.furnish(["ada", "bea", "cy"], [])
    today = clock.now().astimezone(UTC).date()
    for commodity in ("USDC", "USDT"):
        par(books, commodity)
    quote(books, "HBOT", "0.007", [today - timedelta(days=day) for day in range(1, AVERAGED + 1)])
    for payee, commodity in (("ada", "HBOT"), ("bea", "USDC"), ("cy", "USDC")):
        prefer(books, payee, commodity, since=today)
    return found


def paid_out(payouts: SafePayouts, watching: ChainBooks) -> str:
    """Bring the three debts to a batch that is final on chain and read."""
    payouts.owe([("ada", "10", "USDC"), ("bea", "1000.1", "HBOT"), ("cy", "25.5", "USDT")], "owed")
    batch = payouts.freeze()
    payouts.approve(batch)
    receipts = sign_and_send(payouts.safe, payouts.export(batch))
    assert [receipt["status"] for receipt in receipts] == ["0x1"]
    payouts.chain.mine(FINAL)
    watching.scan()
    payouts.books.at = clock.now()
    return batch.id


def require_balanced(books: Books) -> None:
    with books.read() as session:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in balances(session):
            sums[row.commodity] += row.balance
        assert set(sums.values()) == {Decimal(0)}


def test_each_is_paid_what_they_prefer_at_the_plans_price_and_books_equal_chain(
    payouts: SafePayouts,
) -> None:
    watching = watched(payouts, TOKENS, 10_000)
    batch = paid_out(payouts, watching)
    settled = payouts.settle(payouts.frozen(batch))
    assert (settled.state, settled.missing, settled.unmatched) == (State.SETTLED, (), ())
    hbot = converted(Decimal(10), Decimal(1), Decimal("0.007"), 18)
    owed = {("ada", "HBOT"): hbot, ("bea", "USDC"): Decimal("7.0007")}
    require_paid(payouts, owed | {("cy", "USDC"): Decimal("25.5")}, TOKENS)
    watching.require_equal()
    require_balanced(payouts.books)
    with payouts.books.read() as session:
        pairs = {
            (row.account.rpartition(":")[2], row.commodity): row.balance
            for row in balances(session)
            if row.account.startswith("equity:conversion:")
        }
        lines = contents_of(session, batch).lines
    assert [(line.payee, line.commodity) for line in lines] == [
        ("ada", "HBOT"),
        ("bea", "USDC"),
        ("cy", "USDC"),
    ]
    assert pairs == {
        ("hbot-usdc", "USDC"): Decimal("-2.9993"),
        ("hbot-usdc", "HBOT"): hbot - Decimal("1000.1"),
        ("usdc-usdt", "USDC"): Decimal("25.5"),
        ("usdc-usdt", "USDT"): Decimal("-25.5"),
    }


def test_a_signer_who_paid_for_a_batch_is_owed_what_the_chain_took_once(
    payouts: SafePayouts,
) -> None:
    watching = watched(payouts, TOKENS, 10_000)
    payer = payouts.chain.people[9]
    batch = payouts.frozen(paid_out(payouts, watching))
    assert payouts.settle(batch).unreimbursed == ()
    today = payouts.books.at.astimezone(UTC).date()
    with payouts.books.write() as change:
        policies.propose(
            change, "fee-reimbursement", "signer", effective_from=today, reason="it is fair"
        )
    with payouts.books.write("grace") as change:
        policies.confirm(change, "fee-reimbursement", 2)
    found = payouts.settle(batch)
    assert found.reimbursed == ()
    assert [f"{payer} paid 0." in each for each in found.unreimbursed] == [True]
    with payouts.books.read() as session:
        found_now = alarms(session, payouts.settings, clock.now())
    [alarm] = [each for each in found_now if each.kind == "network fee not given back"]
    assert alarm.next_action == f"feeshare payee signer add PAYEE {payer}"
    with payouts.books.write() as change:
        assert payee_signers.register(change, "cy", payer, source="a call")
    assert len(payouts.settle(batch).unreimbursed) == 1
    with payouts.books.write("grace") as change:
        assert payee_signers.confirm(change, payer)
    again = payouts.settle(batch)
    assert (len(again.reimbursed), again.unreimbursed) == (1, ())
    assert not payouts.settle(batch).new
    [transaction] = [each.rpartition(":")[2] for each in again.reimbursed]
    receipt = payouts.chain.receipt(transaction)
    wei = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    with payouts.books.read() as session:
        owed = session.scalars(
            select(Obligation).where(Obligation.id == again.reimbursed[0])
        ).one()
        assert (owed.payee, owed.commodity, owed.payable_account) == (
            "cy",
            "ETH",
            "liabilities:payable:signer",
        )
        assert owed.amount == Decimal(wei).scaleb(-18)
    watching.require_equal()
    require_balanced(payouts.books)
