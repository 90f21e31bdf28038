"""Archives: workbooks that are ZIP files, counted while they are inflated, before any reader.

Law: an archive's own words about its sizes are not believed, and nothing in it is run, followed
or expanded.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from ledger.errors import Problem

ENTRIES_MAX = 2000
INFLATED_MAX = 512 * 1024 * 1024
RATIO_MAX = 200
RATIO_FLOOR = 16 * 1024 * 1024
"""Below this size no ratio is suspicious: a small sheet of equal rows compresses very well."""

PIECE = 1 << 20
LOCAL_HEADER = struct.Struct("<4s22xHH")
UTF_8 = 0x800
"""The flag of an entry whose name is UTF-8; other names are written in code page 437."""

NESTED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
"""How an archive inside an archive begins."""

XML_NAMES = (".xml", ".rels", ".vml")

DECLARATION = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)
"""What XML needs before it can name, fetch or multiply anything."""

OVERLAP = 16
"""So much of a piece is looked at again with the next, for what stands across both."""

ACTIVE = re.compile(
    r"(?:^|/)(?:vbaProject|vbaData)[^/]*$|externalLinks/|embeddings/|activeX/|ctrlProps/"
    r"|macrosheets/|dialogsheets/|(?:^|/)connections\.xml$|queryTables/|^Basic/|^Scripts/|^Object "
)
"""Parts of a workbook that run, fetch or embed something."""

ACTIVE_XML = re.compile(rb"macroEnabled|<(?:table:)?(?:dde-link|table-source)\b|ddeLink|oleObject")
"""The same, said inside a part."""

KINDS = {
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
}


class Unsafe(Exception):  # noqa: N818 - a reason on its way out of a loop, not an error
    """Why an archive is not opened."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def kind_of(data: bytes) -> str | tuple[Problem, ...]:
    """Return `xlsx` or `ods`, or every reason why a ZIP file is not opened."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        return (_problem("file_truncated", "a complete archive", None),)
    entries = archive.infolist()
    problems = [*_entry_problems(entries)]
    if problems:
        return tuple(problems)
    try:
        problems = [*_content_problems(data, entries)]
    except Unsafe as unsafe:
        return (unsafe.problem,)
    found = _kind(data, {entry.filename: entry for entry in entries})
    if found is None and not problems:
        expected = "a workbook: XLSX or ODS"
        return (Problem(code="type_mismatch", value="an archive", expected=expected),)
    return tuple(problems) if problems or found is None else found


def _kind(data: bytes, entries: Mapping[str, zipfile.ZipInfo]) -> str | None:
    if "xl/workbook.xml" in entries and "[Content_Types].xml" in entries:
        return "xlsx"
    if "mimetype" in entries and "content.xml" in entries:
        said = b"".join(_inflated(data, entries["mimetype"]))
        return KINDS.get(said.decode("ascii", "replace").strip())
    return None


def _entry_problems(entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Yield what the list of entries shows already."""
    if len(entries) > ENTRIES_MAX:
        yield _problem("archive_bomb", f"at most {ENTRIES_MAX} entries", str(len(entries)))
        return
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename
        parts = re.split(r"[/\\]", name)
        if name in seen or name.startswith(("/", "\\")) or ".." in parts or ":" in name:
            yield _problem("archive_unsafe", "names inside the archive, each once", ascii(name))
        elif "\\" in name or not name.isprintable():
            yield _problem("archive_unsafe", "plain names", ascii(name))
        elif entry.flag_bits & 0x1:
            yield _problem("archive_unsafe", "entries that are not encrypted", ascii(name))
        elif entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield _problem("archive_unsafe", "entries that are deflated or stored", ascii(name))
        if ACTIVE.search(name):
            yield _problem("active_content", "no macros, links or embedded objects", ascii(name))
        seen.add(name)


def _content_problems(data: bytes, entries: list[zipfile.ZipInfo]) -> Iterator[Problem]:
    """Yield what inflating shows.

    Raises:
        Unsafe: it is a bomb, or it cannot be inflated; the rest is not looked at.
    """
    inflated = 0
    for entry in entries:
        name = ascii(entry.filename)
        is_xml = entry.filename.lower().endswith(XML_NAMES)
        size, check, tail, found = 0, 0, b"", set[str]()
        for piece in _inflated(data, entry):
            if not size and piece.startswith(NESTED):
                found.add("archive_unsafe")
            size += len(piece)
            check = zlib.crc32(piece, check)
            _require_bounded(inflated + size, len(data))
            # UTF-16 spells the same with a zero beside each letter.
            looked_at = (tail + piece).replace(b"\0", b"") if is_xml else b""
            if DECLARATION.search(looked_at):
                found.add("xml_unsafe")
            if ACTIVE_XML.search(looked_at):
                found.add("active_content")
            tail = piece[-OVERLAP:]
        inflated += size
        if size != entry.file_size or check != entry.CRC:
            raise Unsafe(_problem("file_truncated", "an archive whose entries are whole", name))
        for code, expected in (
            ("archive_unsafe", "no archive inside the archive"),
            ("xml_unsafe", "XML that declares no document type and no entity"),
            ("active_content", "no macros, links or embedded objects"),
        ):
            if code in found:
                yield _problem(code, expected, name)


def _require_bounded(inflated: int, compressed: int) -> None:
    if inflated > INFLATED_MAX:
        expected = f"at most {INFLATED_MAX // 1024 // 1024} MiB when inflated"
        raise Unsafe(_problem("archive_bomb", expected, None))
    if inflated > RATIO_FLOOR and inflated > RATIO_MAX * compressed:
        expected = f"at most {RATIO_MAX} times the file's size when inflated"
        raise Unsafe(_problem("archive_bomb", expected, None))


def _inflated(data: bytes, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield an entry's content in pieces, however long its headers say it is.

    Raises:
        Unsafe: it is not where the archive says, or it cannot be inflated.
    """
    broken = Unsafe(
        _problem("file_truncated", "an archive whose entries are whole", ascii(entry.filename))
    )
    header = data[entry.header_offset : entry.header_offset + LOCAL_HEADER.size]
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise broken
    _, name_length, extra_length = LOCAL_HEADER.unpack(header)
    named = entry.header_offset + LOCAL_HEADER.size
    listed = entry.orig_filename.encode("utf-8" if entry.flag_bits & UTF_8 else "cp437")
    if data[named : named + name_length] != listed:
        raise broken
    start = named + name_length + extra_length
    packed = memoryview(data)[start : start + entry.compress_size]
    if len(packed) < entry.compress_size:
        raise broken
    if entry.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), PIECE):
            yield bytes(packed[at : at + PIECE])
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for at in range(0, len(packed), PIECE):
            left: bytes | memoryview = packed[at : at + PIECE]
            piece = b"begin"
            while left or len(piece) == PIECE:
                piece = inflater.decompress(left, PIECE)
                yield piece
                left = inflater.unconsumed_tail
    except zlib.error:
        raise broken from None
    if not inflater.eof:
        raise broken


def _problem(code: str, expected: str, value: str | None) -> Problem:
    return Problem(code=code, expected=expected, value=value)
