"""`sponsorship`: a year of an exchange's sponsorship: invoiced, credited, earned, cancelled."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.matching import WORD
from ledger.money import parse_plain, plain
from ledger.months import month_of
from ledger.people_tables import Party
from ledger.revenue import prepaid, prepaid_earning, prepaid_ends, renewals, sponsorships
from ledger.revenue.bounty_tables import Bounty, Renewal
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipEnd
from ledger.validation import bad_input, require_not_later

sponsorship = group("Sponsorships: invoice, credits, cancel.")
COMMANDS = {"sponsorship": sponsorship}

Identity = Annotated[str, typer.Argument(metavar="ID", help="A sponsorship's id, one word.")]


@sponsorship.command("add")
def _add(
    context: typer.Context,
    identity: Identity,
    exchange: Annotated[str, typer.Option("--exchange", help="By name or alias.")],
    tier: Annotated[str, typer.Option("--tier", help="A tier of policy sponsorship-prices.")],
    since: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The day the year begins.")
    ],
    amount: Annotated[
        str | None, typer.Option("--amount", help="The year's price; else the tier's.")
    ] = None,
    commodity: Annotated[str, typer.Option("--commodity")] = "USD",
    bounty: Annotated[
        str | None, typer.Option("--bounty", help="A released bounty whose fee is credited.")
    ] = None,
    moved: Annotated[
        list[str] | None, typer.Option("--renewal", help="A renewal that it takes the place of.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Where it was agreed.")] = "",
) -> None:
    """Invoice a year of sponsorship; credit a bounty's fee and the rest of renewals."""
    desk = desk_of(context)
    require_not_later(since.date(), desk.now.date(), "--from")
    wanted = None if amount is None else _amount(amount)
    with desk.write(f"sponsorship {identity} of {exchange}") as change:
        session = change.session
        _require_free(session, identity)
        made, new = sponsorships.add(
            change,
            identity=identity,
            exchange=exchange,
            tier=tier,
            year_from=since.date(),
            amount=wanted,
            commodity=commodity,
            source=source,
            bounty=bounty,
            moved=[renewals.named(session, each) for each in moved or ()],
        )
        owed, credited = prepaid.owed(session, made), prepaid.credited(session, made)
        price, entry = made.amount, made.entry_number
    begin = f"{identity} is invoiced" if new else f"Nothing to do: {identity} was invoiced"
    say(
        f"{begin} by entry {entry}: {plain(price)} {commodity}, {plain(credited)} credited, "
        f"{plain(owed)} owed."
    )


@sponsorship.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List sponsorships: what was credited, paid, is owed, was earned, how each ended early."""
    until = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        names = {party.id: party.name for party in session.scalars(select(Party))}
        rows = [
            _row(session, each, names[each.exchange], until)
            for each in sponsorships.all_of(session)
            if until is None or each.year_from <= until
        ]
    amounts = ("amount", "credited", "paid", "owed", "earned")
    columns = ("id", "exchange", "tier", "year_from", "commodity", *amounts, "end", "source")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=amounts)


@sponsorship.command("show")
def _show(
    context: typer.Context,
    identity: Identity,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what was credited towards a sponsorship, what each month earned, and its end."""
    with desk_of(context).read(known_at) as session:
        found = sponsorships.named(session, identity)
        rows: list[tuple[Cell, ...]] = [
            (f"credited: {each.kind}", each.document, each.amount)
            for each in sponsorships.credits_of(session, found)
        ]
        earned = prepaid_earning.earned_by_month(session, found)
        rows += [("earned", month, amount) for month, amount in sorted(earned.items())]
        end = prepaid.end_of(session, found)
        if isinstance(end, SponsorshipEnd):
            day = end.on.isoformat()
            rows += [
                (f"{end.kind}: {word}", day, amount)
                for word, amount in (
                    ("relieved", end.relieved),
                    ("returned", end.returned),
                    ("refunded", end.refunded),
                )
            ]
        owed = f"{plain(prepaid.owed(session, found))} {found.commodity}"
        price = f"{plain(found.amount)} {found.commodity}"
    show("", ("what", "of", "amount"), rows, as_json=as_json, as_csv=as_csv, right=("amount",))
    say(f"{identity}: {price} invoiced, {owed} owed.")


@sponsorship.command("cancel")
def _cancel(
    context: typer.Context,
    identity: Identity,
    evidence: Annotated[str, typer.Option("--evidence", help="Who decided it, and where.")],
    on: On = None,
) -> None:
    """Give up what is not earned: what is owed, then a credited fee, then money back."""
    desk = desk_of(context)
    with desk.write(f"cancel sponsorship {identity}") as change:
        found = sponsorships.named(change.session, identity)
        earlier = prepaid.end_of(change.session, found)
        day = day_of(desk, on, earlier.on if earlier else None)
        end, new = prepaid_ends.cancel(change, found, evidence=evidence, on=day)
        entry, money = end.entry_number, found.commodity
        relieved, refunded = end.relieved, end.refunded
        returned = end.returned if isinstance(end, SponsorshipEnd) else Decimal(0)
    if not new:
        say(f"Nothing to do: {identity} was cancelled on {day} by entry {entry} already.")
        return
    say(
        f"{identity} is cancelled by entry {entry}: {plain(relieved)} {money} is no longer owed "
        f"to us, {plain(returned)} {money} of a bounty's fee is income again, {plain(refunded)} "
        f"{money} is owed back."
    )
    if refunded:
        say(f"Next: feeshare payout plan {month_of(day)}")


def _row(
    session: Session, found: Sponsorship, exchange: str, until: date | None
) -> tuple[Cell, ...]:
    end = prepaid.end_of(session, found, until=until)
    return (
        found.id,
        exchange,
        found.tier,
        found.year_from,
        found.commodity,
        found.amount,
        prepaid.credited(session, found),
        prepaid.paid(session, found, until=until),
        prepaid.owed(session, found, until=until),
        prepaid_earning.earned(session, found, until=until),
        f"{end.kind} {end.on}" if end else "",
        found.source,
    )


def _amount(text: str) -> Decimal:
    try:
        return parse_plain(text)
    except ValueError:
        raise bad_input(
            code="not_a_number",
            place="--amount",
            value=text,
            expected="a plain decimal, such as 250000",
        ) from None


def _require_free(session: Session, identity: str) -> None:
    """Refuse an id that a memo could not name, or that a bounty or a renewal has."""
    if not WORD.fullmatch(identity):
        raise bad_input(
            code="id_invalid",
            place="sponsorship",
            value=identity,
            expected="one word, so that the memo of a payment can name it",
        )
    for other in (Bounty, Renewal):
        if session.get(other, identity) is not None:
            raise bad_input(
                code="id_taken",
                place="sponsorship",
                value=identity,
                expected=f"another id: a {other.__name__.lower()} has this one",
            )
