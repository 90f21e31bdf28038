"""Check exported books, or the proof of one entry, without the service that wrote them.

    python verify_books.py FOLDER [--head HASH]
    python verify_books.py --proof proof.json [--head HASH]

Law: it follows docs/hashing.md, shares no line with the service and needs nothing but
Python 3.11. It reads line by line; of one change at a time it keeps the leaves. A head kept
elsewhere (`--head`) is what shows books cut off at the end or written anew. Exit status: 0 if all
holds, 1 if anything differs or cannot be read, 2 for a wrong call.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from decimal import Context, Decimal, Inexact
from functools import reduce
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

EXACT = Context(prec=400, traps=[Inexact])
TEXT, WHOLE, MAPPING = (str,), (int,), (dict,)
MAYBE_TEXT = (str, type(None))
KINDS = {"text": TEXT, "text?": MAYBE_TEXT, "int": WHOLE, "int?": (int, type(None))}


def kinds(told: str) -> dict[str, Any]:
    """Return the fields that are told as `name kind`, with the types that each may have."""
    return {name: KINDS[kind] for name, kind in (each.split() for each in told.split(", "))}


SEALED = kinds(
    "number int, recorded_at text, actor text, reason text, request_id text?, entry_count int, "
    "posting_count int, row_count int, entry_last int, root text, previous_hash text"
)
HEADER = SEALED | {"hash": TEXT}
CONTENT = kinds(
    "reference text, effective_date text, kind text, narration text, evidence text?, "
    "reverses int?, relates_to_period text?"
)
LINE = kinds("account text, party text?, document text?, commodity text, amount text, memo text?")
POSTING = LINE | {"line": WHOLE, "effective_date": TEXT}
ENTRY = CONTENT | {"number": WHOLE, "change_no": WHOLE, "fingerprint": TEXT, "postings": [POSTING]}
ROW = {"table": TEXT, "change_no": WHOLE, "columns": MAPPING}
HEAD = kinds("number int, hash text")
PROOF: dict[str, Any] = {"path": [kinds("side text, hash text")], "later": [HEADER]}
PROOF |= {"format": TEXT, "leaf": TEXT, "entry": ENTRY, "change": HEADER, "head": HEAD}

READABLE = "the files can be read"
CHANGES = "changes are numbered from 1 without a gap"
LINKS = "each change names the hash of the one before"
TIMES = "no change is recorded before the one before"
HEADERS = "headers hash to their hashes"
RANGES = "each change ends with its own last entry"
ENTRIES = "entries are numbered from 1 without a gap, each in its change"
FINGERPRINTS = "the content of entries hashes to their fingerprints"
POSTINGS = "postings are numbered from 1 and bear their entry's date"
SUMS = "every entry has two or more postings and sums to zero in each commodity"
COUNTS = "there are as many entries, postings and rows as was sealed"
ROOTS = "the content of changes hashes to their roots"
REST = "nothing stands outside the changes"
HEAD_KEPT = "the head is the one kept elsewhere"
OF_CHAIN = (CHANGES, LINKS, TIMES, HEADERS, RANGES)
OF_BOOKS = (*OF_CHAIN, ENTRIES, FINGERPRINTS, POSTINGS, SUMS, COUNTS, ROOTS, REST)
LEAF = "the entry hashes to its leaf"
PLACE = "the path is that of the entry's place in its change"
PATH = "the path leads from the leaf to the change's root"
LEADS = "the changes after it lead to the head"
OF_PROOF = (FINGERPRINTS, POSTINGS, SUMS, LEAF, PLACE, PATH, *OF_CHAIN, LEADS)


class Findings:
    """What was checked, and the first thing that differs in each check."""

    def __init__(self, checks: Sequence[str], head: str | None) -> None:
        self.checks = [READABLE, *checks, *([HEAD_KEPT] if head is not None else [])]
        self.first: dict[str, str] = {}
        self.summary = ""

    def expect(self, check: str, place: str, *, holds: bool) -> None:
        """Note a place where a check does not hold; the first of each check is kept."""
        if not holds:
            self.first.setdefault(check, place)


class Lines:
    """The objects of a file, one a line, of which the next can be looked at first."""

    def __init__(self, path: Path, shape: dict[str, Any]) -> None:
        self.objects = _objects(path, shape)
        self.taken = 0
        self.next = next(self.objects, None)

    def up_to(self, name: str, limit: int | None) -> Iterator[Any]:
        """Yield the objects whose field is not beyond a limit, if there is one."""
        while self.next is not None and (limit is None or self.next[name] <= limit):
            taken, self.next = self.next, next(self.objects, None)
            self.taken += 1
            yield taken


class Tree:
    """A Merkle tree as its leaves come: the roots of its whole parts, the largest first."""

    def __init__(self) -> None:
        self.parts: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        """Add the next leaf."""
        size = 1
        while self.parts and self.parts[-1][0] == size:
            leaf = node(self.parts.pop()[1], leaf)
            size *= 2
        self.parts.append((size, leaf))

    def root(self) -> bytes:
        """Return the root of all leaves so far."""
        roots = [root for _, root in self.parts] or [sha256(b"").digest()]
        return reduce(lambda right, left: node(left, right), reversed(roots))


def _objects(path: Path, shape: dict[str, Any]) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            yield parse(line, shape, f"{path.name} line {number}")


def parse(line: bytes, shape: dict[str, Any], place: str) -> Any:  # noqa: ANN401 - JSON
    """Return the object that a line holds, with exactly the fields that it should have."""
    try:
        read = json.loads(line.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{place}: {error}") from None
    check_shape(read, shape, place)
    return read


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a name stands twice")
    return read


def check_shape(read: object, shape: dict[str, Any], place: str) -> None:
    """Refuse what has not the fields, or not the kinds of values, that it should have."""
    if not isinstance(read, dict) or set(read) != set(shape):
        raise ValueError(f"{place}: its fields are not {', '.join(shape)}")
    for name, kind in shape.items():
        parts = read[name]
        if isinstance(kind, dict):
            check_shape(parts, kind, place)
        elif isinstance(kind, list) and isinstance(parts, list):
            for part in parts:
                check_shape(part, kind[0], place)
        elif isinstance(kind, list) or type(parts) not in kind:
            raise ValueError(f"{place}: {name} is of the wrong kind")
    if shape is ROW and any(type(text) not in MAYBE_TEXT for text in read["columns"].values()):
        raise ValueError(f"{place}: a column is not text")


def encode(fields: Iterable[str | int | None]) -> bytes:
    """Encode fields: length in characters, colon, text; a tilde for a missing one."""
    return b"".join(
        b"~" if each is None else f"{len(str(each))}:{each}".encode() for each in fields
    )


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of two neighbours."""
    return sha256(b"\x01" + left + right).digest()


