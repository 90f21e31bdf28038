"""Freezing: the rows of one batch, written together by one change.

Law: what is frozen is the planned batch and nothing else; the nonce is pinned and every
obligation claimed in the same change, or nothing of it is kept.
"""

import re
from collections.abc import Mapping

from sqlalchemy import func, select

from ledger import bank
from ledger.months import month_of
from ledger.row_copy import copy_mapped
from ledger.sealing import Change
from payouts import account_holders, batch_prices, claims, quorum, safe_signers, solana_freezing
from payouts.contents import Contents, bank_codes, tokens_on
from payouts.conversion_tables import PayoutLineConversion
from payouts.durable_tables import DurableStart
from payouts.ending_tables import PayoutLineOffset
from payouts.errors import SlotTaken
from payouts.parts import signed_parts
from payouts.planned import Plan, PlannedBatch
from payouts.rails import solana
from payouts.rails.registry import rail_named
from payouts.safe_signers import Signers
from payouts.tables import PayoutBatch, PayoutLine, PayoutLineObligation

NOT_FOR_BANKS = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
"""What a bank would not carry unchanged in a reference (EPC217-08)."""


def freeze(
    change: Change,
    plan: Plan,
    planned: PlannedBatch,
    *,
    nonce: int | None,
    values: Mapping[str, str] | None = None,
    seen_at: int | None = None,
    signers: Signers | None = None,
    outgoing: list[quorum.Outgoing],
) -> PayoutBatch:
    """Write one batch of a plan with its lines, claims and slots, and return it.

    Args:
        change: the open change; its actor is the maker.
        plan: the plan, recomputed and found unchanged.
        planned: the batch of it to freeze.
        nonce: the first nonce to pin; blank on rails that know none.
        values: the present value of each nonce account that may be pinned, on Solana.
        seen_at: the final slot at which the chain said so; none where a person did.
        signers: who can sign for a Safe now; none where no chain was asked.
        outgoing: everything that this change freezes.

    Raises:
        BadInput: the rail refuses a line.
        SlotTaken: a nonce is pinned to another live batch.
        NoncesTooFew: fewer nonce accounts are free than the batch has parts.
        UnknownReference: nobody confirmed who signs for the wallet.
    """
    session = change.session
    number = 1 + (
        session.scalar(
            select(func.count()).where(
                PayoutBatch.period == plan.period,
                PayoutBatch.source_account == planned.source_account,
            )
        )
        or 0
    )
    identity = f"{month_of(plan.period)}:{planned.source_account}:{number}"
    batch = PayoutBatch(
        id=identity,
        period=plan.period,
        maker=change.actor,
        plan_hash=plan.hash,
        content_hash="",
        rail=planned.rail,
        chain=planned.chain,
        source_account=planned.source_account,
        nonce=nonce,
        checkers=quorum.checkers_to_freeze(change, {it.payee for it in planned.lines}, outgoing),
        frozen_at=change.at,
    )
    contents = Contents(
        batch=batch,
        source=bank.account_named(session, planned.source_account),
        lines=[
            PayoutLine(
                batch=identity,
                line=place,
                payee=line.payee,
                payee_name=line.payee_name,
                destination=line.destination,
                address=line.address,
                commodity=line.commodity,
                amount=line.amount,
                reference=NOT_FOR_BANKS.sub("-", f"{identity}/{place}"),
            )
            for place, line in enumerate(planned.lines, start=1)
        ],
        obligations=[
            PayoutLineObligation(
                batch=identity, line=place, obligation=part.obligation, amount=part.amount
            )
            for place, line in enumerate(planned.lines, start=1)
            for part in line.obligations
        ],
        tokens=tokens_on(session, planned.chain),
        offsets=[
            PayoutLineOffset(
                batch=identity,
                line=place,
                account=offset.account,
                document=offset.document,
                amount=offset.amount,
            )
            for place, line in enumerate(planned.lines, start=1)
            for offset in line.offsets
        ],
        conversions={
            place: PayoutLineConversion(
                batch=identity,
                line=place,
                commodity=line.conversion.commodity,
                owed=line.conversion.owed,
            )
            for place, line in enumerate(planned.lines, start=1)
            if line.conversion
        },
        prices=planned.prices,
        bank_codes=bank_codes(session, {line.destination for line in planned.lines}),
        debtor=account_holders.debtor_of(session, planned.source_account, at=change.number),
    )
    contents, slots = (
        solana_freezing.pinned(session, contents, values or {})
        if planned.rail == solana.NAME
        else (contents, [])
    )
    batch.content_hash = contents.hash()
    # Made and thrown away: what the rail would refuse at export is not worth approving.
    rail_named(planned.rail).export(contents.instruction())
    _pin_and_claim(change, contents, planned)
    change.add(*slots)
    if slots and seen_at is not None:
        change.add(DurableStart(batch=identity, slot=seen_at))
    if signers is not None:
        change.add(safe_signers.row_of(identity, signers))
    return batch


def _pin_and_claim(change: Change, contents: Contents, planned: PlannedBatch) -> None:
    batch = contents.batch
    change.add(batch)
    change.add(*batch_prices.price_rows(batch.id, contents.prices))
    copy_mapped(change, contents.lines)
    copy_mapped(change, list(contents.conversions.values()))
    copy_mapped(change, contents.obligations)
    copy_mapped(change, contents.offsets)
    claims.claim(
        change,
        batch.id,
        (
            (place, part.obligation, part.attempt)
            for place, line in enumerate(planned.lines, start=1)
            for part in line.obligations
        ),
    )
    parts = signed_parts(contents)
    change.add(*parts)
    if batch.nonce is None:
        return
    for part in parts:
        nonce = batch.nonce + part.part - 1
        taken = claims.live_slot(change.session, batch.source_account, nonce)
        if taken is not None:
            raise SlotTaken(batch.source_account, nonce, taken.batch)
        claims.pin(change, batch.id, batch.source_account, nonce, part.part)
