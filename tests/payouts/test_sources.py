"""Sources: which account pays, and what may leave it."""

from ledger.bank_tables import BankAccount
from payouts.sources import funds, source_for
from support.books import Books
from support.payouts import BANK, WALLET, cancel, freeze, fund, furnish, usual_debts


def account(identity: str, kind: str, purpose: str, chain: str | None = None) -> BankAccount:
    return BankAccount(
        id=identity, kind=kind, account=f"assets:{kind}:{identity}", purpose=purpose, chain=chain
    )


OURS = [
    account("deposits", "wallet", "bounty deposits", "ethereum"),
    account("second", "wallet", "Treasury, second", "ethereum"),
    account("first", "wallet", "treasury", "ethereum"),
    account("at-exchange", "exchange", "treasury", "ethereum"),
    account("house", "bank", "operating"),
]


def test_the_treasurys_wallet_on_the_chain_pays_and_the_bank_pays_wires() -> None:
    chosen = [source_for(OURS, chain) for chain in ("ethereum", None, "bsc")]
    assert [it and it.id for it in chosen] == ["first", "house", None]


def test_the_first_bank_account_that_holds_the_currency_pays_and_else_the_first() -> None:
    ours = [account("euro", "bank", "operating"), *OURS]
    chosen = [source_for(ours, None, holding) for holding in ((), {"house"}, {"euro", "house"})]
    assert [it and it.id for it in chosen] == ["euro", "house", "euro"]
    wallet = source_for(OURS, "ethereum", {"second"})
    assert wallet is not None
    assert wallet.id == "first"


def test_what_live_batches_claim_is_not_there_to_spend(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    fund(books, "50", where=BANK)
    batch = freeze(books)
    with books.read() as session:
        assert str(funds(session).left(WALLET, "USDC")) == "9579.5"
        assert str(funds(session, leaving_out=batch.id).left(WALLET, "USDC")) == "10000"
        assert funds(session).left(BANK, "USDC") == 50
        assert funds(session).left(WALLET, "HBOT") == 0
    cancel(books, batch)
    with books.read() as session:
        assert funds(session).left(WALLET, "USDC") == 10000
