from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from feeshare.tie_outs import tie_outs
from ledger import periods
from ledger.errors import BadInput, Conflict, DatabaseRefused, UnknownReference
from ledger.obligation_tables import ObligationDue
from ledger.revenue import due_shares, holds, standings
from ledger.revenue.stated import all_stated
from support.books import Books
from support.fee_shares import accrue, agree, due, open_exchange, owed, pay, state

EVIDENCE = holds.Evidence(
    link="https://example.org/issues", open_bugs=4, oldest_bug_days=90, api_breakages=1
)
FROM = date(2023, 10, 15)


@pytest.fixture
def exchange(books: Books) -> Books:
    """Give books with a statement of 1000 USDT, its shares accrued, of which nothing came yet."""
    open_exchange(books)
    return books


def accrued(books: Books) -> tuple[str, str]:
    """State and accrue 1000 USDT with a rebate; return the agreement and the statement."""
    stream = agree(books, {"Ada": "0.5", "Bob": "0.5"}, rebate_rate=Decimal("0.1"))
    statement = state(books, stream, "1000")
    accrue(books)
    return statement.rsplit(":", 2)[0], statement


def place(
    books: Books, agreement: str, payee: str | None = None, effective_from: date = FROM
) -> tuple[str, bool]:
    with books.write() as change:
        hold, new = holds.place(
            change,
            agreement,
            payee,
            effective_from=effective_from,
            reason="bugs stay open",
            evidence=EVIDENCE,
        )
        return hold.id, new


def release(books: Books, hold: str, on: date = date(2023, 11, 3)) -> list[str]:
    with books.write() as change:
        released, new = holds.release(change, hold, on=on, reason="mended")
        assert new
        made = due_shares.catch_up(change, released.agreement, on=on, cause=f"{hold} released")
        return [each.id for each in made]


def ties(books: Books) -> list[str]:
    with books.read() as session:
        return [each.name for each in tie_outs(session) if not each.holds]


def test_a_hold_suspends_what_falls_due_and_not_what_is_accrued(exchange: Books) -> None:
    agreement, statement = accrued(exchange)
    place(exchange, agreement)
    assert pay(exchange, statement, Decimal(600)) == [f"rebate:{statement}:carol/1"]
    assert owed(exchange, statement) == {"ada": 90, "bob": 90, "carol": 100}
    assert due(exchange, statement) == {"ada": 0, "bob": 0, "carol": 60}
    assert ties(exchange) == []


def test_what_was_earned_meanwhile_falls_due_at_the_release(exchange: Books) -> None:
    agreement, statement = accrued(exchange)
    other = state(exchange, agree(exchange, {"Ada": "1"}), "10")
    accrue(exchange)
    hold, _ = place(exchange, agreement)
    pay(exchange, statement, Decimal(600))
    assert release(exchange, hold) == [f"share:{statement}:ada/1", f"share:{statement}:bob/1"]
    assert due(exchange, statement) == {"ada": 54, "bob": 54, "carol": 60}
    assert due(exchange, other) == {"ada": 0}
    pay(exchange, statement, Decimal(400))
    assert due(exchange, statement) == {"ada": 90, "bob": 90, "carol": 100}
    assert ties(exchange) == []


def test_a_hold_of_one_payee_leaves_the_others_alone(exchange: Books) -> None:
    agreement, statement = accrued(exchange)
    place(exchange, agreement, "Ada")
    pay(exchange, statement, Decimal(1000))
    assert due(exchange, statement) == {"ada": 0, "bob": 90, "carol": 100}


def test_a_hold_begins_on_its_day_and_leaves_what_was_due(exchange: Books) -> None:
    agreement, statement = accrued(exchange)
    pay(exchange, statement, Decimal(500))
    place(exchange, agreement, effective_from=date(2023, 11, 4))
    pay(exchange, statement, Decimal(200))
    assert due(exchange, statement)["ada"] == 63
    exchange.at = datetime(2023, 11, 5, 9, tzinfo=UTC)
    pay(exchange, statement, Decimal(200))
    assert due(exchange, statement)["ada"] == 63


def test_a_release_in_a_later_month_relates_to_no_closed_one(exchange: Books) -> None:
    agreement, statement = accrued(exchange)
    hold, _ = place(exchange, agreement)
    pay(exchange, statement, Decimal(1000))
    with exchange.write("closer") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    assert len(release(exchange, hold)) == 2
    with exchange.read() as session:
        fell_due = session.get_one(ObligationDue, f"share:{statement}:ada")
        assert fell_due.due_on == date(2023, 11, 3)
        (stated,) = all_stated(session)
        assert all(each.amount == each.due for each in standings.accruals_of(session, stated))


def test_the_database_lets_no_share_fall_due_under_a_hold(
    exchange: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreement, statement = accrued(exchange)
    place(exchange, agreement)
    digest = exchange.digest()
    monkeypatch.setattr(holds, "is_held", lambda *_: False)
    with pytest.raises(DatabaseRefused, match="performance_hold"):
        pay(exchange, statement, Decimal(600))
    assert exchange.digest() == digest


def test_the_same_hold_again_is_one_and_another_waits_for_its_release(exchange: Books) -> None:
    agreement, _ = accrued(exchange)
    hold, new = place(exchange, agreement)
    assert (hold, new) == (f"hold:{agreement}:1", True)
    digest = exchange.digest()
    assert place(exchange, agreement) == (hold, False)
    with pytest.raises(Conflict, match=f"{hold} holds these shares since {FROM}"):
        place(exchange, agreement, effective_from=date(2023, 10, 16))
    assert exchange.digest() == digest
    assert place(exchange, agreement, "Ada") == (f"hold:{agreement}:2", True)
    release(exchange, hold)
    with exchange.write() as change:
        assert holds.release(change, hold, on=FROM, reason="again")[1] is False
    assert place(exchange, agreement) == (f"hold:{agreement}:3", True)
    with exchange.read() as session:
        found = [(each.id, released is None) for each, released in holds.all_of(session)]
    assert found == [
        (f"hold:{agreement}:1", False),
        (f"hold:{agreement}:2", True),
        (f"hold:{agreement}:3", True),
    ]


def test_a_hold_says_whose_and_why_or_is_refused(exchange: Books) -> None:
    agreement, _ = accrued(exchange)
    digest = exchange.digest()
    for name, payee in (("nothing", None), (agreement, "Nobody")):
        with pytest.raises(UnknownReference):
            place(exchange, name, payee)
    with pytest.raises(UnknownReference, match="'hold:x'"), exchange.write() as change:
        holds.release(change, "hold:x", on=FROM, reason="r")
    wrong = [
        ("", EVIDENCE, "--reason"),
        ("r", replace(EVIDENCE, link=" "), "--evidence"),
        ("r", replace(EVIDENCE, open_bugs=-1, api_breakages=-2), "api_breakages"),
    ]
    for reason, evidence, match in wrong:
        with pytest.raises(BadInput, match=match), exchange.write() as change:
            holds.place(
                change, agreement, None, effective_from=FROM, reason=reason, evidence=evidence
            )
    assert exchange.digest() == digest
