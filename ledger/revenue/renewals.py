"""Renewals: a year of a connector's upkeep, invoiced to an exchange ahead."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties, policies
from ledger.errors import Conflict, UnknownReference
from ledger.revenue import prepaid
from ledger.revenue.bounty_tables import Renewal, RenewalEnd
from ledger.revenue.waiver_tables import RenewalDecision
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same


def invoice(
    change: Change,
    *,
    identity: str,
    exchange: str,
    connector: str,
    year_from: date,
    amount: Decimal | None = None,
    commodity: str = "USD",
    source: str = "",
) -> tuple[Renewal, bool]:
    """Invoice a year of upkeep, dated the day it begins; say whether it is new.

    Without an amount the price is the policy's on that day, in USD.

    Raises:
        UnknownReference: the exchange or the commodity is not recorded.
        BadInput: the amount is not payable, or is wanted because the commodity is not USD.
        ReferenceReused: the id is there with other content.
        Conflict: another renewal of the connector covers a part of the year, or it was decided
            that the year is waived.
    """
    session = change.session
    known = session.get(Renewal, identity)
    if amount is None:
        amount = known.amount if known else _price(session, identity, commodity, year_from)
    require_payable(session, amount, commodity, f"renewal {identity}")
    party = parties.named(session, exchange, kind="exchange").id
    wanted = Renewal(
        id=identity,
        exchange=party,
        connector=connector,
        year_from=year_from,
        amount=amount,
        commodity=commodity,
        source=source,
        entry_number=0,
    )
    if known is not None:
        require_same("Renewal", known, wanted, without={"source", "entry_number"})
        return known, False
    prepaid.require_no_overlap(of_connector(session, party, connector), year_from, connector)
    _require_not_waived(session, connector, year_from)
    narration = f"renewal of {connector} for the year from {year_from}"
    prepaid.invoice(change, wanted, narration=narration)
    return wanted, True


def named(session: Session, identity: str) -> Renewal:
    """Return a renewal by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Renewal, identity)
    if found is None:
        raise UnknownReference("renewal", identity, mend="feeshare renewal list")
    return found


def all_of(session: Session) -> list[Renewal]:
    """Return every renewal, by id."""
    return list(session.scalars(select(Renewal).order_by(Renewal.id)))


def of_connector(session: Session, exchange: str, connector: str) -> list[Renewal]:
    """Return the renewals of an exchange's connector that did not end early, oldest first."""
    return list(
        session.scalars(
            select(Renewal)
            .outerjoin(RenewalEnd, RenewalEnd.renewal == Renewal.id)
            .where(
                Renewal.exchange == exchange,
                Renewal.connector == connector,
                RenewalEnd.renewal.is_(None),
            )
            .order_by(Renewal.year_from, Renewal.id)
        )
    )


def _price(session: Session, identity: str, commodity: str, on: date) -> Decimal:
    if commodity != "USD":
        raise bad_input(
            code="amount_missing",
            place=f"renewal {identity}",
            expected=f"an amount in {commodity}; the policy's price is in USD",
        )
    return Decimal(policies.in_force(session, "renewal-price", on))


def _require_not_waived(session: Session, connector: str, year_from: date) -> None:
    decision = session.get(RenewalDecision, (connector, year_from))
    if decision is not None and decision.outcome == "waived":
        raise Conflict(
            f"The year of {connector} from {year_from} was waived on {decision.decided_on}.",
            mend=f"See what it rests on: feeshare renewal show {connector} --year {year_from}",
        )