def fingerprint(entry: dict[str, Any]) -> str:
    """Return the fingerprint that an entry's content gives."""
    lines = entry["postings"]
    fields = ["content-1", *(entry[name] for name in CONTENT), len(lines)]
    fields += [line[name] for line in lines for name in LINE]
    return sha256(encode(fields)).hexdigest()


def entry_leaf(number: int, change_no: int, content: str) -> bytes:
    """Return the leaf of an entry with this fingerprint."""
    return sha256(b"\x00" + encode(["entry-1", number, change_no, content])).digest()


def row_leaf(table: str, columns: dict[str, str | None]) -> bytes:
    """Return the leaf of a row."""
    named = (each for name in sorted(columns) for each in (name, columns[name]))
    return sha256(b"\x00" + encode(["row-1", table, *named])).digest()


def header_hash(header: dict[str, Any]) -> str:
    """Return the hash of a header over its other fields, which the shape has in their order."""
    fields = ["change-1", *(header[name] for name in SEALED)]
    return sha256(encode(fields)).hexdigest()


def check_header(before: dict[str, Any], header: dict[str, Any], found: Findings) -> None:
    """Check a header by itself and as what follows the one before."""
    place = f"change {header['number']}"
    found.expect(CHANGES, place, holds=header["number"] == before["number"] + 1)
    found.expect(LINKS, place, holds=header["previous_hash"] == before["hash"])
    found.expect(TIMES, place, holds=header["recorded_at"] >= before["recorded_at"])
    found.expect(HEADERS, place, holds=header["hash"] == header_hash(header))
    last = before["entry_last"] + header["entry_count"]
    found.expect(RANGES, place, holds=header["entry_last"] == last)


