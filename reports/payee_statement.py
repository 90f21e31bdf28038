"""Payee statement (R18): what a payee earned, what was adjusted and paid, and why, line by line.

Law: every line is read from the journal, so opening, lines and closing cannot part from the
payable sub-ledger (accrued and due together). What fell due moved inside it and is no line; money
of ours that moved is a payment; the entry of an obligation is earned; the rest is adjusted.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger.balances import balances
from ledger.errors import BadInput, Problem, UnknownReference
from ledger.money import CONTEXT, plain
from reports.conversions import CONVERSIONS
from reports.query import Asked, Scope, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import ZERO, Sums, sums, ties

OWED = ("liabilities:accrued:", "liabilities:payable:")
"""Accounts of the payable sub-ledger begin so."""

OWED_BACK = "assets:receivable:payee"
"""Accounts of what a payee owes us begin so; they are no part of the sub-ledger."""

COLUMNS = (
    Column(name="payee_id", kind=Kind.IDENTIFIER),
    Column(name="line", kind=Kind.INTEGER),
    Column(name="date", kind=Kind.DATE),
    Column(name="entry_type", kind=Kind.IDENTIFIER),
    Column(name="period", kind=Kind.IDENTIFIER),
    Column(name="connector", kind=Kind.IDENTIFIER),
    Column(name="sponsor_public_name", kind=Kind.TEXT),
    Column(name="basis_amount", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="rate", kind=Kind.RATE),
    Column(name="split", kind=Kind.RATE),
    Column(name="rounding", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="asset", total=True),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="explanation", kind=Kind.TEXT),
    Column(name="adjustment_of", kind=Kind.INTEGER),
    Column(name="payable", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="due_on", kind=Kind.DATE),
    Column(name="payment_reference", kind=Kind.IDENTIFIER),
    Column(name="document", kind=Kind.IDENTIFIER),
    Column(name="journal_id", kind=Kind.INTEGER),
    Column(name="paid_asset", kind=Kind.IDENTIFIER),
    Column(name="paid_amount", kind=Kind.AMOUNT, commodity_column="paid_asset"),
    Column(name="fx_owed_price", kind=Kind.RATE),
    Column(name="fx_paid_price", kind=Kind.RATE),
    Column(name="fx_source", kind=Kind.TEXT),
)
NOTES = (
    "What is earned is positive, what was paid negative: the amounts sum to the closing balance.",
    "amount = basis_amount x rate x split + rounding. All figures of a line are in its asset.",
    "payable is how much of a line was due, whether or not it was paid since.",
    "paid_amount is that of the whole payment, where it was in another asset than was owed; the "
    "prices are dollars for one unit.",
    "Left out: held, hold_reason, carried_in and carried_out.",
)

LINES = """
    WITH owed AS (
        SELECT p.entry_number, p.effective_date, p.commodity, p.document, -sum(p.amount) AS amount,
            -sum(sum(p.amount)) OVER (PARTITION BY p.entry_number, p.commodity) AS of_entry
        FROM postings p
        WHERE p.party = :payee
            AND (starts_with(p.account, :accrued) OR starts_with(p.account, :payable))
            AND p.entry_number <= :entry_last
            AND p.effective_date >= CAST(:since AS date)
            AND p.effective_date <= CAST(:until AS date)
        GROUP BY p.entry_number, p.effective_date, p.commodity, p.document
    )
    SELECT owed.entry_number, owed.effective_date, owed.commodity, owed.document, owed.amount,
        e.narration, e.reverses, e.relates_to_period,
        o.period, o.base, o.rate, o.weight, o.explanation, o.id AS obligation,
        CASE WHEN EXISTS (
                SELECT 1 FROM postings m WHERE m.entry_number = owed.entry_number
                    AND starts_with(m.account, 'assets:')
                    AND NOT starts_with(m.account, 'assets:receivable:')) THEN 'paid'
            WHEN o.id IS NOT NULL AND owed.amount > 0 THEN 'earned'
            ELSE 'adjustment' END AS entry_type,
        g.stream, x.id AS exchange, x.name AS sponsor,
        CASE WHEN o.id IS NOT NULL THEN (
            SELECT coalesce(sum(m.amount), 0)
            FROM obligations part JOIN payable_moves() m ON m.obligation = part.id
            JOIN journal_entries d ON d.number = m.entry_number
            WHERE (part.id = o.id OR part.split_from = o.id)
                AND d.change_no <= :change AND d.effective_date <= CAST(:until AS date))
            END AS payable,
        (SELECT max(d.due_on)
            FROM obligations part JOIN obligation_dues d ON d.obligation = part.id
            WHERE (part.id = o.id OR part.split_from = o.id)
                AND d.change_no <= :change AND d.due_on <= CAST(:until AS date)) AS due_on,
        (SELECT string_agg(DISTINCT l.external_id, ' ' ORDER BY l.external_id)
            FROM matches m JOIN bank_lines l ON l.id = m.bank_line
            WHERE m.entry_number = owed.entry_number AND m.change_no <= :change) AS payment,
        turned.paid_in, turned.paid, turned.owed_price, turned.paid_price, turned.price_sources
    FROM owed JOIN journal_entries e ON e.number = owed.entry_number
    LEFT JOIN obligations o ON o.id = owed.document AND o.entry_number = owed.entry_number
        AND o.split_from IS NULL AND o.change_no <= :change
    LEFT JOIN agreements g ON g.id = o.agreement
    LEFT JOIN parties x ON x.id = g.exchange
    LEFT JOIN (
        SELECT entry_number, batch, line FROM line_settlements
        UNION ALL SELECT entry_number, batch, line FROM line_returns) ended
        ON ended.entry_number = owed.entry_number
    LEFT JOIN (@CONVERSIONS@) turned ON turned.batch = ended.batch AND turned.line = ended.line
    WHERE owed.of_entry <> 0 AND owed.amount <> 0
    ORDER BY owed.effective_date, owed.entry_number, owed.commodity COLLATE "C",
        owed.document COLLATE "C"
