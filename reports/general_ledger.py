"""General ledger (R02): every posting with its entry, who sealed it, and the running balance.

Names are those of the AICPA's Audit Data Standards, in snake case. Law: as many queries for a
million postings as for ten. The database makes the running balance over narrow rows in the order
in which they are shown; what an entry or a change says is read once and shared by its postings.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.encoding import entry_leaf
from ledger.errors import UnknownReference
from ledger.money import CONTEXT
from ledger.months import month_of
from reports.query import Asked, Scope, fetch, scope, stream
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import ZERO, count_tie, sums, ties
from reports.trial_balance import MOVEMENTS, Key, standing

COLUMNS = (
    Column(name="gl_account_number", kind=Kind.IDENTIFIER),
    Column(name="amount_currency", kind=Kind.IDENTIFIER),
    Column(name="effective_date", kind=Kind.DATE),
    Column(name="journal_id", kind=Kind.INTEGER),
    Column(name="journal_id_line_number", kind=Kind.INTEGER),
    Column(name="je_header_description", kind=Kind.TEXT),
    Column(name="je_line_description", kind=Kind.TEXT),
    Column(name="source", kind=Kind.IDENTIFIER),
    Column(name="party", kind=Kind.IDENTIFIER),
    Column(name="source_document_id", kind=Kind.IDENTIFIER),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="amount_currency"),
    Column(name="amount_credit_debit_indicator", kind=Kind.IDENTIFIER),
    Column(name="debit", kind=Kind.AMOUNT, commodity_column="amount_currency", total=True),
    Column(name="credit", kind=Kind.AMOUNT, commodity_column="amount_currency", total=True),
    Column(name="running_balance", kind=Kind.AMOUNT, commodity_column="amount_currency"),
    Column(name="fiscal_year", kind=Kind.INTEGER),
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="relates_to_period", kind=Kind.IDENTIFIER),
    Column(name="entered_by", kind=Kind.TEXT),
    Column(name="entered_date", kind=Kind.DATE),
    Column(name="entered_time", kind=Kind.IDENTIFIER),
    Column(name="posted_by", kind=Kind.TEXT),
    Column(name="posted_date", kind=Kind.DATE),
    Column(name="posted_time", kind=Kind.IDENTIFIER),
    Column(name="reversal_indicator", kind=Kind.FLAG),
    Column(name="reversal_journal_id", kind=Kind.INTEGER),
    Column(name="reference", kind=Kind.IDENTIFIER),
    Column(name="source_file_sha256", kind=Kind.IDENTIFIER),
    Column(name="entry_hash", kind=Kind.IDENTIFIER),
    Column(name="change_number", kind=Kind.INTEGER),
    Column(name="change_hash", kind=Kind.IDENTIFIER),
    Column(name="previous_hash", kind=Kind.IDENTIFIER),
)
NOTES = (
    "An amount has no sign: D is a debit, C a credit. A running balance is positive for a debit.",
    "An entry is entered and posted by the same sealed change.",
    "reversal_journal_id is the entry that is reversed. Fiscal years are calendar years.",
    "entry_hash is the entry's leaf in its change; previous_hash is that of the change before.",
    "Left out: business_unit_code, source_row, reporting_ and fx_ columns, approved_ columns.",
)

ENTRIES = """
    SELECT number, kind, narration, reference, fingerprint, reverses, evidence,
        relates_to_period, change_no
    FROM journal_entries
    WHERE number <= :entry_last
        AND effective_date >= CAST(:since AS date) AND effective_date <= CAST(:until AS date)
"""
CHANGES = """
    SELECT number, actor, recorded_at, hash, previous_hash FROM changes
    WHERE number <= :change AND entry_count > 0
"""
POSTINGS = """
    SELECT account, commodity, effective_date, entry_number, line, amount, party, document, memo,
        sum(amount) OVER (
            PARTITION BY account COLLATE "C", commodity COLLATE "C"
            ORDER BY effective_date, entry_number, line ROWS UNBOUNDED PRECEDING) AS moved
    FROM postings
    WHERE entry_number <= :entry_last
        AND effective_date >= CAST(:since AS date) AND effective_date <= CAST(:until AS date)
        {narrowed}
    ORDER BY account COLLATE "C", commodity COLLATE "C", effective_date, entry_number, line
"""
NUMBERING = """
    SELECT (SELECT count(*) FROM journal_entries WHERE number <= :entry_last) AS entries,
        (SELECT count(*) FROM (
            SELECT 1 FROM postings WHERE entry_number <= :entry_last
                AND effective_date >= CAST(:since AS date)
                AND effective_date <= CAST(:until AS date)
            GROUP BY entry_number, commodity HAVING sum(amount) <> 0) odd) AS unbalanced
