"""From an obligation to a recipient's balance, on a real chain, by what the exported file says."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from feeshare import clock
from payouts.batches import State
from support.books import Books
from support.chain_books import ChainBooks, close_clients
from support.evm_chain import BSC_USDC, BSC_USDT, HBOT, USDC, USDT, EvmChain, ethereum, evm_chain
from support.evm_safes import deploy_safe
from support.safe_payouts import FINAL, SafePayouts, require_paid, sign_and_send, watched

ETHEREUM = {"USDC": (USDC, 6), "USDT": (USDT, 6), "HBOT": (HBOT, 18)}
BSC = {"USDC": (BSC_USDC, 18), "USDT": (BSC_USDT, 18)}
SIZES = {1: 1, 9: 1, 200: 1, 450: 3}
"""Lines of a batch, and the transactions of the Safe that it takes."""

PAYEES = [f"payee-{number:03d}" for number in range(150)]


@pytest.fixture(autouse=True)
def _closed_lines() -> Iterator[None]:
    yield
    close_clients()


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    # USDT's transfer returns nothing, as on the real chain.
    with ethereum("FeeToken") as found:
        yield found


def debts_of(lines: int, tokens: dict[str, tuple[str, int]]) -> list[tuple[str, str, str]]:
    """Return so many debts, one a payee and token, each of an amount of its own."""
    names = sorted(tokens)
    return [
        (PAYEES[number // len(names)], f"{lines}.{number + 1:04d}", names[number % len(names)])
        for number in range(lines)
    ]


def test_each_recipient_gets_what_is_owed_and_books_equal_chain(
    books: Books, chain: EvmChain
) -> None:
    payouts = SafePayouts(books, chain, deploy_safe(chain))
    payouts.furnish(PAYEES, list(ETHEREUM))
    watching = watched(payouts, ETHEREUM, 1_000_000)
    owed: dict[tuple[str, str], Decimal] = {}
    for lines, parts in SIZES.items():
        debts = debts_of(lines, ETHEREUM)
        pay(payouts, watching, debts, lines, parts)
        for payee, amount, commodity in debts:
            owed[payee, commodity] = owed.get((payee, commodity), Decimal(0)) + Decimal(amount)
    assert payouts.safe.nonce == sum(SIZES.values())
    require_paid(payouts, owed, ETHEREUM)


def test_a_safe_on_bsc_pays_as_well(books: Books) -> None:
    with evm_chain(56) as chain:
        for commodity, (contract, decimals) in BSC.items():
            chain.place_token(contract, commodity, decimals)
        chain.finalize()
        payouts = SafePayouts(books, chain, deploy_safe(chain), "bsc")
        payouts.furnish(PAYEES[:5], list(BSC))
        watching = watched(payouts, BSC, 1000)
        debts = debts_of(9, BSC)
        pay(payouts, watching, debts, 9, 1)
        require_paid(payouts, {(it[0], it[2]): Decimal(it[1]) for it in debts}, BSC)


def pay(
    payouts: SafePayouts,
    watching: ChainBooks,
    debts: list[tuple[str, str, str]],
    lines: int,
    parts: int,
) -> None:
    """Bring debts to settled lines, and require that books and chain are equal then."""
    payouts.owe(debts, f"owed-{lines}")
    batch = payouts.freeze()
    assert batch.nonce == payouts.safe.nonce
    payouts.approve(batch)
    receipts = sign_and_send(payouts.safe, payouts.export(batch))
    assert [receipt["status"] for receipt in receipts] == ["0x1"] * parts
    payouts.chain.mine(FINAL)
    watching.scan()
    payouts.books.at = clock.now()
    settled = payouts.settle(batch)
    assert (settled.state, len(settled.settled)) == (State.SETTLED, lines)
    assert not settled.missing
    assert not settled.unmatched
    watching.require_equal()