def check_entry(entry: dict[str, Any], found: Findings) -> str:
    """Check an entry by itself and return the fingerprint that its content gives."""
    place = f"entry {entry['number']} ({entry['reference']!r})"
    lines = entry["postings"]
    content = fingerprint(entry)
    found.expect(FINGERPRINTS, place, holds=content == entry["fingerprint"])
    numbered = [line["line"] for line in lines] == list(range(1, len(lines) + 1))
    dated = all(line["effective_date"] == entry["effective_date"] for line in lines)
    found.expect(POSTINGS, place, holds=numbered and dated)
    sums: dict[str, Decimal] = {}
    for line in lines:
        text = line["amount"]
        amount = EXACT.create_decimal(text[:100])
        if not amount or not amount.is_finite() or format(amount, "f") != text:
            raise ValueError(f"{place}: {text!r} is no amount")
        sums[line["commodity"]] = EXACT.add(sums.get(line["commodity"], Decimal()), amount)
    found.expect(SUMS, place, holds=len(lines) > 1 and not any(sums.values()))
    return content


def check_books(folder: Path, kept: str | None, found: Findings) -> None:
    """Check exported books."""
    changes = Lines(folder / "changes.jsonl", HEADER)
    entries = Lines(folder / "entries.jsonl", ENTRY)
    rows = Lines(folder / "rows.jsonl", ROW)
    before: dict[str, Any] = {"number": 0, "recorded_at": "", "entry_last": 0, "hash": "00" * 32}
    for header in changes.up_to("number", None):
        check_header(before, header, found)
        _check_content(header, entries, rows, found)
        before = header
    for name, lines in (("entries.jsonl", entries), ("rows.jsonl", rows)):
        found.expect(REST, f"{name} line {lines.taken + 1}", holds=lines.next is None)
    found.expect(HEAD_KEPT, f"it is {before['hash']}", holds=kept in {None, before["hash"]})
    found.summary = (
        f"{changes.taken} changes, {entries.taken} entries, {rows.taken} rows. "
        f"Head: change {before['number']}, {before['hash']}"
    )


def _check_content(header: dict[str, Any], entries: Lines, rows: Lines, found: Findings) -> None:
    number = header["number"]
    tree = Tree()
    counted = [0, 0]
    for entry in entries.up_to("number", header["entry_last"]):
        place = f"entry {entry['number']} ({entry['reference']!r}) of change {number}"
        in_place = entry["number"] == entries.taken and entry["change_no"] == number
        found.expect(ENTRIES, place, holds=in_place)
        tree.add(entry_leaf(entry["number"], entry["change_no"], check_entry(entry, found)))
        counted[0] += 1
        counted[1] += len(entry["postings"])
    leaves = []
    for row in rows.up_to("change_no", number):
        place = f"rows.jsonl line {rows.taken}"
        same = str(row["change_no"]) == row["columns"].get("change_no") == str(number)
        found.expect(REST, place, holds=same)
        leaves.append(row_leaf(row["table"], row["columns"]))
    for leaf in sorted(leaves):
        tree.add(leaf)
    sealed = [header["entry_count"], header["posting_count"], header["row_count"]]
    found.expect(COUNTS, f"change {number}", holds=[*counted, len(leaves)] == sealed)
    found.expect(ROOTS, f"change {number}", holds=tree.root().hex() == header["root"])


