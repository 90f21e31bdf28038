"""What GitHub's answers show, and that nothing else of them is read: no books are needed."""

import json
from dataclasses import astuple
from datetime import date
from typing import Any

import pytest

from ledger.errors import BadInput, Problem
from ledger.revenue.github_records import Accepted, Record, read
from support.github_server import (
    BOARD,
    COMMIT,
    REPOSITORY,
    TRAP,
    WEB,
    board_item,
    issue,
    opened,
    pull_request,
    release,
    review,
    status,
)

ACCEPTED = Accepted(
    web=WEB,
    repositories=("hummingbot/gateway", "Hummingbot/Hummingbot"),
    boards=(BOARD,),
    status_field="Status",
    qa_passed=("QA passed", "Released"),
)


def seen(told: object) -> Record:
    return read(json.dumps(told).encode(), ACCEPTED, "saved.json")


def problems(told: object) -> list[Problem]:
    with pytest.raises(BadInput) as refused:
        seen(told)
    return list(refused.value.problems)


def places(told: object, code: str = "evidence_invalid") -> list[str]:
    found = problems(told)
    assert {each.code for each in found} == {code}
    return [each.place.removeprefix("saved.json").strip() for each in found]


@pytest.mark.parametrize(
    ("told", "gates", "says"),
    [
        (
            pull_request(),
            {"merged": date(2023, 10, 5), "delivered": date(2023, 9, 20)},
            f"pull request {REPOSITORY}#12 by @builder: merged into development at "
            f"2023-10-05T23:59:59Z as {COMMIT}",
        ),
        (
            opened(user=None),
            {"delivered": date(2023, 9, 20)},
            f"pull request {REPOSITORY}#12 by @ghost: open for development since "
            "2023-09-20T08:00:00Z, not merged",
        ),
        (
            release(),
            {"released": date(2023, 10, 9)},
            f"release {REPOSITORY} v1.20.0 of master: published at 2023-10-09T10:00:00Z",
        ),
        (
            review(),
            {"approved": date(2023, 10, 4)},
            f"review of {REPOSITORY}#12 by @reviewer (MEMBER): APPROVED at 2023-10-04T15:00:00Z",
        ),
        (
            board_item(),
            {"qa-passed": date(2023, 10, 3)},
            f"{BOARD}, item {REPOSITORY}#12: Status is 'QA passed' since 2023-10-03T11:00:00Z",
        ),
    ],
    ids=["merged", "opened", "released", "approved", "tested"],
)
def test_what_a_record_shows_is_dated_as_it_states(
    told: dict[str, Any], gates: dict[str, date], says: str
) -> None:
    record = seen(told)
    assert record.gates == gates
    assert list(record.gates) == list(gates)
    assert (record.says, record.repository) == (says, REPOSITORY)
    assert record.url.startswith(f"{WEB}/{REPOSITORY}/")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (opened(draft=True), "a draft for development, not merged"),
        (opened(state="closed"), "closed, not merged"),
        (release(draft=True, published_at=None), "a draft, not published"),
        (release(prerelease=True), "a prerelease, published at"),
        (review(state="CHANGES_REQUESTED"), "CHANGES_REQUESTED at"),
        (review(state="DISMISSED"), "DISMISSED at"),
        (review(author_association="CONTRIBUTOR"), "(CONTRIBUTOR): APPROVED at"),
        (review(author_association="NONE", user={"login": "a[bot]"}), "@a[bot] (NONE): APPROVED"),
        (issue(), "closed as completed at 2023-10-05T23:59:59Z"),
        (issue(state="open", closed_at=None, state_reason=None), "#7: open"),
        (board_item(WEB, status("In progress")), "Status is 'In progress' since"),
    ],
)
def test_what_shows_no_gate_says_what_it_is(told: dict[str, Any], found: str) -> None:
    record = seen(told)
    assert record.gates == {}
    assert found in record.says


@pytest.mark.parametrize("make", [pull_request, opened, release, review, issue])
def test_bodies_are_never_read(make: Any) -> None:  # noqa: ANN401 - makers of several shapes
    told, bare = make(), make()
    for name in ("body", "assets", "comments", "name"):
        bare.pop(name, None)
    assert TRAP in json.dumps(told)
    assert seen(told) == seen(bare)
    assert "0x0000" not in str(astuple(seen(told)))


