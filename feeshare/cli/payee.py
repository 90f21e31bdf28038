"""`payee`: contacts and notices, holds, minimum payouts, forms."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import select

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.cli.payee_payments import preference, signer
from ledger.errors import BadInput, Problem
from ledger.money import parse_plain
from payouts import payee_notices, payee_settings
from payouts.payee_tables import PayeeForm, PayeeHold, PayeeHoldLift, PayeeMinimum

Payee = Annotated[str, typer.Argument(metavar="PAYEE", help="Id, name or alias.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the books.")]

hold = group("What keeps a payee from being paid.")
form = group("Tax and anti-money-laundering forms.")
minimum = group("From which amount on a payee is paid.")
contact = group("How a payee is told of changes.")


def add_to(group: typer.Typer) -> None:
    """Add the groups and commands of this module to a group."""
    group.add_typer(hold, name="hold")
    group.add_typer(form, name="form")
    group.add_typer(minimum, name="minimum")
    group.add_typer(contact, name="contact")
    group.add_typer(preference, name="preference")
    group.add_typer(signer, name="signer")
    group.command("notices")(_notices)


@hold.command("add")
def _add_hold(
    context: typer.Context, payee: Payee, reason: Reason, since: Day = None, until: Day = None
) -> None:
    """Hold everything that a payee is owed, from today or --since on, to --until if known."""
    desk = desk_of(context)
    first = since.date() if since else desk.now.date()
    with desk.write(f"hold {payee}") as change:
        last = until.date() if until else None
        made = payee_settings.add_hold(change, payee, reason, first, last)
        line = f"hold {made.number} of {made.payee} from {made.held_from}"
    say(line)


@hold.command("lift")
def _lift_hold(
    context: typer.Context,
    payee: Payee,
    number: Annotated[int, typer.Argument(help="The hold's number.")],
    reason: Reason,
) -> None:
    """Lift a hold, as another person than added it."""
    with desk_of(context).write(f"lift hold {number} of {payee}") as change:
        new = payee_settings.lift_hold(change, payee, number, reason)
    say(f"hold {number} of {payee} is lifted" + ("" if new else " (before)"))


@hold.command("list")
def _list_holds(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List holds, and who lifted them."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                *(held.payee, held.number, held.reason, held.held_from, held.held_until),
                *(held.added_by, lift.lifted_by if lift else None),
            )
            for held, lift in session.execute(
                select(PayeeHold, PayeeHoldLift)
                .outerjoin(
                    PayeeHoldLift,
                    (PayeeHoldLift.payee == PayeeHold.payee)
                    & (PayeeHoldLift.number == PayeeHold.number),
                )
                .order_by(PayeeHold.payee, PayeeHold.number)
            )
        ]
    columns = ("payee", "number", "reason", "from", "until", "added_by", "lifted_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("number",))


@form.command("set")
def _set_form(
    context: typer.Context,
    payee: Payee,
    kind: Annotated[str, typer.Option("--kind", help="tax or aml.")],
    status: Annotated[
        str, typer.Option("--status", help="requested, received, approved or rejected.")
    ],
    until: Day = None,
) -> None:
    """Say where a payee's form stands, and until when it is in force."""
    with desk_of(context).write(f"{kind} form of {payee}") as change:
        last = until.date() if until else None
        new = payee_settings.set_form(change, payee, kind, status, last)
    say(f"{payee}: {kind} form {status}" + ("" if new else " (before)"))


@form.command("list")
def _list_forms(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List forms as they stood, newest last."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.payee, row.kind, row.number, row.status, row.valid_until, row.set_by)
            for row in session.scalars(
                select(PayeeForm).order_by(PayeeForm.payee, PayeeForm.kind, PayeeForm.number)
            )
        ]
    columns = ("payee", "kind", "number", "status", "until", "set_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("number",))


@minimum.command("set")
def _set_minimum(
    context: typer.Context,
    payee: Payee,
    amount: Annotated[str, typer.Argument(help="Such as 25; 0 pays everything.")],
    commodity: Annotated[str, typer.Argument(help="Such as USDC.")],
    rail: Annotated[str, typer.Option("--rail", help="Such as safe.")],
    since: Day = None,
) -> None:
    """Carry forward what is less than an amount on a rail, from today or --since on."""
    desk = desk_of(context)
    first = since.date() if since else desk.now.date()
    try:
        quantity = parse_plain(amount)
    except ValueError:
        problem = Problem(
            code="amount_invalid", place="amount", value=amount, expected="a number such as 25"
        )
        raise BadInput([problem]) from None
    with desk.write(f"minimum payout of {payee}") as change:
        new = payee_settings.set_minimum(
            change, payee, rail, commodity, amount=quantity, since=first
        )
    say(f"{payee}: from {amount} {commodity} on by {rail}" + ("" if new else " (before)"))


@minimum.command("list")
def _list_minimums(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List minimum payouts and from when on they count."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.payee, row.rail, row.amount, row.commodity, row.effective_from, row.set_by)
            for row in session.scalars(
                select(PayeeMinimum).order_by(PayeeMinimum.payee, PayeeMinimum.number)
            )
        ]
    columns = ("payee", "rail", "amount", "commodity", "from", "set_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("amount",))


@contact.command("add")
def _add_contact(
    context: typer.Context,
    payee: Payee,
    channel: Annotated[str, typer.Argument(help="email, github, chat or phone.")],
    address: Annotated[str, typer.Argument(help="The address there; it stays in the books.")],
) -> None:
    """Add a channel by which a payee is told what happens to where they are paid."""
    with desk_of(context).write(f"contact of {payee}") as change:
        new = payee_notices.add_contact(change, payee, channel, address)
    say(f"{payee}: {channel} {address}" + ("" if new else " (before)"))


def _notices(
    context: typer.Context,
    payee: Annotated[str | None, typer.Argument(help="A payee's id; else all.")] = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what contacts are to be told; nothing is sent from here."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (it.number, it.payee, it.channel, it.address, it.destination, it.event, it.text)
            for it in payee_notices.notices(session, payee)
        ]
    columns = ("number", "payee", "channel", "address", "destination", "event", "text")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("number",))
