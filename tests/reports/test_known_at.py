"""What was known at a change stays what it was: every report, every export, every table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

import feeshare.every_table  # noqa: F401 - every table is asked for
from feeshare.reporting import PROGRAMS
from feeshare.tie_outs import tie_outs
from ledger.base import Base
from ledger.errors import Refusal
from ledger.known_at import as_known
from ledger.sealing import head
from reports import catalogue
from reports.query import Asked
from reports.render import files
from support import sample_shares
from support.books import Books
from support.sample_entries import MADE_AT
from support.sample_history import CHAPTERS

SEPTEMBER = date(2023, 9, 1)


def questions(name: str) -> Iterator[Asked]:
    """Yield what a report is asked for: all of it and a month; an account that comes later."""
    offer = catalogue.CATALOGUE[name]
    asked = Asked(
        payee="ada" if "payee" in offer.needs else None,
        statement=sample_shares.RESTATED if "statement" in offer.needs else None,
        exchange="binance" if "exchange" in offer.needs else None,
    )
    if "period" in offer.takes:
        yield replace(asked, period=SEPTEMBER)
    if "period" not in offer.needs:
        yield asked
    if "account" in offer.takes:
        yield replace(asked, account="assets:wallet:later")


def told(session: Session, known_at: int | None = None) -> dict[str, list[bytes | str]]:
    """Return every report as CSV and JSON, or the code of its refusal; exports, and tie-outs."""
    found: dict[str, list[bytes | str]] = {}
    for name in catalogue.CATALOGUE:
        for asked in questions(name):
            try:
                report = catalogue.build(session, name, replace(asked, known_at=known_at), MADE_AT)
            except Refusal as refusal:
                found[f"{name} {asked}"] = [refusal.code]
            else:
                formats = ("csv", "json")
                found[f"{name} {asked}"] = [files.render(report, each) for each in formats]
    for name, export in PROGRAMS.items():
        found[name] = ["".join(export(session, as_of=None, known_at=known_at))]
    with as_known(session, known_at):
        found["tie-outs"] = [repr(list(tie_outs(session)))]
    return found


def rows(session: Session) -> dict[str, list[str]]:
    """Return the rows of every table as text, in an order of their own."""
    return {
        name: list(session.scalars(text(f'SELECT t::text FROM "{name}" t ORDER BY 1')))
        for name, table in Base.metadata.tables.items()
        if {"change_no", "entry_number"} & {*table.columns.keys()} or name == "changes"
    }


def test_whatever_is_told_as_known_at_a_change_is_what_was_told_then(books: Books) -> None:
    kept = {}
    for chapter in CHAPTERS:
        for step in chapter:
            step(books)
        with books.read() as session:
            kept[head(session).number] = (told(session), rows(session))
    with books.read() as session:
        for number, (then, rows_then) in kept.items():
            again = told(session, number)
            assert [name for name in then if again[name] != then[name]] == [], number
            assert again.keys() == then.keys()
            with as_known(session, number):
                assert rows(session) == rows_then, number
    # Otherwise nothing was compared: each of them told something else at some time.
    changed = {
        question.partition(" ")[0]
        for question in again
        if len({str(then[question][:1]) for then, _ in kept.values()}) > 1
    }
    assert changed == {question.partition(" ")[0] for question in again}
