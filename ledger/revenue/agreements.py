"""Agreements: what an exchange pays for one stream, under terms that hold from a day on.

Law: on any day at most one version of an agreement's terms is in force: the newest that begins on
or before it and has not ended. The database refuses terms that overlap and weights that do not
sum to 1. Terms that reach back into a closed month are refused: others were used there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from ledger import parties, policies
from ledger.errors import Conflict, ReferenceReused, UnknownReference
from ledger.months import last_day, month_of, next_month
from ledger.people_tables import Party
from ledger.periods import closed_through
from ledger.revenue.tables import Agreement, AgreementTerms
from ledger.revenue.terms import TermsDraft, Tiers
from ledger.revenue.terms_rows import DETAILS, incentives_of, rows_of, tiers_of, weights_of
from ledger.revenue.terms_tables import TermsDetails, TermsEnd
from ledger.sealing import Change


class TermsMissing(Conflict):
    """No terms of an agreement are in force on a day."""

    code = "terms_missing"

    def __init__(self, agreement: str, day: date) -> None:
        self.agreement = agreement
        self.day = day
        super().__init__(
            f"Agreement {agreement} has no terms in force on {day}.",
            mend="Load the terms that were agreed for that month: feeshare agreement load FILE",
        )


class RetroactiveChange(Conflict):
    """Terms would change what a closed month was settled by."""

    code = "retroactive_change"

    def __init__(self, agreement: str, day: date, closed: date) -> None:
        self.agreement = agreement
        self.day = day
        self.closed = closed
        super().__init__(
            f"Terms of {agreement} from {day} reach into {month_of(closed)}, which is closed.",
            mend=f"Begin them on {next_month(closed)} or later. If {month_of(closed)} itself was "
            f"settled by wrong terms, another person reopens it: feeshare --as NAME month reopen "
            f"{month_of(closed)} --reason …; a statement that was wrong is restated: import it.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsInForce:
    """One version of terms with its maintainers (weights by party id), details and tiers.

    `last_day` is the one that was agreed, or on which the terms ended after all.
    """

    agreement: Agreement
    terms: AgreementTerms
    weights: Mapping[str, Decimal]
    details: TermsDetails | None = None
    tiers: Tiers | None = None
    last_day: date | None = None

    @property
    def rebate(self) -> tuple[Decimal, str] | None:
        """Return the part of the fee share that we pass on to users, and the payee who does it.

        Nothing where the exchange pays its users itself: its statement is net of that.
        """
        found = self.details
        if found is None or found.rebate_rate is None or found.rebate_payee is None:
            return None
        return found.rebate_rate, found.rebate_payee


def agreement_id(exchange: str, stream: str, commodity: str) -> str:
    """Return the id of an agreement: exchange, stream and commodity."""
    return f"{exchange}:{parties.slug(stream)}:{commodity.lower()}"


def overlap_of(session: Session, draft: TermsDraft, exchange: str) -> AgreementTerms | None:
    """Return the terms in the books that a draft overlaps and does not repeat, if any.

    Raises:
        UnknownReference: a party is not known, or is none that can stand there.
    """
    agreed = _agreed(session, draft)
    agreement = agreement_id(exchange, draft.stream, draft.commodity)
    for each in all_terms(session, agreement):
        terms, last = each.terms, each.last_day
        if terms.effective_from == draft.effective_from:
            known = replace(draft_of(session, each), source=draft.source)
            # Loaded as it was agreed, or as it is listed once it ended.
            same = agreed in (known, replace(known, effective_to=terms.effective_to))
            return None if same else terms
        earlier = terms.effective_from < draft.effective_from
        if earlier and last and last >= draft.effective_from:
            return terms
        if not earlier and (draft.effective_to or date.max) >= terms.effective_from:
            return terms
    return None


def add_terms(change: Change, draft: TermsDraft) -> tuple[AgreementTerms, bool]:
    """Add terms, and the agreement if it is new; say whether they are.

    Names of exchange and payees may be aliases. The same terms again are returned.

    Raises:
        UnknownReference: a party is not known, or an exchange stands where a payee belongs.
        ReferenceReused: other terms begin on the same day, or the periods overlap.
        RetroactiveChange: the terms would begin in a month that is closed.
    """
    session = change.session
    agreed = _agreed(session, draft)
    identity = agreement_id(agreed.exchange, draft.stream, draft.commodity)
    clash = overlap_of(session, draft, agreed.exchange)
    if clash is not None:
        raise ReferenceReused(
            "Terms", f"{identity} from {draft.effective_from}", f"version {clash.version} overlaps"
        )
    known = versions(session, identity)
    for terms in known:
        if terms.effective_from == draft.effective_from:
            return terms, False
    require_not_retroactive(change, identity, draft.effective_from)
    if not known:
        change.add(
            Agreement(
                id=identity,
                exchange=agreed.exchange,
                stream=draft.stream,
                commodity=draft.commodity,
                source=draft.source,
            )
        )
    added = AgreementTerms(
        agreement=identity,
        version=1 + max((terms.version for terms in known), default=0),
        effective_from=draft.effective_from,
        effective_to=draft.effective_to,
        kind=draft.kind,
        rate_low=agreed.rate_low,
        rate_high=agreed.rate_high,
        fixed_amount=draft.fixed_amount,
        maintainer_rate=draft.maintainer_rate,
        source=draft.source,
    )
    change.add(added)
    change.add(*rows_of(agreed, identity, added.version))
    return added, True


def require_not_retroactive(change: Change, agreement: str, day: date) -> None:
    """Refuse terms that would begin in a closed month of an agreement that was there before.

    An agreement that is new with this change may have a past: nothing was settled by it.

    Raises:
        RetroactiveChange: they would.
    """
    closed = closed_through(change.session)
    was_there = any(
        terms.change_no != change.number for terms in versions(change.session, agreement)
    )
    if was_there and closed is not None and day <= last_day(closed):
        raise RetroactiveChange(agreement, day, closed)


def draft_of(session: Session, known: TermsInForce) -> TermsDraft:
    """Return terms in the books as a draft that says the same; parties stand by their ids."""
    agreement, terms, details = known.agreement, known.terms, known.details
    told = {} if details is None else {name: getattr(details, name) for name in DETAILS}
    return TermsDraft(
        exchange=agreement.exchange,
        stream=agreement.stream,
        commodity=agreement.commodity,
        kind=terms.kind,
        effective_from=terms.effective_from,
        effective_to=known.last_day,
        rate_low=terms.rate_low,
        rate_high=terms.rate_high,
        fixed_amount=terms.fixed_amount,
        maintainer_rate=terms.maintainer_rate,
        maintainers=known.weights,
        source=terms.source,
        tiers=known.tiers,
        incentives=incentives_of(session, terms.agreement, terms.version),
        **told,
    )


_TERMS = (
    select(Agreement, AgreementTerms, TermsDetails, TermsEnd.ends_on)
    .join(AgreementTerms, AgreementTerms.agreement == Agreement.id)
    .outerjoin(
        TermsDetails,
        and_(
            TermsDetails.agreement == Agreement.id,
            TermsDetails.terms_version == AgreementTerms.version,
        ),
    )
    .outerjoin(
        TermsEnd,
        and_(TermsEnd.agreement == Agreement.id, TermsEnd.terms_version == AgreementTerms.version),
    )
    .order_by(Agreement.id, AgreementTerms.effective_from)
)
_TERMS_OF_ONE = _TERMS.where(Agreement.id == bindparam("wanted_agreement"))


def all_terms(session: Session, agreement: str | None = None) -> list[TermsInForce]:
    """Return every version of the terms of an agreement, or of all, by agreement and first day."""
    rows = session.execute(
        _TERMS if agreement is None else _TERMS_OF_ONE, {"wanted_agreement": agreement}
    )
    weights, tiers = weights_of(session, agreement), tiers_of(session, agreement)
    return [
        TermsInForce(
            agreement=found,
            terms=terms,
            weights=weights.get((terms.agreement, terms.version), {}),
            details=details,
            tiers=tiers.get((terms.agreement, terms.version)),
            last_day=terms.effective_to if ends_on is None else ends_on,
        )
        for found, terms, details, ends_on in rows
    ]


def versions(session: Session, agreement: str) -> list[AgreementTerms]:
    """Return all terms of an agreement, earliest first."""
    return list(
        session.scalars(
            select(AgreementTerms)
            .where(AgreementTerms.agreement == agreement)
            .order_by(AgreementTerms.effective_from)
        )
    )


def terms_on(session: Session, agreement: str, day: date) -> TermsInForce:
    """Return the terms in force on a day.

    Raises:
        UnknownReference: no agreement has this id.
        TermsMissing: none are.
    """
    if session.get(Agreement, agreement) is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    found = _on(all_terms(session, agreement), day)
    if not found:
        raise TermsMissing(agreement, day)
    return found[0]


def in_force(session: Session, day: date) -> list[TermsInForce]:
    """Return the terms of every agreement that has some in force on a day, by agreement."""
    return _on(all_terms(session), day)


def maintainer_rate(session: Session, terms: AgreementTerms, day: date) -> Decimal:
    """Return the maintainers' part of the fee share: the terms' own, else the policy's."""
    if terms.maintainer_rate is not None:
        return terms.maintainer_rate
    return Decimal(policies.in_force(session, "maintainer-rates", day)[terms.kind])


