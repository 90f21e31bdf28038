"""Accruals: what the shares of a statement come to in the books, and what of it is due.

Law: user rebates and maintainers' shares move in the same way, each on its own accounts. Accrued
for a payee is the share of what can still be collected; due is the share of what came in
(`due_shares`). When it comes to less, what is due goes back first as far as it may, then what is
not due is taken back, newest first; what a payout has claimed beyond that is owed back. When it
comes to more, that is made up for first, then what was taken back is restored, and the rest is
accrued anew. So where no payout claims anything meanwhile, a restatement and its way back leave
every balance as it was, to the last unit.
"""

from collections.abc import Collection, Mapping
from datetime import date

from ledger import obligations
from ledger.allocation import Share
from ledger.commodities import scale_of
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue.accrual_steps import Step, part_of, steps_to
from ledger.revenue.due_shares import fall_due, go_back
from ledger.revenue.share_kinds import ShareKind
from ledger.revenue.shares import Calculation, Division, calculate, explain, obligation_id
from ledger.revenue.standings import ZERO, Accrual, accruals_of, shares_of
from ledger.revenue.stated import Stated, all_stated, stated_in
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


def follow(change: Change, stated: Stated, *, on: date, cause: str) -> list[Obligation]:
    """Bring the shares to what a statement comes to now, and what is due to what came in.

    Args:
        change: the open change.
        stated: what a month of an agreement comes to now.
        on: the day of the fact that this follows from.
        cause: that fact, once for the statement: `accrual`, a version, a write-off, the release of
            a claim.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    go_back(change, stated, on=on, cause=cause)
    _bring(change, stated, cause=cause)
    return fall_due(change, stated, on=on, cause=cause)


def follow_documents(
    change: Change, documents: Collection[str], *, on: date, cause: str
) -> list[Obligation]:
    """Do as `follow` for the months that stand under some documents; others are passed over.

    Args:
        change: the open change.
        documents: ids of documents, such as those whose shares a batch gave up.
        on: the day of the fact.
        cause: that fact, once for each statement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    return [
        obligation
        for stated in all_stated(change.session)
        if stated.document in documents
        for obligation in follow(change, stated, on=on, cause=cause)
    ]


def _bring(change: Change, stated: Stated, *, cause: str) -> None:
    """Bring every payee's accrual to the share of what can still be collected."""
    calculation = calculate(change.session, stated.statement, stated.amount)
    known = accruals_of(change.session, stated)
    # A new obligation is named for the first accrual, or for the version that it came with.
    made_by = cause if known else stated.document
    for division in calculation.divisions:
        held = {each.payee: each for each in known if each.kind is division.kind}
        _bring_kind(change, stated, calculation, division, held, made_by=made_by)


def _bring_kind(
    change: Change,
    stated: Stated,
    calculation: Calculation,
    division: Division,
    held: Mapping[str, Accrual],
    *,
    made_by: str,
) -> None:
    session, statement, kind = change.session, stated.statement, division.kind
    scale = scale_of(session, statement.commodity)
    shares = {share.party: share for share in division.shares}
    steps = [
        step
        for payee in sorted(shares.keys() | held.keys())
        for step in steps_to(
            held.get(payee, Accrual(kind=kind, payee=payee)),
            part_of(shares[payee].quantity, stated.collectable, stated.amount, scale)
            if payee in shares
            else ZERO,
        )
    ]
    if not steps:
        return
    is_first = made_by == stated.document
    on, relates_to = open_date(session, last_day(parse_month(statement.period)))
    posted = post_one(
        change,
        JournalEntry(
            reference=f"{kind.noun}:{stated.document}" + ("" if is_first else f":{made_by}"),
            effective_date=on,
            kind="accrual",
            narration=f"{kind.about} {statement.period} of {statement.agreement}"
            + ("" if is_first else f": {made_by}"),
            evidence=statement.evidence,
            relates_to_period=relates_to,
            postings=[
                posting for step in steps for posting in _postings(stated, kind, step, made_by)
            ],
        ),
    )
    for step in steps:
        if step.obligation is not None:
            obligations.adjust(
                change, step.obligation, step.amount, entry_number=posted.number, cause=made_by
            )
        elif not step.owed_back:
            change.add(
                _obligation(
                    stated,
                    calculation,
                    division,
                    shares[step.payee],
                    step,
                    made_by=made_by,
                    entry_number=posted.number,
                )
            )


def _postings(
    stated: Stated, kind: ShareKind, step: Step, made_by: str
) -> tuple[Posting, Posting]:
    commodity = stated.statement.commodity
    account, document = kind.accrued, obligation_id(kind, made_by, step.payee)
    if step.obligation is not None:
        document = step.obligation.id
    elif step.owed_back:
        account, document = kind.owed_back, stated.document
    return (
        Posting(kind.expense.value, step.amount, commodity, step.payee, stated.document),
        Posting(account.value, CONTEXT.minus(step.amount), commodity, step.payee, document),
    )


def _obligation(
    stated: Stated,
    calculation: Calculation,
    division: Division,
    share: Share,
    step: Step,
    *,
    made_by: str,
    entry_number: int,
) -> Obligation:
    terms = calculation.terms
    explanation = explain(calculation, division, share)
    if step.amount != share.quantity:
        explanation += f"; {plain(step.amount)} of it is new with {made_by}"
    return Obligation(
        id=obligation_id(division.kind, made_by, step.payee),
        kind=division.kind.name,
        payee=step.payee,
        commodity=stated.statement.commodity,
        amount=step.amount,
        document=stated.document,
        period=stated.statement.period,
        entry_number=entry_number,
        payable_account=division.kind.payable.value,
        agreement=terms.agreement.id,
        terms_version=terms.terms.version,
        base=division.base,
        rate=division.rate,
        pool=division.pool,
        weight=share.weight,
        residue_rank=share.residue_rank,
        explanation=explanation,
    )
