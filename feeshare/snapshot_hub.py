"""Snapshot's hub: asked for one proposal by its space and hash; it answers in GraphQL.

Law: it is asked, never told anything, and outside any change. An answer about another proposal
than was asked for is refused.
"""

import json

from feeshare.asking import Asker
from ledger.errors import Unavailable, UnknownReference
from ledger.exact_json import parse as read

QUERY = (
    "query ($id: String!) { proposal(id: $id) { id title type state choices scores scores_total "
    "scores_state quorum start end created snapshot author link votes space { id } } }"
)
NAME = "Snapshot's hub"


class HubUnavailable(Unavailable):
    """The hub does not answer, or with something else than was asked for."""

    code = "snapshot_unavailable"

    def __init__(self, hub: str, why: str) -> None:
        super().__init__(
            f"{hub} gave no proposal: {why}.",
            mend="Nothing was written. Try again later, or save the answer and import it: "
            "feeshare proposal import FILE",
        )


def ask(url: str, space: str, proposal_hash: str, asker: Asker | None = None) -> bytes:
    """Return the hub's answer about a proposal, as it came.

    Args:
        url: where the hub's GraphQL is.
        space: the proposal's space, such as `hbot.eth`.
        proposal_hash: its hash.
        asker: who asks; one of its own, if none is given.

    Raises:
        HubUnavailable: it does not answer, or about something else.
        UnknownReference: it has no proposal of this hash.
    """
    asker = asker or Asker(NAME, HubUnavailable)
    question = {"query": QUERY, "variables": {"id": proposal_hash}}
    raw = asker.post(url, json.dumps(question).encode())
    try:
        answer = read(raw)
    except ValueError as error:
        raise HubUnavailable(NAME, f"no JSON that can be read ({error})") from None
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, dict) or "proposal" not in data or "errors" in answer:  # type: ignore[operator]
        raise HubUnavailable(NAME, "its answer has no data.proposal, or errors")
    found = data["proposal"]
    if found is None:
        raise UnknownReference("proposal at the hub", f"{space}/{proposal_hash}")
    told = _identity(found)
    if told != (space.lower(), proposal_hash.lower()):
        raise HubUnavailable(NAME, f"it answered about {'/'.join(told)}")
    return raw


def _identity(found: object) -> tuple[str, str]:
    if not isinstance(found, dict):
        return "", ""
    space = found.get("space")
    name = space.get("id") if isinstance(space, dict) else None
    return str(name).lower(), str(found.get("id")).lower()
