from payouts.tables import Approval
from payouts.verification import check_batches
from support.books import Books
from support.payouts import approve, exported_batch, freeze, furnish, public_key, usual_debts


def problems(books: Books) -> list[str]:
    found: list[str] = []
    with books.read() as session:
        check_batches(session, found)
    return found


def test_batches_that_were_approved_and_exported_are_clean(books: Books) -> None:
    assert problems(books) == []
    exported_batch(books)
    assert problems(books) == []


def test_an_approval_that_the_database_took_without_a_signature_is_named(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    with books.sql(as_owner=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM batch_events")
    with books.write("dave") as change:
        change.add(
            Approval(
                batch=batch.id,
                approver="dave",
                public_key=public_key("dave"),
                content_hash=batch.content_hash,
                signature="no signature",
            )
        )
    assert problems(books) == [f"approval of {batch.id} by dave: its key did not sign this batch"]


def test_rows_that_hash_to_something_else_are_named(books: Books) -> None:
    batch = exported_batch(books)
    with books.sql(as_owner=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE payout_lines SET address = '0x0' WHERE line = 1")
    assert problems(books) == [f"batch {batch.id}: its rows do not hash to its content hash"]


def test_a_batch_that_names_what_is_not_there_is_a_finding_and_no_crash(books: Books) -> None:
    batch = exported_batch(books)
    with books.sql(as_owner=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE payout_batches SET source_account = 'nowhere'")
    (problem,) = problems(books)
    assert problem.startswith(f"batch {batch.id}: its rows cannot be put together: ")
    assert "nowhere" in problem
