"""Bounties through random lives: what is held is what came less what left, after every step."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger import bank, evidence, parties
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.bank_tables import BankLine
from ledger.errors import Refusal
from ledger.money import total
from ledger.revenue import bounties, bounty_refund, bounty_release
from ledger.revenue.bounty_deposits import receive_deposit
from ledger.revenue.bounty_gates import fail_gate, pass_gate
from ledger.revenue.bounty_moves import record
from ledger.revenue.bounty_standing import state_of
from ledger.revenue.bounty_states import Gate, Move, State
from ledger.revenue.bounty_tables import Bounty
from ledger.revenue.bounty_team import assign
from ledger.revenue.bounty_terms import Stage, stage, stages_of
from ledger.sealing import Change
from reports.bounties import money_of
from support.books import Books

ON = date(2023, 10, 20)
WALLET = "ethereum:deposits"
IDENTITIES = ("bounty-0", "bounty-1", "bounty-2", "bounty-3")
STEPS = 60


def opened(books: Books, picked: random.Random) -> None:
    with books.write() as change:
        for name in ("Gate.io", "Kraken"):
            parties.add(change, name=name, kind="exchange")
        for name in ("Ada", "Bob"):
            parties.add(change, name=name, kind="payee")
        bank.add_account(change, WALLET, kind="wallet", purpose="deposits")
        for number, identity in enumerate(IDENTITIES):
            amount = Decimal(picked.randint(10**6, 10**9)).scaleb(-6)
            part = (amount / 3).quantize(Decimal("0.000001"))
            funders = (
                {},
                {"Gate.io": part, "Kraken": amount - part},
                {"Gate.io": part, "foundation": amount - part},
                {},
            )[number]
            bounty, _ = bounties.add(
                change,
                identity=identity,
                title="a connector",
                exchange="Gate.io",
                commodity="USDC",
                amount=amount,
                developer=picked.choice(("Ada", None)),
                funders=funders,
            )
            if number == 3:
                gates = ((Gate.DELIVERED,), (Gate.MERGED, Gate.APPROVED), ())
                amounts = (part, part, amount - 2 * part)
                stage(
                    change,
                    bounty,
                    [
                        Stage(title=f"part {at}", amount=each, gates=named)
                        for at, (each, named) in enumerate(zip(amounts, gates, strict=True))
                    ],
                )


def deposit(change: Change, bounty: Bounty, picked: random.Random, step: int) -> None:
    """Let the rest of a funder's part come in, or a little less or more."""
    session = change.session
    party, part = picked.choice(list(bounties.funders_of(session, bounty).items()))
    if party is None:
        record(change, bounty, Move.PLEDGE, evidence="a vote", on=ON)
        return
    amount = part + picked.choice((Decimal(0), Decimal(0), Decimal("0.5"), Decimal("-0.000001")))
    movement = bank.BankMovement(
        bank_account=WALLET,
        external_id=f"0x{step}",
        on=ON,
        commodity="USDC",
        amount=amount,
        counterparty="",
        memo="",
        row=1,
    )
    bank.record(change, movement, evidence.keep(change, f"{step}".encode(), "wallet.csv"))
    line = session.get_one(BankLine, f"{WALLET}/0x{step}")
    receive_deposit(change, bounty, line, amount, why="a test", funder=party)


def release(change: Change, bounty: Bounty, picked: random.Random, _step: int) -> None:
    stages = stages_of(change.session, bounty)
    if stages:
        bounty_release.release_stage(change, bounty, picked.randint(1, len(stages)), on=ON)
    else:
        bounty_release.release(change, bounty, on=ON)


def gate(change: Change, bounty: Bounty, picked: random.Random, step: int) -> None:
    for each in picked.sample(list(Gate), 3):
        if picked.random() < 0.1 and each is Gate.QA_PASSED:
            fail_gate(change, bounty, each, evidence=f"report {step}", on=ON)
        else:
            pass_gate(change, bounty, each, evidence="link", on=ON)


def team(change: Change, bounty: Bounty, picked: random.Random, step: int) -> None:
    if picked.random() < 0.2:
        record(change, bounty, Move.WITHDRAW, evidence=f"mail {step}", on=ON)
    else:
        payees = picked.choice(("Ada", {"Ada": Decimal(2), "Bob": Decimal(1)}))
        assign(change, bounty, payees, on=ON, evidence="item")


def end(change: Change, bounty: Bounty, picked: random.Random, _step: int) -> None:
    if picked.random() < 0.5:
        bounty_refund.refund(change, bounty, reason="QA failed", on=ON)
    elif picked.random() < 0.5:
        record(change, bounty, Move.CANCEL, evidence="mail", on=ON)
    else:
        bounty_refund.overrun(change, bounty, "Ada", Decimal(1), reason="more work", on=ON)


Action = Callable[[Change, Bounty, random.Random, int], None]
ACTIONS: tuple[Action, ...] = (deposit, deposit, gate, gate, gate, team, release, release, end)


def held(session: Session, identity: str) -> Decimal:
    return -document_balance(session, Chart.BOUNTY_DEPOSITS, identity, "USDC")


@pytest.mark.parametrize("seed", range(3))
def test_deposits_less_releases_and_refunds_are_the_liability_after_every_step(
    books: Books, seed: int
) -> None:
    picked = random.Random(seed)  # noqa: S311 - a walk that can be walked again
    opened(books, picked)
    met = set()
    for step in range(STEPS):
        identity, act = picked.choice(IDENTITIES), picked.choice(ACTIONS)
        try:
            with books.write() as change:
                act(change, bounties.named(change.session, identity), picked, step)
        except Refusal:
            continue
        with books.read() as session:
            rows = [bounties.named(session, each) for each in IDENTITIES]
            money = [money_of(session, row, date.max) for row in rows]
            assert [each.held for each in money] == [held(session, row.id) for row in rows]
            assert all(each.held >= 0 for each in money)
            liability = total(each.held for each in money)
            wallet = bank.account_named(session, WALLET).account
            assert account_balance(session, wallet, "USDC") >= liability
            met |= {state_of(session, row) for row in rows}
    assert State.ASSIGNED in met
    assert met & {State.RELEASED, State.REFUNDED}
