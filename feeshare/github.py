"""GitHub's API, asked for one record that a person named by its address.

Law: nothing is written there, and a token that could is refused. The token goes to the API alone
and into no message; answers are bytes, read elsewhere.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from pydantic import SecretStr

from feeshare.asking import OK, TOO_MANY, Asker
from feeshare.records import content_of
from feeshare.settings import PREFIX, Settings
from ledger.errors import BadInput, Problem, Unavailable
from ledger.revenue import github_records
from ledger.revenue.bounty_proofs import API, FILE, Shown
from ledger.revenue.github_records import Accepted
from ledger.rule_values import REPOSITORY
from ledger.validation import bad_input

PUBLIC_API, PUBLIC_WEB = "https://api.github.com", "https://github.com"
VERSION = "2022-11-28"
NOT_ALLOWED = 403
REDIRECTS = range(300, 400)
WORDS: Mapping[int, str] = {
    401: "it takes no such token",
    NOT_ALLOWED: "the token may not read this",
    404: "it has no such thing, or none that the token may see",
}
"""What refusals mean, by status."""

OTHERS_MAY = 0o077
ITEM = re.compile("PVTI_[A-Za-z0-9_-]+")
"""The id of an item of a board; its address in a browser does not lead to it."""

PATHS: Mapping[str, str] = {
    rf"/({REPOSITORY})/pull/([1-9][0-9]*)": "/repos/{0}/pulls/{1}",
    rf"/({REPOSITORY})/pull/([1-9][0-9]*)#pullrequestreview-([1-9][0-9]*)": (
        "/repos/{0}/pulls/{1}/reviews/{2}"
    ),
    rf"/({REPOSITORY})/releases/tag/([^/?#]+)": "/repos/{0}/releases/tags/{1}",
    rf"/({REPOSITORY})/issues/([1-9][0-9]*)": "/repos/{0}/issues/{1}",
}
"""Where a person sees a record, and where the API has it."""

ITEM_QUERY = """
query($id: ID!) { node(id: $id) { ... on ProjectV2Item {
  project { url }
  content {
    ... on Issue { number url title repository { nameWithOwner } }
    ... on PullRequest { number url title repository { nameWithOwner } }
  }
  fieldValues(first: 100) { nodes { ... on ProjectV2ItemFieldSingleSelectValue {
    name updatedAt field { ... on ProjectV2FieldCommon { name } }
  } } }
} } }
"""


class GitHubUnavailable(Unavailable):
    """GitHub does not answer, or refuses."""

    code = "github_unavailable"

    def __init__(self, source: str, why: str) -> None:
        super().__init__(
            f"{source} gave no evidence: {why}.",
            mend="Nothing was written. Mend that or try later, or save the API's answer as a file "
            "and give that.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A record that a person named: by its address, or a board's item by its id (no address)."""

    path: str
    url: str | None
    item: str | None = None

    @property
    def file_name(self) -> str:
        """Return what the answer is kept as."""
        return f"github{re.sub('[^A-Za-z0-9._-]+', '-', self.path)}.json"


class GitHub:
    """An API at `url`, asked with a token if there is one."""

    def __init__(self, url: str, token: str | None, asker: Asker) -> None:
        self.url = url.rstrip("/")
        self.asker = asker
        self.headers = {"accept": "application/vnd.github+json", "x-github-api-version": VERSION}
        if token is not None:
            self.headers["authorization"] = f"Bearer {token}"

    def fetch(self, asked: Asked) -> bytes:
        """Return the API's answer about a record.

        Raises:
            GitHubUnavailable: it does not answer, or refuses, by its reason.
        """
        if asked.item is None:
            return self.asker.get(f"{self.url}{asked.path}", {}, self.headers)
        question = {"query": ITEM_QUERY, "variables": {"id": asked.item}}
        content = json.dumps(question, sort_keys=True).encode()
        return self.asker.post(f"{self.url.removesuffix('/v3')}/graphql", content, self.headers)


def github(settings: Settings) -> GitHub:
    """Return the API that the settings name.

    Raises:
        BadInput: the token cannot be used as it is set.
    """
    asker = Asker("GitHub", GitHubUnavailable, told=told)
    return GitHub(settings.github_url.get_secret_value(), token_of(settings), asker)


def web_of(url: SecretStr) -> str:
    """Return where a person sees what the API at an address has."""
    api = url.get_secret_value().rstrip("/")
    return PUBLIC_WEB if api == PUBLIC_API else api.removesuffix("/api/v3")


