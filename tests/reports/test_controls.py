"""The control log: each word that somebody gave, in order, and who was refused."""

from datetime import UTC, date, datetime

from ledger import periods, policies
from reports import controls
from reports.control_sources import SOURCES
from reports.query import Asked
from reports.report import Cell, Report
from support.books import Books
from support.payouts import exported_batch
from support.sample_entries import MADE_AT

REFUSED_AT = datetime(2023, 11, 10, 12, tzinfo=UTC)


def report(books: Books, asked: Asked | None = None) -> Report:
    with books.read() as session:
        return controls.build(session, asked or Asked(), MADE_AT)


def records(of: Report) -> list[dict[str, Cell]]:
    names = [column.name for column in of.columns]
    return [dict(zip(names, row, strict=True)) for row in of.rows]


def told(of: Report, kind: str) -> list[tuple[Cell, ...]]:
    keys = ("actor", "action", "object_id")
    return [tuple(row[key] for key in keys) for row in records(of) if row["object_type"] == kind]


def refuse(books: Books) -> None:
    with books.sql(as_owner=True) as sql:
        sql.execute(
            "INSERT INTO access_log (at, actor, channel, action, subject, code) VALUES "
            "(%s, 'mallory', 'command line', 'refused', 'payout approve 2023-10', 'denied')",
            [REFUSED_AT],
        )


def test_a_batch_is_followed_from_freezing_to_export(books: Books) -> None:
    batch = exported_batch(books)
    made = report(books)
    assert told(made, "batch") == [
        ("treasurer", "freeze", batch.id),
        ("carol", "sign", batch.id),
        ("carol", "approve", batch.id),
        ("treasurer", "export", batch.id),
    ]
    frozen = next(row for row in records(made) if row["action"] == "freeze")
    assert frozen["detail"] == batch.content_hash
    assert frozen["role"] == "treasurer"
    assert frozen["before_hash"] != frozen["after_hash"]
    assert ("erin", "confirm", "wallet-ethereum-treasury") in told(made, "account")
    assert ("treasurer", "request", "bob:safe:1") in told(made, "address")


def test_before_of_a_change_is_after_of_the_one_before(books: Books) -> None:
    exported_batch(books)
    by_change = {row["change"]: row for row in records(report(books))}
    linked = [
        (by_change[number - 1]["after_hash"], row["before_hash"])
        for number, row in by_change.items()
        if isinstance(number, int) and number - 1 in by_change
    ]
    assert linked
    assert all(after == before for after, before in linked)


def test_policies_overrides_and_reopened_months_are_told(books: Books) -> None:
    with books.write("treasurer") as change:
        policies.propose(
            change, "payout-limit-day", "9", effective_from=date(2023, 1, 1), reason="small"
        )
        periods.close(change, date(2023, 9, 1), reason="done")
    with books.write("dave") as change:
        policies.confirm(change, "payout-limit-day", 2)
        periods.reopen(change, date(2023, 9, 1), reason="late file")
    rows = {(row["action"], row["object_id"]): row for row in records(report(books))}
    proposed = rows["propose", "payout-limit-day version 2"]
    assert (proposed["actor"], proposed["detail"], proposed["reason"]) == (
        *("treasurer", '"9"'),
        "small",
    )
    assert rows["confirm", "payout-limit-day version 2"]["actor"] == "dave"
    assert rows["load", "payout-limit-day version 1"]["actor"] == "tests"
    assert rows["reopened", "2023-09"]["override"] is True
    assert rows["closed", "2023-09"]["override"] is False
    assert rows["reopened", "2023-09"]["reason"] == "late file"


def test_who_was_refused_stands_in_the_log_and_changed_nothing(books: Books) -> None:
    refuse(books)
    row = records(report(books, Asked(actor="mallory")))[0]
    assert (row["time"], row["action"], row["object_id"], row["result"]) == (
        *(REFUSED_AT, "refused"),
        *("payout approve 2023-10", "denied"),
    )
    assert (row["change"], row["before_hash"], row["after_hash"]) == (None, None, None)
    assert records(report(books, Asked(period=date(2023, 10, 1), actor="mallory"))) == []


def test_every_table_is_counted_against_what_its_changes_tallied(books: Books) -> None:
    exported_batch(books)
    made = report(books)
    assert len(made.tie_outs) == len(SOURCES)  # one table is not whole; one check is of links
    assert all(tie.difference == 0 for tie in made.tie_outs)
    assert sum(tie.left for tie in made.tie_outs) == len(made.rows)
    one = report(books, Asked(actor="carol"))
    assert {row["actor"] for row in records(one)} == {"carol"}
    assert all(tie.difference == 0 for tie in one.tie_outs)
    early = report(books, Asked(known_at=1))
    assert {row["change"] for row in records(early)} == {1}
    assert all(tie.difference == 0 for tie in early.tie_outs)


def test_a_row_that_went_missing_or_a_broken_chain_does_not_tie(books: Books) -> None:
    exported_batch(books)
    with books.sql(as_owner=True) as sql:
        sql.execute("SET session_replication_role = replica")
        sql.execute("DELETE FROM approvals")
        sql.execute("UPDATE changes SET previous_hash = sha256('x') WHERE number = 3")
    broken = {tie.check: tie.difference for tie in report(books).tie_outs if tie.difference}
    assert broken == {
        "controls from approvals = rows tallied": -1,
        "changes that do not name the hash before = 0": 1,
    }
