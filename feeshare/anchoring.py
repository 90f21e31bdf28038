"""Where anchors are kept: lines of a file that only grows, or of a file in a git repository."""

import os
from pathlib import Path

from feeshare import tools
from ledger import anchors
from ledger.anchors import Anchor
from ledger.errors import BadInput, Problem

IN_REPOSITORY = "feeshare-anchors.jsonl"

FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")
"""What a surrounding git sets for its hooks; it would lead us to another repository."""


def append(path: Path, line: str) -> bool:
    """Add an anchor's line to a file that keeps all of them; return whether it was new.

    Raises:
        BadInput: the file cannot be read or written.
    """
    try:
        with path.open("a+b") as file:
            file.seek(0)
            before = file.read()
            if line.encode() in before.splitlines():
                return False
            parted = b"" if not before or before.endswith(b"\n") else b"\n"
            file.write(parted + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unusable(path, error) from None
    return True


def commit(repository: Path, line: str) -> bool:
    """Add an anchor's line to the repository's file and commit that file; return whether it did.

    Raises:
        BadInput: the folder is not the top of a git repository with a work tree.
        ToolFailed: git refuses; the line stands in the file, and the next call commits it.
    """
    try:
        top = _git(repository, "rev-parse", "--show-toplevel").removesuffix("\n")
    except tools.ToolFailed:
        top = None
    if top is None or Path(top).resolve() != repository.resolve():
        raise BadInput(
            [
                Problem(
                    code="repository_missing",
                    place=str(repository),
                    expected="the top folder of a git repository",
                    mend="Make one: git init FOLDER",
                )
            ]
        )
    append(repository / IN_REPOSITORY, line)
    if not _git(repository, "status", "--porcelain", "--ignored", "--", IN_REPOSITORY):
        return False
    _git(repository, "add", "--", IN_REPOSITORY)
    number = anchors.read(line).number
    _git(repository, "commit", "--quiet", "-m", f"Anchor change {number}", "--", IN_REPOSITORY)
    return True


def kept(path: Path) -> list[Anchor]:
    """Return the anchors of a file.

    Raises:
        BadInput: it cannot be read, or holds anything else; carries all problems.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path, error) from None
    return anchors.read_all(text, place=str(path))


def _git(repository: Path, *arguments: str) -> str:
    return tools.run(["git", "-C", repository, *arguments], dict.fromkeys(FOREIGN))


def _unusable(path: Path, error: OSError | UnicodeDecodeError) -> BadInput:
    said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return BadInput(
        [
            Problem(
                code="file_missing",
                place=str(path),
                expected=f"a file of anchors that can be used ({said})",
            )
        ]
    )
