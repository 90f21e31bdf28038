"""Days are read from the one declared spelling, times as they fall in the one declared zone."""

import datetime as dt

import pytest

from ledger.errors import Problem
from ledger.revenue.dates import day_parser

OFFSET = "YYYY-MM-DDThh:mm:ss+hh:mm"


@pytest.mark.parametrize(
    ("date_format", "zone", "text", "expected"),
    [
        ("YYYY-MM-DD hh:mm", "Europe/Berlin", "2023-10-05 23:30", "2023-10-05"),
        ("YYYY-MM-DDThh:mm:ss.fffZ", "UTC", "2023-10-05T23:30:00.123Z", "2023-10-05"),
        ("YYYY-MM-DDThh:mm:ssZ", "Asia/Tokyo", "2023-10-31T23:30:00Z", "2023-11-01"),
        (OFFSET, "UTC", "2023-11-01T01:00:00+02:00", "2023-10-31"),
        (OFFSET, "UTC", "2023-10-31T23:00:00-02:00", "2023-11-01"),
        (OFFSET, "UTC", "2023-10-31T23:00:00+99:00", "date_invalid"),
        (OFFSET, "UTC", "0001-01-01T00:00:00+02:00", "date_invalid"),
        ("epoch_s", "UTC", "1696500000", "2023-10-05"),
        ("epoch_ms", "Asia/Tokyo", "1698793200000", "2023-11-01"),
        ("epoch_s", "UTC", "", "value_missing"),
        ("epoch_s", "UTC", "16965x", "date_invalid"),
        ("epoch_s", "UTC", "1000000000", "epoch_unit"),
        ("YYYY-MM-DD hh:mm:ss", "UTC", "2023-10-05 10:00:00 and more", "date_invalid"),
    ],
)
def test_a_time_is_the_day_that_it_falls_on_in_the_zone(
    date_format: str, zone: str, text: str, expected: str
) -> None:
    found = day_parser(date_format, zone)(text)
    assert (found.code if isinstance(found, Problem) else f"{found}") == expected
    assert isinstance(found, Problem | dt.date)
