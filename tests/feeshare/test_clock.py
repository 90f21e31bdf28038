from datetime import UTC, datetime, timedelta

import pytest

from feeshare import clock
from ledger.errors import BadInput


def test_the_clock_runs_in_utc() -> None:
    first = clock.now()
    second = clock.now()
    assert first.utcoffset() == timedelta(0)
    assert first <= second


@pytest.mark.parametrize(
    "fixed", ["2023-11-03T09:00:00Z", "2023-11-03T10:00:00+01:00", "2023-11-03T03:30-05:30"]
)
def test_a_fixed_clock_gives_its_moment_in_utc(fixed: str) -> None:
    assert clock.now(fixed) == datetime(2023, 11, 3, 9, tzinfo=UTC)
    assert clock.now(fixed).tzinfo is UTC


@pytest.mark.parametrize("fixed", ["2023-11-03T09:00:00", "2023-11-03", "now", "", "1699002000"])
def test_a_moment_without_a_zone_or_no_moment_is_refused(fixed: str) -> None:
    with pytest.raises(BadInput, match=r"config_invalid: FEESHARE_CLOCK.*a time with a zone"):
        clock.now(fixed)
