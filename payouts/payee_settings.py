"""Settings of payees: holds with their reasons, minimum payouts, forms that gate payouts.

Law: a hold is added by one person and lifted by another who is not the payee; what holds a payee
keeps their amounts whole and waiting. A minimum is per rail and commodity, and dated.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.commodities import scale_of as commodity_scale
from ledger.errors import UnknownReference
from ledger.money import scale_of
from ledger.people_tables import Party
from ledger.sealing import Change
from ledger.validation import bad_input
from payouts import destination_freezes, destination_risks, payee_preferences
from payouts.payee_tables import PayeeForm, PayeeHold, PayeeHoldLift, PayeeMinimum
from payouts.rails.registry import rail_named

KINDS = ("tax", "aml")
STATUSES = ("requested", "received", "approved", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What stands against paying some payees on a day, and what they prefer; read once."""

    holds: Mapping[str, PayeeHold]
    missing_forms: Mapping[str, str]
    minimums: Mapping[tuple[str, str, str], Decimal]
    """By payee, rail and commodity."""
    preferred: Mapping[str, str]
    """The commodity in which a payee is paid whatever is owed, where they said so."""
    frozen: frozenset[str]
    """Addresses, as `bare_address` spells them."""

    def is_frozen(self, address: str) -> bool:
        """Return whether an address is frozen."""
        return address in self.frozen or address.lower() in self.frozen


def settings_of(session: Session, payees: Collection[str], on: date) -> Settings:
    """Return what stands against paying payees on a day."""
    wanted = list(payees)
    rows = session.execute(
        select(Party.id, func.held_payee(Party.id, on), func.missing_form(Party.id, on)).where(
            Party.id == func.any(wanted)
        )
    ).all()
    holds = {row[0]: session.get_one(PayeeHold, (row[0], row[1])) for row in rows if row[1]}
    minimums = session.scalars(
        select(PayeeMinimum)
        .where(PayeeMinimum.payee == func.any(wanted), PayeeMinimum.effective_from <= on)
        .order_by(PayeeMinimum.effective_from, PayeeMinimum.number)
    )
    return Settings(
        holds=holds,
        missing_forms={row[0]: row[2] for row in rows if row[2]},
        minimums={(it.payee, it.rail, it.commodity): it.amount for it in minimums},
        preferred=payee_preferences.preferred(session, wanted, on),
        frozen=destination_freezes.frozen_addresses(session),
    )


def add_hold(
    change: Change, payee: str, reason: str, since: date, until: date | None = None
) -> PayeeHold:
    """Hold everything that a payee is owed, from a day and to a day where one is known.

    Raises:
        UnknownReference: there is no such payee.
        BadInput: no reason is given, or the days are the wrong way round.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee")
    if not reason.strip() or (until is not None and until < since):
        expected = "a reason, and a last day after the first"
        raise bad_input(
            code="hold_invalid", place="hold", value=f"{since} {until}", expected=expected
        )
    made = PayeeHold(
        payee=party.id,
        number=_next(session, PayeeHold, party.id),
        reason=reason,
        held_from=since,
        held_until=until,
        added_by=change.actor,
    )
    change.add(made)
    return made


def lift_hold(change: Change, payee: str, number: int, reason: str) -> bool:
    """Lift a hold, as another person than added it; say if that is new.

    Raises:
        UnknownReference: there is no such hold.
        BadInput: no reason is given.
        Denied: whoever added it, or is paid, asks.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee")
    found = session.get(PayeeHold, (party.id, number))
    if found is None:
        raise UnknownReference(
            "hold", f"{party.id} {number}", mend="See: feeshare payee hold list"
        )
    if session.get(PayeeHoldLift, (party.id, number)) is not None:
        return False
    if not reason.strip():
        raise bad_input(code="reason_missing", place="--reason", expected="why, in a few words")
    destination_risks.require_second(
        session, change.actor, found.added_by, party.id, f"hold {number} of {party.id}"
    )
    change.add(PayeeHoldLift(payee=party.id, number=number, lifted_by=change.actor, reason=reason))
    return True


def set_minimum(
    change: Change, payee: str, rail: str, commodity: str, *, amount: Decimal, since: date
) -> bool:
    """Set from which amount on a payee is paid on a rail; say if that is new.

    Raises:
        UnknownReference: there is no such payee, rail or commodity.
        BadInput: the amount is below zero, or finer than the commodity can be paid.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee")
    rail_named(rail)
    if amount < 0 or scale_of(amount) > commodity_scale(session, commodity):
        expected = f"an amount of {commodity} that can be paid"
        raise bad_input(
            code="amount_invalid", place="minimum", value=str(amount), expected=expected
        )
    known = session.scalars(
        select(PayeeMinimum)
        .where(
            PayeeMinimum.payee == party.id,
            PayeeMinimum.rail == rail,
            PayeeMinimum.commodity == commodity,
        )
        .order_by(PayeeMinimum.number.desc())
        .limit(1)
    ).one_or_none()
    if known is not None and (known.amount, known.effective_from) == (amount, since):
        return False
    change.add(
        PayeeMinimum(
            payee=party.id,
            number=_next(session, PayeeMinimum, party.id),
            rail=rail,
            commodity=commodity,
            amount=amount,
            effective_from=since,
            set_by=change.actor,
        )
    )
    return True


def set_form(
    change: Change, payee: str, kind: str, status: str, until: date | None = None
) -> bool:
    """Say where a payee's form stands; say if that is new.

    Raises:
        UnknownReference: there is no such payee.
        BadInput: no form or status has this name.
        Denied: the payee asks.
    """
    session = change.session
    party = parties.named(session, payee, kind="payee")
    if kind not in KINDS or status not in STATUSES:
        expected = f"one of {', '.join(KINDS)}, and one of {', '.join(STATUSES)}"
        raise bad_input(
            code="form_invalid", place="form", value=f"{kind} {status}", expected=expected
        )
    destination_risks.require_no_payee(session, change.actor, party.id, "forms")
    rows = session.scalars(
        select(PayeeForm)
        .where(PayeeForm.payee == party.id, PayeeForm.kind == kind)
        .order_by(PayeeForm.number)
    ).all()
    if rows and (rows[-1].status, rows[-1].valid_until) == (status, until):
        return False
    change.add(
        PayeeForm(
            payee=party.id,
            kind=kind,
            number=len(rows) + 1,
            status=status,
            valid_until=until,
            set_by=change.actor,
        )
    )
    return True


def _next(session: Session, table: type[PayeeHold] | type[PayeeMinimum], payee: str) -> int:
    known = session.scalar(select(func.max(table.number)).where(table.payee == payee))
    return 1 + (known or 0)
