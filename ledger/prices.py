"""Prices: what a commodity was worth on a day, each with its source. None is ever guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.errors import ReferenceReused
from ledger.money import MAX_SCALE, mean, plain
from ledger.price_checks import checks, is_doubtful, refuse, require_near, require_sound
from ledger.price_origins import Origin
from ledger.price_queries import Quoted, in_force, told
from ledger.price_tables import PriceOrigin
from ledger.sealing import Change
from ledger.tables import Price
from ledger.validation import require_not_later


@dataclass(frozen=True, slots=True, kw_only=True)
class Average:
    """A mean over days, rounded once to 18 decimals, with the price of each day that made it."""

    price: Decimal
    used: tuple[Quoted, ...]


def add(
    change: Change,
    *,
    commodity: str,
    quote: str,
    on: date,
    price: Decimal,
    source: str,
    origin: Origin | None = None,
) -> bool:
    """Add what one unit of a commodity is worth in another on a day; say whether it is new.

    Raises:
        PriceInvalid: it is not above zero, or no rule of the house though its source says so.
        PriceOutlying: it is far from those before it.
        BadInput: its day has not come yet.
        ReferenceReused: the source gave another price for that day.
    """
    session = change.session
    require_not_later(on, change.at.date(), f"price of {commodity}")
    require_sound(session, commodity=commodity, quote=quote, on=on, price=price, source=source)
    here = [
        each
        for each in in_force(session, commodity, quote, since=on, until=on)
        if each.source == source
    ]
    if here:
        if here[0].price != price:
            raise ReferenceReused(
                "Price", f"{commodity}/{quote} on {on} by {source}", plain(here[0].price)
            )
        return False
    require_near(session, commodity=commodity, quote=quote, on=on, price=price, source=source)
    change.add(Price(commodity=commodity, quote=quote, on=on, source=source, price=price))
    if origin is not None:
        change.add(
            PriceOrigin(
                commodity=commodity,
                quote=quote,
                on=on,
                source=source,
                provider=origin.provider,
                observed_at=origin.observed_at,
                retrieved_at=origin.retrieved_at,
                raw_sha256=origin.keep(change),
            )
        )
    return True


def latest(session: Session, commodity: str, quote: str, on: date) -> Quoted | None:
    """Return the newest price on or before a day, however old; nothing if there is none."""
    found = in_force(session, commodity, quote, until=on, newest=1)
    return found[0] if found else None


def usable(session: Session, commodity: str, quote: str, on: date) -> Quoted | None:
    """Return the newest price on or before a day; nothing if there is none that is not stale."""
    found = latest(session, commodity, quote, on)
    return None if found is None or checks(session, on).is_stale(found, on) else found


def trusted(session: Session, commodity: str, quote: str, on: date) -> Quoted | None:
    """Return the newest price on or before a day if a control may rest on it; else nothing."""
    found = latest(session, commodity, quote, on)
    return None if found is None or is_doubtful(session, found, on) else found


def require(session: Session, commodity: str, quote: str, on: date) -> Quoted:
    """Return the price to use on a day.

    Raises:
        PriceInvalid: there is none, or it is older than the policy allows.
    """
    what = f"price of {commodity} in {quote} on {on}"
    found = latest(session, commodity, quote, on)
    mend = f"Load it: feeshare price load FILE, or feeshare price fetch --commodity {commodity}"
    if found is None:
        raise refuse(what, "a price of that day or before; it is missing", mend=mend)
    if checks(session, on).is_stale(found, on):
        raise refuse(
            what,
            "a price that is not stale (policy price-checks)",
            value=f"{plain(found.price)} of {found.on} by {found.source}",
            mend=mend,
        )
    return found


def average(
    session: Session,
    commodity: str,
    quote: str,
    until: date,
    days: int,
    *,
    source: str | None = None,
) -> Average:
    """Return the mean price over days, `until` being the last of them.

    Of several sources on a day the first by name counts, unless one is named. The mean is exact
    and rounded once, half to even, to 18 decimals.

    Raises:
        PriceInvalid: days without a price, each named; or no day at all.
    """
    what = f"average price of {commodity} in {quote} over {days} days until {until}"
    if days < 1:
        raise refuse(what, "one day or more", value=str(days))
    wanted = [until - timedelta(days=back) for back in reversed(range(days))]
    by_day: dict[date, Quoted] = {}
    for each in in_force(session, commodity, quote, since=wanted[0], until=until):
        if source in (None, each.source):
            by_day.setdefault(each.on, each)
    missing = [day for day in wanted if day not in by_day]
    if missing:
        raise refuse(
            what,
            f"a price for each day; missing: {', '.join(map(str, missing))}",
            mend="Load them: feeshare price load FILE, or feeshare price fetch --from … --to …",
        )
    used = tuple(by_day[day] for day in wanted)
    return Average(price=mean([each.price for each in used], MAX_SCALE), used=used)


def all_of(session: Session) -> Sequence[Quoted]:
    """Return every price in force, by commodity, quote, day and source."""
    newest = {
        (each.commodity, each.quote, each.on, each.source): each
        for each in reversed(told(session))
    }
    return [newest[key] for key in sorted(newest)]
