"""Deposits on Solana, from a real node into the books: each ends with both being equal."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from solders.keypair import Keypair
from solders.pubkey import Pubkey

from chains.errors import ProvidersDisagree, ProvidersTooFew
from ledger.bank_tables import Token
from ledger.tables import Commodity
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.fault_proxy import Fault, drops, fault_proxy, only
from support.solana_chain import SolanaChain, solana_chain
from support.solana_faults import knows_versions_until, lacks_transactions, lists_too
from support.solana_instructions import TOKEN, TOKEN_2022, USDC, USDT, WSOL, ata

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
    found = ChainBooks(books, setup_of("solana", chain.url, identity=chain.genesis))
    found.watch("deposits", str(wallet))
    return found


def settled(chain: SolanaChain, watching: ChainBooks) -> None:
    """Make everything final, scan, and require that books and chain are equal."""
    chain.finalize()
    scanned = watching.scan()
    assert scanned.is_well, scanned
    watching.require_equal()


def register(books: Books, mint: Pubkey, commodity: str, decimals: int = 6) -> None:
    """Add a mint to the books' registry."""
    with books.write() as change:
        if change.session.get(Commodity, commodity) is None:
            change.add(Commodity(code=commodity, name=commodity, allocation_scale=decimals))
        change.add(
            Token(
                chain="solana",
                contract=str(mint),
                commodity=commodity,
                decimals=decimals,
                chain_id=None,
                source="",
            )
        )


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
