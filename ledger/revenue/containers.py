"""Containers: which kind of table a file is, by its bytes, and what makes it unsafe to open.

Law: nothing reads a file that did not pass here. A name is a label and never a path; its ending
and the bytes agree; an archive is counted while it is inflated, because its headers may lie.
"""

import unicodedata
from collections.abc import Iterator

from ledger.errors import Problem
from ledger.revenue import archives, compound_files

BYTES_MAX = 256 * 1024 * 1024
"""A million rows of a statement are a quarter of it."""

XLS_BYTES_MAX = 32 * 1024 * 1024
"""The old format holds 65,536 rows a sheet; its reader takes the whole file into memory."""

SUFFIXES = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "xls": "xls",
    "ods": "ods",
}
"""What a name's ending says that a file is."""

ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06")

OTHER_KINDS = (
    (b"%pdf-", "a PDF"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<table", "a web page"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "a letter in RTF"),
    (b"\x1f\x8b", "a compressed file"),
    (b"rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
)
"""How files begin, in lower case, that are no table whatever they are called."""

HEAD_LENGTH = 256


def container_of(data: bytes, name: str) -> str | tuple[Problem, ...]:
    """Return `csv`, `xlsx`, `xls` or `ods`, or every reason why a file is not opened.

    Args:
        data: the file's bytes.
        name: the file's name as it was given, without a folder.
    """
    problems = [*_name_problems(name), *_size_problems(data)]
    if problems:
        return tuple(problems)
    found = _kind_of(data)
    if not isinstance(found, str):
        return found
    declared = SUFFIXES.get(name.rpartition(".")[2].lower())
    if declared is not None and declared != found:
        expected = f"a file of kind {declared}, as its name says"
        return (Problem(code="type_mismatch", value=found, expected=expected),)
    return found


def _name_problems(name: str) -> Iterator[Problem]:
    signs = {sign for sign in name if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp")}
    if not name.strip(". ") or signs or {"/", "\\"} & set(name):
        yield Problem(
            code="filename_unsafe",
            value=ascii(name),
            expected="a file name without folders, control or text-direction characters",
        )


def _size_problems(data: bytes) -> Iterator[Problem]:
    if not data or data.isspace():
        yield Problem(code="file_empty", expected="a header and rows")
    is_compound = data.startswith(compound_files.MARK)
    limit = XLS_BYTES_MAX if is_compound else BYTES_MAX
    if len(data) > limit:
        expected = f"at most {limit // 1024 // 1024} MiB"
        yield Problem(code="file_too_large", value=f"{len(data)} bytes", expected=expected)


def _kind_of(data: bytes) -> str | tuple[Problem, ...]:
    if data.startswith(ZIP_MARKS):
        return archives.kind_of(data)
    if data.startswith(compound_files.MARK):
        return compound_files.kind_of(data)
    head = data[:HEAD_LENGTH].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for mark, what in OTHER_KINDS:
        if head.startswith(mark):
            expected = "a table: CSV, XLSX, XLS or ODS"
            return (Problem(code="type_mismatch", value=what, expected=expected),)
    return "csv"
