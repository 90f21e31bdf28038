"""Files of votes: Snapshot's answer, or a list with a vote a row, read as votes that were seen."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from feeshare import snapshot_answers
from feeshare.loading import noted
from feeshare.records import Record, records_in
from feeshare.snapshot_answers import Told
from ledger.governance_rules import TYPES
from payouts.proposals import identified
from payouts.votes import STATES, Choice, Seen

REQUIRED = ("space", "hash", "title", "state", "start", "end", "votes_for", "votes_against")
OPTIONAL = (
    *("votes_abstain", "label", "type", "created", "snapshot_block", "circulating_supply"),
    *("total_supply", "supply_source", "amount", "commodity", "link", "author"),
)
SIDES = ("for", "against", "abstain")


def read(content: bytes, path: Path, told: Told) -> list[Seen]:
    """Return the votes in a file; what is told besides holds where the file does not say it.

    Args:
        content: the file's bytes.
        path: its name; JSON is Snapshot's answer, CSV and YAML are lists.
        told: what whoever imports says besides.

    Raises:
        BadInput: with everything that is wrong with the file.
    """
    if path.suffix.lower() == ".json":
        return snapshot_answers.read(content, path.name, told)
    records, faults = records_in(content, path, required=REQUIRED, optional=OPTIONAL)
    votes: list[Seen] = []
    for record in records:
        with noted(record):
            votes += _votes(record, told)
    faults.raise_if_any()
    return votes


def _votes(record: Record, told: Told) -> list[Seen]:
    before = len(record.faults.problems)
    starts_at, ends_at = _moment(record, "start"), _moment(record, "end")
    created_at = _moment(record, "created", required=False)
    state = _word(record, "state", STATES)
    choices = tuple(_choice(record, side) for side in SIDES)
    said = _said(record, told)
    space, key = identified(record.text("space"), record.text("hash"))
    if starts_at is None or ends_at is None or len(record.faults.problems) > before:
        return []
    seen = Seen(
        space=space,
        hash=key,
        title=record.text("title"),
        method="basic",
        state=state,
        created_at=created_at,
        starts_at=starts_at,
        ends_at=ends_at,
        snapshot_block=record.text("snapshot_block", required=False),
        choices=choices,
        link=record.text("link", required=False),
        author=record.text("author", required=False),
        **said.columns,
    )
    return [seen]


def _said(record: Record, told: Told) -> Told:
    """Return what a row says of its vote besides, and what was told where it does not say it."""

    def text(column: str, otherwise: str) -> str:
        return record.text(column, required=False) or otherwise

    def quantity(column: str, otherwise: Decimal | None) -> Decimal | None:
        found = record.quantity(column, required=False)
        return otherwise if found is None else found

    return Told(
        label=text("label", told.label),
        kind=_word(record, "type", ("", *TYPES)) or told.kind,
        amount=quantity("amount", told.amount),
        commodity=text("commodity", told.commodity or "") or None,
        circulating_supply=quantity("circulating_supply", told.circulating_supply),
        total_supply=quantity("total_supply", told.total_supply),
        supply_source=text("supply_source", told.supply_source),
    )


def _choice(record: Record, side: str) -> Choice:
    column = f"votes_{side}"
    score = record.quantity(column, required=side != "abstain") or Decimal(0)
    if score < 0:
        record.fault("proposal_invalid", column, "a number from 0")
    return Choice(choice=side, counts_as=side, score=score)


def _moment(record: Record, column: str, *, required: bool = True) -> datetime | None:
    text = record.text(column, required=required)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        record.fault("date_invalid", column, "a time with its zone: 2023-10-07T12:00:00Z")
        return None
    return moment.astimezone(UTC)


def _word(record: Record, column: str, known: tuple[str, ...]) -> str:
    told = record.text(column, required="" not in known)
    if told not in known:
        record.fault("value_unknown", column, f"one of {', '.join(filter(None, known))}")
    return told
