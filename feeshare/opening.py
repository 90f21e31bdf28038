"""Opening balances at cut-over, from a file: open receivables one by one, and what accounts hold.

Law: all of a file or nothing; the same file again changes nothing. What accounts hold is an entry
of kind `opening`, which tie-outs leave out on both sides, as no bank line brought it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm import Session

from feeshare.records import Record, read_records
from ledger import evidence, journal, parties
from ledger.accounts import Chart
from ledger.bank_tables import BankAccount
from ledger.commodities import scales
from ledger.errors import BadInput
from ledger.journal import JournalEntry, Posting
from ledger.money import CONTEXT, plain, scale_of
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import is_closed
from ledger.revenue.agreements import TermsMissing, terms_on
from ledger.revenue.opening import open_obligation, open_receivable
from ledger.revenue.tables import Agreement
from ledger.sealing import Change

REQUIRED = ("kind", "date", "amount", "commodity")
OPTIONAL = ("agreement", "period", "account", "payee", "reference")
RECEIVABLE, BALANCE, OBLIGATION = "receivable", "balance", "obligation"
PAYABLES = tuple(account.value for account in Chart if account.startswith("liabilities:payable:"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """One row of the file, in the books: what it is, and whether it is new."""

    name: str
    amount: Decimal
    commodity: str
    new: bool


def load(change: Change, path: Path) -> list[Opened]:
    """Open what a CSV or YAML file lists.

    `receivable` rows name an agreement and a month, `balance` rows a bank account or wallet,
    `obligation` rows a payee, the payable account, the month it was earned and a reference.

    Raises:
        BadInput: unknown kinds, agreements, accounts or commodities, amounts that are none, months
            after the cut-over, dates in closed months: all of them.
        ReferenceReused: something else stands under the same month or account.
    """
    session = change.session
    records, faults = read_records(path, required=REQUIRED, optional=OPTIONAL)
    known = scales(session)
    for record in records:
        _check(session, record, known)
    faults.raise_if_any()
    proof = evidence.keep(change, path.read_bytes(), path.name)
    takers = {RECEIVABLE: _receivable, BALANCE: _balance, OBLIGATION: _obligation}
    return [takers[record.text("kind")](change, record, proof) for record in records]


def _check(session: Session, record: Record, known: dict[str, int]) -> None:
    kind, commodity = record.text("kind"), record.text("commodity")
    on, amount = record.day("date"), record.quantity("amount")
    if commodity not in known:
        record.fault("currency_mismatch", "commodity", f"one of {', '.join(sorted(known))}")
    elif amount is not None and scale_of(amount) > known[commodity]:
        record.fault("too_precise", "amount", f"at most {known[commodity]} decimals")
    if amount is not None and amount <= 0:
        record.fault("amount_invalid", "amount", "an amount above 0")
    if on is not None and is_closed(session, on):
        record.fault("period_closed", "date", "a day in an open month")
    if kind == RECEIVABLE:
        _check_receivable(session, record, on, commodity)
    elif kind == BALANCE:
        if session.get(BankAccount, record.text("account")) is None:
            record.fault("reference_unknown", "account", "a bank account or wallet of ours")
    elif kind == OBLIGATION:
        _check_obligation(session, record)
    else:
        expected = f"{RECEIVABLE}, {BALANCE} or {OBLIGATION}"
        record.fault("value_unknown", "kind", expected)


def _check_receivable(session: Session, record: Record, on: date | None, commodity: str) -> None:
    agreement = session.get(Agreement, record.text("agreement"))
    if agreement is None:
        record.fault("reference_unknown", "agreement", "an agreement's id")
    elif agreement.commodity != commodity:
        record.fault("currency_mismatch", "commodity", f"the agreement's, {agreement.commodity}")
    until = _check_month(record)
    if until is None:
        return
    if on is not None and until >= on:
        record.fault("date_invalid", "period", "a month that ended before the cut-over")
    if agreement is not None:
        try:
            terms_on(session, agreement.id, until)
        except TermsMissing:
            record.fault("terms_missing", "period", "a month with terms of the agreement")


def _check_obligation(session: Session, record: Record) -> None:
    payee = parties.find(session, record.text("payee"))
    if payee is None or payee.kind != "payee":
        record.fault("reference_unknown", "payee", "a payee that is known")
    if record.text("account") not in PAYABLES:
        record.fault("value_unknown", "account", f"one of {', '.join(PAYABLES)}")
    record.text("reference")
    _check_month(record)


def _check_month(record: Record) -> date | None:
    """Return the last day of the row's month; nothing, and a problem noted, where it is none."""
    try:
        return last_day(parse_month(record.text("period")))
    except BadInput:
        record.fault("date_invalid", "period", "a month such as 2023-06")
        return None


def _receivable(change: Change, record: Record, proof: str) -> Opened:
    agreement = change.session.get_one(Agreement, record.text("agreement"))
    statement, new = open_receivable(
        change,
        agreement,
        record.text("period"),
        _amount(record),
        on=_day(record),
        evidence=proof,
    )
    return Opened(
        name=statement.id, amount=statement.fee_share, commodity=statement.commodity, new=new
    )


def _balance(change: Change, record: Record, proof: str) -> Opened:
    account = change.session.get_one(BankAccount, record.text("account"))
    amount, commodity = _amount(record), record.text("commodity")
    posted = journal.post_one(
        change,
        JournalEntry(
            reference=f"opening:{account.id}:{commodity}",
            effective_date=_day(record),
            kind="opening",
            narration=f"Held at cut-over: {plain(amount)} {commodity} in {account.id}",
            evidence=proof,
            postings=[
                Posting(account.account, amount, commodity),
                Posting(Chart.OPENING.value, CONTEXT.minus(amount), commodity),
            ],
        ),
    )
    return Opened(name=account.id, amount=amount, commodity=commodity, new=posted.new)


def _obligation(change: Change, record: Record, proof: str) -> Opened:
    payee = parties.named(change.session, record.text("payee"), kind="payee")
    amount, commodity, period = _amount(record), record.text("commodity"), record.text("period")
    reference = record.text("reference")
    obligation, new = open_obligation(
        change,
        Obligation(
            id=f"opening:{payee.id}:{reference}",
            kind="opening",
            payee=payee.id,
            commodity=commodity,
            amount=amount,
            document=reference,
            period=period,
            entry_number=0,
            payable_account=record.text("account"),
            explanation=f"{plain(amount)} {commodity} of {period} by {reference}",
        ),
        on=_day(record),
        evidence=proof,
    )
    return Opened(name=obligation.id, amount=amount, commodity=commodity, new=new)


def _amount(record: Record) -> Decimal:
    return record.quantity("amount") or Decimal(0)


def _day(record: Record) -> date:
    return record.day("date") or date.min
