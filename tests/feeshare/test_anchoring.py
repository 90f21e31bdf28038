import json
import subprocess
from pathlib import Path

import pytest

from feeshare import anchoring, keys
from feeshare.tools import ToolFailed
from ledger import anchors, parties
from ledger.errors import BadInput
from support.books import Books
from support.command_line import feeshare


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {
        "GIT_AUTHOR_NAME": "Tests",
        "GIT_AUTHOR_EMAIL": "tests@example.org",
        "GIT_COMMITTER_NAME": "Tests",
        "GIT_COMMITTER_EMAIL": "tests@example.org",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_DIR": str(tmp_path / "of another repository"),
    }.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "repository"
    subprocess.run(["env", "-u", "GIT_DIR", "git", "init", "--quiet", path], check=True)
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    keys.make(path)
    return path


def git(repository: Path, *arguments: str) -> str:
    return anchoring._git(repository, *arguments)


def grow(books: Books, name: str) -> None:
    with books.write() as change:
        parties.add(change, name=name, kind="payee")


def test_an_anchor_goes_to_stdout(books: Books, key: Path) -> None:
    said = feeshare(books, "audit", "anchor", "--key", str(key))
    assert said.status == 0, said
    anchor = anchors.read(said.out)
    assert anchors.is_signed(anchor)
    assert said.err == f"change {anchor.number} {anchor.hash}\n"


def test_a_file_keeps_every_anchor_once(books: Books, key: Path, tmp_path: Path) -> None:
    file = tmp_path / "anchors"
    command = ("audit", "anchor", "--key", str(key), "--output", str(file))
    assert feeshare(books, *command).status == 0
    assert "anchored before" in feeshare(books, *command).err
    grow(books, "Alice")
    assert feeshare(books, *command).status == 0
    assert [each.number for each in anchoring.kept(file)] == [1, 2]
    verified = feeshare(books, "audit", "verify", "--anchor", str(file))
    assert verified.status == 0, verified
    public = anchoring.kept(file)[0].public_key
    assert f"Anchors signed with {public} are in the books." in verified.err
    both = ("audit", "verify", "--anchor", str(file), "--public-key")
    assert feeshare(books, *both, public.upper()).status == 0
    assert feeshare(books, *both, "ab" * 32).status == 3
    assert feeshare(books, "audit", "verify", "--public-key", public).status == 2


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file = tmp_path / "anchors"
    file.write_text("cut of")
    assert anchoring.append(file, "line")
    assert file.read_text() == "cut of\nline\n"


def test_a_repository_gets_a_commit_for_each_anchor(
    books: Books, key: Path, repository: Path
) -> None:
    (repository / "other").write_text("staged by somebody")
    git(repository, "add", "other")
    command = ("audit", "anchor", "--key", str(key), "--git", str(repository))
    for name in ("Alice", "Bob"):
        said = feeshare(books, *command)
        assert said.status == 0, said
        assert "anchored before" in feeshare(books, *command).err
        grow(books, name)
    log = git(repository, "log", "--format=%s", "--name-only").split("\n")
    assert [line for line in log if line] == [
        "Anchor change 2",
        "feeshare-anchors.jsonl",
        "Anchor change 1",
        "feeshare-anchors.jsonl",
    ]
    assert git(repository, "status", "--porcelain") == "A  other\n"
    assert len(anchoring.kept(repository / anchoring.IN_REPOSITORY)) == 2


def test_a_folder_that_is_no_repository_gets_nothing(
    books: Books, key: Path, repository: Path, tmp_path: Path
) -> None:
    (repository / "inside").mkdir()
    for folder in (tmp_path, tmp_path / "nothing", repository / "inside"):
        command = ("audit", "anchor", "--key", str(key), "--git", str(folder))
        refused = feeshare(books, *command)
        assert (refused.status, "repository_missing" in refused.err) == (2, True), refused
        assert not (folder / anchoring.IN_REPOSITORY).exists()


def test_what_git_refused_is_committed_the_next_time(repository: Path, books: Books) -> None:
    line = feeshare_line(books)
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not now >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ToolFailed, match="not now"):
        anchoring.commit(repository, line)
    hook.unlink()
    assert anchoring.commit(repository, line)
    assert not anchoring.commit(repository, line)


def feeshare_line(books: Books) -> str:
    from ledger.sealing import head
    from support.payouts import pem_of

    with books.read() as session:
        return anchors.make(head(session), pem_of("carol"))


def test_one_place_at_a_time(books: Books, key: Path, tmp_path: Path) -> None:
    refused = feeshare(
        books,
        *("audit", "anchor", "--key", str(key)),
        *("--output", str(tmp_path / "file"), "--git", str(tmp_path)),
    )
    assert (refused.status, "option_unfit" in refused.err) == (2, True)


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff")
    for path in (tmp_path, tmp_path / "nothing", tmp_path / "latin"):
        with pytest.raises(BadInput, match="file_missing"):
            anchoring.kept(path)
    with pytest.raises(BadInput, match="file_missing"):
        anchoring.append(tmp_path, json.dumps({}))
