"""Purposes: who and what for, in the free text of an MT940 entry (`:86:`).

Banks write it in one of two structures, or in none: German ones in subfields `?20`, Dutch ones in
words between slashes. What has no structure is the memo as it stands.
"""

import re
from collections.abc import Sequence

GERMAN = re.compile(r"[0-9]{3}(\?[0-9]{2}.*)", re.ASCII | re.DOTALL)
GERMAN_PURPOSE = {f"{number}" for number in (*range(20, 30), *range(60, 64))}
GERMAN_NAME = {"32", "33"}

DUTCH = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|MARF|CSID|ORDP|BENM|ADDR|ID|PREF|RTRN|ISDT|PURP|ULTD|ULTB)/",
    re.ASCII,
)


def purpose_of(texts: Sequence[str]) -> tuple[str, str]:
    """Return counterparty and memo of the lines of a `:86:`, each blank where it is not told."""
    # Subfields are cut at the line's end in the middle of words.
    joined = "".join(texts)
    if spelled := GERMAN.fullmatch(joined):
        return _german(spelled[1])
    if DUTCH.match(joined):
        return _dutch(joined)
    return "", " ".join(texts)


def _german(text: str) -> tuple[str, str]:
    name, purpose = "", ""
    for code, content in re.findall(r"\?([0-9]{2})([^?]*)", text, re.ASCII):
        name += content if code in GERMAN_NAME else ""
        purpose += content if code in GERMAN_PURPOSE else ""
    return name, purpose or text


def _dutch(text: str) -> tuple[str, str]:
    parts = DUTCH.split(text)
    told = dict(zip(parts[1::2], parts[2::2], strict=True))
    return told.get("NAME", ""), told.get("REMI") or told.get("EREF") or text
