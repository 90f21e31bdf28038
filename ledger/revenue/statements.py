"""Statements: staged from a file, then accepted into the books or turned away.

Law: nothing posts until a person accepts; the file stays as evidence; an agreement and month have
one accepted statement; the same bytes again change nothing, other bytes for the same month are
refused until the earlier one is rejected.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.accounts import Chart
from ledger.errors import BadInput, Conflict, Problem, ReferenceReused, UnknownReference
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.periods import open_date
from ledger.revenue.agreements import TermsInForce, TermsMissing, terms_on
from ledger.revenue.mapping import Mapping
from ledger.revenue.rows import StatementRow
from ledger.revenue.tables import (
    Agreement,
    Statement,
    StatementAcceptance,
    StatementLine,
    StatementRejection,
    StatementWaiver,
)
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A statement that a file gave, and whether this call staged it."""

    statement: Statement
    new: bool


def accepted() -> ColumnElement[bool]:
    """Return the condition that a statement was accepted."""
    return exists().where(StatementAcceptance.statement == Statement.id)


def rejected() -> ColumnElement[bool]:
    """Return the condition that a statement was rejected."""
    return exists().where(StatementRejection.statement == Statement.id)


def named(session: Session, identity: str) -> Statement:
    """Return a statement by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Statement, identity)
    if found is None:
        raise UnknownReference("statement", identity, mend="See: feeshare review")
    return found


def waiting(session: Session) -> Sequence[Statement]:
    """Return the statements that are staged and neither accepted nor rejected, by id."""
    return session.scalars(
        select(Statement).where(~accepted(), ~rejected()).order_by(Statement.period, Statement.id)
    ).all()


def accepted_of(session: Session, period: str) -> Sequence[Statement]:
    """Return the accepted statements of a month, by id."""
    return session.scalars(
        select(Statement).where(accepted(), Statement.period == period).order_by(Statement.id)
    ).all()


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
        ReferenceReused: the month was stated before by another file.
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


def accept(change: Change, identity: str) -> tuple[StatementAcceptance, bool]:
    """Accept a staged statement: post what the exchange owes us; say whether that was new.

    The entry is dated the last day of its month, or the first open day if that is closed.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was rejected.
    """
    session = change.session
    statement = named(session, identity)
    known = session.get(StatementAcceptance, identity)
    if known is not None:
        return known, False
    if session.get(StatementRejection, identity) is not None:
        raise Conflict(f"Statement {identity} was rejected.", mend="Import the right file.")
    month_end = last_day(parse_month(statement.period))
    terms = terms_on(session, statement.agreement, month_end)
    on, relates_to = open_date(session, month_end)
    exchange = terms.agreement.exchange
    entry = post_one(
        change,
        JournalEntry(
            reference=f"statement:{identity}",
            effective_date=on,
            kind="statement",
            narration=f"Fee share {statement.period} of {terms.agreement.id}",
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[
                Posting(
                    Chart.RECEIVABLE_FEE_SHARE.value,
                    statement.fee_share,
                    statement.commodity,
                    exchange,
                    identity,
                ),
                Posting(
                    Chart.INCOME_FEE_SHARE.value,
                    -statement.fee_share,
                    statement.commodity,
                    exchange,
                    identity,
                ),
            ],
        ),
    )
    acceptance = StatementAcceptance(
        statement=identity,
        accepted_by=change.actor,
        terms_version=terms.terms.version,
        entry_number=entry.number,
    )
    change.add(acceptance)
    return acceptance, True


def reject(change: Change, identity: str, *, reason: str) -> bool:
    """Turn a staged statement away; say whether that was new.

    Raises:
        UnknownReference: no statement has this id.
        Conflict: it was accepted.
    """
    session = change.session
    named(session, identity)
    if session.get(StatementRejection, identity) is not None:
        return False
    if session.get(StatementAcceptance, identity) is not None:
        raise Conflict(
            f"Statement {identity} was accepted; it is in the books.",
            mend="A corrected figure needs a restatement of this month.",
        )
    change.add(StatementRejection(statement=identity, rejected_by=change.actor, reason=reason))
    return True


def waive(change: Change, agreement: str, period: str, *, reason: str) -> bool:
    """Record that no statement will come for an agreement and month; say whether that was new.

    Raises:
        UnknownReference: no agreement has this id.
    """
    session = change.session
    if session.get(Agreement, agreement) is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    if session.get(StatementWaiver, (agreement, period)) is not None:
        return False
    change.add(
        StatementWaiver(agreement=agreement, period=period, waived_by=change.actor, reason=reason)
    )
    return True


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
    total = _total(lines)
    if total == 0:
        problems.append(
            Problem(
                code="zero_amount",
                place=place,
                row=lines[0].row,
                value=plain(total),
                expected="an amount that is owed",
                mend=f"Nothing is owed: feeshare month waive {lines[0].period} --reason …",
            )
        )
    if terms.terms.fixed_amount is not None and total != terms.terms.fixed_amount:
        problems.append(
            Problem(
                code="fixed_amount_differs",
                place=place,
                row=lines[0].row,
                value=plain(total),
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
    earlier = session.scalars(
        select(Statement)
        .where(Statement.agreement == agreement, Statement.period == period)
        .order_by(Statement.version.desc())
    ).first()
    version = 1
    if earlier is not None:
        if earlier.evidence == evidence:
            return Staged(statement=earlier, new=False)
        if session.get(StatementRejection, earlier.id) is None:
            raise ReferenceReused(
                "Statement",
                earlier.id,
                f"{plain(earlier.fee_share)} {earlier.commodity} from another file, now "
                f"{plain(_total(lines))}",
            )
        version = earlier.version + 1
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
        fee_share=_total(lines),
        rate=rates.pop() if len(rates) == 1 else None,
        row_count=len(lines),
    )
    change.add(statement)
    change.add(
        *(
            StatementLine(
                statement=statement.id,
                row=line.row,
                occurrence=line.occurrence,
                fee_share=line.fee_share,
                cells=json.dumps(line.cells, ensure_ascii=False, separators=(",", ":")),
            )
            for line in lines
        )
    )
    return Staged(statement=statement, new=True)


def _total(lines: Iterable[StatementRow]) -> Decimal:
    total = Decimal(0)
    for line in lines:
        total = CONTEXT.add(total, line.fee_share)
    return total
