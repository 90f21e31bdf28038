"""Maintainers' shares: the part of a statement that is theirs, accrued, then due as money comes.

Law: pool = base times rate, rounded up to the payable unit; inside the pool the largest remainder;
what is due is the share of all received so far less what became due before. Every obligation
stores base, rate, weight and the version of the terms, so that it explains itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import obligations, policies
from ledger.accounts import Chart
from ledger.allocation import Share, divide, pool_of
from ledger.bank import live_matches
from ledger.commodities import scale_of
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.money import CONTEXT, plain, round_down, total
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue.agreements import TermsInForce, maintainer_rate, terms_on
from ledger.revenue.statements import accepted_of
from ledger.revenue.tables import Statement
from ledger.sealing import Change

KIND = "maintainer-share"

RECEIPT = "statement"
"""The kind of a match that brings money for a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculation:
    """How a statement's fee share was divided; the Foundation keeps `base` less `pool`."""

    statement: Statement
    terms: TermsInForce
    rate: Decimal
    pool: Decimal
    shares: Sequence[Share]


def calculate(session: Session, statement: Statement) -> Calculation:
    """Return how a statement divides under the terms of its month; the pool may be zero."""
    month_end = last_day(parse_month(statement.period))
    terms = terms_on(session, statement.agreement, month_end)
    rate = maintainer_rate(session, terms.terms, month_end)
    scale = scale_of(session, statement.commodity)
    pool = pool_of(statement.fee_share, rate, scale) if terms.weights else Decimal(0)
    return Calculation(
        statement=statement,
        terms=terms,
        rate=rate,
        pool=pool,
        shares=divide(pool, terms.weights, scale) if pool else (),
    )


def of_statement(session: Session, statement: Statement) -> list[Obligation]:
    """Return the shares accrued for a statement, each whole, by id.

    The id of a statement may be a bounty's too: its obligations are no shares.
    """
    return [
        obligation
        for obligation in obligations.of_document(session, statement.id)
        if obligation.kind == KIND
    ]


def accrue(change: Change, period: str) -> tuple[list[Obligation], int]:
    """Accrue the shares of a month's accepted statements; return all, and how many are new.

    What the exchange has paid already falls due in the same change.
    """
    session = change.session
    everything: list[Obligation] = []
    new = 0
    for statement in accepted_of(session, period):
        known = of_statement(session, statement)
        if not known:
            known = _accrue_one(change, calculate(session, statement))
            new += len(known)
            fall_due(change, statement, on=last_day(parse_month(period)), cause="accrual")
        everything += known
    return everything, new


def fall_due(change: Change, statement: Statement, *, on: date, cause: str) -> list[Obligation]:
    """Make payable what the money received for a statement has earned so far.

    Args:
        change: the open change.
        statement: an accepted statement.
        on: the day of the receipt; the entry is never dated before the accrual's.
        cause: what made it due: a match of a bank line, unique for the statement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    session = change.session
    scale = scale_of(session, statement.commodity)
    received = _received(session, statement)
    made = []
    for obligation in of_statement(session, statement):
        earned = obligation.amount
        if received < statement.fee_share:
            part = CONTEXT.divide(
                CONTEXT.multiply(obligation.amount, received), statement.fee_share
            )
            earned = round_down(part, scale)
        now_due = earned - obligations.amount_due(session, obligation)
        accrued_on = entry(session, obligation.entry_number).effective_date
        day, relates_to = open_date(session, max(on, accrued_on))
        payable = obligations.make_due(
            change,
            obligation,
            now_due,
            accrued_account=Chart.ACCRUED_MAINTAINER_SHARE.value,
            on=day,
            cause=cause,
            relates_to_period=relates_to,
        )
        if payable is not None:
            made.append(payable)
    return made


def _received(session: Session, statement: Statement) -> Decimal:
    """Return what counts as received: everything under `stated`, else what was matched."""
    month_end = last_day(parse_month(statement.period))
    if policies.in_force(session, "share-becomes-due", month_end) == "stated":
        return statement.fee_share
    matches = live_matches(session, statement.id)
    return total(match.amount for match in matches if match.kind == RECEIPT)


def _accrue_one(change: Change, calculation: Calculation) -> list[Obligation]:
    statement, terms = calculation.statement, calculation.terms
    shares = [share for share in calculation.shares if share.quantity > 0]
    if not shares:
        return []
    on, relates_to = open_date(change.session, last_day(parse_month(statement.period)))
    posted = post_one(
        change,
        JournalEntry(
            reference=f"share:{statement.id}",
            effective_date=on,
            kind="accrual",
            narration=f"Maintainers' share {statement.period} of {terms.agreement.id}",
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[
                posting
                for share in shares
                for posting in (
                    Posting(
                        Chart.EXPENSE_MAINTAINER_SHARE.value,
                        share.quantity,
                        statement.commodity,
                        share.party,
                        statement.id,
                    ),
                    Posting(
                        Chart.ACCRUED_MAINTAINER_SHARE.value,
                        -share.quantity,
                        statement.commodity,
                        share.party,
                        obligation_id(statement.id, share.party),
                    ),
                )
            ],
        ),
    )
    made = [
        Obligation(
            id=obligation_id(statement.id, share.party),
            kind=KIND,
            payee=share.party,
            commodity=statement.commodity,
            amount=share.quantity,
            document=statement.id,
            period=statement.period,
            entry_number=posted.number,
            payable_account=Chart.PAYABLE_MAINTAINER.value,
            agreement=terms.agreement.id,
            terms_version=terms.terms.version,
            base=statement.fee_share,
            rate=calculation.rate,
            pool=calculation.pool,
            weight=share.weight,
            residue_rank=share.residue_rank,
            explanation=explain(calculation, share),
        )
        for share in shares
    ]
    change.add(*made)
    return made


def obligation_id(statement: str, payee: str) -> str:
    """Return the id of a maintainer's share of a statement."""
    return f"share:{statement}:{payee}"


def percent(fraction: Decimal) -> str:
    """Return a fraction as people write it: 0.2 is `20 %`."""
    return f"{plain(CONTEXT.multiply(fraction, Decimal(100)))} %"


def explain(calculation: Calculation, share: Share) -> str:
    """Return the sentence that derives a share from what is stored with it."""
    statement, terms = calculation.statement, calculation.terms.terms
    pool = f"{plain(calculation.pool)} {statement.commodity}"
    sentence = (
        f"{percent(calculation.rate)} of {plain(statement.fee_share)} {statement.commodity} "
        f"({terms.kind} agreement, terms {terms.version}) is a pool of {pool}"
    )
    if len(calculation.shares) == 1:
        return sentence
    return f"{sentence}; {percent(share.weight)} of it is {plain(share.quantity)}"
