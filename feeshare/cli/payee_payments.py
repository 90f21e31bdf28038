"""`payee preference·signer`: what payees are paid in, and from which wallets they pay fees."""

from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import select

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from payouts import payee_preferences, payee_signers
from payouts.payee_tables import PayeePreference
from payouts.signer_tables import PayeeSigner, PayeeSignerConfirmation

Payee = Annotated[str, typer.Argument(metavar="PAYEE", help="Id, name or alias.")]
Source = Annotated[str, typer.Option("--source", help="Where the payee said so.")]
AS_OWED = "as-owed"

preference = group("What a payee is paid in.")
signer = group("Whose wallet pays for what Safes carry out.")


@preference.command("set")
def _set_preference(
    context: typer.Context,
    payee: Payee,
    commodity: Annotated[str, typer.Argument(help="Such as HBOT; as-owed converts nothing.")],
    source: Source,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
) -> None:
    """Pay a payee in one commodity, at each plan's price, from today or --since on."""
    desk = desk_of(context)
    first = since.date() if since else desk.now.date()
    wanted = None if commodity == AS_OWED else commodity
    with desk.write(f"{payee} is paid in {commodity}") as change:
        new = payee_preferences.set_preference(change, payee, wanted, since=first, source=source)
    say(f"{payee}: {commodity} from {first}" + ("" if new else " (before)"))


@preference.command("list")
def _list_preferences(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what payees are paid in, and from when on."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.payee, row.commodity or AS_OWED, row.effective_from, row.source, row.set_by)
            for row in session.scalars(
                select(PayeePreference).order_by(PayeePreference.payee, PayeePreference.number)
            )
        ]
    columns = ("payee", "commodity", "from", "source", "set_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)


@signer.command("add")
def _add_signer(
    context: typer.Context,
    payee: Payee,
    address: Annotated[str, typer.Argument(help="0x…, which sends what the Safe carries out.")],
    source: Source,
) -> None:
    """Register a wallet whose network fees are a payee's; another person confirms it."""
    with desk_of(context).write(f"signer of {payee}") as change:
        new = payee_signers.register(change, payee, address, source=source)
    say(f"{payee}: {address}" + ("" if new else " (before)"))
    say(f"Next: another person runs: feeshare --as NAME payee signer confirm {address}")


@signer.command("confirm")
def _confirm_signer(
    context: typer.Context, address: Annotated[str, typer.Argument(help="The address.")]
) -> None:
    """Confirm a signer's wallet, as another person than registered it."""
    with desk_of(context).write(f"confirm signer {address}") as change:
        new = payee_signers.confirm(change, address)
    say(f"{address} is confirmed" + ("" if new else " (before)"))


@signer.command("list")
def _list_signers(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List signers' wallets, and who stands for them."""
    with desk_of(context).read(known_at) as session:
        found = session.execute(
            select(PayeeSigner, PayeeSignerConfirmation.confirmed_by)
            .outerjoin(PayeeSignerConfirmation)
            .order_by(PayeeSigner.payee, PayeeSigner.address)
        )
        rows = [
            (row.payee, row.address, row.source, row.registered_by, confirmed_by)
            for row, confirmed_by in found
        ]
    columns = ("payee", "address", "source", "registered_by", "confirmed_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
