"""A report's files on disk: each format whole or not at all, and always their description."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from secrets import token_hex

from ledger.errors import BadInput, Problem
from reports.render import csv, json, metadata, xlsx
from reports.report import Book, Report, alone

RENDERERS: Mapping[str, Callable[[Report], bytes]] = {
    "csv": csv.render,
    "json": json.render,
    "xlsx": xlsx.render,
}
"""Format, which is also the end of the file's name, to its renderer."""


WORKBOOK = "xlsx"
"""The one format of which a file holds several reports."""


def render(report: Report, file_format: str) -> bytes:
    """Return a report in one format.

    Raises:
        BadInput: for a format that is not in `RENDERERS`.
    """
    refuse_unknown([file_format])
    return RENDERERS[file_format](report)


def write(report: Report, directory: Path, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write one report in each format, and its description; see `write_book`."""
    return write_book(alone(report), directory, formats)


def write_book(book: Book, directory: Path, formats: Sequence[str]) -> tuple[Path, ...]:
    """Write a workbook's reports in each format, and last `NAME.meta.json` of each report.

    A workbook is one file for all of them, any other format one a report. A description has the
    hashes of the report's own files and of the workbook. Everything is rendered before anything
    is written. Files of the same names are replaced.

    Returns:
        The files' paths in the order of `formats`, the descriptions last.

    Raises:
        BadInput: for a format that is not in `RENDERERS`; nothing is written then.
    """
    refuse_unknown(formats)
    files: dict[str, bytes] = {}
    descriptions: dict[str, bytes] = {}
    shared = {f"{book.first.name}.xlsx"} if WORKBOOK in formats else set()
    for file_format in formats:
        if file_format == WORKBOOK:
            files[f"{book.first.name}.xlsx"] = xlsx.render_book(book)
        else:
            for report in book.reports:
                files[f"{report.name}.{file_format}"] = RENDERERS[file_format](report)
    for report in book.reports:
        names = shared | {f"{report.name}.{each}" for each in formats}
        own = {name: content for name, content in files.items() if name in names}
        descriptions[f"{report.name}.meta.json"] = metadata.render(report, files=own)
    directory.mkdir(parents=True, exist_ok=True)
    return tuple(
        replace(directory / name, content) for name, content in (files | descriptions).items()
    )


def refuse_unknown(formats: Sequence[str]) -> None:
    """Refuse formats that no renderer makes, all of them at once."""
    unknown = [
        Problem(
            code="format_unknown",
            value=file_format,
            expected=f"one of {', '.join(RENDERERS)}",
        )
        for file_format in formats
        if file_format not in RENDERERS
    ]
    if unknown:
        raise BadInput(unknown)


def replace(path: Path, content: bytes) -> Path:
    """Put content at a path in one step: a reader sees the old file or the new, never a part."""
    draft = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with draft.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        return draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
