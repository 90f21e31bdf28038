from decimal import Decimal

import pytest

from reports.ageing import NAMES, spread


@pytest.mark.parametrize(
    ("days", "name"),
    [
        (-5, "not_due"),
        (0, "not_due"),
        (1, "d1_30"),
        (30, "d1_30"),
        (31, "d31_60"),
        (60, "d31_60"),
        (61, "d61_90"),
        (90, "d61_90"),
        (91, "d90_plus"),
    ],
)
def test_an_amount_stands_in_the_bucket_of_its_age_alone(days: int, name: str) -> None:
    found = dict(zip(NAMES, spread(Decimal(7), days), strict=True))
    assert {key for key, amount in found.items() if amount is not None} == {name}
