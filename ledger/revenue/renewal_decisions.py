"""Notices and decisions: whether a connector's next year is invoiced or waived.

Law: a notice is provisional and is sent before the year; the decision is taken once, when the year
has begun, on the whole months before it. Both keep the figures that they rest on.
"""

from datetime import date

from sqlalchemy.orm import Session

from ledger.errors import Conflict, NeedsReview, ReferenceReused
from ledger.money import plain
from ledger.parties import slug
from ledger.revenue import renewals, upkeep
from ledger.revenue.bounty_tables import Renewal
from ledger.revenue.connector_tables import Connector
from ledger.revenue.connectors import released
from ledger.revenue.prepaid_ends import WAIVED
from ledger.revenue.renewal_waivers import waive
from ledger.revenue.upkeep_facts import upkeeps
from ledger.revenue.waiver_basis import average, reckon
from ledger.revenue.waiver_tables import RenewalDecision, RenewalNotice, WaiverBasis
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence, require_not_later

INVOICED = "invoiced"


class YearNotBegun(NeedsReview):
    """A year that is decided before it has begun."""

    code = "year_not_begun"

    def __init__(self, connector: str, year_from: date) -> None:
        super().__init__(
            f"The year of {connector} from {year_from} has not begun.",
            mend=f"Decide it then: feeshare renewal decide {connector} --year {year_from}. A "
            f"notice may be sent before: feeshare renewal notice {connector} --to WHOM "
            "--evidence …",
        )


def notice(
    change: Change,
    connector: Connector,
    *,
    sent_to: str,
    evidence: str,
    on: date,
    year_from: date | None = None,
) -> tuple[RenewalNotice, bool]:
    """Record that the notice of a connector's next year was sent; say whether that is new.

    What the waiver would be by the whole months before that day is kept with it.

    Args:
        change: the open change.
        connector: whose year it is.
        sent_to: who was told.
        evidence: what shows that it was sent.
        on: the day it was sent, which has come.
        year_from: the day the year begins; blank is the next one after `on`.

    Raises:
        NotReleased: the connector was not released.
        BadInput: no year begins on that day, or it began by then; or no evidence is given.
        PriceInvalid: months without a stored price of what came in; each is named.
        ReferenceReused: the notice was sent on another day, to somebody else, by other evidence.
    """
    session = change.session
    place = f"notice of {connector.id}"
    require_evidence(evidence, place)
    require_evidence(sent_to, f"{place}, to whom")
    require_not_later(on, change.at.date(), place)
    released_on = released(session, connector)
    first = year_from or upkeep.next_year(released_on, on)
    _require_year(connector, released_on, first)
    if on >= first:
        raise bad_input(
            code="date_invalid",
            place=place,
            value=on.isoformat(),
            expected=f"a day before the year begins on {first}",
        )
    known = session.get(RenewalNotice, (connector.id, first))
    if known is not None:
        if (known.sent_on, known.sent_to, known.evidence) != (on, sent_to, evidence):
            told = f"sent on {known.sent_on} to {known.sent_to}: {known.evidence}"
            raise ReferenceReused("Notice", f"{connector.id} {first}", told)
        return known, False
    basis = reckon(change, connector, first, before=on, identity=f"notice:{connector.id}:{first}")
    made = RenewalNotice(
        connector=connector.id,
        year_from=first,
        sent_on=on,
        sent_to=sent_to,
        evidence=evidence,
        basis=basis.id,
    )
    change.add(made)
    return made, True


def decide(
    change: Change,
    connector: Connector,
    *,
    on: date,
    year_from: date | None = None,
    identity: str | None = None,
) -> tuple[RenewalDecision, bool]:
    """Waive or invoice a connector's year that has begun; say whether that is new.

    An invoice that is there for the year is waived by reversal, or stands.

    Args:
        change: the open change.
        connector: whose year it is.
        on: the day it is decided, which has come.
        year_from: the day the year begins; blank is the one that `on` is in.
        identity: the id of the invoice; blank is made of the connector and the year.

    Raises:
        NotReleased: the connector was not released.
        BadInput: no year begins on that day.
        YearNotBegun: it has not begun on that day.
        PriceInvalid: months without a stored price of what came in; each is named.
        Conflict: a sponsorship, a poll or its exchange keeps it; or it is waived and a part of
            its invoice was earned or paid.
    """
    session = change.session
    require_not_later(on, change.at.date(), f"decision on {connector.id}")
    released_on = released(session, connector)
    first = year_from or upkeep.year_on(released_on, on)
    if year_from is None and first == released_on:
        raise YearNotBegun(connector.id, upkeep.next_year(released_on, on))
    _require_year(connector, released_on, first)
    if on < first:
        raise YearNotBegun(connector.id, first)
    known = session.get(RenewalDecision, (connector.id, first))
    if known is not None:
        return known, False
    _require_not_kept(session, connector, first)
    basis = reckon(
        change, connector, first, before=first, identity=f"decision:{connector.id}:{first}"
    )
    invoice = _invoice_of(session, connector, first)
    if invoice is None and not basis.above:
        invoice, _ = renewals.invoice(
            change,
            identity=identity or f"renewal-{slug(connector.id)}-{first:%Y}",
            exchange=connector.exchange,
            connector=connector.id,
            year_from=first,
            source=basis.id,
        )
    made = RenewalDecision(
        connector=connector.id,
        year_from=first,
        decided_on=on,
        outcome=WAIVED if basis.above else INVOICED,
        basis=basis.id,
        renewal=invoice.id if invoice else None,
    )
    change.add(made)
    if basis.above and invoice is not None:
        waive(change, invoice, evidence=told(basis), on=on)
    return made, True


def told(basis: WaiverBasis) -> str:
    """Return what a basis says, in a sentence: the average, the months, and the threshold."""
    return (
        f"on average {plain(average(basis))} USD a month in {basis.months} whole months until "
        f"{basis.until}; above {plain(basis.threshold)} waives, with {basis.at_least} months or "
        "more"
    )


def _invoice_of(session: Session, connector: Connector, first: date) -> Renewal | None:
    """Return the live invoice that is there for a year."""
    near = [
        each
        for each in renewals.of_connector(session, connector.exchange, connector.id)
        if abs(each.year_from - first) <= upkeep.HALF_A_YEAR
    ]
    return near[0] if near else None


def _require_year(connector: Connector, released_on: date, first: date) -> None:
    if not upkeep.is_year(released_on, first):
        raise bad_input(
            code="year_unknown",
            place=f"connector {connector.id}",
            value=first.isoformat(),
            expected=f"the {released_on:%m-%d} of a year after its release on {released_on}",
        )


def _require_not_kept(session: Session, connector: Connector, first: date) -> None:
    """Refuse a year whose first day something else than an invoice covers."""
    (found,) = (each for each in upkeeps(session) if each.connector == connector.id)
    state = upkeep.state_on(found, first)
    if state.word in (upkeep.SPONSORSHIP, upkeep.POLL, upkeep.EXCHANGE):
        by = f"{state.word} {state.document}".rstrip()
        raise Conflict(
            f"Connector {connector.id!r} is kept by {by} on {first}; its year is not renewed.",
            mend=f"See: feeshare connector show {connector.id}",
        )