def check_proof(path: Path, kept: str | None, found: Findings) -> None:
    """Check the proof of one entry."""
    proof = parse(path.read_bytes(), PROOF, path.name)
    found.expect(READABLE, proof["format"], holds=proof["format"] == "proof-1")
    entry, change = proof["entry"], proof["change"]
    place = f"entry {entry['number']}"
    hashed = entry_leaf(entry["number"], entry["change_no"], check_entry(entry, found))
    found.expect(LEAF, place, holds=hashed.hex() == proof["leaf"])
    at = entry["number"] - (change["entry_last"] - change["entry_count"]) - 1
    inside = 0 <= at < change["entry_count"] and entry["change_no"] == change["number"]
    expected = sides(at, change["entry_count"] + change["row_count"]) if inside else None
    found.expect(PLACE, place, holds=expected == [step["side"] for step in proof["path"]])
    for step in proof["path"]:
        sibling = bytes.fromhex(step["hash"])
        hashed = node(sibling, hashed) if step["side"] == "left" else node(hashed, sibling)
        found.expect(PATH, place, holds=sibling.hex() == step["hash"])
    found.expect(PATH, place, holds=hashed.hex() == change["root"])
    headers = [change, *proof["later"]]
    before = {"number": change["number"] - 1, "hash": change["previous_hash"], "recorded_at": ""}
    before["entry_last"] = change["entry_last"] - change["entry_count"]
    for earlier, header in pairwise([before, *headers]):
        check_header(earlier, header, found)
    last = {name: headers[-1][name] for name in HEAD}
    found.expect(LEADS, f"change {last['number']}", holds=last == proof["head"])
    known = {None, *(header["hash"] for header in headers)}
    found.expect(HEAD_KEPT, "it is none of this proof's", holds=kept in known)
    found.summary = (
        f"Entry {entry['number']} is in change {change['number']}. "
        f"Head: change {last['number']}, {last['hash']}"
    )


def sides(at: int, size: int) -> list[str]:
    """Return on which sides the neighbours are, from the leaf at a place among `size` up."""
    found: list[str] = []
    while size > 1:
        found += ["left"] if at % 2 else ["right"] if at + 1 < size else []
        at, size = at // 2, (size + 1) // 2
    return found


def check(path: Path, kept: str | None, *, is_proof: bool = False) -> Findings:
    """Check exported books, or a proof, and against the hash of a head kept elsewhere, if any."""
    found = Findings(OF_PROOF if is_proof else OF_BOOKS, kept)
    try:
        (check_proof if is_proof else check_books)(path, kept, found)
    except (ValueError, OSError) as error:
        found.expect(READABLE, str(error), holds=False)
    return found


def main() -> int:
    """Check what the command line names, say what was found, and return the exit status."""
    parser = argparse.ArgumentParser(description="Check exported books, or the proof of an entry.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("folder", type=Path, nargs="?", help="the folder of exported books")
    what.add_argument("--proof", type=Path, help="a proof to check in place of books")
    parser.add_argument("--head", type=str.lower, help="the hash of a head kept elsewhere")
    given = parser.parse_args()
    found = check(given.proof or given.folder, given.head, is_proof=given.proof is not None)
    said = []
    for each in found.checks:
        if each in found.first:
            said.append(f"✗ {each}: not so at {found.first[each]}")
        elif READABLE not in found.first:
            said.append(f"✓ {each}")
    said.append("DIFFERS: this is not what was sealed." if found.first else found.summary)
    if not found.first and given.head is None:
        said.append("Compare the head with one kept elsewhere: give it as --head HASH.")
    sys.stdout.buffer.write(("\n".join(said) + "\n").encode("utf-8", "backslashreplace"))
    return 1 if found.first else 0


if __name__ == "__main__":
    sys.exit(main())
