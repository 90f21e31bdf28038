"""Files that grow when they are opened: refused while they grow, in little memory."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES
from support.workbooks import archive, xlsx_parts

MAPPINGS = ("--mappings", str(EXAMPLES / "mappings"))
MEBIBYTE = 1 << 20
MEMORY = 64 * MEBIBYTE
GROWN = 500 * MEBIBYTE


def write_bomb(path: Path, *, lies: bool) -> None:
    """Write a workbook with a sheet of 500 MiB; its list of entries may say that it is small."""
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for name, part in xlsx_parts([["Month"]]).items():
            if "sheet1" not in name:
                made.writestr(name, part)
        with made.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(GROWN // MEBIBYTE):
                sheet.write(bytes(MEBIBYTE))
    if lies:
        data = bytearray(path.read_bytes())
        at = data.rfind(b"PK\x01\x02")
        data[at + 24 : at + 28] = (100).to_bytes(4, "little")
        path.write_bytes(data)


def write_nested(path: Path) -> None:
    """Write a workbook in which a bomb is an archive of its own."""
    inner = path.with_suffix(".inner")
    write_bomb(inner, lies=False)
    parts = xlsx_parts([["Month"]])
    path.write_bytes(archive({**parts, "xl/media/image1.png": inner.read_bytes()}))


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (lambda path: write_bomb(path, lies=False), "archive_bomb"),
        (lambda path: write_bomb(path, lies=True), "archive_bomb"),
        (write_nested, "archive_unsafe"),
    ],
    ids=["it says how large it is", "it lies", "an archive in it"],
)
def test_a_bomb_is_refused_in_bounded_memory(
    furnished_books: Books, tmp_path: Path, write: Callable[[Path], None], code: str
) -> None:
    path = tmp_path / "statement.xlsx"
    write(path)
    assert path.stat().st_size < MEBIBYTE
    digest = furnished_books.digest()
    tracemalloc.start()
    try:
        answer = feeshare(furnished_books, "import", str(path), *MAPPINGS)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (answer.status, f"{code}: statement.xlsx" in answer.err) == (2, True), answer
    assert peak < MEMORY
    assert furnished_books.digest() == digest
