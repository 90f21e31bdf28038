"""What freezing a batch on Solana pins: a nonce account and its value for each part."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from ledger.errors import BadInput
from payouts import durable_nonces, solana_sources
from payouts.contents import Contents
from payouts.durable_tables import DurableSlot
from payouts.rails.solana import line_problems, messages_of
from payouts.rails.solana_message import message_hash, parts_of


def pinned(
    session: Session, contents: Contents, values: Mapping[str, str]
) -> tuple[Contents, list[DurableSlot]]:
    """Return a batch with its nonces, and the rows that pin them.

    Args:
        session: a session.
        contents: the batch as planned.
        values: the present value of each nonce account that may be used.

    Raises:
        BadInput: a line cannot be paid, or a nonce account is not one of the wallet.
        NoncesTooFew: fewer nonce accounts are free than there are parts.
        UnknownReference: nobody confirmed who signs for the wallet.
    """
    batch = contents.batch
    source = solana_sources.confirmed(session, batch.source_account)
    signing = solana_sources.durable_of(source)
    planned = replace(contents, durable=signing).instruction()
    problems = line_problems(planned)
    if problems:
        raise BadInput(problems)
    count = len(parts_of(planned, signing))
    slots = durable_nonces.free(session, batch.source_account, values, count)
    durable = solana_sources.durable_of(source, slots)
    messages = messages_of(replace(contents, durable=durable).instruction())
    hashes = [message_hash(message) for message in messages]
    rows = []
    for part, (slot, message) in enumerate(zip(slots, hashes, strict=True), start=1):
        attempt = durable_nonces.next_attempt(session, slot)
        rows.append(
            DurableSlot(
                nonce_account=slot.account,
                nonce_value=slot.value,
                attempt=attempt,
                batch=batch.id,
                part=part,
                previous_attempt=attempt - 1 if attempt > 1 else None,
                source_account=batch.source_account,
                source_version=source.version,
                message_hash=message,
            )
        )
    return replace(contents, durable=durable, messages=hashes), rows