def expected_by(session: Session, terms: TermsInForce, period: date) -> date:
    """Return the day by which the statement of a month, given by its first day, usually comes."""
    day = terms.details.statement_day if terms.details is not None else None
    return next_month(period).replace(day=day or _timing(session, period)["statement_day"])


def payment_due(session: Session, terms: TermsInForce, period: date) -> date:
    """Return the day on which the money of a month, given by its first day, is due."""
    days = terms.details.payment_days if terms.details is not None else None
    if days is None:
        days = _timing(session, period)["payment_days"]
    return last_day(period) + timedelta(days=days)


def _timing(session: Session, period: date) -> dict[str, int]:
    found: dict[str, int] = policies.in_force(session, "statement-timing", last_day(period))
    return found


def _party(session: Session, name: str, *, kind: str) -> Party:
    found = parties.named(session, name, kind=kind)
    if found.kind != kind:
        raise UnknownReference(kind, name, mend=f"{found.name} is known as {found.kind}.")
    return found


def _agreed(session: Session, draft: TermsDraft) -> TermsDraft:
    """Return a draft as it is agreed: parties by their ids, the rates that its tiers give."""
    low, high = draft.rates
    return replace(
        draft,
        exchange=_party(session, draft.exchange, kind="exchange").id,
        maintainers={
            _party(session, name, kind="payee").id: weight
            for name, weight in draft.maintainers.items()
        },
        rebate_payee=draft.rebate_payee and _party(session, draft.rebate_payee, kind="payee").id,
        incentives=tuple(draft.incentives),
        rate_low=low,
        rate_high=high,
    )


def _on(found: Iterable[TermsInForce], day: date) -> list[TermsInForce]:
    """Return which terms are in force on a day: of an agreement the newest that began and last."""
    begun = {each.agreement.id: each for each in found if each.terms.effective_from <= day}
    return [each for each in begun.values() if each.last_day is None or each.last_day >= day]
