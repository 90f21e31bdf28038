from datetime import UTC, date, datetime
from decimal import Decimal

from ledger import parties, users
from reports import access
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.payouts import furnish as furnish_payouts
from support.sample_entries import MADE_AT

KEY, WAITING = "ab" * 32, "cd" * 32
LOGGED_AT = datetime(2023, 11, 10, 12, tzinfo=UTC)


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return access.build(session, asked or Asked(), MADE_AT)


def by_name(of: Report) -> dict[Cell, dict[str, Cell]]:
    names = [column.name for column in of.columns]
    records = [dict(zip(names, row, strict=True)) for row in of.rows]
    return {record["user"]: record for record in records}


def differences(of: Report) -> list[Decimal]:
    return [tie.difference for tie in of.tie_outs]


def furnish(books: Books) -> None:
    """Add people with keys, one confirmed and one not."""
    with books.write("treasurer") as change:
        bob, _ = parties.add(change, name="Bob", kind="payee")
        users.add(change, "tests", "treasurer")
        users.add(change, "treasurer", "treasurer")
        users.add(change, "bob", "approver", party=bob.id)
        users.add(change, "carol", "auditor")
        users.enrol_key(change, "bob", KEY)
        users.enrol_key(change, "treasurer", WAITING)
    with books.write("tests") as change:
        users.confirm_key(change, KEY)


def log(books: Books, actor: str, code: str | None = None, at: datetime = LOGGED_AT) -> None:
    with books.sql(as_owner=True) as sql:
        sql.execute(
            "INSERT INTO access_log (at, actor, channel, action, subject, code)"
            " VALUES (%s, %s, 'web', %s, 'report x', %s)",
            [at, actor, "refused" if code else "read", code],
        )


def test_a_person_stands_with_role_keys_and_who_granted_them(books: Books) -> None:
    furnish(books)
    found = by_name(report(books))
    assert list(found) == ["bob", "carol", "tests", "treasurer"]
    assert {name: found["bob"][name] for name in ("role", "paid_as", "granted_by", "keys")} == {
        "role": "approver",
        "paid_as": "bob",
        "granted_by": "treasurer",
        "keys": f"{KEY} enrolled by treasurer, confirmed by tests",
    }
    assert found["bob"]["granted_at"] == books.at
    assert found["treasurer"]["keys"] == f"{WAITING} enrolled by treasurer, not confirmed"
    assert (found["carol"]["keys"], found["carol"]["changes"]) == (None, 0)
    assert differences(report(books)) == [0, 0, 0]


def test_only_a_role_that_approves_with_a_confirmed_key_can_approve(books: Books) -> None:
    furnish(books)
    with books.write("treasurer") as change:
        users.enrol_key(change, "carol", "ef" * 32)
    with books.write("tests") as change:
        users.confirm_key(change, "ef" * 32)
    found = by_name(report(books))
    assert {name: row["can_approve"] for name, row in found.items()} == {
        "bob": True,
        "carol": False,
        "tests": False,
        "treasurer": False,
    }
    assert [found[name]["confirmed_keys"] for name in ("bob", "carol", "treasurer")] == [1, 1, 0]


def test_a_name_that_seals_changes_without_the_right_role_is_a_conflict(books: Books) -> None:
    furnish(books)
    assert differences(report(books))[0] == 0
    for name in ("carol", "mallory"):
        with books.write(name) as change:
            parties.add(change, name=f"of {name}", kind="payee")
    found = report(books)
    rows = by_name(found)
    assert rows["carol"]["conflict"] == "sealed changes as auditor"
    assert (rows["mallory"]["role"], rows["mallory"]["conflict"]) == (
        None,
        "sealed changes, is no user",
    )
    assert rows["bob"]["conflict"] is None
    assert differences(found) == [2, 0, 0]


def test_reads_and_refusals_are_those_of_the_log_and_of_every_name_in_it(books: Books) -> None:
    furnish(books)
    for name, code in (("carol", None), ("carol", None), ("bob", "denied"), ("", None)):
        log(books, name, code)
    log(books, "mallory", "denied", at=datetime(2023, 11, 11, tzinfo=UTC))
    found = report(books)
    rows = by_name(found)
    assert {name: (row["reads"], row["refusals"]) for name, row in rows.items()} == {
        None: (1, 0),
        "bob": (0, 1),
        "carol": (2, 0),
        "mallory": (0, 1),
        "tests": (0, 0),
        "treasurer": (0, 0),
    }
    assert rows["carol"]["last_access_at"] == LOGGED_AT
    assert rows["carol"]["last_change_at"] is None
    assert rows["mallory"]["conflict"] is None
    assert differences(found) == [0, 0, 0]
    assert found.tie_outs[2].right == 5
    assert dict(found.filters)["access_log_to"] == "5"


def test_a_day_that_is_over_reads_the_same_however_often_the_books_are_read(books: Books) -> None:
    furnish(books)
    log(books, "carol")
    asked = Asked(as_of=LOGGED_AT.date(), known_at=3)
    before = report(books, asked)
    log(books, "carol", at=datetime(2023, 11, 11, tzinfo=UTC))
    with books.write("mallory") as change:
        users.add(change, "mallory", "treasurer")
    assert report(books, asked) == before
    after = by_name(report(books))
    assert (after["carol"]["reads"], after["mallory"]["changes"]) == (2, 1)


def test_what_was_granted_later_was_no_right_before(books: Books) -> None:
    furnish(books)
    assert by_name(report(books, Asked(as_of=date(2023, 11, 2)))).keys() == {"tests"}
    unconfirmed = by_name(report(books, Asked(known_at=2)))
    assert unconfirmed["bob"]["keys"] == f"{KEY} enrolled by treasurer, not confirmed"
    assert unconfirmed["bob"]["can_approve"] is False
    assert by_name(report(books, Asked(known_at=1))).keys() == {"tests"}


def test_a_month_counts_what_was_done_in_it_and_names_all_rights(books: Books) -> None:
    furnish(books)
    log(books, "carol")
    log(books, "carol", at=datetime(2023, 12, 1, tzinfo=UTC))
    november = by_name(report(books, Asked(period=date(2023, 11, 1))))
    december = by_name(report(books, Asked(period=date(2023, 12, 1))))
    for month, (reads, changes) in ((november, (1, 1)), (december, (1, 0))):
        assert month["carol"]["reads"] == reads
        assert month["treasurer"]["changes"] == changes
        assert month["bob"]["can_approve"] is True


def test_the_review_narrows_to_one_name(books: Books) -> None:
    furnish(books)
    log(books, "carol")
    log(books, "bob")
    found = report(books, Asked(actor="carol"))
    assert list(by_name(found)) == ["carol"]
    assert ("actor", "carol") in found.filters
    assert differences(found) == [0, 0, 0]
    assert found.tie_outs[2].right == 1
    assert report(books, Asked(actor="nobody")).rows == []


def test_who_may_prepare_and_change_addresses_is_told(books: Books) -> None:
    furnish_payouts(books)
    found = by_name(report(books))
    rights = ("can_prepare", "can_change_address", "addresses_set")
    assert {name: tuple(row[right] for right in rights) for name, row in found.items()} == {
        **dict.fromkeys(("alice", "carol", "dave", "tests"), (True, True, 0)),
        "auditor": (False, False, 0),
        "erin": (True, True, 2),
        "treasurer": (True, True, 2),
    }
