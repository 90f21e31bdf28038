import ast
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.engine import URL

from golden import build_vectors
from ledger.encoding import encode, merkle_root
from ledger.proofs import canonical, prove
from ledger.sealing import head
from reports.books_export import VERIFIER, write_books
from reports.standalone import verify_books as standalone
from support import sample_books
from support.books import Books
from support.command_line import feeshare
from support.databases import fresh_database, service_engine
from support.machine import load_tables

FILES = ("changes.jsonl", "entries.jsonl", "rows.jsonl")
CASES, EDITS = 19, 100
"""So many times so many edits: 1,900 here, and 100 in the database itself."""

Told = dict[str, Any]
Files = dict[str, list[Told]]


@pytest.fixture(scope="module")
def sample(template: URL) -> Iterator[Books]:
    """Give sample books that these tests only read."""
    load_tables()
    with fresh_database(template) as owner:
        books = Books(owner=owner, engine=service_engine(owner))
        sample_books.fill(books)
        yield books
        books.engine.dispose()


@pytest.fixture(scope="module")
def exported(sample: Books, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the sample books as files."""
    folder = tmp_path_factory.mktemp("books")
    with sample.read() as session:
        write_books(session, folder)
    return folder


@pytest.fixture
def files(exported: Path) -> Files:
    """Give what stands in the files, to be edited."""
    return {
        name: [json.loads(line) for line in (exported / name).read_bytes().splitlines()]
        for name in FILES
    }


def write(folder: Path, files: Files) -> Path:
    for name, told in files.items():
        (folder / name).write_text("".join(f"{canonical(each)}\n" for each in told), "utf-8")
    return folder


def check(folder: Path, kept: str | None = None) -> dict[str, str]:
    return standalone.check(folder, kept).first


def alone(program: Path, *arguments: str) -> tuple[int, str]:
    """Run the verifier with nothing but Python: no project, no packages, no environment."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", str(program), *arguments],
        cwd=program.parent,
        env={"LC_ALL": "C"},
        capture_output=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def head_of(books: Books) -> str:
    with books.read() as session:
        return head(session).hash.hex()


# The files


def test_exported_books_hold_with_nothing_but_python(sample: Books, exported: Path) -> None:
    newest = head_of(sample)
    status, said = alone(exported / "verify_books.py", ".", "--head", newest.upper())
    lines = said.splitlines()
    assert status == 0, said
    assert [line[0] for line in lines[:-1]] == ["✓"] * (2 + len(standalone.OF_BOOKS))
    assert lines[-1].endswith(newest)
    status, said = alone(exported / "verify_books.py", ".")
    assert status == 0
    assert said.splitlines()[-1].startswith("Compare the head")


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse(VERIFIER.read_text("utf-8"))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
        if name
    }
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize("arguments", [(), (".", "--proof", "proof.json")])
def test_a_wrong_call_is_refused(exported: Path, arguments: tuple[str, ...]) -> None:
    assert alone(exported / "verify_books.py", *arguments)[0] == 2


