"""Token accounts that are handed over, closed, wrapped or ours on both sides, into the books."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks
from support.solana_books import books_watching, register, settled
from support.solana_chain import SolanaChain, solana_chain
from support.solana_instructions import TOKEN, USDC, WSOL, ata

THOUSAND = 1000 * 10**6
TEN_THOUSAND = 10 * THOUSAND
LINE = [("USDC", Decimal(10_000))]
FEE = Decimal("-0.000005")
COIN = 10**9


@pytest.fixture(scope="module")
def chain() -> Iterator[SolanaChain]:
    with solana_chain() as found:
        yield found


@pytest.fixture
def key() -> Keypair:
    """Give the key of a wallet that nobody else has."""
    return Keypair()


@pytest.fixture
def wallet(key: Keypair) -> Pubkey:
    return key.pubkey()


@pytest.fixture
def watching(books: Books, chain: SolanaChain, wallet: Pubkey) -> ChainBooks:
    return books_watching(books, chain, wallet)


@pytest.mark.parametrize("is_closable", [False, True])
def test_an_account_handed_over_to_us_with_its_tokens_is_quarantined_and_never_booked(
    chain: SolanaChain,
    watching: ChainBooks,
    wallet: Pubkey,
    is_closable: bool,  # noqa: FBT001
) -> None:
    thief = Keypair()
    account = chain.account(thief.pubkey())
    chain.send(chain.moving(account, TEN_THOUSAND))
    keeping = [tell.hands_closing(account, thief.pubkey(), thief.pubkey())] * is_closable
    handed = chain.send(*keeping, tell.hands(account, thief.pubkey(), wallet), signers=[thief])
    watching.bounty(declared=[handed])
    settled(chain, watching)
    assert watching.states() == ["quarantined"]
    assert watching.lines("deposits") == []


def test_a_transfer_and_a_handover_in_one_transaction_are_no_deposit(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    thief = Keypair()
    account = chain.account(thief.pubkey())
    sent = chain.send(
        chain.moving(account, TEN_THOUSAND),
        tell.hands(account, thief.pubkey(), wallet),
        signers=[thief],
    )
    watching.bounty(declared=[sent])
    settled(chain, watching)
    assert watching.states() == ["quarantined"]
    assert watching.lines("deposits") == []


def test_what_comes_later_to_an_account_that_was_handed_over_stays_in_doubt(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    thief = Keypair()
    account = chain.account(thief.pubkey())
    chain.send(tell.hands(account, thief.pubkey(), wallet), signers=[thief])
    sent = chain.send(chain.moving(account, TEN_THOUSAND))
    chain.send(tell.moves(wallet, account, ata(chain.hot), 4), signers=[key])
    watching.bounty(declared=[sent])
    settled(chain, watching)
    assert watching.states() == ["quarantined"]
    assert watching.lines("deposits") == []
    assert {row[8] for row in watching.rows()} == {"handed over"}


def test_our_own_account_given_away_with_its_tokens_is_gone_and_comes_back(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    other, account = Keypair(), chain.account(wallet)
    chain.send(chain.moving(account, THOUSAND))
    chain.send(tell.hands(account, wallet, other.pubkey()), signers=[key])
    settled(chain, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(-1000)), ("USDC", Decimal(1000))]
    chain.send(tell.hands(account, other.pubkey(), wallet), signers=[other])
    settled(chain, watching)
    assert watching.lines("deposits")[1:] == [("USDC", Decimal(1000))] * 2


def test_wrapped_coins_are_a_token_and_unwrapped_ones_are_coins(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    register(watching.books, WSOL, "WSOL", 9)
    chain.fund(wallet, 3 * COIN)
    account = ata(wallet, WSOL)
    chain.send(
        tell.opens(wallet, wallet, WSOL),
        tell.coins(wallet, account, COIN),
        tell.syncs(account),
        payer=key,
    )
    settled(chain, watching)
    assert ("WSOL", Decimal(1)) in watching.lines("deposits")
    chain.send(tell.closes(account, wallet, wallet), payer=key)
    settled(chain, watching)
    coins = [amount for commodity, amount in watching.lines("deposits") if commodity == "SOL"]
    wrapped = [amount for commodity, amount in watching.lines("deposits") if commodity == "WSOL"]
    assert (sum(coins), sum(wrapped)) == (3 + 2 * FEE, 0)


def test_a_deposit_is_told_though_its_account_was_emptied_and_closed_since(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    account = chain.account(wallet)
    chain.send(chain.moving(account, TEN_THOUSAND))
    chain.send(
        tell.moves(wallet, account, ata(chain.hot), TEN_THOUSAND),
        tell.closes(account, wallet, chain.hot),
        signers=[key],
    )
    settled(chain, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(-10_000)), *LINE]


def test_a_deposit_is_told_though_its_account_is_closed_beyond_the_final_slot(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    account = chain.account(wallet)
    chain.send(chain.moving(account, TEN_THOUSAND))
    chain.finalize()
    chain.send(
        tell.moves(wallet, account, ata(chain.hot), TEN_THOUSAND),
        tell.closes(account, wallet, chain.hot),
        signers=[key],
    )
    watching.scan()
    assert [row[7] for row in watching.rows()] == [TEN_THOUSAND]
    settled(chain, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(-10_000)), *LINE]


def test_between_two_wallets_of_ours_each_has_its_line(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    other = Keypair()
    watching.watch("payouts", str(other.pubkey()))
    chain.pay(wallet, 2 * THOUSAND)
    chain.fund(wallet, 2 * COIN)
    chain.send(
        tell.opens(wallet, other.pubkey()),
        tell.moves(wallet, ata(wallet), ata(other.pubkey()), THOUSAND),
        tell.coins(wallet, other.pubkey(), COIN),
        payer=key,
    )
    settled(chain, watching)
    assert watching.lines("payouts") == [("SOL", Decimal(1)), ("USDC", Decimal(1000))]
    assert watching.lines("deposits")[-2:] == [("USDC", Decimal(-1000)), ("USDC", Decimal(2000))]


def test_a_wallet_that_is_watched_later_finds_what_the_other_one_found(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    other = Keypair()
    chain.fund(other.pubkey(), COIN)
    chain.pay(wallet, 2 * THOUSAND)
    chain.send(
        tell.opens(chain.hot, other.pubkey()),
        tell.moves(wallet, ata(wallet), ata(other.pubkey()), THOUSAND),
        tell.coins(other.pubkey(), wallet, COIN // 2),
        signers=[key, other],
    )
    settled(chain, watching)
    watching.watch("payouts", str(other.pubkey()), begin="start")
    settled(chain, watching)
    assert watching.lines("payouts") == [
        ("SOL", Decimal("-0.5")),
        ("SOL", Decimal(1)),
        ("USDC", Decimal(1000)),
    ]


def test_a_transfer_to_oneself_is_no_line(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    chain.pay(wallet, TEN_THOUSAND)
    own, other = ata(wallet), chain.account(wallet)
    chain.send(tell.moves(wallet, own, own, THOUSAND), signers=[key])
    chain.send(tell.moves(wallet, own, other, THOUSAND), signers=[key])
    settled(chain, watching)
    assert watching.lines("deposits") == LINE


def test_units_made_for_us_or_burnt_by_us_are_lines_without_another_side(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    account = ata(wallet)
    chain.send(
        tell.opens(chain.hot, wallet), tell.mints(USDC, account, chain.hot, TEN_THOUSAND, TOKEN)
    )
    chain.send(tell.burns(account, wallet, THOUSAND), signers=[key])
    settled(chain, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(-1000)), *LINE]
