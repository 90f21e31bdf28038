"""What was asked on the command line: the options that every command shares, and all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import typer

from ledger.encoding import text_of


@dataclass(frozen=True, slots=True)
class Asked:
    """The options that stand before the command."""

    actor: str | None
    request_id: str | None


def content(context: typer.Context) -> Iterator[str | None]:
    """Yield what a command was asked for: its name, and each parameter with its values.

    A file or folder stands by its bytes, so that its name may change and its content may not.
    What goes out (`--output`) stands by its name.
    """
    yield " ".join(_names(context))
    for name in sorted(context.params):
        value = context.params[name]
        values = value if isinstance(value, list | tuple) else [value]
        yield name
        yield str(len(values))
        for each in values:
            is_read = isinstance(each, Path) and name != "output" and each.exists()
            yield _digest(each) if is_read else _text(each)


def _names(context: Any) -> list[str]:  # noqa: ANN401 - the library's types
    """Return the names of a command and its groups; what the program is called is left out."""
    if context.parent is None:
        return []
    return [*_names(context.parent), str(context.info_name)]


def _digest(path: Path) -> str:
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return " ".join(sha256(each.read_bytes()).hexdigest() for each in files)


def _text(value: object) -> str | None:
    if isinstance(value, Path):
        return str(value)
    # A day is typed without a zone.
    return value.isoformat() if isinstance(value, datetime) else text_of(value)
