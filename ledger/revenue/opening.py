"""Opening: what exchanges owed, and what was owed to payees, when the books began.

Law: a receivable is a statement of its month like any other, matched, aged, restated and written
off as such, an obligation one that is due, planned and paid as such; but what they were earned by
lies before the books, so their entries are against opening equity and dated at the cut-over.
"""

from datetime import date
from decimal import Decimal

from ledger.accounts import Chart
from ledger.errors import ReferenceReused
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.agreements import terms_on
from ledger.revenue.expectations import OPENED
from ledger.revenue.staging_tables import StatementReading
from ledger.revenue.tables import Agreement, Statement, StatementAcceptance, StatementLine
from ledger.sealing import Change
from ledger.validation import require_same


def open_receivable(
    change: Change, agreement: Agreement, period: str, amount: Decimal, *, on: date, evidence: str
) -> tuple[Statement, bool]:
    """Open what an exchange owes for a month before the cut-over; say whether that was new.

    Args:
        change: the open change.
        agreement: what it is owed under.
        period: the month, such as `2023-06`.
        amount: what is open of it, above zero, in the agreement's commodity.
        on: the day of the cut-over, in an open month.
        evidence: the file that says so.

    Raises:
        TermsMissing: the agreement had no terms at the month's end.
        ReferenceReused: the month has a statement already, or was opened with another amount.
    """
    session = change.session
    identity = f"{agreement.id}:{period}:1"
    known = session.get(Statement, identity)
    if known is not None:
        if (known.mapping, known.fee_share) != (OPENED, amount):
            raise ReferenceReused(
                "Statement", identity, f"{known.mapping}, {plain(known.fee_share)}"
            )
        return known, False
    terms = terms_on(session, agreement.id, last_day(parse_month(period)))
    statement = Statement(
        id=identity,
        agreement=agreement.id,
        period=period,
        version=1,
        evidence=evidence,
        mapping=OPENED,
        mapping_version=1,
        commodity=agreement.commodity,
        fee_share=amount,
        rate=None,
        row_count=1,
    )
    change.add(statement)
    change.add(
        StatementLine(statement=identity, row=1, occurrence=1, fee_share=amount, cells="[]")
    )
    change.add(
        StatementReading(
            statement=identity,
            encoding="utf-8",
            sheet=None,
            header="[]",
            rows_in=1,
            rows_skipped=0,
            rows_quarantined=0,
            control_total=None,
            trading_fees=None,
            volume=None,
            adds=False,
        )
    )
    posted = post_one(
        change,
        JournalEntry(
            reference=f"opening:{identity}",
            effective_date=on,
            kind="opening-receivable",
            narration=f"Open at cut-over: fee share {period} of {agreement.id}",
            evidence=evidence,
            postings=[
                Posting(account.value, part, agreement.commodity, agreement.exchange, identity)
                for account, part in (
                    (Chart.RECEIVABLE_FEE_SHARE, amount),
                    (Chart.OPENING, CONTEXT.minus(amount)),
                )
            ],
        ),
    )
    change.add(
        StatementAcceptance(
            statement=identity,
            accepted_by=change.actor,
            terms_version=terms.terms.version,
            entry_number=posted.number,
        )
    )
    return statement, True


def open_obligation(
    change: Change, obligation: Obligation, *, on: date, evidence: str
) -> tuple[Obligation, bool]:
    """Open what was owed to a payee, and due, before the cut-over; say whether that was new.

    Args:
        change: the open change.
        obligation: what is owed, without the number of its entry.
        on: the day of the cut-over, in an open month.
        evidence: the file that says so.

    Raises:
        ReferenceReused: something else stands under its id.
    """
    known = change.session.get(Obligation, obligation.id)
    if known is not None:
        require_same("Obligation", known, obligation, without={"entry_number"})
        return known, False
    owed, commodity = obligation.amount, obligation.commodity
    posted = post_one(
        change,
        JournalEntry(
            reference=obligation.id,
            effective_date=on,
            kind="opening-obligation",
            narration=f"Owed at cut-over: {obligation.explanation}",
            evidence=evidence,
            postings=[
                Posting(Chart.OPENING.value, owed, commodity, obligation.payee, obligation.id),
                Posting(
                    obligation.payable_account,
                    CONTEXT.minus(owed),
                    commodity,
                    obligation.payee,
                    obligation.id,
                ),
            ],
        ),
    )
    obligation.entry_number = posted.number
    change.add(obligation)
    change.add(
        ObligationDue(
            obligation=obligation.id, due_on=on, entry_number=posted.number, cause="cut-over"
        )
    )
    return obligation, True
