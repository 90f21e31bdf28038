"""Mutations of statements: one good file made wrong in ways that files go wrong, by a seed."""

import io
import random
import zipfile
from collections.abc import Callable

from support.workbooks import archive

MARKS = (",", ".", ";", "\t", "|", "'", '"', "\u00a0", "-", "(", ")", "%", "$", "e5", "NaN")
ODD = (
    "\x00",
    "\u2028",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\r",
    "\n",
    "=1+1",
    "\u0456",
    "\u00c3\u00a4",
)
CELLS = (
    "",
    " ",
    "0",
    "-0",
    "-5",
    "1e5",
    "1,234.56",
    "1.234,56",
    "9" * 40,
    "2023-11",
    "31/02/2023",
    "1696500000",
    "Total",
    "USDC",
    "DOGE",
    "KuCoin",
    "\uff11",
    "40%",
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252", "shift_jis")

Mutation = Callable[[random.Random, bytes], bytes]


def mutated(content: bytes, seed: int) -> bytes:
    """Return a file with one to three mutations, the same ones for a seed."""
    chance = random.Random(seed)  # noqa: S311 - the same files for a seed is the point
    is_zip = content.startswith(b"PK")
    kinds = OF_ARCHIVES if is_zip else OF_BYTES if content.startswith(b"\xd0\xcf") else OF_TEXTS
    for _ in range(chance.randint(1, 3)):
        content = chance.choice(kinds)(chance, content)
    return content


def flipped(chance: random.Random, content: bytes) -> bytes:
    if not content:
        return content
    changed = bytearray(content)
    changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def spliced(chance: random.Random, content: bytes) -> bytes:
    start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:start] + content[end:]


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "replace").split("\n")


def _encoded(lines: list[str]) -> bytes:
    return "\n".join(lines).encode("utf-8", "replace")


def row_dropped(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    del lines[chance.randrange(len(lines))]
    return _encoded(lines)


def row_repeated(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return _encoded(lines)


def rows_turned(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return _encoded(lines)


def cell_changed(chance: random.Random, content: bytes) -> bytes:
    lines = _lines(content)
    at = chance.randrange(len(lines))
    delimiter = max((",", ";", "\t", "|"), key=lines[at].count)
    cells = lines[at].split(delimiter)
    cells[chance.randrange(len(cells))] = chance.choice((*CELLS, chance.choice(cells)))
    lines[at] = delimiter.join(cells)
    return _encoded(lines)


def sign_inserted(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    at = chance.randrange(len(text) + 1)
    return (text[:at] + chance.choice((*MARKS, *ODD)) + text[at:]).encode("utf-8", "replace")


def mark_swapped(chance: random.Random, content: bytes) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.replace(chance.choice(MARKS), chance.choice(MARKS), chance.randint(1, 40)).encode(
        "utf-8", "replace"
    )


def recoded(chance: random.Random, content: bytes) -> bytes:
    return content.decode("utf-8", "replace").encode(chance.choice(ENCODINGS), "replace")


def part_changed(chance: random.Random, content: bytes) -> bytes:
    """Change one part of an archive, or its name, or leave it out."""
    parts = _parts(content)
    if not parts:
        return flipped(chance, content)
    name = chance.choice(sorted(parts))
    part = parts.pop(name)
    action = chance.randrange(4)
    if action == 0:
        parts[chance.choice(("../x.xml", "xl/vbaProject.bin", "x.zip"))] = part
    elif action:
        parts[name] = chance.choice((flipped, cut, spliced, xml_changed))(chance, part)
    return archive({**parts})


def xml_changed(chance: random.Random, part: bytes) -> bytes:
    """Swap one word of a part's XML for another that readers know."""
    old = chance.choice(
        (b"<v>", b't="s"', b't="inlineStr"', b'r="', b's="', b"1", b"</c>", b"row")
    )
    new = chance.choice(
        (b"<f/>", b't="e"', b't="b"', b'hidden="1" r="', b'r="9', b"9999999", b"", b"1e999", b"-1")
    )
    places = part.count(old)
    if not places:
        return part
    return part.replace(old, new, chance.randint(1, places))


def _parts(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return {name: file.read(name) for name in file.namelist()}
    except Exception:  # noqa: BLE001 - an earlier mutation broke the archive
        return {}


OF_BYTES: tuple[Mutation, ...] = (flipped, cut, spliced)
OF_TEXTS: tuple[Mutation, ...] = (
    flipped,
    cut,
    spliced,
    row_dropped,
    row_repeated,
    rows_turned,
    cell_changed,
    cell_changed,
    sign_inserted,
    mark_swapped,
    recoded,
)
OF_ARCHIVES: tuple[Mutation, ...] = (flipped, cut, part_changed, part_changed, part_changed)
