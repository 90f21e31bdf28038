"""What is known of connectors' upkeep, read from its rows for `ledger.revenue.upkeep`."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import policies
from ledger.people_tables import Party
from ledger.revenue import upkeep
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.connector_tables import Connector, ConnectorRelease, ConnectorUpkeep
from ledger.revenue.connectors import EXCHANGE, POLL
from ledger.revenue.prepaid import End
from ledger.revenue.sponsorship_tables import Sponsorship, SponsorshipEnd
from ledger.revenue.upkeep import Cover, Upkeep, UpkeepDue
from ledger.revenue.waiver_tables import RenewalDecision, RenewalNotice


def upkeeps(session: Session) -> list[Upkeep]:
    """Return every connector with all that is known of its upkeep, by name.

    `exchange` is the exchange's name.
    """
    names = {party.id: party.name for party in session.scalars(select(Party))}
    released = {
        row.connector: row.released_on for row in session.scalars(select(ConnectorRelease))
    }
    sponsored, renewed, kept = _sponsored(session), _renewed(session), _kept(session)
    notices, decisions = defaultdict(set), defaultdict(set)
    for notice in session.scalars(select(RenewalNotice)):
        notices[notice.connector].add(notice.year_from)
    for decision in session.scalars(select(RenewalDecision)):
        decisions[decision.connector].add(decision.year_from)
        if decision.renewal is None:
            kept[decision.connector].append(
                _year(upkeep.WAIVED, decision.year_from, decision.basis, None)
            )
    return [
        Upkeep(
            connector=each.id,
            exchange=names[each.exchange],
            released_on=released.get(each.id),
            covers=(
                *sponsored[each.exchange],
                *renewed[each.exchange, each.id],
                *kept[each.id],
            ),
            notices=frozenset(notices[each.id]),
            decisions=frozenset(decisions[each.id]),
        )
        for each in session.scalars(select(Connector).order_by(Connector.id))
    ]


def due(session: Session, today: date, until: date) -> list[UpkeepDue]:
    """Return what is due of connectors' upkeep until a day, what is late included, by day."""
    days = policies.in_force(session, "renewal-notice-days", today)
    return upkeep.due_dates(upkeeps(session), today, until, notice_days=days)


def _year(kind: str, first: date, document: str, end: End | None) -> Cover:
    """Return the year from a day on, or what of it came before its end; a waiver ends nothing."""
    if end is not None and end.kind == "waived":
        kind, end = upkeep.WAIVED, None
    until = upkeep.last_of_year(first) if end is None else end.on - timedelta(days=1)
    return Cover(kind=kind, since=first, until=until, document=document)


def _sponsored(session: Session) -> dict[str, list[Cover]]:
    found: dict[str, list[Cover]] = defaultdict(list)
    rows = session.execute(
        select(Sponsorship, SponsorshipEnd)
        .outerjoin(SponsorshipEnd, SponsorshipEnd.sponsorship == Sponsorship.id)
        .order_by(Sponsorship.year_from, Sponsorship.id)
    )
    for year, end in rows:
        found[year.exchange].append(_year(upkeep.SPONSORSHIP, year.year_from, year.id, end))
    return found


def _renewed(session: Session) -> dict[tuple[str, str], list[Cover]]:
    found: dict[tuple[str, str], list[Cover]] = defaultdict(list)
    rows = session.execute(
        select(Renewal, RenewalEnd)
        .outerjoin(RenewalEnd, RenewalEnd.renewal == Renewal.id)
        .order_by(Renewal.year_from, Renewal.id)
    )
    for year, end in rows:
        cover = _year(upkeep.RENEWAL, year.year_from, year.id, end)
        found[year.exchange, year.connector].append(cover)
    return found


def _kept(session: Session) -> dict[str, list[Cover]]:
    rows: dict[str, list[ConnectorUpkeep]] = defaultdict(list)
    for row in session.scalars(
        select(ConnectorUpkeep).order_by(ConnectorUpkeep.from_on, ConnectorUpkeep.kind)
    ):
        rows[row.connector].append(row)
    found: dict[str, list[Cover]] = defaultdict(list)
    for connector, its in rows.items():
        found[connector] = list(_covers(its))
    return found


def _covers(rows: Sequence[ConnectorUpkeep]) -> Iterator[Cover]:
    """Yield polls, and self-maintenance until the next row that says something else of it."""
    own = [row for row in rows if row.kind != POLL]
    for row in rows:
        if row.until_on is not None:
            yield Cover(kind=upkeep.POLL, since=row.from_on, until=row.until_on)
    for row, following in zip_longest(own, own[1:]):
        if row.kind == EXCHANGE:
            until = date.max if following is None else following.from_on - timedelta(days=1)
            yield Cover(kind=upkeep.EXCHANGE, since=row.from_on, until=until)
