"""The queries of verification: what holds over whole tables, asked of the database at once.

Law: a balance is what its postings sum to; what a close froze is what was known then. Each check
adds what does not hold to the problems and goes on. `ledger.verification` reads the changes one
by one, `ledger.schema_guards` compares the guards.
"""

from collections.abc import Sequence

from sqlalchemy import Table, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.balances import Balance
from ledger.base import Base, Sealed
from ledger.months import month_of
from ledger.periods import trial_balance_hash

UNSEALED = ("changes", "change_tallies", "account_balances", "journal_entries", "postings")
"""Guarded tables that are no control rows; each has a check of its own."""


def table_of(mapped: type[Base]) -> Table:
    """Return the table that a class is mapped to."""
    table = mapped.__table__
    if not isinstance(table, Table):
        raise TypeError(f"{mapped.__name__} is no table")
    return table


def sealed_tables(session: Session) -> list[Table]:
    """Return the tables of control rows that this database has and this program knows."""
    there = set(inspect(session.connection()).get_table_names())
    known = [
        table_of(mapper.class_)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Sealed) and issubclass(mapper.class_, Base)
    ]
    return sorted((table for table in known if table.name in there), key=lambda table: table.name)


def filled(session: Session, tables: Sequence[Table], problems: list[str]) -> list[Table]:
    """Return the tables that hold a row; one that cannot be read is a problem.

    They are asked for all at once: most tables of most books are empty, and to open each costs
    more than to read the others.
    """
    holds = ", ".join(f'EXISTS (SELECT FROM public."{table.name}")' for table in tables)
    try:
        with session.begin_nested():
            answers = session.scalars(text(f"SELECT ARRAY[{holds}]::boolean[]")).one()
    except DBAPIError as error:
        if len(tables) == 1:
            problems.append(f"{tables[0].name}: it cannot be read: {error.orig}")
            return []
        return [table for each in tables for table in filled(session, [each], problems)]
    return [table for table, holds_a_row in zip(tables, answers, strict=True) if holds_a_row]


_UNBALANCED = text("""
    SELECT p.entry_number, e.reference, p.commodity, p.total FROM (
        SELECT entry_number, commodity, sum(amount) AS total FROM postings
        GROUP BY 1, 2 HAVING sum(amount) <> 0) p
    LEFT JOIN journal_entries e ON e.number = p.entry_number ORDER BY 1, 3 LIMIT 20
""")

_POSTINGS = text("SELECT count(*) FROM postings")

_ORPHANS = text("""
    SELECT entry_number, line FROM postings WHERE NOT EXISTS (
        SELECT 1 FROM journal_entries e WHERE e.number = entry_number) ORDER BY 1, 2 LIMIT 20
""")


def check_postings(session: Session, problems: list[str], with_entry: int) -> None:
    """Check that every entry sums to zero, and that no posting is there besides those of entries.

    Args:
        session: a session.
        problems: where to add what does not hold.
        with_entry: how many postings have their entry.
    """
    problems += [
        f"entry {row.entry_number} ({row.reference}): it does not sum to zero, but to "
        f"{row.total} {row.commodity}"
        for row in session.execute(_UNBALANCED)
    ]
    if session.scalar(_POSTINGS) != with_entry:
        problems += [
            f"posting {row.entry_number}/{row.line}: its entry is not there"
            for row in session.execute(_ORPHANS)
        ]


# Summed as postings name them first: how many groups there are is known of columns, not of cases.
_SUMS = text("""
    WITH moved AS MATERIALIZED (
        SELECT p.account, p.commodity, p.party, p.document, e.change_no, sum(p.amount) AS amount
        FROM postings p JOIN journal_entries e ON e.number = p.entry_number
        GROUP BY 1, 2, 3, 4, 5
    ), kept AS (
        SELECT m.account, m.commodity,
            CASE WHEN a.detail = 'account' THEN '' ELSE coalesce(m.party, '') END AS party,
            CASE WHEN a.detail = 'document' THEN coalesce(m.document, '') ELSE '' END AS document,
            m.change_no, sum(m.amount) AS amount
        FROM moved m LEFT JOIN accounts a ON a.code = m.account GROUP BY 1, 2, 3, 4, 5
    ), summed AS (
        SELECT account, commodity, party, document, change_no, sum(amount) OVER (
            PARTITION BY account, commodity, party, document ORDER BY change_no) AS balance
        FROM kept)
    SELECT account, commodity, party, document, change_no, b.balance, s.balance AS summed
    FROM account_balances b
    FULL JOIN summed s USING (account, commodity, party, document, change_no)
    WHERE b.balance IS DISTINCT FROM s.balance
    ORDER BY change_no, account, commodity, party, document LIMIT 20
""")

_TOTALS = text("""
    SELECT commodity, sum(amount) AS total FROM postings
    GROUP BY 1 HAVING sum(amount) <> 0 ORDER BY 1
""")


def check_balances(session: Session, problems: list[str]) -> None:
    """Check that every balance is what its postings sum to, and that all of them sum to zero."""
    problems += [
        f"account_balances {row.account} {row.party} {row.document} {row.commodity} at change "
        f"{row.change_no}: it says {row.balance}, its postings sum to {row.summed}"
        for row in session.execute(_SUMS)
    ]
    problems += [
        f"commodity {row.commodity}: all postings sum to {row.total}, not zero"
        for row in session.execute(_TOTALS)
    ]


_CLOSINGS = text("""
    SELECT e.id, e.period, e.close_no, e.trial_balance_hash, c.entry_last FROM period_events e
    JOIN changes c ON c.number = e.change_no WHERE e.event = 'closed' ORDER BY e.change_no
""")

_FROZEN = text("""
    SELECT account, party, commodity, balance FROM balance_checkpoints
    WHERE period = :period AND close_no = :close_no
""")

_DIFFERENT = text("""
    SELECT account, party, commodity FROM (
        SELECT account, party, commodity, balance FROM balance_checkpoints
        WHERE period = :period AND close_no = :close_no) frozen
    FULL JOIN (
        SELECT account, coalesce(party, '') AS party, commodity, sum(amount) AS balance
        FROM postings WHERE effective_date < CAST(:period AS date) + interval '1 month'
            AND entry_number <= :entry_last
        GROUP BY 1, 2, 3 HAVING sum(amount) <> 0) summed USING (account, party, commodity)
    WHERE frozen.balance IS DISTINCT FROM summed.balance ORDER BY 1, 2, 3 LIMIT 5
""")


def check_checkpoints(session: Session, problems: list[str]) -> None:
    """Check that what a close froze has its hash, and is what the postings of then sum to."""
    for closing in session.execute(_CLOSINGS).all():
        name = f"close {closing.close_no} of {month_of(closing.period)}"
        asked = {"period": closing.period, "close_no": closing.close_no}
        frozen = [Balance(**row) for row in session.execute(_FROZEN, asked).mappings()]
        if trial_balance_hash(frozen) != closing.trial_balance_hash:
            problems.append(f"{name}: its balances do not hash to its trial balance's hash")
        problems += [
            f"{name}: {row.account} {row.party} {row.commodity} is not what its postings sum to"
            for row in session.execute(_DIFFERENT, {**asked, "entry_last": closing.entry_last})
        ]
