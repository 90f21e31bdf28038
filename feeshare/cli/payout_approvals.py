"""`payout approve` and `approval-data`: a checker's word for batches, by key file or by wallet."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare import keys
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from feeshare.cli.payout_targets import Target, targets
from ledger.errors import BadInput, Problem
from payouts import approvals
from payouts.contents import contents_of
from payouts.errors import BatchChanged
from payouts.tables import PayoutBatch
from payouts.wallet_approvals import typed_data


def approval_data(context: typer.Context, batch: Target) -> None:
    """Print what your wallet signs to approve batches: EIP-712 JSON, one line a batch."""
    desk = desk_of(context)
    with desk.read() as session:
        contents = [contents_of(session, each.id) for each in targets(session, batch)]
        for each in contents:
            approvals.require_checker(session, each, desk.actor)
        lines = [json.dumps(typed_data(each, desk.actor)) for each in contents]
    for line in lines:
        print(line)
    say("Next: sign it in your wallet (eth_signTypedData_v4) and compare what it shows, then run:")
    for each in contents:
        say(
            f"  feeshare payout approve {each.batch.id} --hash {each.batch.content_hash} "
            "--signature 0x…"
        )


def approve(
    context: typer.Context,
    target: Target,
    hashes: Annotated[
        list[str], typer.Option("--hash", help="The content hash that show printed; one a batch.")
    ],
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Your private key; it signs here and stays here."),
    ] = None,
    signature: Annotated[
        list[str] | None,
        typer.Option("--signature", help="Your wallet's, over approval-data; one a batch."),
    ] = None,
) -> None:
    """Approve batches by their content hash with your own key, as another than their maker."""
    if (key is None) == (not signature):
        raise _one_way()
    pem = None if key is None else keys.read(key)
    desk = desk_of(context)
    with desk.write(f"approve {target}") as change:
        found = targets(change.session, target)
        _require_hashes(found, hashes)
        lines = []
        for batch in found:
            signed = (
                approvals.sign(batch.content_hash, pem)
                if pem is not None
                else _fitting(change.session, batch, desk.actor, signature or [])
            )
            done = approvals.approve(change, batch.id, batch.content_hash, signed)
            note = "" if done.new else " (approved by you before)"
            lines.append(
                f"{batch.id}: {done.approvals} of {done.checkers} approve{note}, {done.state}"
            )
    for line in lines:
        say(line)


def _fitting(
    session: Session, batch: PayoutBatch, approver: str, signatures: Sequence[str]
) -> str:
    """Return which of the signatures is over a batch; if none is, one to be refused."""
    contents = contents_of(session, batch.id)
    return next(
        (
            each
            for each in signatures
            if approvals.signing_key(session, contents, approver, each) is not None
        ),
        signatures[0],
    )


def _require_hashes(found: Sequence[PayoutBatch], hashes: Sequence[str]) -> None:
    """Refuse unless a hash was given for each batch: what is approved is what was seen."""
    for batch in found:
        if batch.content_hash not in hashes:
            raise BatchChanged(batch.id, ", ".join(hashes), batch.content_hash)


def _one_way() -> BadInput:
    return BadInput(
        [
            Problem(
                code="key_invalid",
                place="payout approve",
                expected="--key with a private key's file, or --signature of your wallet, one of "
                "them",
                mend="What a wallet signs: feeshare payout approval-data BATCH",
            )
        ]
    )
