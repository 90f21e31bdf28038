"""Preflight: whether a batch would pay, asked of its chain before anybody signs.

Law: nothing is sent. Whoever may sign by now is compared with whom the batch was approved for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from feeshare.safe_state import SAFE
from feeshare.settings import Settings
from payouts.contents import Contents
from payouts.errors import PayoutBlocked, SignersChanged
from payouts.rails.solana import NAME as SOLANA


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a chain says of a batch at a block: in words, and every reason against it.

    `strangers` are the reasons that lie with who signs.
    """

    batch: str
    block: int
    summary: str
    reasons: tuple[str, ...]
    strangers: tuple[str, ...] = ()


def preflight(session: Session, settings: Settings, contents: Contents) -> Preflight | None:
    """Return what a batch's chain says of it; nothing where no chain can be asked.

    Raises:
        ProvidersTooFew: too few providers answer, or there is no such wallet.
        ProvidersDisagree: they tell different things.
    """
    from feeshare import safe_preflight, solana_preflight

    batch = contents.batch
    if batch.chain is None or batch.chain not in settings.chains:
        return None
    if batch.rail == SOLANA:
        return solana_preflight.preflight(settings, contents)
    return safe_preflight.preflight(session, settings, contents) if batch.rail == SAFE else None


def require_clear(found: Iterable[Preflight]) -> None:
    """Require that nothing stands against batches.

    Raises:
        SignersChanged: others sign than a batch was approved for; carries every other reason, too.
        PayoutBlocked: something else does; carries every reason of each of them.
    """
    blocked = [each for each in found if each.reasons or each.strangers]
    if not blocked:
        return
    reasons = [
        f"{each.batch}: {reason}"
        for each in blocked
        for reason in (*each.strangers, *each.reasons)
    ]
    names = ", ".join(each.batch for each in blocked)
    if any(each.strangers for each in blocked):
        raise SignersChanged(names, reasons)
    raise PayoutBlocked(names, reasons)
