"""Preflight and nonces from the chain: what a Safe's batch would do, asked of a real node."""

from collections.abc import Iterator
from zlib import crc32

import pytest

from ledger.errors import BadInput
from payouts.errors import PayoutBlocked, SignersChanged
from support.books import Books
from support.command_line import feeshare
from support.evm_calls import call_data
from support.evm_chain import HBOT, USDC, EvmChain, evm_chain
from support.evm_safes import deploy_safe
from support.payouts import cancel
from support.safe_payouts import SafePayouts, address_of

TOKENS = {"USDC": (USDC, 6), "HBOT": (HBOT, 18)}
DEBTS = [("amy", "10", "USDC"), ("ben", "20", "USDC"), ("ben", "30", "HBOT")]


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain() as found:
        found.place_token(USDC, "USDC", 6, "IssuersToken")
        found.place_token(HBOT, "HBOT", 18)
        yield found


@pytest.fixture
def number(request: pytest.FixtureRequest) -> int:
    return crc32(request.node.name.encode())


@pytest.fixture
def payouts(books: Books, chain: EvmChain, number: int) -> SafePayouts:
    found = SafePayouts(books, chain, deploy_safe(chain, number=number))
    found.furnish(["amy", "ben"], list(TOKENS))
    found.add_wallet()
    found.hold(TOKENS, 100)
    found.owe(DEBTS, "owed")
    return found


def reasons(payouts: SafePayouts) -> tuple[str, ...]:
    """Return why export refuses the batch that is due; nothing of it is written."""
    batch = payouts.freeze()
    payouts.approve(batch)
    digest = payouts.books.digest()
    with pytest.raises(PayoutBlocked) as refused:
        payouts.export(batch)
    assert payouts.books.digest() == digest
    return tuple(each.removeprefix(f"{batch.id}: ") for each in refused.value.reasons)


def tell(payouts: SafePayouts, signature: str, *arguments: object) -> None:
    payouts.chain.send(payouts.chain.people[0], USDC, call_data(signature, *arguments))


def test_a_batch_that_would_pay_passes_and_says_what_the_safe_is(payouts: SafePayouts) -> None:
    batch = payouts.freeze()
    found = payouts.preflight(batch)
    assert found.reasons == ()
    assert (found.state.threshold, found.state.nonce, found.state.version) == (2, 0, "1.4.1")
    assert set(found.state.owners) == {it.address.lower() for it in payouts.safe.owners}


def test_a_frozen_recipient_and_a_token_that_answers_false_are_named(
    payouts: SafePayouts,
) -> None:
    amy, ben = (address_of(payee, "ethereum") for payee in ("amy", "ben"))
    tell(payouts, "freeze(address,bool)", amy, True)  # noqa: FBT003
    tell(payouts, "refuse(address,bool)", ben, True)  # noqa: FBT003
    try:
        assert reasons(payouts) == (
            f"line 1: 10 USDC to {amy}: reverts: Blacklistable: account is blacklisted",
            f"line 3: 20 USDC to {ben}: the token answers false, which a Safe takes for done",
        )
    finally:
        tell(payouts, "freeze(address,bool)", amy, False)  # noqa: FBT003
        tell(payouts, "refuse(address,bool)", ben, False)  # noqa: FBT003


def test_a_paused_token_and_other_decimals_are_named(payouts: SafePayouts) -> None:
    tell(payouts, "pause(bool)", True)  # noqa: FBT003
    tell(payouts, "setDecimals(uint8)", 8)
    try:
        decimals, *lines = reasons(payouts)
    finally:
        tell(payouts, "pause(bool)", False)  # noqa: FBT003
        tell(payouts, "setDecimals(uint8)", 6)
    assert "the registry says 6 decimals, the chain says 8 decimals" in decimals
    assert [line.rpartition("reverts: ")[2] for line in lines] == ["Pausable: paused"] * 2


def test_a_safe_that_holds_too_little_is_refused_though_each_line_alone_would_pass(
    payouts: SafePayouts,
) -> None:
    payouts.safe.execute(
        USDC, call_data("transfer(address,uint256)", payouts.chain.people[3], 75 * 10**6)
    )
    assert reasons(payouts) == ("the Safe lacks 5000000 units of USDC for the 30 to be paid",)


def test_a_safe_that_one_owner_can_empty_pays_nothing(
    books: Books, chain: EvmChain, number: int
) -> None:
    alone = SafePayouts(books, chain, deploy_safe(chain, threshold=1, number=number))
    alone.furnish(["amy", "ben"], list(TOKENS))
    alone.add_wallet()
    alone.hold(TOKENS, 100)
    alone.owe(DEBTS, "owed")
    assert reasons(alone) == ("1 of 3 owners signs: nobody is to pay alone",)


def test_a_nonce_that_another_transaction_used_up_is_refused_at_export(
    payouts: SafePayouts,
) -> None:
    batch = payouts.freeze()
    payouts.approve(batch)
    payouts.safe.execute(payouts.chain.people[3])
    with pytest.raises(PayoutBlocked, match="nonce 0 is used up: the Safe's next one is 1"):
        payouts.export(batch)


def test_a_safe_with_other_signers_than_when_it_was_frozen_waits_for_a_batch_that_says_so(
    payouts: SafePayouts,
) -> None:
    batch = payouts.freeze()
    payouts.approve(batch)
    payouts.safe.execute(payouts.safe.address, call_data("changeThreshold(uint256)", 3))
    digest = payouts.books.digest()
    with pytest.raises(SignersChanged, match=r"3 of 3 .* it was 2 of 3") as refused:
        payouts.export(batch)
    assert any("nonce 0 is used up" in reason for reason in refused.value.reasons)
    assert payouts.books.digest() == digest
    cancel(payouts.books, batch)
    again = payouts.freeze()
    assert payouts.preflight(again).strangers == ()
    shown = feeshare(payouts.books, "payout", "show", again.id).err
    assert "who signs: 3 of 3 (0x" in shown
    assert "CHANGED: before it was 2 of 3 (0x" in shown


def test_the_next_nonce_follows_the_chain_and_what_is_pinned(payouts: SafePayouts) -> None:
    payouts.safe.execute(payouts.chain.people[3])
    payouts.safe.execute(payouts.chain.people[3])
    assert payouts.freeze().nonce == 2
    payouts.owe([("amy", "1", "USDC")], "more")
    assert payouts.freeze().nonce == 3


@pytest.mark.parametrize(
    ("given", "why"),
    [(0, "nonce 0 is used up: the Safe's next one is 1"), (3, "nonce 3 waits for 1")],
)
def test_a_given_nonce_that_is_used_up_or_comes_after_a_gap_is_refused(
    payouts: SafePayouts, given: int, why: str
) -> None:
    payouts.safe.execute(payouts.chain.people[3])
    digest = payouts.books.digest()
    with pytest.raises(BadInput, match=why) as refused:
        payouts.freeze({payouts.wallet: given})
    assert [it.code for it in refused.value.problems] == ["batch_unexecutable"]
    assert payouts.books.digest() == digest
    assert payouts.freeze({payouts.wallet: 1}).nonce == 1