def places(told: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:  # noqa: ANN401 - JSON
    """Yield the way to every single field."""
    if isinstance(told, dict | list):
        for key, part in told.items() if isinstance(told, dict) else enumerate(told):
            yield from places(part, (*way, key))
    else:
        yield way


def edit(told: Any, way: tuple[str | int, ...], chance: Random) -> None:  # noqa: ANN401 - JSON
    """Give one field another value: of its kind, or of another."""
    for key in way[:-1]:
        told = told[key]
    before = told[way[-1]]
    match before:
        case int():
            others = [before + 1, before - 1, -before - 1, str(before), None, bool(before), 10**30]
        case str():
            at = chance.randrange(len(before) + 1)
            others = [
                before[:at] + chance.choice("0a5 é~:") + before[at + 1 :],
                before[:at] + chance.choice("0a5 é~:") + before[at:],
                before.swapcase(),
                before[::-1],
                *("", None, f"{before} ", f"-{before}", f"{before}.0", 7),
            ]
        case _:
            others = ["", "x", "null", "~", 0, False, [], {}]
    told[way[-1]] = chance.choice(
        [other for other in others if (type(other), other) != (type(before), before)]
    )


@pytest.mark.parametrize("seed", range(CASES))
def test_every_single_field_edit_is_found(files: Files, tmp_path: Path, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - the same edits every time
    write(tmp_path, files)
    assert check(tmp_path) == {}
    missed, edited = [], set()
    for number in range(EDITS):
        name = FILES[number % len(FILES)]
        at = chance.randrange(len(files[name]))
        changed = deepcopy(files[name][at])
        way = chance.choice(list(places(changed)))
        edit(changed, way, chance)
        told = [*files[name][:at], changed, *files[name][at + 1 :]]
        write(tmp_path, {name: told})
        if not check(tmp_path):
            missed.append((name, at, way, changed))
        edited.add((name, at, way))
        write(tmp_path, {name: files[name]})
    assert missed == []
    assert len(edited) > EDITS * 3 // 4


def test_every_field_of_a_header_and_an_entry_is_held(files: Files, tmp_path: Path) -> None:
    chance = Random(20231104)  # noqa: S311 - the same edits every time
    write(tmp_path, files)
    for name in FILES:
        for way in places(files[name][-1]):
            changed = deepcopy(files[name])
            edit(changed[-1], way, chance)
            write(tmp_path, {name: changed})
            assert check(tmp_path), (name, way)
        write(tmp_path, {name: files[name]})


def test_lines_added_removed_or_moved_are_found(files: Files, tmp_path: Path) -> None:
    write(tmp_path, files)
    for name in FILES:
        told = files[name]
        for changed in (
            *(told[:at] + told[at + 1 :] for at in range(len(told) - 1)),
            *([*told[:at], told[at], *told[at:]] for at in range(0, len(told), 7)),
            [told[-1], *told[:-1]],
            told[:-1] if name != "changes.jsonl" else told[1:],
        ):
            write(tmp_path, {name: changed})
            assert check(tmp_path)
        write(tmp_path, {name: told})
    assert check(tmp_path) == {}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\n", "line 1"),
        (b"[]\n", "its fields are not"),
        (b"{}\n", "its fields are not"),
        (b'{"number": NaN}\n', "its fields are not"),
        (b'{"number": 1, "number": 1}\n', "a name stands twice"),
        (b"\xff\n", "utf-8"),
        (b"[" * 100_000, "recursion"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(
    files: Files, tmp_path: Path, line: bytes, says: str
) -> None:
    write(tmp_path, files)
    (tmp_path / "changes.jsonl").write_bytes(line)
    found = check(tmp_path)
    assert list(found) == [standalone.READABLE]
    assert found[standalone.READABLE].startswith("changes.jsonl line 1: ")
    assert says in found[standalone.READABLE]


@pytest.mark.parametrize("amount", ["x", "NaN", "sNaN", "Infinity", "1E+3", "1_0", "0", "٣", ""])
def test_what_is_no_amount_is_refused(files: Files, tmp_path: Path, amount: str) -> None:
    files["entries.jsonl"][1]["postings"][0]["amount"] = amount
    found = check(write(tmp_path, files))
    assert found[standalone.READABLE].startswith("entry 2 ('open:2'): ")


def test_half_a_surrogate_pair_is_no_text(files: Files, tmp_path: Path) -> None:
    write(tmp_path, files)
    files["entries.jsonl"][1]["narration"] = "\ud800"
    lines = "".join(f"{json.dumps(each)}\n" for each in files["entries.jsonl"])
    (tmp_path / "entries.jsonl").write_text(lines, "utf-8")
    found = check(tmp_path)
    assert list(found) == [standalone.READABLE]
    assert "surrogates" in found[standalone.READABLE]


def test_a_file_that_is_not_there_is_named(files: Files, tmp_path: Path) -> None:
    write(tmp_path, files)
    (tmp_path / "rows.jsonl").unlink()
    assert "rows.jsonl" in check(tmp_path)[standalone.READABLE]


def test_the_first_entry_that_differs_is_named(files: Files, tmp_path: Path) -> None:
    for number in (4, 6):
        files["entries.jsonl"][number - 1]["narration"] = "other"
    change = files["entries.jsonl"][3]["change_no"]
    assert check(write(tmp_path, files)) == {
        standalone.FINGERPRINTS: "entry 4 ('open:4')",
        standalone.ROOTS: f"change {change}",
    }
    (tmp_path / "verify_books.py").write_bytes(VERIFIER.read_bytes())
    status, said = alone(tmp_path / "verify_books.py", ".")
    assert status == 1
    assert f"✗ {standalone.FINGERPRINTS}: not so at entry 4 ('open:4')\n" in said
    assert f"✓ {standalone.SUMS}\n" in said
    assert said.endswith("DIFFERS: this is not what was sealed.\n")


def test_a_reseal_of_an_unbalanced_entry_is_found(files: Files, tmp_path: Path) -> None:
    # Whoever writes the whole chain anew can make every hash right, but no entry unbalanced.
    entry = files["entries.jsonl"][0]
    entry["postings"][0]["amount"] = "7"
    reseal(files)
    assert check(write(tmp_path, files)) == {standalone.SUMS: "entry 1 ('open:1')"}


def test_books_cut_off_or_written_anew_differ_from_a_head_kept_elsewhere(
    files: Files, tmp_path: Path
) -> None:
    kept = files["changes.jsonl"][-1]["hash"]
    assert check(write(tmp_path, files), kept) == {}
    last = files["changes.jsonl"].pop()
    for name in ("entries.jsonl", "rows.jsonl"):
        files[name] = [each for each in files[name] if each["change_no"] != last["number"]]
    assert check(write(tmp_path, files)) == {}
    assert list(check(tmp_path, kept)) == [standalone.HEAD_KEPT]
    files["entries.jsonl"][0]["narration"] = "other"
    reseal(files)
    assert check(write(tmp_path, files)) == {}
    assert list(check(tmp_path, kept)) == [standalone.HEAD_KEPT]


def reseal(files: Files) -> None:
    """Make all hashes right again, as an owner of the database could."""
    previous = "00" * 32
    for header in files["changes.jsonl"]:
        tree = standalone.Tree()
        for entry in files["entries.jsonl"]:
            if entry["change_no"] == header["number"]:
                entry["fingerprint"] = standalone.fingerprint(entry)
                tree.add(
                    standalone.entry_leaf(
                        entry["number"], entry["change_no"], entry["fingerprint"]
                    )
                )
        for leaf in sorted(
            standalone.row_leaf(row["table"], row["columns"])
            for row in files["rows.jsonl"]
            if row["change_no"] == header["number"]
        ):
            tree.add(leaf)
        header["root"] = tree.root().hex()
        header["previous_hash"] = previous
        header["hash"] = previous = standalone.header_hash(header)


def test_books_without_a_change_hold(tmp_path: Path) -> None:
    assert check(write(tmp_path, {name: [] for name in FILES})) == {}


def test_memory_does_not_grow_with_the_books(files: Files, tmp_path: Path) -> None:
    first = next(each for each in files["changes.jsonl"] if each["entry_count"])
    model = files["entries.jsonl"][0]

    def peak(count: int) -> int:
        header = {**first, "entry_count": 1, "posting_count": 2, "row_count": 0}
        made: Files = {
            "changes.jsonl": [
                {**header, "number": at, "entry_last": at} for at in range(1, count)
            ],
            "entries.jsonl": [{**model, "number": at, "change_no": at} for at in range(1, count)],
            "rows.jsonl": [],
        }
        reseal_in_order(made)
        write(tmp_path, made)
        del made
        tracemalloc.start()
        assert check(tmp_path) == {}
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small, large = peak(300), peak(3_000)
    assert large < small + 100_000


def reseal_in_order(files: Files) -> None:
    """Seal books with one entry in each change."""
    previous = "00" * 32
    for header, entry in zip(files["changes.jsonl"], files["entries.jsonl"], strict=True):
        leaf = standalone.entry_leaf(entry["number"], entry["change_no"], entry["fingerprint"])
        header["root"] = leaf.hex()
        header["previous_hash"] = previous
        header["hash"] = previous = standalone.header_hash(header)


# Proofs


def proof_of(books: Books, number: int) -> Told:
    with books.read() as session:
        told = json.loads(prove(session, number).to_json())
    assert isinstance(told, dict)
    return told


def check_proof(folder: Path, told: Told, kept: str | None = None) -> dict[str, str]:
    path = folder / "proof.json"
    path.write_text(canonical(told), "utf-8")
    return standalone.check(path, kept, is_proof=True).first


def test_every_entry_proves(sample: Books, files: Files, tmp_path: Path) -> None:
    newest = head_of(sample)
    longest = 0
    for entry in files["entries.jsonl"]:
        told = proof_of(sample, entry["number"])
        assert told["entry"] == entry
        assert check_proof(tmp_path, told, newest) == {}
        longest = max(longest, len(told["path"]))
    assert len(files["entries.jsonl"]) > 10
    assert longest > 2


def test_a_proof_holds_for_every_head_since_its_entry(sample: Books, tmp_path: Path) -> None:
    told = proof_of(sample, 2)
    hashes = [header["hash"] for header in (told["change"], *told["later"])]
    assert len(hashes) > 3
    assert [check_proof(tmp_path, told, kept) for kept in hashes] == [{}] * len(hashes)
    earlier = told["change"]["previous_hash"]
    assert list(check_proof(tmp_path, told, earlier)) == [standalone.HEAD_KEPT]


def test_a_proof_with_any_field_changed_fails(sample: Books, tmp_path: Path) -> None:
    chance = Random(20231105)  # noqa: S311 - the same edits every time
    told = proof_of(sample, 2)
    assert check_proof(tmp_path, told) == {}
    ways = list(places(told))
    assert len(ways) > 100
    for way in ways:
        changed = deepcopy(told)
        edit(changed, way, chance)
        assert check_proof(tmp_path, changed), way


def test_a_proof_with_a_part_too_many_or_too_few_fails(sample: Books, tmp_path: Path) -> None:
    told = proof_of(sample, 2)
    for part in ("path", "later"):
        parts = told[part]
        others: tuple[Any, ...] = (parts[:-1], parts[1:], [*parts, parts[-1]], [], {}, None)
        for changed in others:
            assert check_proof(tmp_path, {**told, part: changed}), part
    assert check_proof(tmp_path, {**told, "more": 1})
    assert check_proof(tmp_path, {name: told[name] for name in told if name != "leaf"})
    assert check_proof(tmp_path, {**told, "entry": proof_of(sample, 3)["entry"]})


@pytest.mark.parametrize(
    ("at", "size", "expected"),
    [
        (0, 1, []),
        (0, 2, ["right"]),
        (1, 2, ["left"]),
        (1, 3, ["left", "right"]),
        (2, 3, ["left"]),
        (4, 7, ["right", "right", "left"]),
        (6, 7, ["left", "left"]),
    ],
)
def test_a_place_says_on_which_sides_its_path_goes(
    at: int, size: int, expected: list[str]
) -> None:
    assert standalone.sides(at, size) == expected


def test_the_commands_prove_and_export(sample: Books, tmp_path: Path) -> None:
    folder, path = tmp_path / "books", tmp_path / "deep" / "proof.json"
    done = feeshare(sample, "audit", "export-books", "--output", str(folder))
    assert (done.status, done.out) == (0, "")
    newest = head_of(sample)
    assert newest in done.err
    program = folder / "verify_books.py"
    assert alone(program, str(folder), "--head", newest)[0] == 0
    done = feeshare(sample, "audit", "prove", "5", "--output", str(path))
    assert (done.status, done.out) == (0, "")
    printed = feeshare(sample, "audit", "prove", "5")
    assert printed.out == path.read_text("utf-8")
    status, said = alone(program, "--proof", str(path), "--head", newest)
    assert status == 0, said
    assert [line[0] for line in said.splitlines()[:-1]] == ["✓"] * (2 + len(standalone.OF_PROOF))
    assert alone(program, "--proof", str(path), "--head", "00" * 32)[0] == 1
    path.write_text(printed.out.replace("0.25", "0.26"), "utf-8")
    assert alone(program, "--proof", str(path))[0] == 1
    path.unlink()
    assert alone(program, "--proof", str(path))[0] == 1


def test_the_command_refuses_an_entry_that_is_not_there(sample: Books) -> None:
    done = feeshare(sample, "audit", "prove", "9999")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("reference_unknown: ")


# The vectors


def vectors(kind: str) -> list[Told]:
    told: list[Told] = json.loads(build_vectors.VECTORS.read_text("utf-8"))
    assert len(told) == 200
    return [each for each in told if each["kind"] == kind]


def test_the_service_gives_the_vectors_that_are_committed() -> None:
    assert build_vectors.text() == build_vectors.VECTORS.read_text("utf-8")


def test_the_second_implementation_gives_the_same_encodings() -> None:
    told = vectors("encoding")
    for each in told:
        encoded = standalone.encode(each["fields"])
        assert encoded.hex() == each["encoding"]
        assert encoded == encode(each["fields"])
        assert sha256(encoded).hexdigest() == each["hash"]
        assert sha256(b"\x00" + encoded).hexdigest() == each["leaf"]
    assert len(told) == build_vectors.ENCODINGS


def test_the_second_implementation_gives_the_same_leaves() -> None:
    rows, entries = vectors("row"), vectors("entry")
    for each in rows:
        assert standalone.row_leaf(each["table"], each["columns"]).hex() == each["leaf"]
    for each in entries:
        content = standalone.fingerprint({**each, "kind": each["entry_kind"]})
        assert content == each["fingerprint"]
        leaf = standalone.entry_leaf(each["number"], each["change_no"], content)
        assert leaf.hex() == each["leaf"]
    assert (len(rows), len(entries)) == (build_vectors.ROWS, build_vectors.ENTRIES)


def test_the_second_implementation_gives_the_same_roots() -> None:
    told = vectors("root")
    assert [len(each["leaves"]) for each in told] == list(range(build_vectors.ROOTS))
    for each in told:
        tree = standalone.Tree()
        leaves = [bytes.fromhex(leaf) for leaf in each["leaves"]]
        for leaf in leaves:
            tree.add(leaf)
        assert tree.root().hex() == merkle_root(leaves).hex() == each["root"]


def test_the_second_implementation_gives_the_same_headers() -> None:
    told = vectors("header")
    for each in told:
        assert standalone.header_hash(each) == each["hash"]
    for before, each in pairwise(told):
        assert each["previous_hash"] == before["hash"]
    assert len(told) == build_vectors.HEADERS
