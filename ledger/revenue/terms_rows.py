"""What a version of terms says in rows of its own: maintainers, details, tiers, incentives.

Law: a draft becomes rows and rows become the same again, so that terms that are loaded twice are
known; a version that says nothing besides its rates has no row of details.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

from sqlalchemy import select
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


def weights_of(session: Session, agreement: str, version: int) -> dict[str, Decimal]:
    """Return the maintainers of a version of terms with their weights, by party id."""
    found = _rows(session, TermsMaintainer, agreement, version)
    return {row.payee: row.weight for row in sorted(found, key=lambda row: row.payee)}


def tiers_of(session: Session, agreement: str, version: int) -> Tiers | None:
    """Return the bands of a version of terms, lowest first; nothing if it has none."""
    rows = sorted(_rows(session, TermsTier, agreement, version), key=lambda row: row.at_least)
    if not rows:
        return None
    bands = [Tier(at_least=row.at_least, rate=row.rate) for row in rows]
    return Tiers(basis=rows[0].basis, bands=tuple(bands))


def incentives_of(session: Session, agreement: str, version: int) -> tuple[Incentive, ...]:
    """Return the liquidity incentives of a version of terms, in their order."""
    rows = sorted(_rows(session, TermsIncentive, agreement, version), key=lambda row: row.number)
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


def _rows(session: Session, table: type[OfTerms], agreement: str, version: int) -> list[OfTerms]:
    return list(
        session.scalars(
            select(table).where(table.agreement == agreement, table.terms_version == version)
        )
    )
