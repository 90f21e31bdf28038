"""`payout`: plan, submit, show, approve, reject, export, settle, cancel.

A target is a batch's id or a month, which stands for all its batches that are not ended.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from feeshare import payout_chain, recovery
from feeshare.cli import payout_outlook
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.groups import group
from feeshare.cli.money import Month
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.cli.payout_approvals import approval_data, approve
from feeshare.cli.payout_choices import chosen_in
from feeshare.cli.payout_endings import add_endings
from feeshare.cli.payout_files import add_files
from feeshare.cli.payout_nonces import nonce_account, solana_source
from feeshare.cli.payout_pins import durable_values, nonces_in
from feeshare.cli.payout_proposals import add_proposals
from feeshare.cli.payout_show import show_batches
from feeshare.cli.payout_targets import Target, targets
from ledger.money import plain
from ledger.months import parse_month
from payouts import batches, plans
from payouts.rails.instructions import grouped
from payouts.rails.solana import NAME as SOLANA

if TYPE_CHECKING:
    from feeshare.safe_state import SafesNow

payout = group("Payout batches, from plan to settled.")
payout.add_typer(nonce_account, name="nonce-account")
payout.add_typer(solana_source, name="solana-source")
payout.command("approve")(approve)
payout.command("approval-data")(approval_data)
payout.command("show")(show_batches)
add_files(payout)
add_proposals(payout)
COMMANDS = {"payout": payout}
add_endings(payout)
LINE_COLUMNS = (
    *("batch", "line", "payee", "amount", "commodity", "owed", "owed_in", "address", "pays"),
)
RIGHT = ("line", "amount", "owed")


@payout.command("plan")
def _plan(
    context: typer.Context,
    month: Month,
    part: payout_outlook.Part = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show who would be paid what, where and for what; write nothing; print the plan's hash."""
    desk = desk_of(context)
    with desk.read() as session:
        planned = plans.plan(session, parse_month(month), on=desk.now.date())
        tables = payout_outlook.tables_of(session, planned)
    if part is not None:
        payout_outlook.show_one(tables, part, as_json=as_json, as_csv=as_csv)
        return
    rows = [
        (
            batch.source_account,
            number,
            line.payee,
            line.amount,
            line.commodity,
            *((turned.owed, turned.commodity) if (turned := line.conversion) else (None, None)),
            grouped(line.address),
            ", ".join(each.obligation for each in line.obligations),
        )
        for batch in planned.batches
        for number, line in enumerate(batch.lines, start=1)
    ]
    columns = ("from", *LINE_COLUMNS[1:])
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=RIGHT)
    for held in planned.held:
        say(
            f"held: {held.payee} {plain(held.amount)} {held.commodity}: {held.detail} "
            f"({', '.join(held.obligations)})"
        )
    if not rows:
        say("Nothing can be paid now.")
        return
    if not as_json and not as_csv:
        payout_outlook.show_all(tables)
    say(f"plan {planned.hash}")
    nonces = " ".join(
        f"--nonce {batch.source_account}=N"
        for batch in planned.batches
        if batch.chain and batch.rail != SOLANA
    )
    say(f"Next: feeshare payout submit {month} --plan {planned.hash} {nonces}".rstrip())


@payout.command("submit")
def _submit(
    context: typer.Context,
    month: Month,
    plan: Annotated[str, typer.Option("--plan", help="The hash that plan printed.")],
    nonce: Annotated[
        list[str] | None,
        typer.Option(
            "--nonce",
            help="WALLET=N, to be pinned; a Safe's is else its chain's. On Solana ACCOUNT=VALUE.",
        ),
    ] = None,
) -> None:
    """Freeze exactly the plan whose hash was printed."""
    desk = desk_of(context)
    numbers, values = nonces_in(nonce or [])
    safes = _safes_now(desk, plan, month, numbers)
    durable, seen_at = durable_values(desk, plan, parse_month(month), values)
    with desk.write(f"submit payouts of {month}") as change:
        recovery.require_none(change.session)
        submitted = batches.submit(
            change,
            plan,
            parse_month(month),
            on=desk.now.date(),
            nonces=safes.nonces,
            durable=durable,
            seen_at=seen_at,
            signers=safes.signers,
        )
        lines = [
            f"{batch.id}: content hash {batch.content_hash}, {batch.checkers} to approve"
            for batch in submitted.batches
        ]
    for line in lines:
        say(line)
    if not submitted.new:
        say("Nothing to do: this plan was submitted before.")
    say(f"Next: another person runs: feeshare --as NAME payout show {month}")


@payout.command("reject")
def _reject(
    context: typer.Context, target: Target, reason: Annotated[str, typer.Option("--reason")]
) -> None:
    """Turn batches away; their obligations are free for another plan."""
    _end(context, target, reason, batches.reject, "reject")


@payout.command("cancel")
def _cancel(
    context: typer.Context, target: Target, reason: Annotated[str, typer.Option("--reason")]
) -> None:
    """Cancel batches that were not exported; their obligations are free for another plan."""
    _end(context, target, reason, batches.cancel, "cancel")


@payout.command("settle")
def _settle(
    context: typer.Context,
    target: Target,
    choose: Annotated[
        list[str] | None,
        typer.Option("--choose", help="LINE=BANK_LINE where several fit; one batch only."),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Find each line of exported batches among what left our accounts, and book it."""
    chosen = chosen_in(choose or [], target)
    with desk_of(context).write(f"settle {target}") as change:
        settled = [
            payout_chain.settle(change, batch.id, chosen)
            for batch in targets(change.session, target)
        ]
    rows = [
        (
            each.batch,
            line.line,
            line.bank_line,
            line.entry_number,
            "now" if line.new else "before",
        )
        for each in settled
        for line in each.settled
    ]
    columns = ("batch", "line", "bank_line", "entry", "settled")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("line", "entry"))
    for each in settled:
        say(f"{each.batch}: {each.state}")
        for name, numbers in (
            ("failed, to be planned again", each.failed),
            ("not seen yet", each.missing),
            ("ambiguous", each.ambiguous),
        ):
            if numbers:
                say(f"  {name}: lines {', '.join(map(str, numbers))}")
        for line_id in each.twice:
            say(f"PAID TWICE: {line_id}; the payee owes it back, the next payout takes it off")
        for obligation in each.reimbursed:
            say(f"  owed to the signer who paid for it: {obligation}")
        for finding in each.unreimbursed:
            say(f"NOT GIVEN BACK: {finding}; feeshare payee signer add PAYEE ADDRESS")
    unmatched = sorted({line for each in settled for line in each.unmatched})
    for line_id in unmatched:
        say(f"ALARM: {line_id} left our account and pays no line")
    if not any(each.new for each in settled):
        say("Nothing to do: nothing new was settled.")


def _end(
    context: typer.Context,
    target: str,
    reason: str,
    end: Callable[..., batches.Moved],
    verb: str,
) -> None:
    with desk_of(context).write(f"{verb} {target}") as change:
        moved = [end(change, batch.id, reason=reason) for batch in targets(change.session, target)]
    for each in moved:
        say(f"{each.batch}: {each.state}" + ("" if each.new else " (before)"))


def _safes_now(desk: Desk, plan: str, month: str, given: dict[str, int]) -> "SafesNow":
    """Return the nonces to pin and who signs, read from the chains of Safes that are set."""
    from feeshare.safe_state import SafesNow, safes_now

    if not desk.settings.chains:
        return SafesNow(nonces=given, signers={})
    with desk.read() as session:
        planned = plans.plan(session, parse_month(month), on=desk.now.date()).batches
        return safes_now(session, desk.settings, plan, planned, given)
