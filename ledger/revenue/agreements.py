"""Agreements: what an exchange pays for one stream, under terms that hold from a day on.

Law: on any day at most one version of an agreement's terms is in force: the newest that begins on
or before it and has not ended. The database refuses terms that overlap and weights that do not
sum to 1. Terms that reach into a closed month are refused: they were used there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties, policies
from ledger.errors import Conflict, Problem, ReferenceReused, UnknownReference
from ledger.money import plain
from ledger.months import last_day, month_of
from ledger.people_tables import Party
from ledger.periods import closed_through
from ledger.revenue.tables import Agreement, AgreementTerms, TermsMaintainer
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsDraft:
    """Terms to be added. Rates and weights are fractions; weights sum to 1 or are empty."""

    exchange: str
    stream: str
    commodity: str
    kind: str
    effective_from: date
    effective_to: date | None
    rate_low: Decimal | None
    rate_high: Decimal | None
    fixed_amount: Decimal | None
    maintainer_rate: Decimal | None
    maintainers: Mapping[str, Decimal]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsInForce:
    """One version of terms with its maintainers, weights by party id."""

    agreement: Agreement
    terms: AgreementTerms
    weights: Mapping[str, Decimal]


def agreement_id(exchange: str, stream: str, commodity: str) -> str:
    """Return the id of an agreement: exchange, stream and commodity."""
    return f"{exchange}:{parties.slug(stream)}:{commodity.lower()}"


def problems_of(draft: TermsDraft) -> list[Problem]:
    """Return what is wrong with terms in themselves."""
    found = [*_kind_problems(draft), *_split_problems(draft)]
    if draft.effective_to is not None and draft.effective_to < draft.effective_from:
        found.append(_wrong("date_invalid", "effective_to", "a day after effective_from", draft))
    return found


def _kind_problems(draft: TermsDraft) -> list[Problem]:
    match draft.kind:
        case "variable":
            return _variable_problems(draft)
        case "fixed":
            amount = draft.fixed_amount
            found = []
            if amount is None or amount <= 0:
                found.append(_wrong("negative_amount", "fixed_amount", "an amount above 0", draft))
            if draft.rate_low is not None or draft.rate_high is not None:
                found.append(
                    _wrong("terms_invalid", "rate_low", "no rate under fixed terms", draft)
                )
            return found
        case _:
            return [_wrong("terms_invalid", "kind", "variable or fixed", draft)]


def _variable_problems(draft: TermsDraft) -> list[Problem]:
    fraction = "a fraction above 0 and up to 1: 0.3 is 30 %"
    found = [
        _wrong("rate_invalid", column, fraction, draft)
        for column, rate in (("rate_low", draft.rate_low), ("rate_high", draft.rate_high))
        if rate is None or not 0 < rate <= 1
    ]
    if draft.rate_low and draft.rate_high and draft.rate_low > draft.rate_high:
        found.append(_wrong("rate_invalid", "rate_high", "at least rate_low", draft))
    if draft.fixed_amount is not None:
        found.append(_wrong("terms_invalid", "fixed_amount", "none under variable terms", draft))
    return found


def _split_problems(draft: TermsDraft) -> list[Problem]:
    found = []
    if draft.maintainer_rate is not None and not 0 <= draft.maintainer_rate <= 1:
        found.append(_wrong("rate_invalid", "maintainer_rate", "a fraction from 0 to 1", draft))
    total = sum(draft.maintainers.values(), Decimal(0))
    if any(weight <= 0 for weight in draft.maintainers.values()) or (
        draft.maintainers and total != 1
    ):
        found.append(
            Problem(
                code="split_invalid",
                column="maintainers",
                value=f"{plain(total)} in all",
                expected="weights above 0 that sum to 1 (100 %)",
            )
        )
    return found


def _wrong(code: str, column: str, expected: str, draft: TermsDraft) -> Problem:
    value = getattr(draft, column)
    return Problem(
        code=code, column=column, value=None if value is None else str(value), expected=expected
    )


def overlap_of(session: Session, draft: TermsDraft, exchange: str) -> AgreementTerms | None:
    """Return the terms in the books that a draft overlaps and does not repeat, if any."""
    identity = agreement_id(exchange, draft.stream, draft.commodity)
    for terms in versions(session, identity):
        if terms.effective_from == draft.effective_from:
            return None if _repeats(session, terms, draft) else terms
        earlier = terms.effective_from < draft.effective_from
        if earlier and terms.effective_to and terms.effective_to >= draft.effective_from:
            return terms
        if not earlier and (draft.effective_to or date.max) >= terms.effective_from:
            return terms
    return None


def add_terms(change: Change, draft: TermsDraft) -> tuple[AgreementTerms, bool]:
    """Add terms, and the agreement if it is new; say whether they are.

    Names of exchange and maintainers may be aliases. The same terms again are returned.

    Raises:
        UnknownReference: a party is not known, or an exchange stands where a payee belongs.
        ReferenceReused: other terms begin on the same day, or the periods overlap.
        Conflict: the terms would begin in a month that is closed.
    """
    session = change.session
    exchange = _party(session, draft.exchange, kind="exchange")
    identity = agreement_id(exchange.id, draft.stream, draft.commodity)
    clash = overlap_of(session, draft, exchange.id)
    if clash is not None:
        raise ReferenceReused(
            "Terms", f"{identity} from {draft.effective_from}", f"version {clash.version} overlaps"
        )
    known = versions(session, identity)
    for terms in known:
        if terms.effective_from == draft.effective_from:
            return terms, False
    closed = closed_through(session)
    if known and closed is not None and draft.effective_from <= last_day(closed):
        raise Conflict(
            f"Terms of {identity} from {draft.effective_from} reach into {month_of(closed)}, "
            "which is closed.",
            mend="Begin them in an open month, or have another person reopen the month.",
        )
    if not known:
        change.add(
            Agreement(
                id=identity,
                exchange=exchange.id,
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
        rate_low=draft.rate_low,
        rate_high=draft.rate_high,
        fixed_amount=draft.fixed_amount,
        maintainer_rate=draft.maintainer_rate,
        source=draft.source,
    )
    change.add(added)
    change.add(
        *(
            TermsMaintainer(
                agreement=identity,
                terms_version=added.version,
                payee=_party(session, name, kind="payee").id,
                weight=weight,
            )
            for name, weight in sorted(draft.maintainers.items())
        )
    )
    return added, True


def versions(session: Session, agreement: str) -> list[AgreementTerms]:
    """Return all terms of an agreement, earliest first."""
    return list(
        session.scalars(
            select(AgreementTerms)
            .where(AgreementTerms.agreement == agreement)
            .order_by(AgreementTerms.effective_from)
        )
    )


def weights_of(session: Session, agreement: str, version: int) -> dict[str, Decimal]:
    """Return the maintainers of a version of terms with their weights, by party id."""
    rows = session.scalars(
        select(TermsMaintainer)
        .where(TermsMaintainer.agreement == agreement, TermsMaintainer.terms_version == version)
        .order_by(TermsMaintainer.payee)
    )
    return {row.payee: row.weight for row in rows}


def terms_on(session: Session, agreement: str, day: date) -> TermsInForce:
    """Return the terms in force on a day.

    Raises:
        UnknownReference: no agreement has this id.
        TermsMissing: none are.
    """
    found = session.get(Agreement, agreement)
    if found is None:
        raise UnknownReference("agreement", agreement, mend="feeshare agreement list")
    for terms in reversed(versions(session, agreement)):
        if terms.effective_from <= day:
            if terms.effective_to is not None and terms.effective_to < day:
                break
            return TermsInForce(
                agreement=found,
                terms=terms,
                weights=weights_of(session, agreement, terms.version),
            )
    raise TermsMissing(agreement, day)


def in_force(session: Session, day: date) -> list[TermsInForce]:
    """Return the terms of every agreement that has some in force on a day, by agreement."""
    found = []
    for identity in session.scalars(select(Agreement.id).order_by(Agreement.id)):
        try:
            found.append(terms_on(session, identity, day))
        except TermsMissing:
            continue
    return found


def maintainer_rate(session: Session, terms: AgreementTerms, day: date) -> Decimal:
    """Return the maintainers' part of the fee share: the terms' own, else the policy's."""
    if terms.maintainer_rate is not None:
        return terms.maintainer_rate
    return Decimal(policies.in_force(session, "maintainer-rates", day)[terms.kind])


def _party(session: Session, name: str, *, kind: str) -> Party:
    found = parties.named(session, name, kind=kind)
    if found.kind != kind:
        raise UnknownReference(kind, name, mend=f"{found.name} is known as {found.kind}.")
    return found


def _repeats(session: Session, terms: AgreementTerms, draft: TermsDraft) -> bool:
    weights = {
        parties.named(session, name, kind="payee").id: weight
        for name, weight in draft.maintainers.items()
    }
    return weights == weights_of(session, terms.agreement, terms.version) and (
        terms.effective_to,
        terms.kind,
        terms.rate_low,
        terms.rate_high,
        terms.fixed_amount,
        terms.maintainer_rate,
    ) == (
        draft.effective_to,
        draft.kind,
        draft.rate_low,
        draft.rate_high,
        draft.fixed_amount,
        draft.maintainer_rate,
    )
