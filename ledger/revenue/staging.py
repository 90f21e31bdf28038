"""Staging: what a file's rows state, one statement for each agreement and month.

Law: staging posts nothing; the file stays as evidence; the same bytes again change nothing. Other
bytes for a month that was accepted are its next version, a restatement; while an earlier file
waits they are refused. Every problem of a file with its agreements and terms is told at once.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.money import plain, total
from ledger.months import last_day, parse_month
from ledger.revenue.agreements import TermsInForce, TermsMissing, terms_on
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import StatementRow
from ledger.revenue.tables import (
    Agreement,
    Statement,
    StatementAcceptance,
    StatementLine,
    StatementRejection,
    StatementWithdrawal,
)
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A statement that a file gave, and whether this call staged it."""

    statement: Statement
    new: bool


def stage(
    change: Change,
    mapping: Mapping,
    rows: Iterable[StatementRow],
    *,
    evidence: str,
    place: str,
) -> list[Staged]:
    """Stage the statements in a file's rows: one for each agreement and month.

    Args:
        change: the open change.
        mapping: the format that the file was read with.
        rows: its rows, none with a problem.
        evidence: the SHA-256 of the file, kept already.
        place: the file's name, for messages.

    Raises:
        BadInput: rows that fit no agreement, or terms; every problem is listed.
        ReferenceReused: another file of the month waits for review.
    """
    session = change.session
    problems: list[Problem] = []
    grouped: dict[tuple[str, str], list[StatementRow]] = defaultdict(list)
    for row in rows:
        agreement = _agreement_of(session, row, place, problems)
        if agreement is not None:
            grouped[agreement.id, row.period].append(row)
    drafts = []
    for (agreement_id, period), lines in sorted(grouped.items()):
        try:
            terms = terms_on(session, agreement_id, last_day(parse_month(period)))
        except TermsMissing as missing:
            problems.append(
                Problem(
                    code=missing.code,
                    place=place,
                    row=lines[0].row,
                    value=period,
                    expected=f"terms of {agreement_id} in force on {missing.day}",
                    mend=missing.mend,
                )
            )
            continue
        problems += _terms_problems(terms, lines, place)
        drafts.append((agreement_id, period, lines))
    if problems:
        raise BadInput(problems)
    return [
        _stage_one(change, mapping, agreement_id, period, lines=lines, evidence=evidence)
        for agreement_id, period, lines in drafts
    ]


def _agreement_of(
    session: Session, row: StatementRow, place: str, problems: list[Problem]
) -> Agreement | None:
    exchange = parties.find(session, row.exchange)
    if exchange is None:
        problems.append(
            Problem(
                code="reference_unknown",
                place=place,
                row=row.row,
                value=row.exchange,
                expected="an exchange that is known by this name or an alias",
                mend="Load it: feeshare exchange load FILE",
            )
        )
        return None
    found = session.scalars(
        select(Agreement)
        .where(Agreement.exchange == exchange.id, Agreement.commodity == row.currency)
        .where(*([Agreement.stream == row.stream] if row.stream else []))
        .order_by(Agreement.id)
    ).all()
    if len(found) == 1:
        return found[0]
    problems.append(
        Problem(
            code="agreement_unknown" if not found else "agreement_ambiguous",
            place=place,
            row=row.row,
            value=" ".join(filter(None, (row.exchange, row.stream, row.currency))),
            expected=(
                f"one agreement with {exchange.name} in {row.currency}"
                + (f", not {', '.join(each.id for each in found)}" if found else "")
            ),
            mend="" if not found else "Let the mapping name the stream.",
        )
    )
    return None


def _terms_problems(
    terms: TermsInForce, lines: Sequence[StatementRow], place: str
) -> list[Problem]:
    """Return where rows contradict the terms: a rate outside, another amount, nothing owed."""
    low, high = terms.terms.rate_low, terms.terms.rate_high
    problems = []
    for line in lines:
        if low is None or high is None:
            continue
        if line.rate is None and low != high:
            problems.append(
                Problem(
                    code="rate_missing",
                    place=place,
                    row=line.row,
                    expected=f"the rate applied: the terms say {plain(low)} to {plain(high)}",
                )
            )
        elif line.rate is not None and not low <= line.rate <= high:
            problems.append(
                Problem(
                    code="rate_outside_terms",
                    place=place,
                    row=line.row,
                    value=plain(line.rate),
                    expected=f"a rate from {plain(low)} to {plain(high)}",
                )
            )
    stated = total(line.fee_share for line in lines)
    if stated == 0:
        problems.append(
            Problem(
                code="zero_amount",
                place=place,
                row=lines[0].row,
                value=plain(stated),
                expected="an amount that is owed",
                mend=f"Nothing is owed: feeshare month waive {lines[0].period} --reason …",
            )
        )
    if terms.terms.fixed_amount is not None and stated != terms.terms.fixed_amount:
        problems.append(
            Problem(
                code="fixed_amount_differs",
                place=place,
                row=lines[0].row,
                value=plain(stated),
                expected=f"the fixed amount of the terms, {plain(terms.terms.fixed_amount)}",
            )
        )
    return problems


def _stage_one(
    change: Change,
    mapping: Mapping,
    agreement: str,
    period: str,
    *,
    lines: Sequence[StatementRow],
    evidence: str,
) -> Staged:
    session = change.session
    versions = session.scalars(
        select(Statement)
        .where(Statement.agreement == agreement, Statement.period == period)
        .order_by(Statement.version.desc())
    ).all()
    for known in versions:
        taken_back = session.get(StatementWithdrawal, known.id) is not None
        if known.evidence == evidence and not taken_back:
            return Staged(statement=known, new=False)
    if versions and _waits(session, versions[0]):
        raise ReferenceReused(
            "Statement",
            versions[0].id,
            f"{plain(versions[0].fee_share)} {versions[0].commodity} from another file, now "
            f"{plain(total(line.fee_share for line in lines))}",
        )
    version = 1 + (versions[0].version if versions else 0)
    rates = {line.rate for line in lines}
    statement = Statement(
        id=f"{agreement}:{period}:{version}",
        agreement=agreement,
        period=period,
        version=version,
        evidence=evidence,
        mapping=mapping.name,
        mapping_version=mapping.version,
        commodity=lines[0].currency,
        fee_share=total(line.fee_share for line in lines),
        rate=rates.pop() if len(rates) == 1 else None,
        row_count=len(lines),
    )
    change.add(statement)
    change.add(*_lines(statement.id, mapping, lines))
    return Staged(statement=statement, new=True)


def _lines(
    statement: str, mapping: Mapping, lines: Sequence[StatementRow]
) -> Iterator[StatementLine]:
    """Yield the lines of a statement; true repeats are told apart by their occurrence."""
    seen: Counter[tuple[object, ...]] = Counter()
    for line in lines:
        content = line[2:]
        seen[content] += 1
        cells = list(zip(mapping.header, line.cells, strict=False))
        yield StatementLine(
            statement=statement,
            row=line.row,
            occurrence=seen[content],
            fee_share=line.fee_share,
            cells=json.dumps(cells, ensure_ascii=False, separators=(",", ":")),
        )


def _waits(session: Session, statement: Statement) -> bool:
    """Return whether nobody has accepted a staged statement or turned it away."""
    return all(
        session.get(end, statement.id) is None for end in (StatementAcceptance, StatementRejection)
    )
