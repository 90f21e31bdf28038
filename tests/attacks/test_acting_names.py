"""Nobody writes in another's name: what a row says of who acted is who sealed its change."""

from collections.abc import Callable

import pytest

from ledger.base import Sealed
from ledger.errors import DatabaseRefused
from payouts.batches import Action, State
from payouts.destination_tables import DestinationVoucher
from payouts.tables import BatchEvent, Destination, DestinationConfirmation
from support.books import Books
from support.payouts import freeze, furnish, usual_debts

SOMEBODY_ELSE = "erin"


def destination() -> Sealed:
    return Destination(
        id="bob:safe:9",
        payee="bob",
        rail="safe",
        chain="ethereum",
        address="0x0000000000000000000000000000000000020000",
        commodity=None,
        holder=None,
        requested_by=SOMEBODY_ELSE,
        source="forged",
    )


def test_a_destination_is_not_asked_for_in_anothers_name(books: Books) -> None:
    require_refused(books, destination)


def test_a_confirmation_is_not_given_in_anothers_name(books: Books) -> None:
    furnish(books)
    with books.write("treasurer") as change:
        wanted = destination()
        assert isinstance(wanted, Destination)
        wanted.requested_by = "treasurer"
        change.add(wanted)
        at = change.at
    with books.write("dave") as change:
        change.add(
            DestinationVoucher(
                destination="bob:safe:9", vouched_by="dave", reason="a call", evidence=None
            )
        )
    require_refused(
        books,
        lambda: DestinationConfirmation(
            destination="bob:safe:9", confirmed_by=SOMEBODY_ELSE, confirmed_at=at
        ),
        ready=True,
    )


def test_a_batch_is_not_moved_in_anothers_name(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    require_refused(
        books,
        lambda: BatchEvent(
            batch=batch.id,
            number=1,
            action=Action.REJECT,
            state=State.REJECTED,
            actor=SOMEBODY_ELSE,
            reason="forged",
            files=None,
        ),
        ready=True,
    )


def require_refused(books: Books, forged: Callable[[], Sealed], *, ready: bool = False) -> None:
    if not ready:
        furnish(books)
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="actor:"):  # noqa: SIM117
        with books.write("treasurer") as change:
            change.add(forged())
    assert books.digest() == digest
