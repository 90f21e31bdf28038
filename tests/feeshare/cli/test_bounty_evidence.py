"""`bounty evidence`: what a person types, and what the books have of it."""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from support.books import Books
from support.bounties import add_bounty
from support.command_line import Answer, feeshare
from support.github_server import (
    BOARD,
    REPOSITORY,
    TOKEN,
    WEB,
    GitHubServer,
    github_server,
    pull_request,
    release,
)
from support.http_server import Reply

WELL, BAD_INPUT, UNAVAILABLE = 0, 2, 6


@pytest.fixture
def server(books: Books) -> Iterator[GitHubServer]:
    with books.write() as change:
        add_bounty(change, "b1")
    with (
        github_server() as running,
        patch.dict(
            os.environ,
            {"FEESHARE_GITHUB_URL": running.api, "FEESHARE_GITHUB_TOKEN": TOKEN},
        ),
        patch("feeshare.asking.FIRST_WAIT_SECONDS", 0.001),
    ):
        yield running


def evidence(books: Books, named: str | Path, *more: str, status: int = WELL) -> Answer:
    answer = feeshare(books, "bounty", "evidence", "b1", str(named), *more)
    assert answer.status == status, answer
    assert TOKEN not in answer.err + answer.out
    return answer


def listed(books: Books, *command: str) -> list[dict[str, str]]:
    answer = feeshare(books, *command, "--csv")
    assert answer.status == WELL, answer
    return list(csv.DictReader(io.StringIO(answer.out)))


def test_gates_are_passed_by_addresses_once_and_the_list_knows_it(
    books: Books, server: GitHubServer
) -> None:
    told = feeshare(
        books,
        *("policy", "propose", "github-evidence"),
        json.dumps(
            {
                "repositories": [REPOSITORY],
                "boards": [BOARD],
                "status_field": "Status",
                "qa_passed": ["QA passed"],
            }
        ),
        *("--from", "2023-01-01", "--reason", "our board"),
    )
    assert told.status == WELL, told
    feeshare(books, "policy", "confirm", "github-evidence", "2", actor="second")
    web = f"{server.url}/{REPOSITORY}"
    said = evidence(books, f"{web}/pull/12").err
    assert "Title: Connector for Quillon\n" in said
    assert "merged into development at 2023-10-05T23:59:59Z" in said
    assert "b1 passed merged on 2023-10-05. Kept under" in said
    evidence(books, f"{web}/pull/12", "--gate", "delivered", "--on", "2023-09-20")
    evidence(books, f"{web}/pull/12#pullrequestreview-80")
    evidence(books, f"{web}/releases/tag/v1.20.0")
    evidence(books, "PVTI_item")

    digest = books.digest()
    assert "Nothing to do: b1 passed merged on 2023-10-05" in evidence(books, f"{web}/pull/12").err
    assert books.digest() == digest
    (row,) = listed(books, "bounty", "list")
    assert row["gates_missing"] == "proposal-passed"
    proofs = listed(books, "bounty", "proofs")
    assert [(it["gate"], it["source"]) for it in proofs] == [
        (gate, "api") for gate in ("approved", "delivered", "merged", "qa-passed", "released")
    ]
    assert listed(books, "bounty", "proofs", "--known-at", "1") == []


def test_a_saved_answer_proves_what_its_address_would(
    books: Books, server: GitHubServer, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.json"
    saved.write_text(json.dumps(pull_request(server.url)))
    evidence(books, saved)
    digest = books.digest()
    evidence(books, f"{server.url}/{REPOSITORY}/pull/12")
    assert books.digest() == digest
    (proof,) = listed(books, "bounty", "proofs")
    assert proof["source"] == "file"


def test_what_is_no_evidence_is_refused_and_changes_nothing(
    books: Books, server: GitHubServer, tmp_path: Path
) -> None:
    saved = tmp_path / "saved.json"
    digest = books.digest()
    for told, code in (
        (json.dumps(release(server.url, prerelease=True)), "evidence_shows_no_gate"),
        (json.dumps(pull_request(WEB)), "evidence_invalid"),
        ("{}", "evidence_invalid"),
    ):
        saved.write_text(told)
        assert code in evidence(books, saved, status=BAD_INPUT).err
    assert "file_missing" in evidence(books, tmp_path / "none", status=BAD_INPUT).err
    assert "evidence_address" in evidence(books, f"{WEB}/x", status=BAD_INPUT).err
    assert "evidence_elsewhere" in evidence(books, "PVTI_item", status=BAD_INPUT).err
    server.refusal = Reply(status=404)
    said = evidence(books, f"{server.url}/{REPOSITORY}/pull/12", status=UNAVAILABLE).err
    assert said.startswith("github_unavailable: GitHub gave no evidence: it has no such thing")
    assert books.digest() == digest


def test_a_bounty_that_is_not_there_asks_nobody(books: Books, server: GitHubServer) -> None:
    answer = feeshare(books, "bounty", "evidence", "b2", f"{server.url}/{REPOSITORY}/pull/12")
    assert answer.err.startswith("reference_unknown")
    assert server.asked == []
