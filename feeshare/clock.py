"""The clock: the one place that asks what time it is.

`FEESHARE_CLOCK` fixes it (the demo, tests, a replay). The database refuses a moment before the
last change, and one in the future.
"""

from datetime import UTC, datetime

from ledger.errors import BadInput, Problem


def now(fixed: str | None = None) -> datetime:
    """Return the present moment in UTC, or the moment it is fixed at (ISO 8601).

    Raises:
        BadInput: the fixed moment is no ISO 8601 time with a zone.
    """
    if fixed is None:
        return datetime.now(UTC)  # noqa: TID251 - this is the clock
    try:
        moment = datetime.fromisoformat(fixed)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(
            [
                Problem(
                    code="config_invalid",
                    place="FEESHARE_CLOCK",
                    value=fixed,
                    expected="a time with a zone, such as 2023-11-03T09:00:00Z",
                )
            ]
        )
    return moment.astimezone(UTC)
