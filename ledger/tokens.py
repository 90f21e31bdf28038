"""The token registry: a commodity on a chain is a contract or mint with its decimals.

A symbol never identifies anything. It lies in the ledger because both what pays and what scans
chains read it, and neither may import the other.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.bank_tables import Token
from ledger.errors import ReferenceReused, UnknownReference
from ledger.sealing import Change

DEFAULT_TOKENS = (
    ("ethereum", 1, "0xdAC17F958D2ee523a2206206994597C13D831ec7", "USDT", 6),
    ("ethereum", 1, "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USDC", 6),
    ("ethereum", 1, "0xE5097D9baeAFB89f9bcB78C9290d545dB5f9e9CB", "HBOT", 18),
    ("ethereum", 1, "", "ETH", 18),
    ("bsc", 56, "0x55d398326f99059fF775485246999027B3197955", "USDT", 18),
    ("bsc", 56, "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", "USDC", 18),
    ("bsc", 56, "", "BNB", 18),
    ("solana", None, "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v", "USDC", 6),
    ("solana", None, "Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB", "USDT", 6),
    ("solana", None, "", "SOL", 9),
)
"""Chain, EVM chain id, contract or mint (blank: the native coin), commodity, decimals."""


def default_tokens() -> list[Token]:
    """Return the registry that every set of books starts with."""
    return [
        Token(
            chain=chain,
            chain_id=chain_id,
            contract=contract,
            commodity=commodity,
            decimals=decimals,
            source="issuers' and explorers' public pages",
        )
        for chain, chain_id, contract, commodity, decimals in DEFAULT_TOKENS
    ]


def is_default(token: Token) -> bool:
    """Return whether a token is one that every set of books starts with, as it stands there."""
    return (
        token.chain,
        token.chain_id,
        token.contract,
        token.commodity,
        token.decimals,
    ) in DEFAULT_TOKENS


def add(change: Change, token: Token) -> bool:
    """Add a token to the registry; say whether it is new. Another person confirms it.

    Raises:
        ReferenceReused: the contract is there with other facts, or the commodity with another
            contract.
    """
    known = change.session.get(Token, (token.chain, token.contract))
    if known is None:
        twin = change.session.scalars(
            select(Token).where(Token.chain == token.chain, Token.commodity == token.commodity)
        ).one_or_none()
        if twin is not None:
            what = f"{token.commodity} on {token.chain}"
            raise ReferenceReused("Token", what, twin.contract or "the native coin")
        change.add(token)
        return True
    facts = (known.commodity, known.decimals, known.chain_id)
    if facts != (token.commodity, token.decimals, token.chain_id):
        raise ReferenceReused(
            "Token", token.contract, f"{known.commodity} with {known.decimals} decimals"
        )
    return False


def token_of(session: Session, chain: str, commodity: str) -> Token:
    """Return the token that a commodity is on a chain.

    Raises:
        UnknownReference: it is none there.
    """
    found = session.scalars(
        select(Token).where(Token.chain == chain, Token.commodity == commodity)
    ).one_or_none()
    if found is None:
        raise UnknownReference("token", f"{commodity} on {chain}", mend="feeshare token list")
    return found
