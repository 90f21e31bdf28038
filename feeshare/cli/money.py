"""`accrue`, `reconcile`, `match`: what is owed to whom, and the money that came in."""

from collections.abc import Sequence
from typing import Annotated

import typer

from feeshare.accruing import accrue_month
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.matching import match_by_hand, reconcile_month
from ledger.errors import NeedsReview
from ledger.money import plain
from ledger.months import parse_month
from ledger.revenue.reconciliation import Unmatched
from ledger.validation import require_not_later

accrue = typer.Typer()
reconcile = typer.Typer()
match = typer.Typer()
COMMANDS = {"accrue": accrue, "reconcile": reconcile, "match": match}

Month = Annotated[str, typer.Argument(help="A month as 2023-10.")]


@accrue.command()
def _accrue(
    context: typer.Context, month: Month, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """Accrue the maintainers' shares and the renewals earned of a month; explain each figure."""
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
            for each in accrued.renewals
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


@match.command()
def _match(
    context: typer.Context,
    line: Annotated[str, typer.Argument(help="A bank line's id.")],
    document: Annotated[
        str,
        typer.Argument(
            help="A statement, bounty or renewal; or an account: expenses:bank-fees, "
            "assets:in-transit, liabilities:unidentified-receipts, …"
        ),
    ],
    amount: Annotated[str | None, typer.Option("--amount", help="A part of the line.")] = None,
) -> None:
    """Match one bank line, or a part of it, by hand."""
    with desk_of(context).write(f"match {line}") as change:
        made = match_by_hand(change, line, document, amount)
        sentence = f"{line}: {plain(made.amount)} {made.commodity} is for {document}."
    say(sentence if made.new else f"Nothing to do. {sentence}")


def _unmatched_row(each: Unmatched) -> Sequence[str]:
    candidates = ", ".join(
        f"{proposal.receivable.stated.document} ({proposal.why})" for proposal in each.proposals
    )
    unknown = "no one owes this" if each.line.amount > 0 else "outgoing: settle it"
    why = each.reason or candidates or unknown
    return (each.line.id, plain(each.left), each.line.commodity, "", f"open: {why}", "")
