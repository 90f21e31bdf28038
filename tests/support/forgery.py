"""What whoever owns the database can do past its triggers, so that every hash still fits."""

from sqlalchemy import Engine, create_engine, select, text, update
from sqlalchemy.orm import Session

from ledger.encoding import GENESIS, change_root, entry_leaf, row_leaf
from ledger.sealing import head, header_hash
from ledger.tables import ChangeRow, JournalEntryRow, PostingRow
from ledger.verification_entries import content_fingerprint
from ledger.verification_queries import sealed_tables, table_of
from support.books import Books


def owner_of(books: Books) -> Engine:
    return create_engine(books.owner)


def unguarded(session: Session) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))


def cut_off_the_tail(books: Books, changes: int) -> None:
    """Delete the last changes with everything that belongs to them, past all triggers."""
    engine = owner_of(books)
    with Session(engine) as session, session.begin():
        unguarded(session)
        last = head(session).number - changes
        tables = ["change_tallies", "account_balances", *map(str, sealed_tables(session))]
        entries = "SELECT number FROM journal_entries WHERE change_no > :last"
        statements = [
            f"DELETE FROM postings WHERE entry_number IN ({entries})",
            "DELETE FROM journal_entries WHERE change_no > :last",
            *(f"DELETE FROM {table} WHERE change_no > :last" for table in tables),
            "DELETE FROM changes WHERE number > :last",
        ]
        for statement in statements:
            session.execute(text(statement), {"last": last})
    engine.dispose()


def write_anew(books: Books, narration: str) -> None:
    """Change every entry's narration and seal the whole chain again, so that all of it fits."""
    engine = owner_of(books)
    with Session(engine) as session, session.begin():
        unguarded(session)
        session.execute(update(JournalEntryRow).values(narration=narration))
        previous = GENESIS
        for number in session.scalars(select(ChangeRow.number).order_by(ChangeRow.number)).all():
            previous = seal_again(session, number, previous)
    engine.dispose()


def seal_again(session: Session, number: int, previous: bytes) -> bytes:
    entries = table_of(JournalEntryRow)
    postings = table_of(PostingRow)
    leaves = []
    for entry in session.execute(
        select(entries).where(entries.c.change_no == number).order_by(entries.c.number)
    ).all():
        lines = session.execute(
            select(postings)
            .where(postings.c.entry_number == entry.number)
            .order_by(postings.c.line)
        ).all()
        made = content_fingerprint(entry, lines)
        session.execute(
            update(entries).where(entries.c.number == entry.number).values(fingerprint=made)
        )
        leaves.append(entry_leaf(entry.number, number, made))
    rows = [
        row_leaf(table.name, [*row._mapping.items()])
        for table in sealed_tables(session)
        for row in session.execute(select(table).where(table.c.change_no == number))
    ]
    header = session.get_one(ChangeRow, number)
    header.root = change_root(leaves, rows)
    header.previous_hash = previous
    header.hash = header_hash(header)
    session.flush()
    return header.hash
