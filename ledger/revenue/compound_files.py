"""Compound files: old workbooks (XLS) and encrypted new ones, known by what their directory names.

A compound file is a file system of its own. Only its directory and the first records of the
workbook are looked at here; python-calamine reads the rest.
"""

from ledger.errors import Problem

MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

SECTOR = 512

BOOK_BEGINS = b"\x09\x08\x10\x00\x00\x06\x05\x00"
"""The first record of a workbook of Excel 97 and later: its kind, its length, its version."""

BOOK_BEGINS_LENGTH = 20
FILE_PASS = b"\x2f\x00"
"""The record that an encrypted workbook has next."""


def kind_of(data: bytes) -> str | tuple[Problem, ...]:
    """Return `xls`, or why a compound file is not opened."""
    if _names(data, "EncryptedPackage") or _is_encrypted_book(data):
        expected = "a workbook without a password"
        return (Problem(code="workbook_encrypted", expected=expected),)
    if _names(data, "_VBA_PROJECT") or _names(data, "VBA") or _names(data, "\x01Ole"):
        expected = "no macros, links or embedded objects"
        return (Problem(code="active_content", expected=expected),)
    if not _names(data, "Workbook"):
        expected = "a workbook of Excel 97 or later"
        return (Problem(code="type_mismatch", value="a compound file", expected=expected),)
    return "xls"


def _names(data: bytes, name: str) -> bool:
    """Return whether the directory has an entry of this name: it ends in a zero, in UTF-16."""
    return f"{name}\0".encode("utf-16-le") in data


def _is_encrypted_book(data: bytes) -> bool:
    for start in range(SECTOR, len(data), SECTOR):
        if data.startswith(BOOK_BEGINS, start):
            following = start + BOOK_BEGINS_LENGTH
            return data[following : following + len(FILE_PASS)] == FILE_PASS
    return False
