"""What is due is what came in has earned; what is beyond goes back, or stays where claimed."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from ledger import dues, obligations, periods
from ledger.accounts import Chart
from ledger.balances import balances, document_balance
from ledger.known_at import as_known
from ledger.revenue import holds, restatements
from ledger.revenue.standings import accruals_of
from ledger.revenue.stated import all_stated
from ledger.revenue.unmatching import ShareClaimed
from ledger.sealing import head
from ledger.tables import JournalEntryRow
from reports import payables_ageing
from reports.query import Asked
from support.books import Books
from support.claimed_shares import open_payable_exchange, restate, share_of_alice
from support.fee_shares import pay
from support.matching import matched, unmatched
from support.payouts import cancel, freeze
from support.receipts import line
from support.receipts import ties as loose_ends
from support.sample_entries import MADE_AT


@pytest.fixture
def exchange(books: Books) -> Books:
    open_payable_exchange(books)
    return books


def due(books: Books, document: str) -> dict[str, Decimal]:
    """Return what may be paid of each obligation of Alice's first share, by the end of its id."""
    with books.read() as session:
        share = obligations.named(session, f"share:{document}:alice")
        return {
            each.obligation.id.removeprefix(f"share:{document}:"): each.amount
            for each in dues.payables_of(session, share)
        }


def standing(books: Books) -> tuple[Decimal, Decimal, Decimal]:
    """Return what Alice's share comes to, what of it is due, and what she owes back."""
    with books.read() as session:
        (now,) = all_stated(session)
        (accrual,) = accruals_of(session, now)
        return accrual.amount, accrual.due, accrual.overpaid


def payable(books: Books, day: date | None = None) -> Decimal:
    with books.read() as session:
        return -sum(
            (
                each.balance
                for each in balances(session, as_of=day)
                if each.account == Chart.PAYABLE_MAINTAINER.value
            ),
            Decimal(0),
        )


def ties(books: Books) -> list[str]:
    with books.read() as session:
        ageing = payables_ageing.build(session, Asked(), MADE_AT)
        assert {each.difference for each in ageing.tie_outs} <= {Decimal(0)}
    return loose_ends(books)


def test_the_newest_goes_back_first_and_falls_due_again_as_it_was(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "300", "300")
    before = due(exchange, document)
    assert before == {"alice/1": Decimal(60), "alice/2": Decimal(60)}

    restate(exchange, stream, "400")

    assert due(exchange, document) == {"alice/1": Decimal(60), "alice/2": Decimal(20)}
    assert standing(exchange) == (Decimal(80), Decimal(80), Decimal(0))
    restate(exchange, stream, "200")
    assert due(exchange, document) == {"alice/1": Decimal(40), "alice/2": Decimal(0)}
    restate(exchange, stream, "1000")
    assert due(exchange, document) == before
    assert standing(exchange) == (Decimal(200), Decimal(120), Decimal(0))
    assert ties(exchange) == []


def test_what_goes_back_moves_from_payable_to_accrued_on_no_day_before_it_fell_due(
    exchange: Books,
) -> None:
    stream, document = share_of_alice(exchange)
    pay(exchange, document, Decimal(1000), on=date(2023, 11, 2))
    restate(exchange, stream, "500")
    with exchange.read() as session:
        (share,) = dues.payables_of(session, obligations.named(session, f"share:{document}:alice"))
        entry = session.scalars(
            select(JournalEntryRow).where(
                JournalEntryRow.reference == f"due:share:{document}:alice#1"
            )
        ).one()
        assert (share.moved_on, share.amount) == (date(2023, 11, 2), Decimal(100))
        assert (entry.kind, entry.effective_date) == ("due", date(2023, 11, 2))
        assert document_balance(
            session, Chart.PAYABLE_MAINTAINER.value, share.obligation.id, "USDC"
        ) == Decimal(-100)
    assert payable(exchange, date(2023, 11, 1)) == 0
    assert payable(exchange) == 100
    assert ties(exchange) == []


def test_what_goes_back_of_a_closed_month_relates_to_it(exchange: Books) -> None:
    stream, _ = share_of_alice(exchange, "1000")
    with exchange.write("closer") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    restate(exchange, stream, "500")
    assert payable(exchange, date(2023, 10, 31)) == 200
    assert payable(exchange, date(2023, 11, 1)) == 100
    assert ties(exchange) == []


def test_what_was_due_is_known_as_it_was(exchange: Books) -> None:
    stream, _ = share_of_alice(exchange, "1000")
    with exchange.read() as session:
        before = head(session).number
    restate(exchange, stream, "500")
    assert [aged(exchange, known_at) for known_at in (before, before + 2)] == [200, 100]


