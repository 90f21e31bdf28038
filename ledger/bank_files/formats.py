"""The formats of banks' files: how each is known by its content, and what reads it.

Law: the content decides. A file name that speaks for another format is refused, one that speaks
for none is no matter.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from ledger.bank_files.contents import FileReading
from ledger.errors import Problem

SIZE_MAX = 64 * 1024 * 1024
"""Bytes of the largest file that is read: a bank's statement of a busy year has a few millions."""

HEAD = 4096
"""Bytes at the beginning of a file by which its format is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: its name, the sign by which it is known, its file names' endings, its module."""

    name: str
    sign: re.Pattern[bytes]
    suffixes: frozenset[str]
    module: str


FORMATS = (
    Format(
        name="OFX",
        sign=re.compile(
            rb"OFXHEADER:|<(?:\?xml[^>]*>\s*<)?(?:!--.*?-->\s*<)?(?:\?OFX|OFX>)", re.DOTALL
        ),
        suffixes=frozenset({".ofx", ".qfx", ".qbo", ".xml"}),
        module="ledger.bank_files.ofx",
    ),
    Format(
        name="CAMT.053",
        # Whatever else begins like XML is read as such, and refused for what it is.
        sign=re.compile(rb"<[?!A-Za-z]|\xff\xfe<\x00|\xfe\xff\x00<"),
        suffixes=frozenset({".xml", ".camt", ".camt053", ".053"}),
        module="ledger.bank_files.camt",
    ),
    Format(
        name="MT940",
        sign=re.compile(rb"(?:[^:][^\r\n]{0,80}\r?\n){0,5}(?:\{[^\r\n]*)?:20:|\{1:"),
        suffixes=frozenset({".sta", ".mt940", ".940", ".swi", ".fin"}),
        module="ledger.bank_files.mt940",
    ),
)
"""In the order of trying: what is more particular comes first."""

OTHER_SUFFIXES = frozenset({".csv", ".tsv", ".xls", ".xlsx", ".json", ".pdf", ".zip", ".gz"})
SUFFIXES = frozenset().union(*(each.suffixes for each in FORMATS))


def recognise(content: bytes) -> Format | None:
    """Return the format of a bank's file by its content; None where it is none of them."""
    head = content[:HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    return next((each for each in FORMATS if each.sign.match(head)), None)


def read(
    found: Format, content: bytes, file_name: str, commodities: Mapping[str, int]
) -> FileReading:
    """Return the statements of a file in a format, and every problem of it.

    Args:
        found: the format that the content has.
        content: the file's bytes.
        file_name: for its ending, and for messages.
        commodities: known codes, each with the decimals of its smallest payable unit.
    """
    refusal = _container_problem(found, content, file_name)
    if refusal is not None:
        return FileReading(statements=(), problems=(refusal,))
    reading: FileReading = importlib.import_module(found.module).read(
        content, file_name, commodities
    )
    return reading


def _container_problem(found: Format, content: bytes, file_name: str) -> Problem | None:
    if len(content) > SIZE_MAX:
        return Problem(
            code="file_too_large",
            place=file_name,
            value=f"{len(content)} bytes",
            expected=f"at most {SIZE_MAX}",
            mend="Ask the bank for shorter periods.",
        )
    suffix = PurePath(file_name).suffix.lower()
    if suffix in (SUFFIXES | OTHER_SUFFIXES) - found.suffixes:
        return Problem(
            code="type_mismatch",
            place=file_name,
            value=suffix,
            expected=f"a name that ends in {' or '.join(sorted(found.suffixes))}: this is "
            f"{found.name}",
            mend="Give the file the name that it came with.",
        )
    return None
