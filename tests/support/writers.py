"""Writers: processes that post to the same few accounts and note every answer they get.

A writer's entries follow from its name and their number alone, so that whoever takes its place
posts the same, and whoever counts knows what must be in the books.
"""

import traceback
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from feeshare import clock
from feeshare.database import make_engine, writing
from feeshare.retrying import retried
from ledger.accounts import Chart
from ledger.errors import DatabaseRefused
from ledger.journal import JournalEntry, Posted, Posting, post_one

FREE = (
    Chart.SUSPENSE,
    Chart.OPENING,
    Chart.IN_TRANSIT,
    Chart.INCOME_ROUNDING,
    Chart.EXPENSE_NETWORK_FEES,
)
FLOORED = (
    Chart.PAYABLE_MAINTAINER,
    Chart.PAYABLE_DEVELOPER,
    Chart.PAYABLE_REVIEWER,
    Chart.BOUNTY_DEPOSITS,
    Chart.UNIDENTIFIED_RECEIPTS,
)
HOT = (*FREE, *FLOORED)
"""Ten accounts; half of them may not pass zero."""

ATTEMPTS = 90
"""A server that was killed has about a minute to be back."""


@dataclass
class Noted:
    """What a writer noted: numbers acknowledged with their place in the books, and the rest."""

    acknowledged: dict[int, int] = field(default_factory=dict)
    found: set[int] = field(default_factory=set)
    """Acknowledged now, and in the books since an attempt whose answer was lost."""
    refused: set[int] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return len(self.acknowledged) + len(self.refused)


def entry_of(name: str, number: int) -> JournalEntry:
    """Return the entry that a writer posts under a number."""
    chance = Random(f"{name}/{number}")  # noqa: S311 - the same for whoever asks
    debit, credit = chance.sample(HOT, 2)
    amount = Decimal(chance.randrange(1, 10**9)).scaleb(-6)
    return JournalEntry(
        reference=f"{name}/{number}",
        effective_date=date(2023, 10, chance.randrange(1, 32)),
        kind="manual",
        narration=f"entry {number} of {name}",
        postings=[
            Posting(debit.value, amount, "USDT", document="hot"),
            Posting(credit.value, -amount, "USDT", document="hot"),
        ],
    )


def noted(log: Path) -> Noted:
    """Read a writer's log."""
    result = Noted()
    for line in log.read_text("utf-8").splitlines() if log.exists() else ():
        word, _, rest = line.partition(" ")
        if word in ("new", "found"):
            number, place = map(int, rest.split())
            assert number == result.answered, f"{log.name}: {number} is answered twice"
            result.acknowledged[number] = place
            if word == "found":
                result.found.add(number)
        elif word == "refused":
            result.refused.add(int(rest))
        else:
            result.errors.append(line)
    return result


def write_until(stop: Path, url: str, name: str, log: Path) -> None:
    """Post a writer's entries one after the other until a file says stop; note every answer."""
    engine = make_engine(make_url(url))
    number = noted(log).answered
    # Without a buffer, what is noted stays when this process is killed.
    with log.open("ab", buffering=0) as notes:
        try:
            while not stop.exists():
                notes.write(f"{_answer(engine, name, number)}\n".encode())
                number += 1
        except Exception:  # noqa: BLE001 - whatever a caller sees is counted
            told = traceback.format_exc().replace("\n", " | ")
            notes.write(f"error {told}\n".encode())
    engine.dispose()


def _answer(engine: Engine, name: str, number: int) -> str:
    try:
        posted = retried(partial(_post, engine, name, number), attempts=ATTEMPTS)
    except DatabaseRefused as refusal:
        if "floor:" not in refusal.message:
            raise
        return f"refused {number}"
    return f"{'new' if posted.new else 'found'} {number} {posted.number}"


def _post(engine: Engine, name: str, number: int) -> Posted:
    with writing(engine, actor=name, reason="load", at=clock.now()) as change:
        return post_one(change, entry_of(name, number))
