"""Fetching prices: feeds of the policy are asked for, outside any change, and then recorded."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from feeshare.database import reading, writing
from feeshare.price_recording import Recorded, Told, record
from feeshare.price_sources.source import SPOT, Feed, Seen, Source
from feeshare.settings import Settings
from ledger import policies
from ledger.errors import BadInput, Problem, Refusal, UnknownReference
from ledger.price_checks import refuse
from ledger.price_origins import Origin
from ledger.price_queries import in_force
from ledger.sealing import Change

DAYS_MAX = 366
WORKER = "worker"
"""Who fetches when nobody asked: the prices job. It overrides nothing."""


def days_between(first: date | None, last: date | None, today: date) -> list[date]:
    """Return the days whose closing prices are asked for; none if neither end was given.

    Raises:
        BadInput: a day that has not ended, the wrong order, or more than a year of days.
    """
    if first is None and last is None:
        return []
    last = last or today - timedelta(days=1)
    first = first or last
    if not first <= last < today or (last - first).days >= DAYS_MAX:
        raise BadInput(
            [
                Problem(
                    code="date_invalid",
                    place="--from and --to",
                    value=f"{first} to {last}",
                    expected=f"up to {DAYS_MAX} days in their order, which ended before {today}",
                )
            ]
        )
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def feeds(
    session: Session, source: str, on: date, commodities: Collection[str] = ()
) -> list[Feed]:
    """Return the feeds of a source in force on a day, of some commodities or of all.

    Raises:
        UnknownReference: there is no feed, or none of a commodity that was named.
    """
    found = [
        Feed(
            source=source,
            commodity=row["commodity"],
            quote=row["quote"],
            name=row["feed"],
            chain_id=row.get("chain_id"),
            description=row.get("description"),
            max_age=timedelta(hours=row["max_age_hours"]) if "max_age_hours" in row else None,
        )
        for row in policies.in_force(session, "price-feeds", on)
        if row["source"] == source and (not commodities or row["commodity"] in commodities)
    ]
    unknown = sorted(set(commodities) - {feed.commodity for feed in found})
    if unknown or not found:
        raise UnknownReference(
            f"price feed of {source}",
            ", ".join(unknown) or "any commodity",
            mend="Propose it: feeshare policy propose price-feeds …; see docs/prices.md",
        )
    return found


def fetch(source: Source, feed: Feed, days: Sequence[date], moment: datetime) -> list[Seen]:
    """Return a feed's closing prices of days, or its present price if there are none.

    Raises:
        Unavailable: the source does not answer, or with something else.
        PriceInvalid: a price is missing, stale or not above zero.
    """
    if not days:
        return [source.now(feed, moment)]
    seen = source.closing(feed, days)
    missing = sorted(set(days) - {each.on for each in seen})
    if missing:
        raise refuse(feed.place, f"a price for each day; missing: {', '.join(map(str, missing))}")
    return seen


def record_all(change: Change, seen: Sequence[Seen], *, override: str | None = None) -> Recorded:
    """Record what was seen, in the order of its days.

    Raises:
        PriceInvalid: a price is an outlier, and `override` does not say why it stands.
        ReferenceReused: another price of that day is there, as above.
    """
    found = Recorded()
    for each in sorted(seen, key=lambda it: it.on):
        found += record_seen(change, each, override=override)
    return found


def record_seen(change: Change, seen: Seen, *, override: str | None = None) -> Recorded:
    """Record one price that was seen; a day's first present price is that day's."""
    feed = seen.feed
    source = f"{feed.source}{SPOT}" if seen.spot else feed.source
    if seen.spot and override is None:
        here = in_force(change.session, feed.commodity, feed.quote, since=seen.on, until=seen.on)
        if any(each.source == source for each in here):
            return Recorded(known=1)
    return record(
        change,
        Told(
            commodity=feed.commodity,
            quote=feed.quote,
            on=seen.on,
            price=seen.price,
            source=source,
            origin=Origin(
                provider=feed.source,
                observed_at=seen.observed_at,
                retrieved_at=change.at,
                raw=seen.raw,
                file_name=f"{source}-{feed.commodity}-{feed.quote}-{seen.on}.json",
            ),
        ),
        override=override,
    )


def fetch_day(
    engine: Engine, settings: Settings, day: date, now: datetime
) -> tuple[Recorded, list[str]]:
    """Fetch a day's closing prices from every source that the settings reach.

    Returns:
        What was recorded, and what two persons have to look at.

    Raises:
        Refusal: a source gave no price; what others gave is recorded all the same.
    """
    from feeshare.price_sources.registry import source_named

    seen: list[Seen] = []
    failed: list[Refusal] = []
    for feed in feeds_reached(engine, settings, now.date()):
        try:
            seen += fetch(source_named(feed.source, settings), feed, [day], now)
        except Refusal as refusal:
            failed.append(refusal)
    found, refused = _record_day(engine, seen, day, now)
    if failed:
        raise failed[0]
    return found, refused


def _record_day(
    engine: Engine, seen: Sequence[Seen], day: date, now: datetime
) -> tuple[Recorded, list[str]]:
    found, refused = Recorded(), []
    with writing(engine, actor=WORKER, reason=f"fetch prices of {day}", at=now) as change:
        for each in seen:
            try:
                found += record_seen(change, each)
            except Refusal as refusal:
                refused.append(refusal.message)
    return found, refused


def feeds_reached(engine: Engine, settings: Settings, on: date) -> list[Feed]:
    """Return the feeds in force of every source that the settings reach."""
    from feeshare.price_sources.registry import configured

    found: list[Feed] = []
    with reading(engine) as session:
        for name in configured(settings):
            try:
                found += feeds(session, name, on)
            except UnknownReference:
                continue  # a source without a feed gives no prices
    return found
