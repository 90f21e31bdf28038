"""The rails there are, by name: one line of registration each."""

from ledger.errors import UnknownReference
from payouts.rails.instructions import Rail
from payouts.rails.safe import SafeRail
from payouts.rails.solana import SolanaRail
from payouts.rails.wire import WireRail

RAILS: tuple[Rail, ...] = (
    SafeRail(),
    SolanaRail(),
    WireRail(),
)
"""Every rail; their modules import heavy libraries only when they are put to work."""


def rail_named(name: str) -> Rail:
    """Return the rail of that name.

    Raises:
        UnknownReference: no rail has this name; the names there are come with it.
    """
    for rail in RAILS:
        if rail.name == name:
            return rail
    known = ", ".join(rail.name for rail in RAILS)
    raise UnknownReference("rail", name, mend=f"The rails are: {known}.")
