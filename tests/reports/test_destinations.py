"""The register of addresses: who stands for each, from when to when, and what is said of it."""

from datetime import date

from ledger.known_at import as_known
from payouts import destination_freezes, destinations, payee_notices, payee_settings
from reports import destinations as register
from reports import payables_ageing
from reports.query import Asked
from reports.report import Cell
from support.books import Books
from support.payouts import ALICE, CAROL, confirm_change, furnish, usual_debts
from support.sample_entries import MADE_AT


def rows(books: Books, payee: str | None = None) -> list[dict[str, Cell]]:
    with books.read() as session:
        report = register.build(session, Asked(payee=payee), MADE_AT)
    assert [tie.difference for tie in report.tie_outs] == [0]
    names = [column.name for column in report.columns]
    return [dict(zip(names, row, strict=True)) for row in report.rows]


def changed(books: Books) -> None:
    """Change Bob's address, and freeze the new one."""
    furnish(books)
    with books.write() as change:
        payee_notices.add_contact(change, "bob", "github", "bob")
    with books.write() as change:
        destinations.request(
            change, "bob", "safe", CAROL, chain="ethereum", exchange="Kraken", memo="none"
        )
    confirm_change(books, "bob:safe:2")
    with books.write("auditor") as change:
        found = destinations.named(change.session, "bob:safe:2")
        destination_freezes.freeze(change, found, "is it his?")


def test_each_address_has_its_people_and_its_days(books: Books) -> None:
    changed(books)
    alice, before, after = rows(books)
    assert (alice["address"], alice["checksum_ok"]) == (ALICE, True)
    assert (alice["active_from"], alice["active_to"]) == (date(2023, 10, 27), None)
    assert (before["active_to"], before["is_frozen"]) == (date(2023, 11, 3), False)
    told = ("kind", "vouched_by", "requested_by", "approved_by", "hold_until", "is_frozen")
    assert [after[name] for name in told] == [
        *("exchange-memo", "dave", "treasurer", "erin", date(2023, 11, 10), True),
    ]
    assert after["notified_channels"] == "github"


def test_the_register_of_one_payee_is_theirs_alone(books: Books) -> None:
    changed(books)
    assert {row["payee_id"] for row in rows(books, "bob")} == {"bob"}


def test_a_register_is_told_as_it_was_known(books: Books) -> None:
    furnish(books)
    count = len(rows(books))
    with books.write() as change:
        last = change.number
        destinations.request(change, "bob", "safe", CAROL, chain="ethereum")
    assert len(rows(books)) == count + 1
    with books.read() as session, as_known(session, last - 1):
        report = register.build(session, Asked(), MADE_AT)
    assert len(report.rows) == count


def test_payables_tell_the_hold_of_a_payee(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        payee_settings.add_hold(change, "bob", "a dispute", date(2023, 11, 1))
    with books.read() as session:
        report = payables_ageing.build(session, Asked(), MADE_AT)
    assert {(row[0], row[-1]) for row in report.rows} == {("alice", None), ("bob", "a dispute")}
