"""Manual entries from a file: rows of one reference make one entry; all problems at once."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.records import Faults, Record, read_records
from feeshare.tie_outs import is_controlled
from ledger import journal, parties
from ledger.commodities import scales
from ledger.errors import BadInput, EntryDependedOn, UnbalancedEntry
from ledger.journal import JournalEntry, Posted, Posting
from ledger.money import scale_of
from ledger.months import parse_month
from ledger.periods import is_closed
from ledger.sealing import Change
from ledger.tables import Account, JournalEntryRow

REQUIRED = ("reference", "date", "narration", "account", "amount", "commodity")
OPTIONAL = ("kind", "relates_to_period", "party", "document", "memo")

KINDS = ("manual", "opening")
"""What a person may post; every other kind is the service's own."""


def reverse_by_hand(change: Change, number: int, *, reason: str, on: date) -> Posted:
    """Post the mirror of an entry that a person posted; a second time changes nothing.

    Raises:
        UnknownReference: no entry has this number.
        EntryDependedOn: the service posted it, for rows that stand on it; or a match does.
        Conflict: it was reversed for another reason, or is a reversal.
    """
    kind = journal.entry(change.session, number).kind
    if kind not in (*KINDS, "reversal"):
        raise EntryDependedOn(
            f"Entry {number} is a {kind}'s: statements, obligations or matches stand on it."
        )
    return journal.reverse(change, number, reason=reason, on=on)


def entries_in(session: Session, path: Path) -> list[JournalEntry]:
    """Return the entries that a CSV, YAML or JSON file holds.

    Raises:
        BadInput: unknown accounts, commodities or parties, amounts that are no numbers, dates in
            closed months, entries that do not balance: all of them.
    """
    records, faults = read_records(path, required=REQUIRED, optional=OPTIONAL)
    accounts = set(session.scalars(select(Account.code)))
    known = scales(session)
    grouped: dict[str, list[tuple[Record, Posting | None]]] = {}
    for record in records:
        posting = _posting(session, record, accounts, known)
        grouped.setdefault(record.text("reference"), []).append((record, posting))
    entries = [_entry(session, name, rows, faults) for name, rows in grouped.items()]
    faults.raise_if_any()
    return [entry for entry in entries if entry is not None]


def _posting(
    session: Session, record: Record, accounts: set[str], known: dict[str, int]
) -> Posting | None:
    account, commodity = record.text("account"), record.text("commodity")
    amount = record.quantity("amount")
    if account not in accounts:
        record.fault("reference_unknown", "account", "an account of the chart")
    elif is_controlled(account) and record.text("kind", required=False) != "opening":
        record.fault(
            "account_reserved",
            "account",
            "an account that stands for no rows of its own",
            mend="Wallets, banks, receivables and payables move by their lines and documents.",
        )
    if commodity not in known:
        record.fault("currency_mismatch", "commodity", f"one of {', '.join(sorted(known))}")
    elif amount is not None and scale_of(amount) > known[commodity]:
        record.fault("too_precise", "amount", f"at most {known[commodity]} decimals")
    if amount is not None and amount == 0:
        record.fault("zero_amount", "amount", "an amount other than zero")
    name = record.text("party", required=False)
    party = parties.find(session, name) if name else None
    if name and party is None:
        record.fault("reference_unknown", "party", "a known party or none")
    if amount is None or amount == 0:
        return None
    return Posting(
        account,
        amount,
        commodity,
        party.id if party else None,
        record.text("document", required=False) or None,
        record.text("memo", required=False) or None,
    )


def _entry(
    session: Session,
    reference: str,
    rows: Sequence[tuple[Record, Posting | None]],
    faults: Faults,
) -> JournalEntry | None:
    first = rows[0][0]
    on = first.day("date")
    kind = first.text("kind", required=False) or "manual"
    if kind not in KINDS:
        first.fault("value_unknown", "kind", " or ".join(KINDS))
    for record, _ in rows[1:]:
        for column in ("date", "narration", "kind", "relates_to_period"):
            if record.cells.get(column, "") != first.cells.get(column, ""):
                record.fault("entry_inconsistent", column, f"the same as in row {first.row}")
    if on is None:
        return None
    relates_to = first.text("relates_to_period", required=False) or None
    _check_months(session, reference, first, on, relates_to)
    postings = [posting for _, posting in rows if posting is not None]
    if len(postings) != len(rows):
        return None
    try:
        return JournalEntry(
            reference=_own(reference),
            effective_date=date(on.year, on.month, on.day),
            kind=kind,
            narration=first.text("narration"),
            relates_to_period=relates_to,
            postings=postings,
        )
    except UnbalancedEntry as unbalanced:
        problem = unbalanced.problems[0]
        faults.add(
            problem.code, problem.expected, row=first.row, column="amount", value=problem.value
        )
        return None


def _check_months(
    session: Session, reference: str, first: Record, on: date, relates_to: str | None
) -> None:
    # What was posted before its month was closed may be given again; the journal compares it.
    posted = select(JournalEntryRow.number).where(JournalEntryRow.reference == _own(reference))
    if session.scalar(posted) is not None:
        return
    if is_closed(session, on):
        first.fault("period_closed", "date", "a day in an open month")
    if relates_to is not None and not _is_closed_month(session, relates_to):
        first.fault("period_open", "relates_to_period", "a closed month such as 2023-10")


def _is_closed_month(session: Session, month: str) -> bool:
    try:
        return is_closed(session, parse_month(month))
    except BadInput:
        return False


def _own(reference: str) -> str:
    """Return a person's reference under a prefix that no reference of the service has."""
    return f"manual:{reference}"
