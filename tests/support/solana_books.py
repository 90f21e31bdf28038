"""Books that watch wallets on a Solana node: what makes them settle, mints they know."""

from solders.pubkey import Pubkey

from ledger.bank_tables import Token
from ledger.tables import Commodity
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.solana_chain import SolanaChain


def books_watching(books: Books, chain: SolanaChain, wallet: Pubkey) -> ChainBooks:
    """Return books that watch a wallet, called `deposits`, from now on."""
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