def aged(books: Books, known_at: int) -> Decimal:
    """Return what payables-ageing says is owed, as known at a change."""
    with books.read() as session, as_known(session, known_at):
        report = payables_ageing.build(session, Asked(), MADE_AT)
        assert {each.difference for each in report.tie_outs} <= {Decimal(0)}
        (row,) = report.rows
        amount = row[[column.name for column in report.columns].index("amount")]
        assert isinstance(amount, Decimal)
        return amount


def test_taking_a_statement_back_lets_all_that_is_due_go_back(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "600")
    with exchange.write() as change:
        restatements.withdraw(change, document, reason="wrong file")
    assert standing(exchange) == (Decimal(0), Decimal(0), Decimal(0))
    restate(exchange, stream, "1000")
    assert due(exchange, document) == {"alice/1": Decimal(120)}


def test_what_is_claimed_stays_due_and_is_owed_back_until_it_is_made_up_for(
    exchange: Books,
) -> None:
    stream, document = share_of_alice(exchange, "600")
    freeze(exchange)
    restate(exchange, stream, "500")
    assert standing(exchange) == (Decimal(100), Decimal(100), Decimal(20))
    assert due(exchange, document) == {"alice/1": Decimal(120)}

    restate(exchange, stream, "700")

    assert standing(exchange) == (Decimal(140), Decimal(120), Decimal(0))
    assert pay(exchange, document, Decimal(100)) == [f"share:{document}:alice/2"]
    assert standing(exchange) == (Decimal(140), Decimal(140), Decimal(0))
    assert ties(exchange) == []


def test_what_is_not_claimed_any_more_goes_back_as_what_is_due_says(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "600")
    _, other = share_of_alice(exchange)
    batch = freeze(exchange)
    restate(exchange, stream, "500")
    cancel(exchange, batch)
    assert due(exchange, document) == {"alice/1": Decimal(100)}
    assert due(exchange, other) == {}
    assert ties(exchange) == []


def test_of_a_share_that_is_claimed_in_part_only_the_rest_goes_back(exchange: Books) -> None:
    stream, document = share_of_alice(exchange, "600")
    freeze(exchange)
    pay(exchange, document, Decimal(300))
    restate(exchange, stream, "500")
    assert due(exchange, document) == {"alice/1": Decimal(120), "alice/2": Decimal(0)}
    assert standing(exchange) == (Decimal(100), Decimal(100), Decimal(20))
    restate(exchange, stream, "1000")
    assert due(exchange, document) == {"alice/1": Decimal(120), "alice/2": Decimal(60)}
    assert standing(exchange) == (Decimal(200), Decimal(180), Decimal(0))
    assert ties(exchange) == []


def test_what_went_back_of_a_share_that_is_claimed_since_falls_due_as_a_part(
    exchange: Books,
) -> None:
    stream, document = share_of_alice(exchange, "1000")
    restate(exchange, stream, "500")
    freeze(exchange)
    restate(exchange, stream, "1000")
    assert due(exchange, document) == {"alice": Decimal(100), "alice/1": Decimal(100)}
    assert standing(exchange) == (Decimal(200), Decimal(200), Decimal(0))
    assert ties(exchange) == []


def test_what_went_back_falls_due_again_under_a_hold_and_nothing_else_does(
    exchange: Books,
) -> None:
    stream, document = share_of_alice(exchange, "600")
    restate(exchange, stream, "500")
    with exchange.write() as change:
        holds.place(
            change,
            document.rsplit(":", 2)[0],
            None,
            effective_from=date(2023, 10, 1),
            reason="bugs stay open",
            evidence=holds.Evidence(
                link="https://example.org", open_bugs=1, oldest_bug_days=1, api_breakages=0
            ),
        )
    restate(exchange, stream, "1000")
    assert due(exchange, document) == {"alice/1": Decimal(120)}
    assert pay(exchange, document, Decimal(400)) == []
    assert standing(exchange) == (Decimal(200), Decimal(120), Decimal(0))


def test_a_match_whose_share_is_claimed_is_taken_back_once_other_money_covers_it(
    exchange: Books,
) -> None:
    _, document = share_of_alice(exchange)
    came = line(exchange, "1000", commodity="USDC")
    matched(exchange, came, document)
    freeze(exchange)
    digest = exchange.digest()
    with pytest.raises(ShareClaimed, match="alice: 200 USDC beyond what came in"):
        unmatched(exchange, came)
    assert exchange.digest() == digest
    other = line(exchange, "1000", commodity="USDC")
    matched(exchange, other, document, difference="overpaid")
    assert list(unmatched(exchange, came).went_back) == []
    assert standing(exchange) == (Decimal(200), Decimal(200), Decimal(0))
    assert ties(exchange) == []