def test_a_title_is_for_the_eyes_alone() -> None:
    record = seen(pull_request(title="\x1b[31m" + TRAP * 2))
    assert record.title.startswith("\\x1b[31mPay")
    assert len(record.title) == 120
    assert "Pay" not in record.says + record.url


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        (pull_request(number="12"), ["number", "html_url"]),
        (pull_request(number=1.5), ["number", "html_url"]),
        (pull_request(merged="yes", draft=None), ["draft", "merged"]),
        (pull_request(merged_at="2023-10-05"), ["merged_at"]),
        (pull_request(merged_at="2023-13-05T00:00:00Z"), ["merged_at"]),
        (pull_request(merge_commit_sha="abc"), ["state"]),
        (pull_request(state="open"), ["state"]),
        (pull_request(title=5, user={"login": "no handle"}), ["user.login", "title"]),
        (pull_request(html_url="https://github.com.evil.example/x"), ["html_url"]),
        (pull_request(base={"ref": "a\nb", "repo": {"full_name": REPOSITORY}}), ["base.ref"]),
        (release(html_url=f"{WEB}/{REPOSITORY}/releases/tag/v2"), ["html_url"]),
        (release(published_at=None), ["published_at"]),
        (review(html_url=f"{WEB}/{REPOSITORY}/pull/12#discussion_r80"), ["html_url"]),
        (issue(pull_request={"url": "x"}), ["pull_request"]),
        (board_item(WEB, {}), ["data.node.fieldValues.nodes"]),
        (board_item(WEB, status(), status()), ["data.node.fieldValues.nodes"]),
        (board_item(WEB, url=f"{WEB}/{REPOSITORY}/pull/13"), ["data.node.content.url"]),
    ],
)
def test_a_field_of_another_shape_is_named(told: dict[str, Any], wrong: list[str]) -> None:
    found = places(told)
    assert [place.partition(" ")[0] for place in found] == wrong


def test_a_query_that_failed_is_told_with_all_that_lacks() -> None:
    found = problems({"data": {"node": None}, "errors": [{"type": "NOT_FOUND"}]})
    assert "NOT_FOUND" in found[0].sentence()
    assert len(found) > 5
    assert problems({"data": {"node": {"fieldValues": {"nodes": 5}}}})


@pytest.mark.parametrize(
    "told",
    [
        pull_request(base={"ref": "development", "repo": {"full_name": "other/hummingbot"}})
        | {"html_url": f"{WEB}/other/hummingbot/pull/12"},
        release(html_url=f"{WEB}/other/hummingbot/releases/tag/v1.20.0"),
        review(html_url=f"{WEB}/other/hummingbot/pull/12#pullrequestreview-80"),
        board_item(board="https://github.com/users/builder/projects/1"),
    ],
    ids=["pull request", "release", "review", "board"],
)
def test_another_repository_or_board_than_the_houses_is_refused(told: dict[str, Any]) -> None:
    (problem,) = problems(told)
    assert problem.code == "evidence_elsewhere"
    assert "github-evidence" in problem.mend


def test_a_house_that_names_no_board_takes_none() -> None:
    none = Accepted(
        web=WEB, repositories=(REPOSITORY,), boards=(), status_field="Status", qa_passed=("Done",)
    )
    with pytest.raises(BadInput, match="one that the house names"):
        read(json.dumps(board_item()).encode(), none, "item")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "JSON as GitHub's API answers it"),
        (b"\xff{}", "JSON as GitHub's API answers it"),
        (b'{"merged": false, "merged": true}', "a name stands twice"),
        (b'{"number": NaN}', "NaN is no number"),
        (b"[" * 100_000, "JSON as GitHub's API answers it"),
        (b"[]", "one pull request, release, review, issue or board item"),
        (b'{"message": "Not Found"}', "one pull request, release, review, issue or board item"),
    ],
)
def test_bytes_that_are_no_answer_are_refused(raw: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(raw, ACCEPTED, "saved.json")
