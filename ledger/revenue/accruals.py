"""Accruals: what maintainers' shares of a statement come to in the books, and what of it is due.

Law: accrued for a payee is the share of what can still be collected; due is the share of what came
in. When it comes to less, what has not fallen due is taken back first, newest first; what has is
owed back. When it comes to more, that is made up for first, then what was taken back is restored,
and the rest is accrued anew: a restatement and its way back leave every balance as it was.
"""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import obligations, policies
from ledger.accounts import Chart
from ledger.allocation import Share
from ledger.balances import document_balance
from ledger.commodities import scale_of
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue.accrual_steps import ZERO, Accrual, Standing, Step, part_of, steps_to
from ledger.revenue.received import received
from ledger.revenue.shares import KIND, Calculation, calculate, explain, obligation_id
from ledger.revenue.stated import Stated, stated_in
from ledger.sealing import Change


def accrue(change: Change, period: str) -> tuple[list[Obligation], int]:
    """Accrue the shares of a month's accepted statements; return all, and how many are new.

    What the exchange has paid already falls due in the same change.
    """
    session = change.session
    everything: list[Obligation] = []
    new = 0
    for stated in stated_in(session, period):
        known = shares_of(session, stated)
        if not known and stated.amount:
            follow(change, stated, on=last_day(parse_month(period)), cause="accrual")
            known = shares_of(session, stated)
            new += len(known)
        everything += known
    return everything, new


def shares_of(session: Session, stated: Stated) -> list[Obligation]:
    """Return the obligations of a statement's maintainers, oldest first; none before accrual."""
    found = obligations.of_document(session, stated.document)
    return sorted(
        (each for each in found if each.kind == KIND), key=lambda each: (each.change_no, each.id)
    )


def follow(change: Change, stated: Stated, *, on: date, cause: str) -> list[Obligation]:
    """Bring the shares to what a statement comes to now, and what is due to what came in.

    Args:
        change: the open change.
        stated: what a month of an agreement comes to now.
        on: the day of the fact that this follows from.
        cause: that fact, once for the statement: `accrual`, a version, a write-off.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    _bring(change, stated, cause=cause)
    return fall_due(change, stated, on=on, cause=cause)


def fall_due(change: Change, stated: Stated, *, on: date, cause: str) -> list[Obligation]:
    """Make payable what the money received for a statement has earned so far.

    What became due before a restatement took it back stays due; nothing more falls due until
    that is made up for.

    Args:
        change: the open change.
        stated: what a month of an agreement comes to now.
        on: the day of the receipt; the entry is never dated before the accrual's.
        cause: what made it due: a match of a bank line, unique for the statement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    session = change.session
    scale = scale_of(session, stated.statement.commodity)
    came = min(_received(session, stated), stated.collectable)
    whole = {share.party: share.quantity for share in calculate(session, stated.statement).shares}
    made = []
    for accrual in accruals_of(session, stated):
        earned = part_of(whole.get(accrual.payee, ZERO), came, stated.amount, scale)
        left = CONTEXT.subtract(earned, accrual.due)
        for standing in accrual.standings:
            amount = min(left, standing.room)
            if amount <= 0:
                continue
            left = CONTEXT.subtract(left, amount)
            obligation = standing.obligation
            accrued_on = entry(session, obligation.entry_number).effective_date
            day, relates_to = open_date(session, max(on, accrued_on))
            payable = obligations.make_due(
                change,
                obligation,
                amount,
                accrued_account=Chart.ACCRUED_MAINTAINER_SHARE.value,
                on=day,
                cause=cause,
                relates_to_period=relates_to,
            )
            made.append(payable)
    return made


def ahead_of_receipts(
    session: Session, stated: Stated
) -> list[tuple[str, Decimal, list[Obligation]]]:
    """Return the payees whose shares are due beyond what came in, with how much and what is due.

    That is so after a match was taken back: what fell due by it stays due.
    """
    scale = scale_of(session, stated.statement.commodity)
    came = min(_received(session, stated), stated.collectable)
    whole = {share.party: share.quantity for share in calculate(session, stated.statement).shares}
    found = []
    for accrual in accruals_of(session, stated):
        earned = part_of(whole.get(accrual.payee, ZERO), came, stated.amount, scale)
        ahead = CONTEXT.subtract(accrual.due, earned)
        if ahead > 0:
            payable = [
                due
                for standing in accrual.standings
                for due in obligations.payable_of(session, standing.obligation)
            ]
            found.append((accrual.payee, ahead, payable))
    return found


