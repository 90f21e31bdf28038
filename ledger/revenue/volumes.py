"""Volumes: the trading volume that is reported for a month, beside what the exchange says it owes.

Nothing else cross-checks a stated fee. What is looked at is the fee share per unit of volume: it
moves little from month to month, so one far off what is usual means that the fee or the volume is
wrong, or that the terms are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median_high

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import policies
from ledger.errors import ReferenceReused
from ledger.money import CONTEXT, MAX_SCALE, plain, quotient, total
from ledger.months import last_day, parse_month
from ledger.revenue.staging_tables import ReportedVolume, StatementReading
from ledger.revenue.stated import Stated, all_stated
from ledger.sealing import Change

OF_THE_STATEMENT = "statement"
"""The source of a volume that the exchange's own statement gives."""

ENOUGH_MONTHS = 3
"""Fewer months say nothing about what is usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossCheck:
    """A month's fee share against one reported volume.

    `rate` is fee share per unit of volume, blank where the two are in different commodities or
    either is zero or missing; `usual` is the median of the months before by the same source.
    """

    agreement: str
    period: str
    source: str
    commodity: str
    volume: Decimal
    fee_share: Decimal | None
    rate: Decimal | None
    usual: Decimal | None
    outlier: bool


def report(
    change: Change, *, agreement: str, period: str, source: str, commodity: str, volume: Decimal
) -> bool:
    """Record a volume that somebody reports for a month; say whether it is new.

    Raises:
        ReferenceReused: the source reported another one.
    """
    known = change.session.get(ReportedVolume, (agreement, period, source))
    if known is not None:
        if (known.commodity, known.volume) != (commodity, volume):
            raise ReferenceReused(
                "Volume",
                f"{agreement} {period} by {source}",
                f"{plain(known.volume)} {known.commodity}",
            )
        return False
    change.add(
        ReportedVolume(
            agreement=agreement,
            period=period,
            source=source,
            commodity=commodity,
            volume=volume,
        )
    )
    return True


def cross_checks(session: Session) -> list[CrossCheck]:
    """Return every reported volume against the fee share of its month, by agreement and month."""
    stated = {
        (each.statement.agreement, each.statement.period): each for each in all_stated(session)
    }
    found = [
        (row.agreement, row.period, row.source, row.commodity, row.volume)
        for row in session.scalars(select(ReportedVolume))
    ]
    found += [
        (agreement, period, OF_THE_STATEMENT, each.statement.commodity, volume)
        for (agreement, period), each in stated.items()
        if (volume := _stated_volume(session, each)) is not None
    ]
    earlier: dict[tuple[str, str], list[Decimal]] = {}
    checks = []
    for agreement, period, source, commodity, volume in sorted(found):
        month = stated.get((agreement, period))
        same = month is not None and month.statement.commodity == commodity
        fee_share = month.amount if month is not None else None
        rate = quotient(fee_share, volume, MAX_SCALE) if same and fee_share and volume else None
        before = earlier.setdefault((agreement, source), [])
        usual, outlier = _usual(session, period, before, rate)
        if rate is not None:
            before.append(rate)
        checks.append(
            CrossCheck(
                agreement=agreement,
                period=period,
                source=source,
                commodity=commodity,
                volume=volume,
                fee_share=fee_share,
                rate=rate,
                usual=usual,
                outlier=outlier,
            )
        )
    return checks


def _stated_volume(session: Session, stated: Stated) -> Decimal | None:
    """Return the volume that a month's statements give, if each of them gives one."""
    readings = [session.get(StatementReading, name) for name in stated.in_force]
    given = [reading.volume for reading in readings if reading is not None]
    known = [volume for volume in given if volume is not None]
    return total(known) if len(known) == len(stated.in_force) else None


def _usual(
    session: Session, period: str, before: Sequence[Decimal], rate: Decimal | None
) -> tuple[Decimal | None, bool]:
    """Return what is usual by then, and whether a rate is far off it."""
    if len(before) < ENOUGH_MONTHS:
        return None, False
    rule = policies.in_force(session, "volume-outlier", last_day(parse_month(period)))
    usual = median_high(before[-rule["months"] :])
    if rate is None:
        return usual, False
    factor = Decimal(rule["factor"])
    far = rate > CONTEXT.multiply(usual, factor) or CONTEXT.multiply(rate, factor) < usual
    return usual, far