""".replace("@CONVERSIONS@", CONVERSIONS)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return one payee's statement for a month or since the beginning.

    Whoever calls says whose statement a person may see; here only the payee asked for is read.

    Raises:
        BadInput: no payee was asked for.
        UnknownReference: no party has this id.
    """
    limits = scope(session, asked)
    payee = require_payee(session, asked, limits)
    found = fetch(
        session, LINES, **limits.parameters, payee=payee, accrued=OWED[0], payable=OWED[1]
    )
    opening = {} if limits.day_before is None else owed(session, limits, limits.day_before, payee)
    closing = owed(session, limits, limits.until, payee)
    parts = {
        kind: sums((row.commodity, row.amount) for row in found if row.entry_type == kind)
        for kind in ("earned", "adjustment", "paid")
    }
    rows: list[tuple[Cell, ...]] = [
        carried(payee, line, limits.since, balance)
        for line, balance in enumerate(sorted(opening.items()), start=1)
    ]
    rows += [line_of(payee, number, row) for number, row in enumerate(found, len(rows) + 1)]
    return Report(
        name="payee-statement",
        title=f"Statement of {payee}",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("line",),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=(*summaries(opening, parts, closing), *owes(session, limits, payee), *NOTES),
        tie_outs=ties(
            "opening + earned + adjustments - paid = closing = payable sub-ledger",
            sums(pair for side in (opening, *parts.values()) for pair in side.items()),
            closing,
        ),
    )


def require_payee(session: Session, asked: Asked, limits: Scope) -> str:
    """Return the payee asked for, who must be a party known by then."""
    if asked.payee is None:
        raise BadInput([Problem(code="payee_missing", place="payee", expected="a payee's id")])
    sql = "SELECT 1 FROM parties WHERE id = :payee AND change_no <= :change"
    if not fetch(session, sql, payee=asked.payee, change=limits.head.number):
        raise UnknownReference("payee", asked.payee, mend="See: feeshare payee list")
    return asked.payee


def owed(session: Session, limits: Scope, day: date, payee: str) -> dict[str, Decimal]:
    """Return what the books owe a payee at the end of a day, for each commodity, not zeros."""
    return standing(session, limits, day, payee, OWED, sign=-1)


def standing(
    session: Session, limits: Scope, day: date, payee: str, accounts: tuple[str, ...], *, sign: int
) -> dict[str, Decimal]:
    """Return the sum of a payee's balances on accounts that begin so, times a sign."""
    found = balances(session, as_of=day, known_at=limits.head.number, by_party=True)
    summed = sums(
        (row.commodity, CONTEXT.multiply(row.balance, Decimal(sign)))
        for row in found
        if row.party == payee and row.account.startswith(accounts)
    )
    return {commodity: balance for commodity, balance in summed.items() if balance}


def owes(session: Session, limits: Scope, payee: str) -> tuple[str, ...]:
    """Return a note for each commodity that the payee owes back."""
    back = standing(session, limits, limits.until, payee, (OWED_BACK,), sign=1)
    return tuple(
        f"Besides, the payee owes back {plain(amount)} {commodity}."
        for commodity, amount in sorted(back.items())
    )


def carried(payee: str, line: int, since: date, balance: tuple[str, Decimal]) -> tuple[Cell, ...]:
    """Return the line of a balance brought forward."""
    commodity, amount = balance
    told: dict[str, Cell] = {
        "payee_id": payee,
        "line": line,
        "date": since,
        "entry_type": "opening",
        "amount": amount,
        "asset": commodity,
        "explanation": "Balance brought forward",
    }
    return tuple(told.get(column.name) for column in COLUMNS)


def line_of(payee: str, line: int, row: Row[Any]) -> tuple[Cell, ...]:
    """Return the line of one movement; only what was earned from an agreement has a derivation."""
    is_earned = row.entry_type == "earned"
    exact = None
    if is_earned and None not in (row.base, row.rate, row.weight):
        exact = CONTEXT.multiply(CONTEXT.multiply(row.base, row.rate), row.weight)
    return (
        payee,
        line,
        row.effective_date,
        row.entry_type,
        row.period or row.relates_to_period,
        None if row.stream is None else f"{row.exchange}:{row.stream}",
        row.sponsor,
        row.base if is_earned else None,
        row.rate if is_earned else None,
        row.weight if is_earned else None,
        None if exact is None else CONTEXT.subtract(row.amount, exact),
        row.amount,
        row.commodity,
        (row.explanation if is_earned else None) or row.narration,
        row.reverses,
        row.payable if is_earned else None,
        row.due_on if is_earned and row.payable else None,
        row.payment if row.entry_type == "paid" else None,
        row.document,
        row.entry_number,
        row.paid_in,
        row.paid,
        row.owed_price,
        row.paid_price,
        row.price_sources,
    )


def summaries(opening: Sums, parts: dict[str, dict[str, Decimal]], closing: Sums) -> Sequence[str]:
    """Return a sentence for each commodity: opening, earned, adjustments, paid, closing."""
    commodities = sorted({*opening, *closing, *(name for part in parts.values() for name in part)})
    lines = []
    for name in commodities:
        earned, adjusted, paid = (part.get(name, ZERO) for part in parts.values())
        lines.append(
            f"{name}: opening {plain(opening.get(name, ZERO))}, earned {plain(earned)}, "
            f"adjustments {plain(adjusted)}, paid {plain(CONTEXT.minus(paid))}, "
            f"closing {plain(closing.get(name, ZERO))}."
        )
    return lines
