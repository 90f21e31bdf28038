"""What a `payout` command is about: one batch, or a month, which stands for all its batches."""

from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.months import parse_month
from payouts import batches
from payouts.contents import batch_named
from payouts.tables import PayoutBatch

Target = Annotated[str, typer.Argument(help="A batch, or a month as 2023-10.")]
ENDED = (batches.State.CANCELLED, batches.State.REJECTED, batches.State.FAILED)


def targets(session: Session, target: str) -> Sequence[PayoutBatch]:
    """Return the batch of an id, or a month's batches that are not cancelled or rejected.

    Raises:
        UnknownReference: there is none.
    """
    if ":" in target:
        return [batch_named(session, target)]
    of_month = session.scalars(
        select(PayoutBatch)
        .where(PayoutBatch.period == parse_month(target, "batch or month"))
        .order_by(PayoutBatch.id)
    ).all()
    states = batches.states_of(session, [batch.id for batch in of_month])
    found = [batch for batch in of_month if states[batch.id] not in ENDED]
    if not found:
        raise UnknownReference("payout batch", target, mend=f"feeshare payout plan {target}")
    return found
