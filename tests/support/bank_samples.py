"""Samples of banks' files, read as they are or with one thing in them changed."""

from pathlib import Path

from ledger.bank_files import formats
from ledger.bank_files.contents import FileReading, FileStatement
from ledger.errors import Problem

GOLDEN = Path(__file__).parents[1] / "golden" / "bank"
KNOWN = {"USD": 2, "EUR": 2}


def read(content: bytes, name: str) -> FileReading:
    """Read a bank's file that is known by its content."""
    found = formats.recognise(content)
    assert found is not None
    return formats.read(found, content, name, KNOWN)


def sample(name: str) -> list[FileStatement]:
    """Return the statements of a sample that has no problem."""
    reading = read((GOLDEN / name).read_bytes(), name)
    assert reading.problems == ()
    return list(reading.statements)


def changed(name: str, old: str, new: str) -> bytes:
    """Return a sample with the first of one text in it replaced."""
    content = (GOLDEN / name).read_bytes()
    assert old.encode() in content
    return content.replace(old.encode(), new.encode(), 1)


def problems_of(name: str, old: str, new: str) -> list[Problem]:
    """Return the problems of a sample with one text replaced, of which nothing is taken."""
    reading = read(changed(name, old, new), name)
    return list(reading.problems)