"""


ChangeCells: TypeAlias = tuple[tuple[Cell, ...], tuple[Cell, ...]]
"""Cells of a change: who entered and posted when; its number and hashes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the postings of an entry show alike: cells before and after their own."""

    narration: str
    kind: str
    rest: tuple[Cell, ...]


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the general ledger of a month or of the whole books, of one account or of all.

    Raises:
        UnknownReference: no account has the code asked for.
    """
    limits = scope(session, asked)
    if asked.account is not None and not fetch(
        session, "SELECT 1 FROM accounts WHERE code = :code", code=asked.account
    ):
        raise UnknownReference("account", asked.account, mend="feeshare report chart-of-accounts")
    before = limits.day_before
    opening = standing(session, limits, before) if before else {}
    rows = list(lines(session, limits, opening))
    return Report(
        name="general-ledger",
        title="General ledger",
        columns=COLUMNS,
        rows=rows,
        sorted_by=tuple(column.name for column in COLUMNS[:5]),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(session, limits, rows, opening),
    )


def lines(
    session: Session, limits: Scope, opening: Mapping[Key, Decimal]
) -> Iterator[tuple[Cell, ...]]:
    """Return a row for each posting, by account, commodity, day, entry and line."""
    changes = {row.number: change_of(row) for row in stream(session, CHANGES, **limits.parameters)}
    entries = {
        row.number: entry_of(row, changes[row.change_no])
        for row in stream(session, ENTRIES, **limits.parameters)
    }
    narrowed = "" if limits.asked.account is None else "AND account = :account"
    sql = POSTINGS.format(narrowed=narrowed)
    shared: dict[str, str] = {}
    months: dict[date, str] = {}
    for posting in stream(session, sql, **limits.parameters, account=limits.asked.account):
        # Unpacked at once: names looked up one by one would take most of the time.
        account, commodity, day, number, line, amount, party, document, memo, moved = tuple(
            posting
        )
        # Words that come back a million times are kept once.
        account = shared.setdefault(account, account)
        commodity = shared.setdefault(commodity, commodity)
        month = months.get(day) or months.setdefault(day, month_of(day))
        entry = entries[number]
        size = CONTEXT.abs(amount)
        is_debit = amount > 0
        yield (
            account,
            commodity,
            day,
            number,
            line,
            entry.narration,
            memo,
            entry.kind,
            shared.setdefault(party, party),
            document,
            size,
            "D" if is_debit else "C",
            size if is_debit else ZERO,
            ZERO if is_debit else size,
            CONTEXT.add(opening.get((account, commodity), ZERO), moved),
            day.year,
            month,
            *entry.rest,
        )


def change_of(row: Row[Any]) -> ChangeCells:
    """Return what the entries of a change show alike: who and when, and its hashes."""
    sealed = row.recorded_at
    who_and_when = (row.actor, sealed.date(), f"{sealed.time().isoformat()}Z")
    hashes = (row.number, bytes(row.hash).hex(), bytes(row.previous_hash).hex())
    return (*who_and_when, *who_and_when), hashes


def entry_of(row: Row[Any], change: ChangeCells) -> Entry:
    """Return what the postings of an entry show alike."""
    who_and_when, hashes = change
    leaf = entry_leaf(row.number, row.change_no, bytes(row.fingerprint)).hex()
    is_reversal = row.reverses is not None
    told = (is_reversal, row.reverses, row.reference, row.evidence, leaf)
    return Entry(
        narration=row.narration,
        kind=row.kind,
        rest=(row.relates_to_period, *who_and_when, *told, *hashes),
    )


def tie_outs(
    session: Session,
    limits: Scope,
    rows: list[tuple[Cell, ...]],
    opening: Mapping[Key, Decimal],
) -> tuple[TieOut, ...]:
    """Return the checks against the trial balance, and those of entries and their numbers."""
    account = limits.asked.account
    moved = [
        row
        for row in fetch(session, MOVEMENTS, **limits.parameters)
        if account in (None, row.account)
    ]
    (numbering,) = fetch(session, NUMBERING, **limits.parameters)
    # Rows come in order, so the last one of an account is what it stands at.
    closing = {**opening, **{(str(row[0]), str(row[1])): row[14] for row in rows}}
    stands = standing(session, limits, limits.until)
    off = sums(
        (key[1], CONTEXT.abs(CONTEXT.subtract(number(closing.get(key)), stands.get(key, ZERO))))
        for key in sorted({*closing, *stands})
        if account in (None, key[0])
    )
    return (
        *ties(
            "debits = movement debit of the trial balance",
            sums((str(row[1]), number(row[12])) for row in rows),
            sums((row.commodity, row.debit) for row in moved),
        ),
        *ties(
            "credits = movement credit of the trial balance",
            sums((str(row[1]), number(row[13])) for row in rows),
            sums((row.commodity, row.credit) for row in moved),
        ),
        *ties("last running balance = closing: sum of all accounts' differences", off, {}),
        count_tie("entries that do not sum to zero", numbering.unbalanced, 0),
        count_tie("entries = last entry number", numbering.entries, limits.head.entry_last),
    )


def number(cell: Cell) -> Decimal:
    """Return an amount of a row, which is never blank here."""
    return cell if isinstance(cell, Decimal) else ZERO
