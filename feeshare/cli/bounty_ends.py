"""`bounty release`, `refund`, `cancel`, `paid-directly`, `overrun`."""

from collections.abc import Callable
from datetime import date
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare.cli.bounty_work import Evidence, Identity, record_move
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from feeshare.matching_by_hand import amount_of
from ledger import obligations
from ledger.money import plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.revenue import bounties, bounty_refund, bounty_release
from ledger.revenue.bounty_standing import end_of
from ledger.revenue.bounty_states import Move
from ledger.revenue.bounty_tables import Bounty, BountyEnd
from ledger.revenue.bounty_terms import releases_of

Reason = Annotated[str, typer.Option("--reason")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of a bounty's end to `bounty`."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def _release(
    context: typer.Context,
    identity: Identity,
    stage: Annotated[
        int | None, typer.Option("--stage", help="Which stage, of a bounty that has some.")
    ] = None,
    on: On = None,
) -> None:
    """Divide a bounty's deposit; needs every gate, the whole deposit and somebody to pay."""
    desk = desk_of(context)
    with desk.write(f"release bounty {identity}") as change:
        session = change.session
        found = bounties.named(session, identity)
        if stage is None:
            day = day_of(desk, on, _ended_on(session, found))
            sentences = _told(session, *bounty_release.release(change, found, on=day))
        else:
            known = releases_of(session, found).get(stage)
            day = day_of(desk, on, known.on if known else None)
            row, new = bounty_release.release_stage(change, found, stage, on=day)
            entry, what = row.entry_number, f"stage {stage} of {identity}"
            already = f"Nothing to do: {what} was released on {day} by entry {entry} already."
            sentences = _owed(session, identity, f"{what} is released", day, entry)
            sentences = sentences if new else [already]
    for sentence in sentences:
        say(sentence)


def _refund(context: typer.Context, identity: Identity, reason: Reason, on: On = None) -> None:
    """Return a bounty's whole deposit to who put it up."""
    desk = desk_of(context)
    with desk.write(f"refund bounty {identity}: {reason}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on, _ended_on(change.session, found))
        ended = bounty_refund.refund(change, found, reason=reason, on=day)
        sentences = _told(change.session, *ended)
    for sentence in sentences:
        say(sentence)


def _cancel(context: typer.Context, identity: Identity, reason: Reason, on: On = None) -> None:
    """Cancel a bounty for which nothing is held."""
    record_move(context, identity, Move.CANCEL, reason, on, "nobody goes on with it")


def _paid_directly(
    context: typer.Context, identity: Identity, evidence: Evidence, on: On = None
) -> None:
    """Record that the exchange paid its developer itself; nothing is booked."""
    said = "its exchange paid the developer"
    record_move(context, identity, Move.PAY_DIRECTLY, evidence, on, said)


def _overrun(
    context: typer.Context,
    identity: Identity,
    payee: Annotated[str, typer.Argument(help="A payee, by name or alias.")],
    amount: Annotated[str, typer.Argument(help="In the bounty's commodity.")],
    reason: Reason,
    on: On = None,
) -> None:
    """Owe a payee what a bounty cost above its amount; it is the Foundation's."""
    desk = desk_of(context)
    with desk.write(f"overrun of bounty {identity}: {reason}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on)
        wanted = amount_of(amount, amount)
        row, new = bounty_refund.overrun(change, found, payee, wanted, reason=reason, on=day)
        told = f"{plain(wanted)} {found.commodity} to {payee} ({row.obligation})"
    say(f"Owed: {told}." if new else f"Nothing to do: {told} is owed already.")


def _ended_on(session: Session, found: Bounty) -> date | None:
    end = end_of(session, found)
    return end.on if end else None


def _told(session: Session, end: BountyEnd, new: bool) -> list[str]:
    """Return what an end of a bounty means, and what to do next."""
    if not new:
        entry = f"by entry {end.entry_number} already"
        return [f"Nothing to do: {end.bounty} was {end.kind} on {end.on} {entry}."]
    return _owed(session, end.bounty, f"{end.bounty} is {end.kind}", end.on, end.entry_number)


def _owed(session: Session, bounty: str, said: str, on: date, entry: int) -> list[str]:
    owed = [
        f"Owed: {plain(part.amount)} {part.commodity} to {session.get_one(Party, part.payee).name}"
        f" ({part.id})."
        for part in obligations.of_document(session, bounty)
        if part.entry_number == entry
    ]
    return [f"{said} by entry {entry}.", *owed, f"Next: feeshare payout plan {month_of(on)}"]


COMMANDS: dict[str, Callable[..., None]] = {
    "release": _release,
    "refund": _refund,
    "cancel": _cancel,
    "paid-directly": _paid_directly,
    "overrun": _overrun,
}
