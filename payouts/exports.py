"""Export: an approved batch becomes files that signers sign elsewhere; nothing is posted.

Law: every signature and every line is checked again before a byte is handed out. The same batch
gives the same bytes for ever, as its time is when it was frozen; later exports record nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import commodities, confirmations, policies
from ledger.balances import document_balance
from ledger.money import plain
from ledger.policies import canonical
from ledger.sealing import Change
from payouts import (
    claims,
    destination_findings,
    destinations,
    limits,
    payables,
    payee_preferences,
    plan_prices,
    quorum,
)
from payouts.approvals import verified
from payouts.batches import Action, State, record, require, state_of
from payouts.claims import ObligationState
from payouts.contents import Contents, contents_of
from payouts.errors import ApprovalsMissing, BatchChanged, PayoutBlocked
from payouts.payee_settings import settings_of
from payouts.rails.instructions import ExportedFile, Instruction, PrintingRail, totals_of
from payouts.rails.registry import rail_named
from payouts.sources import funds
from payouts.tables import BatchEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """The files of a batch, and whether this call exported it first."""

    batch: str
    instruction: Instruction
    files: tuple[ExportedFile, ...]
    new: bool

    def printed(self) -> tuple[ExportedFile, ...]:
        """Return the sheets for paper, where the rail has some; they are not recorded."""
        rail = rail_named(self.instruction.rail)
        return rail.printed(self.instruction) if isinstance(rail, PrintingRail) else ()


def export(change: Change, batch: str) -> Exported:
    """Return the files of an approved batch, and record on the first time what they were.

    Raises:
        UnknownReference: there is no such batch.
        BatchState: it is not approved.
        BatchChanged: its rows, or the files, are not those that were approved or exported.
        SignatureInvalid: an approval was not made by a confirmed key of its approver.
        ApprovalsMissing: fewer approvals than its total asks for.
        PayoutBlocked: a line may not be paid any more; carries every reason.
        BadInput: the rail refuses a line.
    """
    session = change.session
    contents = contents_of(session, batch)
    again = state_of(session, batch) in (State.EXPORTED, State.SETTLED)
    if not again:
        require(session, batch, Action.EXPORT)
    approved = verified(session, contents)
    need = quorum.checkers_of(session, contents.batch)
    if len(approved) < need:
        raise ApprovalsMissing(batch, len(approved), need)
    if not again:
        reasons = blocks(change, contents)
        if reasons:
            raise PayoutBlocked(batch, reasons)
    instruction = contents.instruction()
    files = rail_named(contents.batch.rail).export(instruction)
    digests = canonical({file.name: sha256(file.content).hexdigest() for file in files})
    if again:
        _require_same(session, batch, digests)
    else:
        record(change, batch, Action.EXPORT, reason=change.reason, files=digests)
    return Exported(batch=batch, instruction=instruction, files=files, new=not again)


def blocks(change: Change, contents: Contents) -> list[str]:
    """Return every reason for which a frozen batch may not be paid now."""
    today = change.at.astimezone(UTC).date()
    return [
        *_obligation_blocks(change.session, contents),
        *_destination_blocks(change.session, contents, today),
        *_payee_blocks(change.session, contents, today),
        *_fund_blocks(change.session, contents),
        *_offset_blocks(change.session, contents),
        *_conversion_blocks(change.session, contents, today),
        *limits.exceeded_by(change.session, contents.batch, today),
    ]


def _obligation_blocks(session: Session, contents: Contents) -> list[str]:
    wanted = [part.obligation for part in contents.obligations]
    states = claims.obligation_state(session, wanted)
    owed = payables.owed_in_books(session, wanted)
    reasons = []
    for part in contents.obligations:
        where = f"line {part.line}: {part.obligation}"
        state = states.get(part.obligation)
        if state is not ObligationState.CLAIMED:
            reasons.append(f"{where} is {state}, not due and claimed")
        elif owed.get(part.obligation) != part.amount:
            left = plain(owed.get(part.obligation, Decimal(0)))
            reasons.append(f"{where}: the books owe {left} of {plain(part.amount)}")
    return reasons


def _offset_blocks(session: Session, contents: Contents) -> list[str]:
    payees = {line.line: (line.payee, contents.owed(line).commodity) for line in contents.lines}
    reasons = []
    for offset in contents.offsets:
        payee, commodity = payees[offset.line]
        owed = document_balance(session, offset.account, offset.document, commodity, party=payee)
        if owed < offset.amount:
            reasons.append(
                f"line {offset.line}: {payee} owes {plain(owed)} {commodity} back for "
                f"{offset.document}, not the {plain(offset.amount)} that it takes off"
            )
    return reasons


def _conversion_blocks(session: Session, contents: Contents, today: date) -> list[str]:
    """Return what speaks against converting: another preference, prices that hold no longer."""
    preferred = payee_preferences.preferred(
        session, [line.payee for line in contents.lines], today
    )
    wanted = {
        line.line: preferred.get(line.payee, contents.owed(line).commodity)
        for line in contents.lines
    }
    return [
        *(
            f"line {line.line}: {line.payee} is to be paid in {wanted[line.line]} now, "
            f"not in {line.commodity}"
            for line in contents.lines
            if wanted[line.line] != line.commodity
        ),
        *(
            reason
            for priced in contents.prices
            for reason in plan_prices.still_in_force(session, priced, today)
        ),
    ]


def _destination_blocks(session: Session, contents: Contents, today: date) -> list[str]:
    live = destinations.live_of(session, {line.payee for line in contents.lines})
    tokens = {(it.chain, it.commodity) for it in confirmations.confirmed_tokens(session)}
    scales = commodities.scales(session)
    hold_days = policies.in_force(session, "destination-hold-days", today)
    reasons = []
    for line in contents.lines:
        chosen = destinations.choose(
            live.get(line.payee, []),
            line.commodity,
            tokens,
            bankable=destinations.is_bankable(scales[line.commodity]),
        )
        if chosen is None or chosen.destination.id != line.destination:
            reasons.append(
                f"line {line.line}: {line.destination} is not where {line.payee} is paid"
            )
        elif chosen.payable_from(hold_days) > today:
            day = chosen.payable_from(hold_days)
            reasons.append(f"line {line.line}: {line.destination} is payable from {day}")
    return reasons


def _payee_blocks(session: Session, contents: Contents, today: date) -> list[str]:
    settings = settings_of(session, {line.payee for line in contents.lines}, today)
    contracts = destination_findings.unpayable(session)
    reasons = []
    for line in contents.lines:
        if line.destination in contracts:
            detail = contracts[line.destination]
            reasons.append(f"line {line.line}: {line.destination} is {detail}")
        hold = settings.holds.get(line.payee)
        form = settings.missing_forms.get(line.payee)
        if hold is not None:
            reasons.append(f"line {line.line}: {line.payee} is on hold: {hold.reason}")
        if form is not None:
            reasons.append(f"line {line.line}: {line.payee} has no approved {form} form in force")
        if settings.is_frozen(line.address):
            reasons.append(f"line {line.line}: {line.destination} is frozen")
    return reasons


def _fund_blocks(session: Session, contents: Contents) -> list[str]:
    source = contents.batch.source_account
    left = funds(session, leaving_out=contents.batch.id)
    return [
        f"{source} may spend {plain(max(left.left(source, commodity), Decimal(0)))} {commodity}"
        f" of the {plain(total)} that the batch pays"
        for commodity, total in totals_of(contents.instruction().payments).items()
        if total > left.left(source, commodity)
    ]


def _require_same(session: Session, batch: str, digests: str) -> None:
    recorded = session.scalars(
        select(BatchEvent.files).where(
            BatchEvent.batch == batch, BatchEvent.action == Action.EXPORT.value
        )
    ).one()
    if recorded != digests:
        raise BatchChanged(batch, digests, recorded or "")
