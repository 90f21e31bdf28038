"""Journal entries as verification reads them: spelt out by the database, hashed outside it.

Law: one row an entry, with the bytes that its fingerprint is the SHA-256 of (docs/hashing.md).
Writing fields one after another is left to the server, which does it while it reads; no function
of the books' own schema takes part, and every hash is computed here. What an entry must be beyond
its content, the same row tells: how many postings, numbered how, on which days.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Row

from ledger.encoding import encode, text_of


class SpeltEntry(NamedTuple):
    """An entry with what it is hashed from; `content` has its postings in the order of lines.

    `numbered` says that the lines are 1, 2, … without a gap, `dated` that all have its date.
    """

    number: int
    reference: str
    change_no: int
    fingerprint: bytes
    content: bytes
    postings: int
    numbered: bool
    dated: bool


def _field(text: str) -> str:
    return f"coalesce(length({text}) || ':' || {text}, '~')"


_HEAD = " || ".join(
    [
        "'9:content-1'",
        _field("e.reference"),
        _field("to_char(e.effective_date, 'YYYY-MM-DD')"),
        _field("e.kind"),
        _field("e.narration"),
        _field("e.evidence"),
        _field("e.reverses::text"),
        _field("e.relates_to_period"),
        _field("coalesce(p.postings, 0)::text"),
    ]
)
_LINE = " || ".join(
    [
        _field("account"),
        _field("party"),
        _field("document"),
        _field("commodity"),
        _field("trim_scale(amount)::text"),
        _field("memo"),
    ]
)

SPELT_ENTRIES = f"""
    SELECT e.number, e.reference, e.change_no,
        coalesce(e.fingerprint, '') AS fingerprint,
        convert_to({_HEAD} || coalesce(p.content, ''), 'UTF8') AS content,
        coalesce(p.postings, 0) AS postings,
        coalesce(p.first = 1 AND p.last = p.postings, false) AS numbered,
        coalesce(p.earliest = e.effective_date AND p.latest = e.effective_date, false) AS dated
    FROM journal_entries e LEFT JOIN (
        SELECT entry_number, count(*) AS postings, min(line) AS first, max(line) AS last,
            min(effective_date) AS earliest, max(effective_date) AS latest,
            string_agg({_LINE}, '' ORDER BY line) AS content
        FROM postings GROUP BY entry_number) p ON p.entry_number = e.number
    ORDER BY e.number
"""  # noqa: S608 - columns of ours


def content_fingerprint(entry: Row[Any], postings: Sequence[Row[Any]]) -> bytes:
    """Return the fingerprint that an entry's stored content gives (docs/hashing.md)."""
    fields = ["content-1", entry.reference, text_of(entry.effective_date), entry.kind]
    fields += [entry.narration, entry.evidence, text_of(entry.reverses), entry.relates_to_period]
    fields.append(str(len(postings)))
    for line in postings:
        fields += [line.account, line.party, line.document, line.commodity]
        fields += [text_of(line.amount), line.memo]
    return sha256(encode(fields)).digest()
