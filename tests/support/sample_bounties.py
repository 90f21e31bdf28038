"""A bounty of an exchange, as tests need one."""

from decimal import Decimal

from ledger import parties
from ledger.revenue import bounties
from ledger.revenue.bounty_tables import Bounty
from ledger.sealing import Change


def add_bounty(change: Change, identity: str) -> Bounty:
    """Add Quillon's bounty of 10000 USDC, for Ada to develop."""
    parties.add(change, name="Quillon", kind="exchange")
    parties.add(change, name="Ada", kind="payee")
    made, _ = bounties.add(
        change,
        identity=identity,
        title="A connector",
        exchange="Quillon",
        commodity="USDC",
        amount=Decimal(10000),
        developer="Ada",
    )
    return made
