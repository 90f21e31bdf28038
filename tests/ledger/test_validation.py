from datetime import date
from decimal import Decimal

import pytest

from ledger.errors import BadInput
from ledger.validation import require_evidence, require_not_later, require_payable
from support.books import Books

TODAY = date(2023, 11, 3)


@pytest.mark.parametrize("day", [TODAY, date(2023, 11, 2)])
def test_a_day_that_has_come_is_taken(day: date) -> None:
    require_not_later(day, TODAY, "row 1")


def test_a_day_that_has_not_come_is_refused() -> None:
    with pytest.raises(BadInput, match=r"date_invalid: row 1: found '2023-11-04'.*2023-11-03 or"):
        require_not_later(date(2023, 11, 4), TODAY, "row 1")


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001"])
def test_what_cannot_be_paid_is_refused(books: Books, amount: str) -> None:
    with books.read() as session:
        require_payable(session, Decimal("0.000001"), "USDT", "row 1")
        with pytest.raises(BadInput, match=r"amount_invalid: row 1:.*at most 6 decimals in USDT"):
            require_payable(session, Decimal(amount), "USDT", "row 1")


def test_a_blank_reason_is_refused() -> None:
    require_evidence("seen", "row 1")
    with pytest.raises(BadInput, match="evidence_missing: row 1"):
        require_evidence(" \t", "row 1")
