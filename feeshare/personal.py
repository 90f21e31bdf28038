"""Files with user ids: the copy with pseudonyms that the books keep as evidence in their place."""

import csv
import io
from collections.abc import Sequence
from pathlib import PurePath

from sqlalchemy.orm import Session

from ledger import evidence
from ledger.blocks import lines_of
from ledger.revenue import pseudonyms
from ledger.revenue.drafts import Counted
from ledger.revenue.pseudonyms import Hider
from ledger.revenue.reading import Reading
from ledger.sealing import Change


class PersonalCopy:
    """A file's copy as CSV, written while its rows are read, with pseudonyms for its users."""

    def __init__(self, hider: Hider, file_name: str, header: Sequence[str]) -> None:
        """Begin the copy of a file."""
        self._hider = hider
        self._file_name = file_name
        self._bytes = io.BytesIO()
        self._text = io.TextIOWrapper(self._bytes, encoding="utf-8", newline="")
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(header)
        self._last = 0

    def hide(self, rows: Sequence[Counted]) -> list[tuple[str, ...]]:
        """Return rows' cells with pseudonyms, and write those of each record to the copy once."""
        hidden = [self._hider(row.cells) for row in rows]
        records = dict(zip([row.row for row in rows], hidden, strict=True))
        records.pop(self._last, None)
        self._write([*records.values()])
        self._last = rows[-1].row
        return hidden

    def _write(self, records: Sequence[tuple[str, ...]]) -> None:
        plain = lines_of(records, ",", "\n", escaped='"\r') if records else ""
        if plain is None:
            self._writer.writerows(records)
        else:
            self._text.write(plain)

    def keep(self, change: Change, content: bytes) -> str:
        """Keep the copy as evidence, the file as it came apart; return the evidence."""
        name = PurePath(self._file_name)
        self._text.flush()
        copy = self._bytes.getvalue()
        digest = evidence.keep(change, copy, f"{name.stem} (pseudonyms).csv")
        pseudonyms.keep(
            change, self._hider.secrets, evidence=digest, file_name=name.name, content=content
        )
        return digest


def copy_of(session: Session, reading: Reading, name: str) -> PersonalCopy | None:
    """Return the copy to be written of a file with user ids; nothing for any other."""
    mapping = reading.mapping
    user = mapping.columns.get("user")
    if user is None:
        return None
    column = mapping.columns.get("exchange")
    hider = Hider(
        session,
        reading.header,
        user=user,
        exchange=column or mapping.exchange or "",
        named=column is None,
    )
    return PersonalCopy(hider, name, reading.header)
