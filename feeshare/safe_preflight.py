"""Preflight of a Safe's batch: whether each line and the whole would pay, and who signs.

Law: nothing is sent. What the Safe is and holds is told alike by as many providers as have to
agree; what single lines would do is asked of the first that answers, as it only ever blocks: that
each line was paid is seen on chain, at settlement.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlalchemy.orm import Session

from chains.errors import ProvidersTooFew, WrongToken
from chains.movements import NATIVE, Wallet
from chains.providers import Panel
from chains.safes import Call, SafeState, delegate_refusal, refusals
from chains.watches import TokenOnChain
from feeshare.chain_setup import setup_named
from feeshare.preflight import Preflight
from feeshare.safe_state import evm_reader, live_nonces, nonce_fault, opened, safe_state
from feeshare.settings import Settings
from ledger.money import plain
from payouts.contents import Contents
from payouts.rails.evm_addresses import bare_address
from payouts.rails.instructions import Instruction, totals_of, units
from payouts.rails.safe import parts_of
from payouts.rails.safe_tx import call_of, hex_of, safe_tx_of
from payouts.safe_signers import Signers, pinned_by, signers

VERSION = "1.4.1"
"""The version of a Safe that hashes and MultiSend's address are made for."""

THRESHOLD_MIN = 2


@dataclass(frozen=True, kw_only=True)
class SafePreflight(Preflight):
    """What a chain says of a batch, and the Safe as it is at that block."""

    state: SafeState


def preflight(session: Session, settings: Settings, contents: Contents) -> SafePreflight:
    """Return what a Safe's chain says of a batch of it.

    Raises:
        ProvidersTooFew: too few providers answer, or there is no Safe.
        ProvidersDisagree: they tell different things.
    """
    batch = contents.batch
    panel = opened(setup_named(settings, batch.chain or ""))
    instruction = contents.instruction()
    block, state = safe_state(panel, instruction.source)
    live = live_nonces(session, batch.source_account)
    reasons = [
        *_safe_reasons(state, instruction, live),
        *_token_reasons(panel, instruction),
        *_balance_reasons(panel, instruction),
        *_line_reasons(panel, instruction, block),
    ]
    # A batch with a line that fails fails whole; that says nothing more.
    if not reasons:
        reasons += _part_reasons(panel, instruction, block)
    return SafePreflight(
        batch=batch.id,
        block=block,
        summary=f"{state.threshold} of {len(state.owners)} owners sign, "
        f"the Safe's next nonce is {state.nonce}",
        state=state,
        reasons=tuple(reasons),
        strangers=tuple(_strangers(pinned_by(session, batch.id), state)),
    )


def _strangers(pinned: Signers | None, state: SafeState) -> Iterator[str]:
    now = signers(state.owners, state.threshold)
    if pinned is None:
        yield f"who signs was not read when the batch was frozen; now it is {now}"
    elif pinned != now:
        yield f"{now} sign now; when the batch was frozen and approved it was {pinned}"


def _safe_reasons(
    state: SafeState, instruction: Instruction, live: AbstractSet[int]
) -> Iterator[str]:
    if state.version != VERSION:
        yield f"the Safe is of version {state.version}, the hashes are those of {VERSION}"
    if state.threshold < THRESHOLD_MIN:
        yield f"{state.threshold} of {len(state.owners)} owners signs: nobody is to pay alone"
    fault = nonce_fault(instruction.nonce or 0, state.nonce, set(live))
    if fault is not None:
        yield fault


def _token_reasons(panel: Panel, instruction: Instruction) -> Iterator[str]:
    for token in {it.token for it in instruction.payments if it.token and it.token.contract}:
        known = TokenOnChain(
            commodity=token.commodity, contract=token.contract or "", decimals=token.decimals
        )
        try:
            panel.require_tokens([known])
        except WrongToken as wrong:
            yield wrong.message


def _balance_reasons(panel: Panel, instruction: Instruction) -> Iterator[str]:
    tokens = {it.commodity: it.token for it in instruction.payments if it.token}
    contracts = tuple(sorted(it.contract.lower() for it in tokens.values() if it.contract))
    safe = bare_address(instruction.source).lower()
    wallet = Wallet(id=safe, address=safe, kind="safe", tokens=contracts)
    try:
        _, closing = panel.near_head(
            lambda reader, number: reader.balances([wallet], number), f"what {safe} holds"
        )
    except ProvidersTooFew as unread:
        yield unread.message
        return
    for commodity, total in totals_of(instruction.payments).items():
        token = tokens[commodity]
        held = closing.balances[safe, (token.contract or NATIVE).lower()]
        if held < units(total, token.decimals):
            short = units(total, token.decimals) - held
            yield f"the Safe lacks {short} units of {commodity} for the {plain(total)} to be paid"


def _line_reasons(panel: Panel, instruction: Instruction, block: int) -> Iterator[str]:
    calls = [_call(*call_of(payment)) for payment in instruction.payments]
    safe = bare_address(instruction.source)
    found = panel.ask(lambda reader: refusals(evm_reader(reader), safe, calls, block))
    for payment, why in zip(instruction.payments, found, strict=True):
        if why is not None:
            paid = f"{plain(payment.amount)} {payment.commodity}"
            yield f"line {payment.line}: {paid} to {bare_address(payment.address)}: {why}"


def _part_reasons(panel: Panel, instruction: Instruction, block: int) -> Iterator[str]:
    safe = bare_address(instruction.source)
    for number, part in enumerate(parts_of(instruction), start=1):
        tx = safe_tx_of(part)
        call = _call(tx.to, tx.value, tx.data)
        if tx.operation == 1:
            why = panel.ask(
                lambda reader, call=call: delegate_refusal(evm_reader(reader), safe, call, block)  # type: ignore[misc]
            )
            if why is not None:
                yield f"part {number}: {why}"


def _call(to: str, value: int, data: bytes) -> Call:
    return Call(to=to, value=value, data=hex_of(data))
