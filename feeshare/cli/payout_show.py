"""`payout show`: a batch's lines, what each ended as, its parts, its hash and who approved it."""

from collections.abc import Iterator
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare.cli import payout_outlook
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, Cell, say
from feeshare.cli.payout_outlook import Table
from feeshare.cli.payout_targets import Target, targets
from payouts import approvals, batches, quorum, safe_signers, standings
from payouts.contents import contents_of
from payouts.rails.instructions import grouped
from payouts.tables import PayoutBatch

LINES, PARTS = "lines", "parts"

LINE_COLUMNS = (
    *("batch", "line", "payee", "amount", "commodity", "owed", "owed_in", "address", "pays"),
    *("ended", "ended_by", "reason"),
)
PART_COLUMNS = (
    *("batch", "part", "lines", "slot", "signed_hash"),
    *("outcome", "transaction", "block"),
)


def show_batches(
    context: typer.Context,
    target: Target,
    part: Annotated[
        str | None, typer.Option("--part", help="One table alone: lines or parts.")
    ] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show batches whole: lines with full addresses, what they pay, how they ended; their parts.

    As JSON or CSV it is the lines, unless the parts are asked for.
    """
    desk = desk_of(context)
    with desk.read(known_at) as session:
        found = targets(session, target)
        tables = {
            LINES: Table(
                title="",
                columns=LINE_COLUMNS,
                rows=[row for batch in found for row in _lines(session, batch)],
                right=("line", "amount", "owed"),
            ),
            PARTS: Table(
                title="Parts",
                columns=PART_COLUMNS,
                rows=[row for batch in found for row in _parts(session, batch)],
                right=("part", "block"),
            ),
        }
        warnings = payout_outlook.checks_of(session, found, desk.now.date())
        facts = [_fact(session, batch) for batch in found]
    if part is not None or as_json or as_csv:
        payout_outlook.show_one(tables, part or LINES, as_json=as_json, as_csv=as_csv)
    else:
        payout_outlook.show_all(tables)
    for sentence in (*warnings, *facts):
        say(sentence)


def _lines(session: Session, batch: PayoutBatch) -> Iterator[tuple[Cell, ...]]:
    contents = contents_of(session, batch.id)
    ended = standings.lines_standing(session, batch.id)
    for line in contents.lines:
        standing, turned = ended.get(line.line, standings.OPEN), contents.converted(line.line)
        yield (
            batch.id,
            line.line,
            line.payee,
            line.amount,
            line.commodity,
            *((turned.owed, turned.commodity) if turned else (None, None)),
            grouped(line.address),
            ", ".join(each.obligation for each in contents.obligations_of(line.line)),
            standing.ended,
            standing.by,
            standing.reason,
        )


def _parts(session: Session, batch: PayoutBatch) -> Iterator[tuple[Cell, ...]]:
    for each in standings.parts_standing(session, batch.id):
        yield (
            batch.id,
            each.part,
            f"{each.first_line}-{each.last_line}",
            each.slot,
            each.signed_hash,
            each.outcome,
            each.transaction,
            each.block,
        )


def _fact(session: Session, batch: PayoutBatch) -> str:
    given = approvals.approvals_of(session, batch.id)
    return (
        f"{batch.id}: {batches.state_of(session, batch.id)}, from {batch.source_account}"
        f"{f', nonce {batch.nonce}' if batch.nonce is not None else ''}, "
        f"made by {batch.maker}; approved by "
        f"{', '.join(each.approver for each in given) or 'nobody'} of "
        f"{quorum.checkers_of(session, batch)}\n  content hash {batch.content_hash}"
        f"{_signers(session, batch)}{_prices(session, batch)}"
    )


def _prices(session: Session, batch: PayoutBatch) -> str:
    """Return the prices at which lines are converted, a line each."""
    words = [
        each
        for priced in contents_of(session, batch.id).prices
        for each in payout_outlook.price_words(priced)
    ]
    return "".join(f"\n  {each}" for each in words)


def _signers(session: Session, batch: PayoutBatch) -> str:
    """Return who signs for a Safe, and who did for its batch before if that was somebody else."""
    now = safe_signers.pinned_by(session, batch.id)
    before = safe_signers.pinned_before(session, batch)
    if now is None:
        return ""
    told = f"\n  who signs: {now}"
    return told if before in (None, now) else f"{told}\n  CHANGED: before it was {before}"
