"""An archive is what its list says it is, entry by entry, or it is not opened."""

import io
import struct
import zipfile

import pytest

from ledger.revenue.containers import container_of
from support.mappings import codes
from support.workbooks import archive, ods_parts, xlsx_parts

PARTS = xlsx_parts([["Day", "Share"], ["2023-10", "5"]])

LISTED = b"PK\x01\x02"
"""How an entry of the list at an archive's end begins."""

PACKED_SIZE_AT = 20


def refused(data: bytes, name: str = "s.xlsx") -> list[str]:
    found = container_of(data, name)
    assert not isinstance(found, str)
    return codes(found)


def with_packed_size_of_the_last(data: bytes, change: int) -> bytes:
    at = data.rindex(LISTED) + PACKED_SIZE_AT
    (size,) = struct.unpack_from("<I", data, at)
    changed = bytearray(data)
    struct.pack_into("<I", changed, at, size + change)
    return bytes(changed)


def test_a_workbook_whose_entries_are_whole_is_opened() -> None:
    assert container_of(archive(PARTS), "s.xlsx") == "xlsx"
    assert container_of(archive(PARTS, stored=tuple(PARTS)), "s.xlsx") == "xlsx"
    assert container_of(archive(ods_parts([["Day"]]), stored=("mimetype",)), "s.ods") == "ods"


@pytest.mark.parametrize("name", ["xl\\x.xml", "xl/x\u202e.xml", "xl/x\n.xml"])
def test_a_name_that_reads_as_another_is_refused(name: str) -> None:
    assert refused(archive({**PARTS, name: "<x/>"})) == ["archive_unsafe"]


def test_an_entry_that_is_packed_in_another_way_is_refused() -> None:
    content = io.BytesIO(archive(PARTS))
    with zipfile.ZipFile(content, "a") as file:
        file.writestr("xl/x.xml", "<x/>", zipfile.ZIP_BZIP2)
    assert refused(content.getvalue()) == ["archive_unsafe"]


def test_an_entry_with_another_check_sum_than_listed_is_refused() -> None:
    whole = archive({**PARTS, "xl/x.xml": "<x>five</x>"}, stored=("xl/x.xml",))
    assert container_of(whole, "s.xlsx") == "xlsx"
    assert refused(whole.replace(b"five", b"nine")) == ["file_truncated"]


def test_an_entry_that_ends_beyond_the_file_is_refused() -> None:
    whole = archive(PARTS)
    assert refused(with_packed_size_of_the_last(whole, len(whole))) == ["file_truncated"]


def test_an_entry_that_is_packed_wrongly_is_refused() -> None:
    whole = archive({"[Content_Types].xml": "x" * 100, **PARTS})
    (entry, *_) = zipfile.ZipFile(io.BytesIO(whole)).infolist()
    start = entry.header_offset + 30 + len(entry.filename)
    # A block of the kind that there is none of.
    assert refused(whole[:start] + b"\x07" + whole[start + 1 :]) == ["file_truncated"]


def test_an_entry_whose_packing_does_not_end_is_refused() -> None:
    assert refused(with_packed_size_of_the_last(archive(PARTS), -3)) == ["file_truncated"]


def test_an_entry_of_another_name_than_listed_is_refused() -> None:
    whole = archive(ods_parts([["Day"]]), stored=("mimetype",))
    assert refused(whole.replace(b"mimetype", b"mimetypo", 1), "s.ods") == ["file_truncated"]


@pytest.mark.parametrize("name", ["xl/media/b\u00f6rse.png", "xl/media/\u5e01.png"])
def test_a_name_in_any_script_is_a_name(name: str) -> None:
    assert container_of(archive({**PARTS, name: "x"}), "s.xlsx") == "xlsx"


def test_a_name_in_the_old_code_page_is_a_name() -> None:
    data = bytearray(archive({**PARTS, "xl/media/boerse.png": "x"}))
    assert container_of(bytes(data.replace(b"boerse", b"b\x94orse")), "s.xlsx") == "xlsx"
