"""Loading prices from a file, which is kept as evidence of each price it brought."""

from datetime import UTC, datetime
from pathlib import Path

from feeshare.loading import noted
from feeshare.price_recording import Recorded, Told, record
from feeshare.records import Record, content_of, records_in
from ledger.commodities import scales
from ledger.price_checks import FILE
from ledger.price_origins import Origin
from ledger.sealing import Change

REQUIRED = ("commodity", "quote", "on", "price", "source")
LISTED = ("provider", "retrieved_at", "raw_sha256", "override_by")
"""Columns that `price list` shows and the books fill in: a list loads again."""

OPTIONAL = ("observed_at", *LISTED)


def load(change: Change, path: Path, override: str | None = None) -> Recorded:
    """Load a file of prices: CSV, YAML or JSON; all of it or nothing.

    Prices are taken in the order of their days, so that each is held against those before it.

    Raises:
        BadInput: with every problem of the file.
        ReferenceReused: another price of that day and source is there, and `override` is none.
    """
    content = content_of(path)
    records, faults = records_in(content, path, required=REQUIRED, optional=OPTIONAL)
    known = scales(change.session)
    read = [(each, _told(change, each, known, content, path.name)) for each in records]
    found = Recorded()
    for each, told in sorted(
        ((each, told) for each, told in read if told is not None), key=lambda pair: pair[1].on
    ):
        with noted(each):
            found += record(change, told, override=override)
    faults.problems.sort(key=lambda problem: problem.row or 0)
    faults.raise_if_any()
    return found


def _told(
    change: Change, each: Record, known: dict[str, int], content: bytes, file_name: str
) -> Told | None:
    before = len(each.faults.problems)
    price, on = each.quantity("price"), each.day("on")
    for column in ("commodity", "quote"):
        if each.text(column) not in known:
            each.fault("currency_mismatch", column, f"one of {', '.join(sorted(known))}")
    source, observed_at = each.text("source"), _moment(change, each)
    if price is None or on is None or len(each.faults.problems) > before:
        return None
    return Told(
        commodity=each.text("commodity"),
        quote=each.text("quote"),
        on=on,
        price=price,
        source=source,
        origin=Origin(
            provider=FILE,
            observed_at=observed_at,
            retrieved_at=change.at,
            raw=content,
            file_name=file_name,
        ),
    )


def _moment(change: Change, each: Record) -> datetime | None:
    """Return when a price was observed, in UTC; blank if the file does not say."""
    text = each.text("observed_at", required=False)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        each.fault("date_invalid", "observed_at", "a moment such as 2023-10-31T23:59:00Z")
        return None
    if moment.tzinfo is None:
        each.fault("timezone_missing", "observed_at", "a moment such as 2023-10-31T23:59:00Z")
        return None
    if moment > change.at:
        each.fault("date_invalid", "observed_at", "a moment that has come")
    return moment.astimezone(UTC)
