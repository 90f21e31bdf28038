"""`accrue`, `reconcile`, `match`, `unmatch`: what is owed to whom, and the money that came in."""

from collections.abc import Sequence
from typing import Annotated

import typer

from feeshare.accruing import accrue_month
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.matching import reconcile_month
from feeshare.matching_by_hand import (
    Wanted,
    amount_of,
    difference_of,
    match_by_hand,
    unmatch_by_hand,
    wanted_of,
)
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.months import parse_month
from ledger.revenue.reconciliation import Unmatched
from ledger.validation import require_not_later

accrue = group()
reconcile = group()
match = group()
unmatch = group()
COMMANDS = {"accrue": accrue, "reconcile": reconcile, "match": match, "unmatch": unmatch}

Month = Annotated[str, typer.Argument(help="A month as 2023-10.")]


@accrue.command()
def _accrue(
    context: typer.Context, month: Month, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """Accrue a month: maintainers' shares, renewals and sponsorships; explain each figure."""
    desk, period = desk_of(context), parse_month(month)
    require_not_later(period, desk.now.date(), "month")
    with desk.write(f"accrue {month}") as change:
        accrued = accrue_month(change, period)
        rows = [
            (each.id, each.payee, each.amount, each.commodity, each.explanation)
            for each in accrued.shares
        ]
        earned = [
            (each.reference, "", each.amount, each.commodity, each.explanation)
            for each in accrued.years
        ]
    show(
        "",
        ("obligation", "payee", "amount", "commodity", "explanation"),
        [*rows, *earned],
        as_json=as_json,
        as_csv=as_csv,
        right=("amount",),
    )
    if accrued.new:
        say(f"{accrued.new} new. Next: feeshare reconcile {month}")
    else:
        say(f"Nothing to do: {month} is accrued already.")


@reconcile.command()
def _reconcile(
    context: typer.Context, month: Month, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """Match what came in to what is owed; shares fall due as it is matched."""
    with desk_of(context).write(f"reconcile {month}") as change:
        matched, unmatched = reconcile_month(change, parse_month(month))
        rows = [
            (each.line, each.amount, each.commodity, each.document, each.why, each.became_due)
            for each in matched
        ]
        left = [_unmatched_row(each) for each in unmatched]
        waits = any(each.line.amount > 0 for each in unmatched)
    columns = ("bank_line", "amount", "commodity", "document", "why", "became_due")
    show("", columns, [*rows, *left], as_json=as_json, as_csv=as_csv, right=("amount",))
    say(f"{len(rows)} matched now, {len(left)} open.")
    if waits:
        raise NeedsReview(
            "Money came in that no rule can place.",
            mend="Place it: feeshare match LINE DOCUMENT",
        )


Line = Annotated[str, typer.Argument(help="A bank line's id.")]


@match.command()
def _match(
    context: typer.Context,
    line: Line,
    documents: Annotated[
        list[str],
        typer.Argument(
            metavar="DOCUMENT[=AMOUNT]...",
            help="A statement, bounty or renewal; for a transfer of our own the other line; or an "
            "account: expenses:bank-fees, assets:in-transit, liabilities:unidentified-receipts, …",
        ),
    ],
    amount: Annotated[str | None, typer.Option("--amount", help="A part of the line.")] = None,
    lines: Annotated[
        list[str] | None, typer.Option("--line", help="A further line for the same.")
    ] = None,
    difference: Annotated[
        str | None,
        typer.Option(
            metavar="KIND[=AMOUNT]",
            help="Why it is not what is open: network-fee, bank-fee, fx, short-pay, unknown; "
            "overpaid makes the rest the exchange's credit.",
        ),
    ] = None,
    funder: Annotated[
        str | None, typer.Option("--funder", help="Whose deposit it is, of a bounty's several.")
    ] = None,
) -> None:
    """Match bank lines, or parts of them, by hand."""
    wanted = [wanted_of(each) for each in documents]
    if amount is not None:
        wanted = [Wanted(document=each, amount=amount_of(amount, amount)) for each in documents]
    with desk_of(context).write(f"match {line}") as change:
        made = match_by_hand(
            change, [line, *(lines or ())], wanted, difference_of(difference), funder=funder
        )
        told = [
            (
                each.new,
                f"{each.line}: {plain(each.amount)} {each.commodity} is for {each.document}.",
                each.became_due,
            )
            for each in made
        ]
    for new, sentence, became_due in told:
        say(sentence if new else f"Nothing to do. {sentence}")
        if became_due:
            say(f"became due: {became_due}")


@unmatch.command()
def _unmatch(
    context: typer.Context,
    line: Line,
    number: Annotated[
        int | None, typer.Argument(help="Which of its matches; else the only one.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it was none.")] = "",
) -> None:
    """Take a match back: its entry is mirrored, the line and the document are open again."""
    with desk_of(context).write(f"unmatch {line}") as change:
        done = unmatch_by_hand(change, line, number, reason=reason)
        told = f"{line}: {plain(done.match.amount)} was for {done.match.document}"
        went_back = [
            f"{each.payee}: {plain(each.amount)} {each.commodity} is not due any more, until "
            "other money comes."
            for each in done.went_back
        ]
        new, entry = done.new, done.entry_number
    if not new:
        say(f"Nothing to do: entry {entry} took that back already.")
        return
    say(f"{told}; entry {entry} takes that back. Next: feeshare match {line} DOCUMENT")
    for sentence in went_back:
        say(sentence)


def _unmatched_row(each: Unmatched) -> Sequence[str]:
    candidates = "; ".join(
        f"{' and '.join(dict.fromkeys(part.claim.document for part in found.parts))} ({found.why})"
        for found in each.proposals
    )
    unknown = "no one owes this" if each.line.amount > 0 else "outgoing: settle it"
    why = each.reason or candidates or unknown
    return (each.line.id, plain(each.left), each.line.commodity, "", f"open: {why}", "")
