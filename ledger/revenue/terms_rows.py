"""What a version of terms says in rows of its own: maintainers, details, tiers, incentives.

Law: a draft becomes rows and rows become the same again, so that terms that are loaded twice are
known; a version that says nothing besides its rates has no row of details.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from ledger.base import Sealed
from ledger.revenue.tables import TermsMaintainer
from ledger.revenue.terms import Incentive, TermsDraft, Tier, Tiers
from ledger.revenue.terms_tables import TermsDetails, TermsIncentive, TermsTier

OfTerms = TypeVar("OfTerms", TermsMaintainer, TermsTier, TermsIncentive)

DETAILS = (
    "statement_day",
    "payment_days",
    "rebate_rate",
    "rebate_payer",
    "rebate_payee",
    "confidential",
    "selection_method",
    "selected_on",
    "selection_link",
)
"""Fields of a draft that a row of details keeps as they are."""


def rows_of(draft: TermsDraft, agreement: str, version: int) -> Iterator[Sealed]:
    """Yield the rows of a version of terms besides its own; parties stand by their ids."""
    for payee, weight in sorted(draft.maintainers.items()):
        yield TermsMaintainer(
            agreement=agreement, terms_version=version, payee=payee, weight=weight
        )
    details = {name: getattr(draft, name) for name in DETAILS}
    if any(value not in {None, False} for value in details.values()):
        yield TermsDetails(agreement=agreement, terms_version=version, **details)
    if draft.tiers is not None:
        for band in draft.tiers.bands:
            yield TermsTier(
                agreement=agreement,
                terms_version=version,
                at_least=band.at_least,
                basis=draft.tiers.basis,
                rate=band.rate,
            )
    for number, each in enumerate(draft.incentives, start=1):
        yield TermsIncentive(
            agreement=agreement,
            terms_version=version,
            number=number,
            amount=each.amount,
            commodity=each.commodity,
            starts_on=each.starts_on,
            ends_on=each.ends_on,
            note=each.note,
        )


def weights_of(
    session: Session, agreement: str | None = None
) -> Mapping[tuple[str, int], dict[str, Decimal]]:
    """Return the maintainers with their weights, by party id, of each version that has some.

    Of one agreement, or of all.
    """
    found: dict[tuple[str, int], dict[str, Decimal]] = {}
    for row in sorted(_rows(session, TermsMaintainer, agreement), key=lambda row: row.payee):
        found.setdefault((row.agreement, row.terms_version), {})[row.payee] = row.weight
    return found


def tiers_of(session: Session, agreement: str | None = None) -> Mapping[tuple[str, int], Tiers]:
    """Return the bands, lowest first, of each version of terms that has some.

    Of one agreement, or of all.
    """
    found: dict[tuple[str, int], Tiers] = {}
    for row in sorted(_rows(session, TermsTier, agreement), key=lambda row: row.at_least):
        key = (row.agreement, row.terms_version)
        lower = found[key].bands if key in found else ()
        band = Tier(at_least=row.at_least, rate=row.rate)
        found[key] = Tiers(basis=row.basis, bands=(*lower, band))
    return found


def incentives_of(session: Session, agreement: str, version: int) -> tuple[Incentive, ...]:
    """Return the liquidity incentives of a version of terms, in their order."""
    found = _rows(session, TermsIncentive, agreement)
    rows = sorted(
        (row for row in found if row.terms_version == version), key=lambda row: row.number
    )
    return tuple(
        Incentive(
            amount=row.amount,
            commodity=row.commodity,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            note=row.note,
        )
        for row in rows
    )


def _rows(session: Session, table: type[OfTerms], agreement: str | None) -> list[OfTerms]:
    if agreement is None:
        return list(session.scalars(select(table)))
    return list(session.scalars(_of_an_agreement(table), {"of": agreement}))


@cache
def _of_an_agreement(table: type[OfTerms]) -> Select[OfTerms]:
    return select(table).where(table.agreement == bindparam("of"))
