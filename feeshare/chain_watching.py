"""Beginning to watch a wallet: from now, from the start of its chain, or from a block."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from chains import watches
from chains.movements import Closing, Wallet
from chains.providers import Panel, Setup
from chains.registry import SOLANA
from chains.watches import tokens_of
from feeshare.database import reading
from ledger.sealing import Change
from ledger.validation import bad_input

NOW, START = "now", "start"
EVERY_DAY = date(1970, 1, 1)
"""The day from which a wallet's lines come from its chain where that is read from its start."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a watch begins: its first block, that block's day, and the balances before it."""

    first_block: int
    since: date
    closing: Closing | None = None

    def openings(self, wallet: str) -> dict[str, int]:
        """Return a wallet's balances before the first block in base units, by contract."""
        if self.closing is None:
            return {}
        return {
            contract: units
            for (owner, contract), units in self.closing.balances.items()
            if owner == wallet
        }


def beginning(engine: Engine, setup: Setup, wallet: Wallet, wanted: str) -> Beginning:
    """Return where a watch begins, as providers tell it.

    Args:
        engine: the books' engine.
        setup: the wallet's chain as it is set.
        wallet: the wallet.
        wanted: `now` (the block after the newest final one), `start`, or a block's number.

    Raises:
        BadInput: it is none of these, or the chain keeps no balances of that block.
        ProvidersTooFew: too few providers answer, or their state is gone.
    """
    is_number = wanted.isdecimal() and setup.chain.family != SOLANA
    if wanted not in (NOW, START) and not is_number:
        numbers = "" if setup.chain.family == SOLANA else ", or a block's number"
        raise bad_input(
            code="value_unknown",
            place="--from",
            value=wanted,
            expected=f"{NOW} or {START}{numbers}",
        )
    if wanted == START or (is_number and int(wanted) == 0):
        return Beginning(0, EVERY_DAY)
    panel = Panel(setup)
    panel.open()
    with reading(engine) as session:
        panel.require_tokens(tokens_of(session, setup.chain.name).values())
    if wanted == NOW:
        closing = panel.closing([wallet])
    else:
        before = int(wanted) - 1
        closing = panel.ask(lambda reader: reader.balances([wallet], before))
    return Beginning(closing.block.number + 1, closing.block.at.date(), closing)


def watch(change: Change, setup: Setup, wallet: Wallet, begin: Beginning) -> bool:
    """Watch a wallet from its beginning on; say whether it is new."""
    return watches.add(
        change,
        setup.chain,
        wallet,
        first_block=begin.first_block,
        since=begin.since,
        openings=begin.openings(wallet.id),
    )
