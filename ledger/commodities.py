"""What is counted: the commodities and how fine each one's payable unit is."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.tables import Commodity

DEFAULT_COMMODITIES = (
    ("USD", "US dollar", 2),
    ("EUR", "Euro", 2),
    ("USDC", "USD Coin", 6),
    ("USDT", "Tether USD", 6),
    ("HBOT", "Hummingbot governance token", 18),
    ("ETH", "Ether", 18),
    ("BNB", "BNB", 18),
    ("SOL", "SOL", 9),
    ("BTC", "Bitcoin", 8),
)
"""Code, name, decimals of the smallest payable unit."""


def scales(session: Session) -> dict[str, int]:
    """Return each commodity's decimals of the smallest payable unit, by code."""
    return {row.code: row.allocation_scale for row in session.scalars(select(Commodity))}


def scale_of(session: Session, code: str) -> int:
    """Return a commodity's decimals of the smallest payable unit.

    Raises:
        UnknownReference: no commodity has this code.
    """
    found = session.get(Commodity, code)
    if found is None:
        raise UnknownReference("commodity", code)
    return found.allocation_scale
