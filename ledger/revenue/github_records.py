"""Records of GitHub: what a pull request, release, review, issue or board item shows of a bounty.

Law: an unknown shape is refused with every problem. Repositories and boards are those that the
house accepts, as anybody may open one and say what they like there. Bodies and comments are never
read: no address and no amount comes from there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from ledger import exact_json
from ledger.errors import BadInput, Problem
from ledger.revenue.github_fields import Fields
from ledger.rule_values import REPOSITORY

DELIVERED, APPROVED, QA_PASSED = "delivered", "approved", "qa-passed"
MERGED, RELEASED = "merged", "released"
"""The gates that a record of GitHub may show; a proposal is voted on elsewhere."""

COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
TEAM = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Whose approval counts, by what GitHub says they are to the repository: anybody may review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Where evidence may come from: the site, repositories and boards, and what passes there."""

    web: str
    repositories: tuple[str, ...]
    boards: tuple[str, ...]
    status_field: str
    qa_passed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a JSON of GitHub says that a gate can stand on; nothing else of it is kept.

    `gates` has the gates that it shows with their days in UTC, the one it is for first; `title` is
    for a person to know it by and goes nowhere else.
    """

    repository: str
    url: str
    title: str
    says: str
    gates: Mapping[str, date]


def read(raw: bytes, accepted: Accepted, place: str) -> Record:
    """Return what the bytes of an answer of GitHub's API say, at `place` in messages.

    Raises:
        BadInput: they are no such answer, or of a repository or board that is not accepted; all
            problems are listed.
    """
    try:
        told = exact_json.parse(raw)
    except ValueError as error:
        expected = f"JSON as GitHub's API answers it ({error})"
        raise BadInput([_invalid(place, expected)]) from None
    fields = Fields(told if isinstance(told, dict) else {}, place)
    reader = next((it for name, it in READERS.items() if name in fields.told), None)
    if reader is None:
        expected = "one pull request, release, review, issue or board item"
        raise BadInput([_invalid(place, expected)])
    found = reader(fields, accepted)
    if fields.problems:
        raise BadInput(fields.problems)
    return found


def _pull_request(fields: Fields, accepted: Accepted) -> Record:
    repository = _repository(fields, accepted, "base", "repo", "full_name")
    number, branch = fields.whole("number"), fields.text("base", "ref")
    url = _address(fields, accepted, f"{repository}/pull/{number}")
    state, draft, merged = fields.text("state"), fields.flag("draft"), fields.flag("merged")
    opened = fields.moment("created_at")
    gates = {}
    if merged:
        at, commit = fields.moment("merged_at"), fields.text("merge_commit_sha")
        if state != "closed" or not COMMIT.fullmatch(commit):
            fields.wrong(("state",), f"{state}, {commit}", "closed, with the commit of the merge")
        found = f"merged into {branch} at {at:%Y-%m-%dT%H:%M:%SZ} as {commit}"
        gates = {MERGED: at.date(), DELIVERED: opened.date()}
    elif state == "closed":
        found = "closed, not merged"
    elif draft:
        found = f"a draft for {branch}, not merged"
    else:
        found = f"open for {branch} since {opened:%Y-%m-%dT%H:%M:%SZ}, not merged"
        gates = {DELIVERED: opened.date()}
    who = fields.handle("user", "login")
    return Record(
        repository=repository,
        url=url,
        title=fields.title("title"),
        says=f"pull request {repository}#{number} by {who}: {found}",
        gates=gates,
    )


def _release(fields: Fields, accepted: Accepted) -> Record:
    tag, url = fields.text("tag_name"), fields.text("html_url")
    repository = _in_address(fields, accepted, url, "/releases/tag/(.+)", tag)
    branch = fields.text("target_commitish")
    if fields.flag("draft"):
        found, gates = "a draft, not published", {}
    else:
        at = fields.moment("published_at")
        found, gates = f"published at {at:%Y-%m-%dT%H:%M:%SZ}", {RELEASED: at.date()}
    if fields.flag("prerelease"):
        found, gates = f"a prerelease, {found}", {}
    return Record(
        repository=repository,
        url=url,
        title=tag,
        says=f"release {repository} {tag} of {branch}: {found}",
        gates=gates,
    )


def _review(fields: Fields, accepted: Accepted) -> Record:
    number, url, state = fields.whole("id"), fields.text("html_url"), fields.text("state")
    repository = _in_address(
        fields, accepted, url, r"/pull/[1-9][0-9]*#pullrequestreview-(.+)", str(number)
    )
    at, standing = fields.moment("submitted_at"), fields.text("author_association")
    pull_request = url.partition("#")[0].rpartition("/")[2]
    who = fields.handle("user", "login")
    counts = state == "APPROVED" and standing in TEAM
    return Record(
        repository=repository,
        url=url,
        title="",
        says=f"review of {repository}#{pull_request} by {who} ({standing}): {state} at "
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        gates={APPROVED: at.date()} if counts else {},
    )


def _issue(fields: Fields, accepted: Accepted) -> Record:
    if "pull_request" in fields.told:
        fields.wrong(("pull_request",), "a pull request's issue", "the pull request itself")
    number, url, state = fields.whole("number"), fields.text("html_url"), fields.text("state")
    repository = _in_address(fields, accepted, url, "/issues/(.+)", str(number))
    if state == "closed":
        at, reason = fields.moment("closed_at"), fields.text("state_reason")
        found = f"closed as {reason} at {at:%Y-%m-%dT%H:%M:%SZ}"
    else:
        found = state
    return Record(
        repository=repository,
        url=url,
        title=fields.title("title"),
        says=f"issue {repository}#{number}: {found}",
        gates={},
    )


def _board_item(fields: Fields, accepted: Accepted) -> Record:
    if fields.at("errors"):
        fields.wrong(("errors",), fields.at("errors"), "an answer without errors")
    node, content = ("data", "node"), ("data", "node", "content")
    board = fields.text(*node, "project", "url")
    if board not in accepted.boards:
        _elsewhere(fields, (*node, "project", "url"), board, accepted.boards)
    repository = _repository(fields, accepted, *content, "repository", "nameWithOwner")
    number, url = fields.whole(*content, "number"), fields.text(*content, "url")
    if url not in {f"{accepted.web}/{repository}/{it}/{number}" for it in ("issues", "pull")}:
        fields.wrong((*content, "url"), url, f"an issue or pull request {number} of {repository}")
    status = _status(fields, accepted, (*node, "fieldValues", "nodes"))
    name, at = status.text("name"), status.moment("updatedAt")
    passed = name.casefold() in {each.casefold() for each in accepted.qa_passed}
    return Record(
        repository=repository,
        url=url,
        title=fields.title(*content, "title"),
        says=f"{board}, item {repository}#{number}: {accepted.status_field} is {name!r} since "
        f"{at:%Y-%m-%dT%H:%M:%SZ}",
        gates={QA_PASSED: at.date()} if passed else {},
    )


def _status(fields: Fields, accepted: Accepted, path: tuple[str, ...]) -> Fields:
    """Return the one value of the status field; its problems are those of the item."""
    nodes = fields.at(*path)
    place = f"{fields.place} {'.'.join(path)}"
    values = [
        Fields(each, place, fields.problems)
        for each in (nodes if isinstance(nodes, list) else [])
        if isinstance(each, dict)
    ]
    found = [each for each in values if each.at("field", "name") == accepted.status_field]
    if len(found) != 1:
        fields.wrong(path, f"{len(found)} of them", f"one value of {accepted.status_field}")
    return found[0] if found else Fields({}, place)


READERS: Mapping[str, Callable[[Fields, Accepted], Record]] = {
    "data": _board_item,
    "errors": _board_item,
    "tag_name": _release,
    "pull_request_url": _review,
    "base": _pull_request,
    "closed_at": _issue,
}
"""How a record is read, by a name that only its kind has; the first that is there decides."""


def _repository(fields: Fields, accepted: Accepted, *path: str) -> str:
    """Return the repository named under a path, and refuse one that is not accepted."""
    name = fields.text(*path)
    if name.casefold() not in {each.casefold() for each in accepted.repositories}:
        _elsewhere(fields, path, name, accepted.repositories)
    return name


def _address(fields: Fields, accepted: Accepted, expected: str) -> str:
    """Return where a person sees the record, which its other fields must lead to."""
    url = fields.text("html_url")
    if url != f"{accepted.web}/{expected}":
        fields.wrong(("html_url",), url, f"{accepted.web}/{expected}")
    return url


def _in_address(fields: Fields, accepted: Accepted, url: str, after: str, name: str) -> str:
    """Return the repository that an address is in, whose end must name the record."""
    found = re.fullmatch(f"{re.escape(accepted.web)}/({REPOSITORY}){after}", url)
    if found is None or unquote(found[2]) != name:
        fields.wrong(("html_url",), url, f"the address of {name} under {accepted.web}")
        return ""
    if found[1].casefold() not in {each.casefold() for each in accepted.repositories}:
        _elsewhere(fields, ("html_url",), found[1], accepted.repositories)
    return found[1]


def _elsewhere(
    fields: Fields, path: tuple[str, ...], found: str, accepted: tuple[str, ...]
) -> None:
    fields.problems.append(
        Problem(
            code="evidence_elsewhere",
            place=f"{fields.place} {'.'.join(path)}",
            value=found,
            expected=f"one of {', '.join(accepted)}" if accepted else "one that the house names",
            mend="Where evidence may come from is the policy github-evidence.",
        )
    )


def _invalid(place: str, expected: str) -> Problem:
    return Problem(code="evidence_invalid", place=place, expected=expected)
