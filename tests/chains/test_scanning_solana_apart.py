"""Wallets of ours that are watched one after the other: the later finds what is kept already."""

from collections.abc import Callable, Iterator

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chains.movements import Wallet
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks
from support.solana_books import books_watching, settled
from support.solana_chain import SolanaChain, solana_chain
from support.solana_instructions import USDC, USDT, ata

UNITS = 1000

Story = Callable[[SolanaChain, Keypair, Keypair], object]
"""What happens between two wallets of ours."""


@pytest.fixture(scope="module")
def chain() -> Iterator[SolanaChain]:
    with solana_chain() as found:
        yield found


def through(chain: SolanaChain, one: Keypair, other: Keypair, account: Pubkey) -> None:
    """Pay from one of us by way of the other's account, in two transactions and in one."""
    pays = tell.moves(one.pubkey(), ata(one.pubkey()), account, 10 * UNITS)
    returns = tell.moves(other.pubkey(), account, ata(one.pubkey()), 4 * UNITS)
    chain.send(pays, signers=[one])
    chain.send(returns, signers=[other])
    chain.send(pays, returns, signers=[one, other])


def handed_over(chain: SolanaChain, one: Keypair, other: Keypair) -> None:
    thief = Keypair()
    account = chain.account(thief.pubkey())
    chain.send(tell.hands(account, thief.pubkey(), other.pubkey()), signers=[thief])
    through(chain, one, other, account)


def not_associated(chain: SolanaChain, one: Keypair, other: Keypair) -> None:
    through(chain, one, other, chain.account(other.pubkey()))


def passed_on(chain: SolanaChain, one: Keypair, other: Keypair) -> None:
    account = chain.account(one.pubkey())
    chain.send(tell.hands(account, one.pubkey(), other.pubkey()), signers=[one])
    through(chain, one, other, account)
    chain.send(tell.hands(account, other.pubkey(), one.pubkey()), signers=[other])


def made_and_passed_on_at_once(chain: SolanaChain, one: Keypair, other: Keypair) -> None:
    account = ata(one.pubkey(), USDT)
    chain.send(
        tell.opens(chain.hot, one.pubkey(), USDT),
        chain.moving(account, UNITS, USDT),
        tell.hands(account, one.pubkey(), other.pubkey()),
        signers=[one],
    )
    chain.send(tell.hands(account, other.pubkey(), one.pubkey()), signers=[other])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "story", [handed_over, not_associated, passed_on, made_and_passed_on_at_once]
)
def test_what_is_kept_of_a_wallet_is_told_alike_when_another_is_watched_later(
    books: Books, chain: SolanaChain, story: Story, order: tuple[int, int]
) -> None:
    ours = [Keypair(), Keypair()]
    first, later = (ours[place].pubkey() for place in order)
    watching = books_watching(books, chain, first)
    for key in ours:
        chain.pay(key.pubkey(), 100 * UNITS)
    story(chain, *ours)
    settled(chain, watching)
    kept = watching.rows()
    watching.watch("payouts", str(later), begin="start")
    settled(chain, watching)
    assert set(kept) < set(watching.rows())
    assert watching.rows() == _told_together(watching, first, later)


def _told_together(watching: ChainBooks, *ours: Pubkey) -> list[tuple[object, ...]]:
    """Return what a reading of all wallets at once tells, in the form of the rows kept."""
    (reader,) = watching.setup.readers
    tokens = (str(USDC), str(USDT))
    wallets = [
        Wallet(id=str(each), address=str(each), kind="solana", tokens=tokens) for each in ours
    ]
    return sorted(
        (
            *(each.transaction, each.part, each.block, each.block_hash, each.contract),
            *(each.sender, each.recipient, each.units, each.doubt),
        )
        for each in reader.seen(wallets, 0, reader.final().number).movements
    )
