"""Accruals: what the shares of a statement come to in the books, and what of it is due.

Law: user rebates and maintainers' shares move in the same way, each on its own accounts. Accrued
for a payee is the share of what can still be collected; due is the share of what came in, unless a
hold keeps it back. When it comes to less, what has not fallen due is taken back first, newest
first; what has is owed back. When it comes to more, that is made up for first, then what was taken
back is restored, and the rest is accrued anew: a restatement and its way back leave every balance
as it was, but that a unit or two may have fallen due earlier, rounded by the figure between.
"""

from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import dues, obligations, policies
from ledger.allocation import Share
from ledger.balances import document_balance
from ledger.commodities import scale_of
from ledger.journal import JournalEntry, Posting, entry, post_one
from ledger.money import CONTEXT, plain
from ledger.months import last_day, parse_month
from ledger.obligation_tables import Obligation
from ledger.periods import open_date
from ledger.revenue import holds
from ledger.revenue.accrual_steps import ZERO, Accrual, Standing, Step, part_of, steps_to
from ledger.revenue.received import received
from ledger.revenue.share_kinds import MAINTAINER_SHARE, SHARE_KINDS, ShareKind
from ledger.revenue.shares import Calculation, Division, calculate, explain, obligation_id
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


def shares_of(session: Session, stated: Stated) -> list[Obligation]:
    """Return the obligations that a statement gave rise to, oldest first; none before accrual."""
    found = obligations.of_document(session, stated.document)
    return sorted(
        (each for each in found if each.kind in SHARE_KINDS),
        key=lambda each: (each.change_no, each.id),
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
    made: list[Obligation] = []
    earned = _earned(session, stated)
    for accrual in accruals_of(session, stated):
        left = CONTEXT.subtract(earned.get((accrual.kind, accrual.payee), ZERO), accrual.due)
        for standing in accrual.standings:
            amount = min(left, standing.room)
            accrued_on = entry(session, standing.obligation.entry_number).effective_date
            day, relates_to = open_date(session, max(on, accrued_on))
            if amount <= 0 or _is_held(change, stated, accrual, day):
                continue
            left = CONTEXT.subtract(left, amount)
            payable = dues.make_due(
                change,
                standing.obligation,
                amount,
                accrued_account=accrual.kind.accrued.value,
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
    found = []
    earned = _earned(session, stated)
    for accrual in accruals_of(session, stated):
        ahead = CONTEXT.subtract(accrual.due, earned.get((accrual.kind, accrual.payee), ZERO))
        if ahead > 0:
            payable = [
                each.obligation
                for standing in accrual.standings
                for each in dues.payables_of(session, standing.obligation)
            ]
            found.append((accrual.payee, ahead, payable))
    return found


def catch_up(change: Change, agreement: str, *, on: date, cause: str) -> list[Obligation]:
    """Make payable what the money received for an agreement has earned and a hold kept back.

    Args:
        change: the open change.
        agreement: whose hold was released.
        on: the day of the release.
        cause: the release, unique for the agreement.

    Returns:
        The obligations, whole or part, that became payable now.
    """
    return [
        obligation
        for stated in all_stated(change.session)
        if stated.statement.agreement == agreement
        for obligation in fall_due(change, stated, on=on, cause=cause)
    ]


def _earned(session: Session, stated: Stated) -> dict[tuple[ShareKind, str], Decimal]:
    """Return the part of each payee's whole share that what came in has earned."""
    came = min(_received(session, stated), stated.collectable)
    scale = scale_of(session, stated.statement.commodity)
    return {
        (division.kind, share.party): part_of(share.quantity, came, stated.amount, scale)
        for division in calculate(session, stated.statement, stated.amount).divisions
        for share in division.shares
    }


def _is_held(change: Change, stated: Stated, accrual: Accrual, day: date) -> bool:
    """Return whether a hold keeps a maintainer's share from falling due, now or by a day."""
    if accrual.kind is not MAINTAINER_SHARE:
        return False
    until = max(day, change.at.astimezone(UTC).date())
    return holds.is_held(change.session, stated.statement.agreement, accrual.payee, until)


def accruals_of(session: Session, stated: Stated) -> list[Accrual]:
    """Return what each payee's share of a statement stands at, rebates first, then by payee."""
    found: dict[tuple[ShareKind, str], list[Standing]] = {}
    for obligation in shares_of(session, stated):
        found.setdefault((SHARE_KINDS[obligation.kind], obligation.payee), []).append(
            Standing(
                obligation=obligation,
                adjusted=obligations.adjusted(session, obligation),
                due=dues.amount_due(session, obligation),
            )
        )
    return [
        Accrual(
            kind=kind,
            payee=payee,
            standings=found[kind, payee],
            overpaid=document_balance(
                session,
                kind.owed_back.value,
                stated.document,
                stated.statement.commodity,
                party=payee,
            ),
        )
        for kind, payee in sorted(found, key=lambda each: (each[0] is MAINTAINER_SHARE, each[1]))
    ]


def _received(session: Session, stated: Stated) -> Decimal:
    """Return what counts as received: everything under `stated`, else what came in."""
    month_end = last_day(parse_month(stated.statement.period))
    if policies.in_force(session, "share-becomes-due", month_end) == "stated":
        return stated.collectable
    return received(session, stated.document)


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
