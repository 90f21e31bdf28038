from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger import periods
from ledger.errors import (
    BadInput,
    Conflict,
    DatabaseRefused,
    ReferenceReused,
    UnknownReference,
)
from ledger.revenue import agreement_ends
from ledger.revenue.agreements import (
    RetroactiveChange,
    TermsMissing,
    add_terms,
    all_terms,
    draft_of,
    in_force,
    terms_on,
)
from ledger.revenue.terms import TermsDraft
from ledger.revenue.terms_tables import TermsEnd
from support.books import Books
from support.fee_shares import open_exchange

SPOT = "gate:spot:usdt"
DRAFT = TermsDraft(
    exchange="Gate",
    stream="spot",
    commodity="USDT",
    kind="fixed",
    effective_from=date(2023, 3, 1),
    effective_to=None,
    rate_low=None,
    rate_high=None,
    fixed_amount=Decimal(500),
    maintainer_rate=None,
    maintainers={"Ada": Decimal(1)},
    source="a test",
)


@pytest.fixture
def agreed(books: Books) -> Books:
    """Give books with terms of an exchange from March 2023 on, for further notice."""
    open_exchange(books)
    add(books, DRAFT)
    return books


def add(books: Books, draft: TermsDraft) -> tuple[int, bool]:
    with books.write() as change:
        terms, new = add_terms(change, draft)
        return terms.version, new


def end(books: Books, on: date, reason: str = "the exchange closed") -> bool:
    with books.write() as change:
        return agreement_ends.end(change, SPOT, on=on, reason=reason)[1]


def test_an_agreement_that_ended_is_in_force_up_to_its_last_day(agreed: Books) -> None:
    assert end(agreed, date(2023, 10, 31)) is True
    assert end(agreed, date(2023, 10, 31)) is False
    with agreed.read() as session:
        assert terms_on(session, SPOT, date(2023, 10, 31)).terms.version == 1
        with pytest.raises(TermsMissing):
            terms_on(session, SPOT, date(2023, 11, 1))
        assert in_force(session, date(2023, 11, 30)) == []
        (known,) = all_terms(session)
        assert draft_of(session, known).effective_to == date(2023, 10, 31)
    # Loaded again as it was agreed, and as it is listed now: both are known.
    assert add(agreed, DRAFT) == (1, False)
    assert add(agreed, replace(DRAFT, effective_to=date(2023, 10, 31))) == (1, False)
    assert add(agreed, replace(DRAFT, effective_from=date(2024, 1, 1))) == (2, True)


def test_an_agreement_ends_once_and_after_it_began(agreed: Books) -> None:
    digest = agreed.digest()
    with pytest.raises(Conflict, match="does not end on 2023-02-28"):
        end(agreed, date(2023, 2, 28))
    with pytest.raises(BadInput, match="evidence_missing"):
        end(agreed, date(2023, 10, 31), " ")
    with pytest.raises(UnknownReference), agreed.write() as change:
        agreement_ends.end(change, "nowhere", on=date(2023, 10, 31), reason="r")
    assert agreed.digest() == digest
    end(agreed, date(2023, 10, 31))
    with pytest.raises(ReferenceReused, match="2023-10-31"):
        end(agreed, date(2023, 11, 30))


def test_terms_with_a_last_day_do_not_end_before_it(agreed: Books) -> None:
    last = replace(DRAFT, effective_from=date(2023, 11, 1), effective_to=date(2023, 12, 31))
    add(agreed, last)
    with pytest.raises(Conflict, match="to 2023-12-31"):
        end(agreed, date(2023, 10, 31))


def test_an_end_in_a_closed_month_is_refused(agreed: Books) -> None:
    with agreed.write("approver") as change:
        periods.close(change, date(2023, 4, 1), reason="done")
    with pytest.raises(RetroactiveChange):
        end(agreed, date(2023, 4, 15))
    assert end(agreed, date(2023, 4, 30)) is True


def test_the_database_refuses_an_end_before_other_terms_begin(agreed: Books) -> None:
    add(agreed, replace(DRAFT, effective_from=date(2023, 9, 1)))
    digest = agreed.digest()
    with pytest.raises(DatabaseRefused, match="agreement_overlap"), agreed.write() as change:
        change.add(
            TermsEnd(
                agreement=SPOT,
                terms_version=1,
                ends_on=date(2023, 12, 31),
                reason="r",
                ended_by=change.actor,
            )
        )
    assert agreed.digest() == digest
