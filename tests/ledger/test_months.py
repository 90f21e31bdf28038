from datetime import date

import pytest

from ledger.errors import BadInput
from ledger.months import last_day, month_of, next_month, parse_month


def test_a_month_is_kept_as_its_first_day_and_written_again() -> None:
    assert parse_month("2023-10") == date(2023, 10, 1)
    assert month_of(date(2023, 10, 31)) == "2023-10"


@pytest.mark.parametrize(
    "text",
    ["", "2023", "2023-13", "2023-00", "2023-1", "23-10", "2023-10-01", "2023/10", "202310"],
)
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(BadInput, match=r"date_invalid: --period: .*a month as 2023-10"):
        parse_month(text, "--period")


@pytest.mark.parametrize(
    ("day", "last", "following"),
    [
        (date(2023, 10, 1), date(2023, 10, 31), date(2023, 11, 1)),
        (date(2023, 2, 28), date(2023, 2, 28), date(2023, 3, 1)),
        (date(2024, 2, 3), date(2024, 2, 29), date(2024, 3, 1)),
        (date(2023, 12, 31), date(2023, 12, 31), date(2024, 1, 1)),
    ],
)
def test_a_month_ends_on_its_last_day_and_the_next_one_follows(
    day: date, last: date, following: date
) -> None:
    assert (last_day(day), next_month(day)) == (last, following)