def accruals_of(session: Session, stated: Stated) -> list[Accrual]:
    """Return what each payee's share of a statement stands at, by payee."""
    found: dict[str, list[Standing]] = {}
    for obligation in shares_of(session, stated):
        found.setdefault(obligation.payee, []).append(
            Standing(
                obligation=obligation,
                adjusted=obligations.adjusted(session, obligation),
                due=obligations.amount_due(session, obligation),
            )
        )
    return [
        Accrual(
            payee=payee,
            standings=standings,
            overpaid=document_balance(
                session,
                Chart.RECEIVABLE_PAYEE_OVERPAID.value,
                stated.document,
                stated.statement.commodity,
                party=payee,
            ),
        )
        for payee, standings in sorted(found.items())
    ]


def _received(session: Session, stated: Stated) -> Decimal:
    """Return what counts as received: everything under `stated`, else what came in."""
    month_end = last_day(parse_month(stated.statement.period))
    if policies.in_force(session, "share-becomes-due", month_end) == "stated":
        return stated.collectable
    return received(session, stated.document)


def _bring(change: Change, stated: Stated, *, cause: str) -> None:
    """Bring every payee's accrual to the share of what can still be collected."""
    session, statement = change.session, stated.statement
    calculation = calculate(session, statement)
    scale = scale_of(session, statement.commodity)
    shares = {share.party: share for share in calculation.shares}
    held = {accrual.payee: accrual for accrual in accruals_of(session, stated)}
    steps = [
        step
        for payee in sorted(shares.keys() | held.keys())
        for step in steps_to(
            held.get(payee, Accrual(payee=payee)),
            part_of(shares[payee].quantity, stated.collectable, stated.amount, scale)
            if payee in shares
            else ZERO,
        )
    ]
    if not steps:
        return
    name = stated.document if not held else f"{stated.document}:{cause}"
    # A new obligation is named for the first accrual, or for the version that it came with.
    made_by = stated.document if not held else cause
    on, relates_to = open_date(session, last_day(parse_month(statement.period)))
    posted = post_one(
        change,
        JournalEntry(
            reference=f"share:{name}",
            effective_date=on,
            kind="accrual",
            narration=f"Maintainers' share {statement.period} of {statement.agreement}"
            + (f": {cause}" if held else ""),
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[posting for step in steps for posting in _postings(stated, step, made_by)],
        ),
    )
    for step in steps:
        if step.obligation is not None:
            obligations.adjust(
                change, step.obligation, step.amount, entry_number=posted.number, cause=cause
            )
        elif not step.owed_back:
            change.add(
                _obligation(stated, calculation, shares[step.payee], step, made_by, posted.number)
            )


def _postings(stated: Stated, step: Step, made_by: str) -> tuple[Posting, Posting]:
    commodity = stated.statement.commodity
    account, document = Chart.ACCRUED_MAINTAINER_SHARE, obligation_id(made_by, step.payee)
    if step.obligation is not None:
        document = step.obligation.id
    elif step.owed_back:
        account, document = Chart.RECEIVABLE_PAYEE_OVERPAID, stated.document
    expense = Chart.EXPENSE_MAINTAINER_SHARE.value
    return (
        Posting(expense, step.amount, commodity, step.payee, stated.document),
        Posting(account.value, CONTEXT.minus(step.amount), commodity, step.payee, document),
    )


def _obligation(  # noqa: PLR0917 - what it is made from, in the order of its making
    stated: Stated,
    calculation: Calculation,
    share: Share,
    step: Step,
    made_by: str,
    entry_number: int,
) -> Obligation:
    terms = calculation.terms
    explanation = explain(calculation, share)
    if step.amount != share.quantity:
        explanation += f"; {plain(step.amount)} of it is new with {made_by}"
    return Obligation(
        id=obligation_id(made_by, step.payee),
        kind=KIND,
        payee=step.payee,
        commodity=stated.statement.commodity,
        amount=step.amount,
        document=stated.document,
        period=stated.statement.period,
        entry_number=entry_number,
        payable_account=Chart.PAYABLE_MAINTAINER.value,
        agreement=terms.agreement.id,
        terms_version=terms.terms.version,
        base=stated.statement.fee_share,
        rate=calculation.rate,
        pool=calculation.pool,
        weight=share.weight,
        residue_rank=share.residue_rank,
        explanation=explanation,
    )
