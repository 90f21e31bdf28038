"""GitHub's API over real HTTP: the server stands for a service that is not ours."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from pydantic import SecretStr

from feeshare import github
from feeshare.asking import Asker
from feeshare.github import GitHub, GitHubUnavailable, asked_for, token_of, told, web_of
from feeshare.settings import Settings
from ledger.errors import BadInput
from ledger.revenue.github_records import Accepted
from support.github_server import REPOSITORY, TOKEN, WEB, GitHubServer, github_server
from support.http_server import Reply

PULL = f"{REPOSITORY}/pull/12"


@pytest.fixture(scope="module")
def running() -> Iterator[GitHubServer]:
    with github_server() as server:
        yield server


@pytest.fixture
def server(running: GitHubServer) -> GitHubServer:
    running.asked.clear()
    running.refusal, running.headers = None, {}
    return running


def fetch(server: GitHubServer, named: str, token: str | None = TOKEN) -> bytes:
    asker = Asker("GitHub", GitHubUnavailable, told=told, wait=lambda _: None)
    api = GitHub(server.api, token, asker)
    return api.fetch(asked_for(named, server.url))


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ("/pull/12", "/pulls/12"),
        ("/pull/12#pullrequestreview-80", "/pulls/12/reviews/80"),
        ("/releases/tag/v1.20.0", "/releases/tags/v1.20.0"),
        ("/issues/7", "/issues/7"),
    ],
)
def test_a_record_is_asked_for_where_the_api_has_it(
    server: GitHubServer, named: str, path: str
) -> None:
    path = f"/repos/{REPOSITORY}{path}"
    raw = fetch(server, f"{server.url}/{REPOSITORY}{named}")
    assert json.loads(raw) == server.records[path]
    (asked,) = server.asked
    assert asked.path == f"/api/v3{path}"
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    assert asked.headers["x-github-api-version"] == "2022-11-28"


def test_a_boards_item_is_queried_by_its_id_and_nothing_is_changed(server: GitHubServer) -> None:
    assert json.loads(fetch(server, "PVTI_item")) == server.records["/PVTI_item"]
    (asked,) = server.asked
    question = json.loads(asked.body)
    assert (asked.path, question["variables"]) == ("/api/graphql", {"id": "PVTI_item"})
    assert question["query"].lstrip().startswith("query")
    assert "body" not in question["query"]


def test_the_public_api_has_its_own_host_and_others_a_path() -> None:
    asker = Asker("GitHub", GitHubUnavailable)
    assert web_of(SecretStr("https://api.github.com/")) == WEB
    assert web_of(SecretStr("https://git.example/api/v3")) == "https://git.example"
    assert "authorization" not in GitHub("https://api.github.com", None, asker).headers


def test_a_tag_is_spelt_so_that_it_leads_nowhere_else() -> None:
    asked = asked_for(f"{WEB}/{REPOSITORY}/releases/tag/v1%2F..%2F..%2Fx y", WEB)
    assert asked.path == f"/repos/{REPOSITORY}/releases/tags/v1%2F..%2F..%2Fx%20y"
    assert "/" not in asked.file_name


@pytest.mark.parametrize(
    "named",
    [
        f"http://github.com/{PULL}",
        f"https://github.com.evil.example/{PULL}",
        f"https://github.com@evil.example/{PULL}",
        f"{WEB}/{PULL}/files",
        f"{WEB}/{PULL}?x=1",
        f"{WEB}/{REPOSITORY}/releases/latest",
        f"{WEB}/{REPOSITORY}/../pull/12",
        f"https://api.github.com/repos/{REPOSITORY}/pulls/12",
    ],
)
def test_an_address_of_something_else_is_asked_of_nobody(named: str) -> None:
    with pytest.raises(BadInput, match="evidence_address"):
        asked_for(named, WEB)


@pytest.mark.parametrize(
    ("refusal", "why", "times"),
    [
        (Reply(status=401), "it takes no such token", 1),
        (Reply(status=403), "the token may not read this", 1),
        (Reply(status=404), "it has no such thing, or none that the token may see", 1),
        (Reply(status=301, headers={"location": "/x"}), "it is elsewhere by now", 1),
        (
            Reply(
                status=403,
                headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1699005600"},
            ),
            "asked; ask again from 2023-11-03T10:00:00Z on",
            1,
        ),
        (Reply(status=429, headers={"x-ratelimit-remaining": "0"}), "in an hour was asked", 1),
        (Reply(status=429, headers={"retry-after": "5"}), "asked too often, 4 times", 4),
        (Reply(status=502), "status 502, 4 times", 4),
        (Reply("{}", headers={"X-OAuth-Scopes": "read:org, repo"}), "more than read (repo)", 1),
    ],
    ids=["bad", "denied", "none", "moved", "limit", "limit too", "often", "broken", "writes"],
)
def test_what_github_refuses_is_told_in_words_and_without_the_token(
    server: GitHubServer, refusal: Reply, why: str, times: int
) -> None:
    server.refusal = refusal
    with pytest.raises(GitHubUnavailable) as refused:
        fetch(server, f"{server.url}/{PULL}")
    assert why in refused.value.message
    assert len(server.asked) == times
    assert TOKEN not in refused.value.message
    assert "127.0.0.1" not in refused.value.message


def test_a_token_that_may_only_read_is_taken(server: GitHubServer) -> None:
    server.headers = {"X-OAuth-Scopes": "read:org, read:project"}
    assert fetch(server, f"{server.url}/{PULL}")


def test_an_answer_about_something_else_is_refused(server: GitHubServer) -> None:
    server.records["/repos/hummingbot/gateway/pulls/12"] = server.records[
        f"/repos/{REPOSITORY}/pulls/12"
    ]
    accepted = Accepted(
        web=server.url,
        repositories=(REPOSITORY, "hummingbot/gateway"),
        boards=(),
        status_field="Status",
        qa_passed=("Done",),
    )
    settings = Settings(github_url=SecretStr(server.api))
    named = f"{server.url}/Hummingbot/Hummingbot/pull/12"
    server.records["/repos/Hummingbot/Hummingbot/pulls/12"] = server.records[
        f"/repos/{REPOSITORY}/pulls/12"
    ]
    assert github.shown_by(settings, named, accepted).source == "api"
    with pytest.raises(BadInput, match="expected the record that was asked for"):
        github.shown_by(settings, f"{server.url}/hummingbot/gateway/pull/12", accepted)


def test_a_token_comes_from_the_environment_or_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o600)
    assert token_of(Settings()) is None
    assert token_of(Settings(github_token=SecretStr(TOKEN))) == TOKEN
    assert token_of(Settings(github_token_file=file)) == TOKEN


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        with pytest.raises(BadInput, match="nobody else may read") as refused:
            token_of(Settings(github_token_file=file))
        assert TOKEN not in str(refused.value)


def test_a_token_that_is_none_or_set_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("two words")
    file.chmod(0o600)
    for settings in (
        Settings(github_token_file=tmp_path / "missing"),
        Settings(github_token_file=file),
        Settings(github_token=SecretStr("a\r\nx-evil: 1")),
        Settings(github_token=SecretStr(TOKEN), github_token_file=file),
    ):
        with pytest.raises(BadInput, match="FEESHARE_GITHUB_TOKEN"):
            token_of(settings)


def test_an_api_over_plain_http_elsewhere_is_no_setting() -> None:
    from feeshare.settings import read_settings

    with (
        patch.dict(os.environ, {"FEESHARE_GITHUB_URL": "http://api.github.com"}),
        pytest.raises(BadInput, match="https address"),
    ):
        read_settings()
