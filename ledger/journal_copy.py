"""How journal entries are written: spelt out once, for their fingerprint and for COPY alike.

Law: what is hashed is what is stored. A field is hashed as `ledger.encoding` spells it and copied
as PostgreSQL's text format wants it; entries take the numbers after the change's last, in order.
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from ledger.driver import driver_of
from ledger.encoding import entry_leaf
from ledger.money import plain
from ledger.sealing import Change

if TYPE_CHECKING:
    from ledger.journal import JournalEntry

ENTRY_COLUMNS = (
    "number, change_no, effective_date, kind, narration, reference, fingerprint, reverses, "
    "evidence, relates_to_period"
)
POSTING_COLUMNS = (
    "entry_number, line, account, party, document, commodity, amount, effective_date, memo"
)
COPY_CHUNK = 400
"""Entries a write to COPY carries: fewer bytes than a socket's buffer holds, so that the server
reads them while the next are being written out."""

SPELLINGS_KEPT = 50_000
"""Texts kept spelt out for the entries that follow; more are unlikely to repeat."""


class Spellings(dict[str | None, tuple[str, str]]):
    """Texts that repeat (accounts, parties, days): each as it is hashed and as COPY wants it."""

    def __missing__(self, text: str | None) -> tuple[str, str]:
        self[text] = spelt = ("~" if text is None else f"{len(text)}:{text}", escaped(text))
        return spelt


def spell(entry: "JournalEntry", number: int, spelt: Spellings, lines: list[str]) -> bytes:
    """Append an entry's postings as COPY wants them; return the entry's fingerprint.

    Both need every field written out, and this is where posting in bulk spends its time; the
    encoding is that of `ledger.encoding.encode`, which a test holds it to.
    """
    day_field, day = spelt[entry.effective_date.isoformat()]
    reverses = None if entry.reverses is None else str(entry.reverses)
    count = str(len(entry.postings))
    head = (
        f"9:content-1{len(entry.reference)}:{entry.reference}{day_field}{spelt[entry.kind][0]}"
        f"{len(entry.narration)}:{entry.narration}{spelt[entry.evidence][0]}{spelt[reverses][0]}"
        f"{spelt[entry.relates_to_period][0]}{len(count)}:{count}"
    )
    fields = [head]
    for line, posting in enumerate(entry.postings, start=1):
        amount = plain(posting.amount)
        account_field, account = spelt[posting.account]
        party_field, party = spelt[posting.party]
        document_field, document = spelt[posting.document]
        commodity_field, commodity = spelt[posting.commodity]
        memo_field, memo = spelt[posting.memo]
        fields.append(
            f"{account_field}{party_field}{document_field}{commodity_field}"
            f"{len(amount)}:{amount}{memo_field}"
        )
        lines.append(
            f"{number}\t{line}\t{account}\t{party}\t{document}\t{commodity}\t{amount}\t{day}\t"
            f"{memo}\n"
        )
    return sha256("".join(fields).encode()).digest()


def copy_in(change: Change, fresh: Sequence["JournalEntry"]) -> None:
    """Write entries and postings by COPY.

    Postings go first: their trigger refuses those at or below the last sealed entry, whichever
    come first.
    """
    connection = driver_of(change.session)
    first = change.entry_last + 1
    digests: list[bytes] = []
    spelt = Spellings()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY postings ({POSTING_COLUMNS}) FROM STDIN") as copy,
    ):
        for start in range(0, len(fresh), COPY_CHUNK):
            if len(spelt) > SPELLINGS_KEPT:
                spelt.clear()
            lines: list[str] = []
            for number, entry in enumerate(fresh[start : start + COPY_CHUNK], first + start):
                digests.append(spell(entry, number, spelt, lines))
                change.posting_count += len(entry.postings)
            copy.write("".join(lines))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY journal_entries ({ENTRY_COLUMNS}) FROM STDIN") as copy,
    ):
        for start in range(0, len(fresh), COPY_CHUNK):
            lines = []
            for at in range(start, min(start + COPY_CHUNK, len(fresh))):
                lines.append(_entry_line(first + at, change.number, fresh[at], digests[at]))
                change.entry_leaves.append(entry_leaf(first + at, change.number, digests[at]))
            copy.write("".join(lines))
    change.entry_last += len(fresh)


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escaped(text: str | None) -> str:
    """Return a text as COPY's text format wants it (PostgreSQL documentation, COPY)."""
    if text is None:
        return "\\N"
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


def _entry_line(number: int, change_no: int, entry: "JournalEntry", digest: bytes) -> str:
    reverses = "\\N" if entry.reverses is None else entry.reverses
    return (
        f"{number}\t{change_no}\t{entry.effective_date}\t{escaped(entry.kind)}\t"
        f"{escaped(entry.narration)}\t{escaped(entry.reference)}\t"
        f"\\\\x{digest.hex()}\t"
        f"{reverses}\t{escaped(entry.evidence)}\t{escaped(entry.relates_to_period)}\n"
    )