def is_address(text: str) -> bool:
    """Return whether a text names a record by its address or id, not a file."""
    return "://" in text or ITEM.fullmatch(text) is not None


def shown_by(settings: Settings, named: Path | str, accepted: Accepted) -> Shown:
    """Return the record that a person named: a saved answer, or what the API answers now.

    Raises:
        BadInput: the file cannot be read, or this is no address of a record; the answer is no
            record that is accepted, or one of something else; the token cannot be used as set.
        GitHubUnavailable: the API does not answer, or refuses.
    """
    if isinstance(named, Path):
        raw = content_of(named)
        record = github_records.read(raw, accepted, named.name)
        return Shown(record=record, raw=raw, file_name=named.name, source=FILE)
    asked = asked_for(named, accepted.web)
    raw = github(settings).fetch(asked)
    record = github_records.read(raw, accepted, named)
    if asked.url is not None and _plain(asked.url) != _plain(record.url):
        expected = "the record that was asked for"
        raise bad_input(
            code="evidence_elsewhere", place=named, value=record.url, expected=expected
        )
    return Shown(record=record, raw=raw, file_name=asked.file_name, source=API)


def _plain(url: str) -> str:
    return unquote(url).casefold()


def asked_for(named: str, web: str) -> Asked:
    """Return where the API has the record that an address or id names.

    Raises:
        BadInput: it is an address of something else.
    """
    if ITEM.fullmatch(named):
        return Asked(path=f"/{named}", url=None, item=named)
    for pattern, path in PATHS.items():
        found = re.fullmatch(re.escape(web) + pattern, named)
        if found:
            owner_and_name, *others = found.groups()
            parts = [quote(unquote(part), safe="") for part in others]
            return Asked(path=path.format(owner_and_name, *parts), url=named)
    raise bad_input(
        code="evidence_address",
        place="command line",
        value=named,
        expected=f"{web}/OWNER/NAME/ and pull/N, pull/N#pullrequestreview-N, releases/tag/TAG or "
        "issues/N; or the id of a board's item (PVTI_…); or a file",
    )


def token_of(settings: Settings) -> str | None:
    """Return the token to ask with, if one is set.

    Raises:
        BadInput: it is set twice, its file cannot be read or others may read it, or it is none.
    """
    token, path = settings.github_token, settings.github_token_file
    if path is None:
        return _clean("GITHUB_TOKEN", token.get_secret_value()) if token else None
    if token is not None:
        raise _config("GITHUB_TOKEN_FILE", "a token in one place alone")
    return _clean("GITHUB_TOKEN_FILE", _read(path))


def told(status: int, headers: Mapping[str, str]) -> str | None:
    """Return why an answer is of no use, if so: GitHub's statuses in words."""
    if status == OK:
        scopes = [name.strip() for name in headers.get("x-oauth-scopes", "").split(",")]
        writes = [name for name in scopes if name and not name.startswith("read:")]
        may = f"its token may do more than read ({', '.join(writes)}); use one that may not"
        return may if writes else None
    if status in {NOT_ALLOWED, TOO_MANY} and headers.get("x-ratelimit-remaining") == "0":
        return f"as much as it answers in an hour was asked{_until(headers)}"
    if status in REDIRECTS:
        return "it is elsewhere by now; give its present address"
    return WORDS.get(status)


def _until(headers: Mapping[str, str]) -> str:
    seconds = headers.get("x-ratelimit-reset", "")
    if not re.fullmatch("[0-9]{1,11}", seconds):
        return ""
    return f"; ask again from {datetime.fromtimestamp(int(seconds), UTC):%Y-%m-%dT%H:%M:%SZ} on"


def _read(path: Path) -> str:
    try:
        with path.open(encoding="ascii") as file:
            if path.stat().st_mode & OTHERS_MAY:
                expected = "a file that nobody else may read or write: chmod 600"
                raise _config("GITHUB_TOKEN_FILE", expected)
            return file.read()
    except (OSError, UnicodeDecodeError):
        raise _config("GITHUB_TOKEN_FILE", "a file with the token") from None


def _clean(name: str, text: str) -> str:
    token = text.strip()
    if not re.fullmatch("[A-Za-z0-9_.=-]+", token):
        raise _config(name, "a token: letters, digits and underscores")
    return token


def _config(name: str, expected: str) -> BadInput:
    return BadInput([Problem(code="config_invalid", place=PREFIX + name, expected=expected)])
