"""Preferences: what a payee asks to be paid in, whatever they are owed, from a day on.

Law: a preference is dated and never edited; the newest of a day holds. Whoever is paid does not
set it, so that nobody picks the day at whose price they are paid.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ledger import parties, users
from ledger.commodities import scale_of
from ledger.sealing import Change
from ledger.validation import bad_input
from payouts import destination_risks
from payouts.payee_tables import PayeePreference


def preferred(session: Session, payees: Sequence[str], on: date) -> dict[str, str]:
    """Return what payees ask to be paid in on a day; those who take what is owed are left out."""
    newest = session.scalars(
        select(PayeePreference)
        .ext(distinct_on(PayeePreference.payee))
        .where(
            PayeePreference.payee == func.any(list(payees)), PayeePreference.effective_from <= on
        )
        .order_by(
            PayeePreference.payee,
            PayeePreference.effective_from.desc(),
            PayeePreference.number.desc(),
        )
    )
    return {row.payee: row.commodity for row in newest if row.commodity is not None}


def set_preference(
    change: Change, payee: str, commodity: str | None, *, since: date, source: str
) -> bool:
    """Set what a payee is paid in from a day on, or that it is as owed; say if that is new.

    Args:
        change: the open change.
        payee: the party's id, name or alias.
        commodity: what everything is paid in; nothing for what is owed.
        since: the first day of plans that pay so.
        source: where the payee said so.

    Raises:
        UnknownReference: there is no such payee or commodity.
        BadInput: no source is given.
        Denied: the payee asks, or the actor's role only reads.
    """
    session = change.session
    users.refuse_roles(session, change.actor, "set what a payee is paid in")
    party = parties.named(session, payee, kind="payee")
    if commodity is not None:
        scale_of(session, commodity)
    if not source.strip():
        raise bad_input(
            code="reason_missing", place="--source", expected="where the payee said so"
        )
    destination_risks.require_no_payee(session, change.actor, party.id, "what they are paid in")
    rows = session.scalars(
        select(PayeePreference)
        .where(PayeePreference.payee == party.id)
        .order_by(PayeePreference.number)
    ).all()
    if rows and (rows[-1].commodity, rows[-1].effective_from) == (commodity, since):
        return False
    change.add(
        PayeePreference(
            payee=party.id,
            number=len(rows) + 1,
            commodity=commodity,
            effective_from=since,
            source=source,
            set_by=change.actor,
        )
    )
    return True
