"""Staging: what a file's rows state, one statement for each agreement and month.

Law: staging posts nothing; the file stays as evidence; the same bytes again change nothing. Other
bytes for a month that was accepted are its next version, a restatement, or a part of the month
where the format says that months come in parts; while an earlier whole file waits they are
refused. Every problem of a file with its agreements and terms is told at once.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.money import plain
from ledger.months import last_day, parse_month
from ledger.revenue import months_in_parts, warnings
from ledger.revenue.agreements import TermsInForce, TermsMissing, terms_on
from ledger.revenue.drafts import Draft, FileDraft, Group, cells_text
from ledger.revenue.staging_tables import RowAside, StatementReading
from ledger.revenue.tables import (
    Agreement,
    Statement,
    StatementAcceptance,
    StatementLine,
    StatementRejection,
    StatementWithdrawal,
)
from ledger.revenue.terms_check import StatementFigures, amount_problems, rate_problems
from ledger.row_copy import copy_rows
from ledger.sealing import Change

LINE_COLUMNS = ("statement", "row", "occurrence", "fee_share", "cells")
ASIDE_COLUMNS = ("statement", "row", "state", "codes", "told", "cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where drafts come from: how their file was read, and the evidence that it is.

    `amount_columns` are the places of cells that say how much, not of what; `control_totals` is
    what the file states by commodity; `in_parts` says that months of this format come in several
    files; `restates` that this file replaces what there is of its months.
    """

    place: str
    mapping: str
    mapping_version: int
    encoding: str
    sheet: str | None
    header: Sequence[str]
    control_totals: dict[str, Decimal]
    in_parts: bool = False
    amount_columns: frozenset[int] = frozenset()
    warnings: tuple[Problem, ...] = ()
    evidence: str = ""
    restates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A statement that a file gave, and whether this call staged it."""

    statement: Statement
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    draft: Draft
    terms: TermsInForce


def stage(change: Change, file: FileDraft, source: Source) -> list[Staged]:
    """Stage the statements that a file comes to, one for each agreement and month.

    Raises:
        BadInput: rows that fit no agreement, or terms; every problem is listed, those of rows that
            would have been quarantined included.
        ReferenceReused: another file of the month waits for review.
    """
    problems = [replace(problem, place=problem.place or source.place) for problem in file.problems]
    placed = [*_placed(change.session, file.drafts, source, problems)]
    if problems:
        held = [problem for draft in file.drafts for problem in _held(draft)]
        raise BadInput([*dict.fromkeys([*problems, *held])])
    placed.sort(key=lambda each: (each.terms.agreement.id, each.draft.group.period))
    return [_stage_one(change, each, source) for each in placed]


def _placed(
    session: Session, drafts: Iterable[Draft], source: Source, problems: list[Problem]
) -> Iterator[_Placed]:
    """Yield drafts with the terms that they fall under; add what is wrong to the problems."""
    known: dict[tuple[str, str], Draft] = {}
    totals = [draft.group.currency for draft in drafts]
    for draft in drafts:
        agreement = _agreement_of(session, draft.group, draft.first_row, source, problems)
        if agreement is None:
            continue
        period = draft.group.period
        if known.setdefault((agreement.id, period), draft) is not draft:
            problems.append(
                Problem(
                    code="reference_unknown",
                    place=source.place,
                    row=draft.first_row,
                    value=draft.group.exchange,
                    expected=f"one name for {agreement.exchange} in a file, not also "
                    f"{known[agreement.id, period].group.exchange!r}",
                )
            )
            continue
        try:
            terms = terms_on(session, agreement.id, last_day(parse_month(period)))
        except TermsMissing as missing:
            problems.append(
                Problem(
                    code=missing.code,
                    place=source.place,
                    row=draft.first_row,
                    value=period,
                    expected=f"terms of {agreement.id} in force on {missing.day}",
                    mend=missing.mend,
                )
            )
            continue
        problems += _draft_problems(draft, terms, source)
        currency = draft.group.currency
        if draft.quarantined and currency in source.control_totals and totals.count(currency) > 1:
            # The total is of several statements: whether this one meets it could never be told.
            problems += _held(draft)
        yield _Placed(draft=draft, terms=terms)


def _held(draft: Draft) -> list[Problem]:
    """Return what is wrong with the rows of a draft that are in quarantine."""
    return [problem for row in draft.aside for problem in row.problems]


def _draft_problems(draft: Draft, terms: TermsInForce, source: Source) -> Iterator[Problem]:
    """Yield where a draft contradicts its terms; what depends on a whole month waits for one."""
    is_whole = not draft.quarantined and not source.in_parts
    whole = figures_of(draft, source.place)
    if is_whole:
        yield from amount_problems(terms, whole)
    if is_whole or terms.tiers is None:
        for rate, row in draft.rates.items():
            yield from rate_problems(terms, replace(whole, row=row, rates=frozenset({rate})))


def figures_of(draft: Draft, place: str) -> StatementFigures:
    """Return what a draft states, as its terms see it."""
    return StatementFigures(
        place=place,
        row=draft.first_row,
        period=draft.group.period,
        commodity=draft.group.currency,
        fee_share=draft.total,
        rates=frozenset(draft.rates),
        trading_fees=draft.trading_fees,
        volume=draft.volume,
    )


def _agreement_of(
    session: Session, group: Group, row: int, source: Source, problems: list[Problem]
) -> Agreement | None:
    exchange = parties.find(session, group.exchange)
    if exchange is None:
        problems.append(
            Problem(
                code="reference_unknown",
                place=source.place,
                row=row,
                value=group.exchange,
                expected="an exchange that is known by this name or an alias",
                mend="Load it: feeshare exchange load FILE",
            )
        )
        return None
    found = session.scalars(
        select(Agreement)
        .where(Agreement.exchange == exchange.id, Agreement.commodity == group.currency)
        .where(*([Agreement.stream == group.stream] if group.stream else []))
        .order_by(Agreement.id)
    ).all()
    if len(found) == 1:
        return found[0]
    problems.append(
        Problem(
            code="agreement_unknown" if not found else "agreement_ambiguous",
            place=source.place,
            row=row,
            value=" ".join(filter(None, (group.exchange, group.stream, group.currency))),
            expected=(
                f"one agreement with {exchange.name} in {group.currency}"
                + (f", not {', '.join(each.id for each in found)}" if found else "")
            ),
            mend="" if not found else "Let the mapping name the stream.",
        )
    )
    return None


def _stage_one(change: Change, placed: _Placed, source: Source) -> Staged:
    session, draft = change.session, placed.draft
    agreement, period = placed.terms.agreement.id, draft.group.period
    versions = session.scalars(
        select(Statement)
        .where(Statement.agreement == agreement, Statement.period == period)
        .order_by(Statement.version.desc())
    ).all()
    adds = source.in_parts and not source.restates
    known = [
        each
        for each in versions
        if each.evidence == source.evidence and session.get(StatementWithdrawal, each.id) is None
    ]
    if known and not (adds and _misses_rows(session, known)):
        return Staged(statement=known[0], new=False)
    if adds:
        found = months_in_parts.without_known_rows(session, draft, versions, source.amount_columns)
        if not found.row_count and not found.quarantined:
            return Staged(statement=versions[0], new=False)
        draft = found
    elif versions and _waits(session, versions[0]):
        raise ReferenceReused(
            "Statement",
            versions[0].id,
            f"{plain(versions[0].fee_share)} {versions[0].commodity} from another file, now "
            f"{plain(draft.total)}",
        )
    version = 1 + (versions[0].version if versions else 0)
    statement = Statement(
        id=f"{agreement}:{period}:{version}",
        agreement=agreement,
        period=period,
        version=version,
        evidence=source.evidence,
        mapping=source.mapping,
        mapping_version=source.mapping_version,
        commodity=draft.group.currency,
        fee_share=draft.total,
        rate=next(iter(draft.rates)) if len(draft.rates) == 1 else None,
        row_count=draft.row_count,
    )
    change.add(statement)
    _add_rows(change, statement, draft, source, adds=adds)
    warnings.add(change, statement, draft, source.warnings)
    return Staged(statement=statement, new=True)


def _add_rows(
    change: Change, statement: Statement, draft: Draft, source: Source, *, adds: bool
) -> None:
    copy_rows(
        change,
        StatementLine,
        LINE_COLUMNS,
        (
            (statement.id, str(row), str(occurrence), fee_share, cells)
            for row, occurrence, fee_share, _, _, cells in draft.lines
        ),
    )
    change.add(
        StatementReading(
            statement=statement.id,
            encoding=source.encoding,
            sheet=source.sheet,
            header=json.dumps(list(source.header), ensure_ascii=False, separators=(",", ":")),
            rows_in=draft.row_count + len(draft.aside),
            rows_skipped=len(draft.aside) - draft.quarantined,
            rows_quarantined=draft.quarantined,
            control_total=source.control_totals.get(statement.commodity) if not adds else None,
            trading_fees=draft.trading_fees,
            volume=draft.volume,
            adds=adds,
        )
    )
    copy_rows(
        change,
        RowAside,
        ASIDE_COLUMNS,
        (
            (
                statement.id,
                str(row.row),
                row.state,
                " ".join(dict.fromkeys(problem.code for problem in row.problems)),
                row.reason or "\n".join(problem.sentence() for problem in row.problems),
                cells_text(row.cells),
            )
            for row in draft.aside
        ),
    )


def _misses_rows(session: Session, known: Sequence[Statement]) -> bool:
    """Return whether a file's parts left rows out for another part that is not there any more."""
    missing = months_in_parts.missing_rows(session, known[0].agreement, known[0].period)
    return any(each.id in missing for each in known)


def _waits(session: Session, statement: Statement) -> bool:
    """Return whether nobody has accepted a staged statement or turned it away."""
    return all(
        session.get(end, statement.id) is None for end in (StatementAcceptance, StatementRejection)
    )
