"""Deposits on Solana, from a real node into the books: each ends with both being equal."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chains.errors import ProvidersDisagree, ProvidersTooFew
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks
from support.fault_proxy import Fault, drops, fault_proxy, only
from support.solana_books import books_watching, register, settled
from support.solana_chain import SolanaChain, solana_chain
from support.solana_faults import knows_versions_until, lacks_transactions, lists_too
from support.solana_instructions import TOKEN_2022, USDC, USDT, ata

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


@pytest.mark.parametrize(("mint", "commodity"), [(USDC, "USDC"), (USDT, "USDT")])
def test_ten_thousand_are_detected_then_confirmed(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey, mint: Pubkey, commodity: str
) -> None:
    sent = chain.pay(wallet, TEN_THOUSAND, mint)
    watching.bounty(commodity=commodity, declared=[sent])
    assert watching.states() == ["declared"]

    watching.scan()
    assert watching.states() == ["detected"]
    assert watching.lines("deposits") == []

    settled(chain, watching)
    assert watching.lines("deposits") == [(commodity, Decimal(10_000))]
    assert watching.states() == ["confirmed"]
    assert watching.scan().booked == 0


def test_a_deposit_to_an_account_that_is_not_the_associated_one_is_found(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    sent = chain.send(chain.moving(chain.account(wallet), TEN_THOUSAND))
    watching.bounty(declared=[sent])
    settled(chain, watching)
    assert watching.states() == ["confirmed"]


def test_a_plain_transfer_that_names_no_mint_and_one_with_a_memo_are_alike(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    source, to = ata(chain.hot), ata(wallet)
    chain.send(tell.opens(chain.hot, wallet))
    first = chain.send(tell.moves_plainly(chain.hot, source, to, 5 * THOUSAND))
    second = chain.send(chain.moving(to, 5 * THOUSAND), tell.memo(chain.hot, "bounty:42"))
    watching.bounty(declared=[first, second])
    settled(chain, watching)
    assert watching.states() == ["split"]
    assert watching.lines("deposits") == [("USDC", Decimal(5000))] * 2


def test_a_token_that_keeps_a_fee_brings_what_it_credits(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    mint = chain.mint(TOKEN_2022, fee=100)
    register(watching.books, mint, "HBOT")
    sent = chain.pay(wallet, TEN_THOUSAND, mint, TOKEN_2022)
    watching.bounty(commodity="HBOT", declared=[sent])
    settled(chain, watching)
    assert watching.lines("deposits") == [("HBOT", Decimal(9900))]
    assert watching.states() == ["short"]


def test_a_transaction_that_failed_costs_its_payer_the_fee_and_nothing_else(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    chain.fund(wallet)
    chain.send(*chain.paying(wallet, THOUSAND))
    chain.send(
        tell.coins(wallet, chain.hot, COIN // 2),
        tell.moves(wallet, ata(wallet), ata(chain.hot), 10**18),
        payer=key,
        fails=True,
    )
    settled(chain, watching)
    assert watching.lines("deposits") == [
        ("SOL", FEE),
        ("SOL", Decimal(1)),
        ("USDC", Decimal(1000)),
    ]


def test_accounts_from_a_lookup_table_count_as_those_that_a_transaction_names(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    chain.send(tell.opens(chain.hot, wallet))
    account = ata(wallet)
    table = chain.table(account, wallet)
    sent = chain.send(
        chain.moving(account, TEN_THOUSAND),
        tell.coins(chain.hot, wallet, COIN),
        tables=[table],
    )
    watching.bounty(declared=[sent])
    row = {"signature": sent, "slot": chain.slot_of(sent), "err": None}
    with fault_proxy(chain.url, lists_too(row, str(account), str(wallet))) as cluster:
        settled(chain, watching.using(cluster.url, agreeing=1))
    assert watching.lines("deposits") == [("SOL", Decimal(1)), *LINE]
    assert watching.states() == ["confirmed"]


def test_a_transaction_of_version_1_is_a_deposit_like_any_other(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    sent = chain.send(*chain.paying(wallet, TEN_THOUSAND), version=1)
    watching.bounty(declared=[sent])
    settled(chain, watching)
    assert watching.states() == ["confirmed"]


def test_coins_come_in_and_go_out_with_fee_and_rent(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    chain.fund(wallet, 2 * COIN)
    stranger = Keypair().pubkey()
    chain.send(tell.coins(wallet, chain.hot, COIN), tell.opens(wallet, stranger, USDC), payer=key)
    settled(chain, watching)
    rent = Decimal(chain.rent(165)).scaleb(-9)
    assert watching.lines("deposits") == [("SOL", -1 - rent), ("SOL", FEE), ("SOL", Decimal(2))]


def test_several_transfers_of_one_transaction_to_one_account_are_one_line(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    other = chain.account(wallet)
    chain.send(
        *chain.paying(wallet, THOUSAND),
        chain.moving(ata(wallet), 2 * THOUSAND),
        chain.moving(other, 4 * THOUSAND),
        *chain.paying(wallet, 5 * THOUSAND, USDT),
    )
    settled(chain, watching)
    assert watching.lines("deposits") == [
        ("USDC", Decimal(3000)),
        ("USDC", Decimal(4000)),
        ("USDT", Decimal(5000)),
    ]


def test_one_payment_to_many_has_a_line_for_each_of_them(
    chain: SolanaChain, watching: ChainBooks, key: Keypair, wallet: Pubkey
) -> None:
    chain.pay(wallet, TEN_THOUSAND)
    payees = [Keypair().pubkey() for _ in range(3)]
    opens = [tell.opens(chain.hot, each) for each in payees]
    pays = [tell.moves(wallet, ata(wallet), ata(each), THOUSAND) for each in payees]
    chain.send(*opens, *pays, signers=[key])
    settled(chain, watching)
    assert watching.lines("deposits") == [("USDC", Decimal(-1000))] * 3 + LINE
    paid = {row[6] for row in watching.rows() if row[5] == str(wallet)}
    assert paid == {str(each) for each in payees}


def test_a_counterfeit_mint_is_the_wrong_token(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    fake = chain.mint()
    sent = chain.pay(wallet, TEN_THOUSAND, fake)
    watching.bounty(declared=[sent])
    settled(chain, watching)
    assert watching.states() == ["wrong token"]
    assert watching.lines("deposits") == []


def test_a_deposit_that_the_provider_does_not_list_shows_as_a_residue(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    chain.pay(wallet, TEN_THOUSAND)
    chain.finalize()
    listing = only(drops(lambda _: True), "getSignaturesForAddress")
    with fault_proxy(chain.url, listing) as liar:
        found = watching.using(liar.url, agreeing=1).scan()
    (residue,) = found.residues
    assert (residue.contract, int(residue.residue)) == (str(USDC), TEN_THOUSAND)
    assert watching.lines("deposits") == []


def test_a_deposit_that_one_of_two_providers_leaves_out_is_held_until_they_agree(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey
) -> None:
    chain.pay(wallet, TEN_THOUSAND)
    chain.finalize()
    listing = only(drops(lambda _: True), "getSignaturesForAddress")
    with fault_proxy(chain.url, listing) as liar:
        both = watching.using(chain.url, liar.url, agreeing=2)
        with pytest.raises(ProvidersDisagree, match="sees transaction"):
            both.scan()
        assert watching.lines("deposits") == []
        liar.heal()
        both.scan()
    assert watching.lines("deposits") == LINE
    watching.require_equal()


@pytest.mark.parametrize("fault", [lacks_transactions(), knows_versions_until(0)])
def test_a_deposit_that_cannot_be_read_stops_the_scan_and_is_found_later(
    chain: SolanaChain, watching: ChainBooks, wallet: Pubkey, fault: Fault
) -> None:
    chain.send(*chain.paying(wallet, TEN_THOUSAND), version=1)
    chain.finalize()
    with fault_proxy(chain.url, fault) as poor, pytest.raises(ProvidersTooFew):
        watching.using(poor.url, agreeing=1).scan()
    settled(chain, watching)
    assert watching.lines("deposits") == LINE
