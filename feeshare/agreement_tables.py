"""Agreements in rows: every version as it loads again, those in force side by side, and holds."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare.loading_agreements import cells_of
from ledger.money import plain
from ledger.months import last_day
from ledger.people_tables import Party
from ledger.revenue import agreements, holds
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.shares import percent
from ledger.revenue.terms import TermsDraft

COMPARED = (
    "agreement",
    "exchange",
    "stream",
    "commodity",
    "kind",
    "rate",
    "rebate",
    "rebate_payer",
    "incentives",
    "maintainers",
    "maintainer_rate",
    "selection",
    "statement_day",
    "payment_days",
    "confidential",
    "since",
)
HOLDS = (
    "hold",
    "agreement",
    "payee",
    "effective_from",
    "released_on",
    "open_bugs",
    "oldest_bug_days",
    "api_breakages",
    "oldest_breakage_days",
    "evidence",
    "reason",
    "placed_by",
    "released_by",
    "release_reason",
)


def listed(session: Session, on: date | None) -> list[dict[str, str]]:
    """Return every version of all terms as the cells that it loads from; or those in force."""
    found = agreements.all_terms(session) if on is None else agreements.in_force(session, on)
    names = names_of(session)
    return [cells_of(agreements.draft_of(session, each), names) for each in found]


def compared(session: Session, on: date, *, public: bool) -> list[dict[str, str]]:
    """Return the terms in force on a day side by side; `public` leaves confidential ones out."""
    names = names_of(session)
    return [
        _side(session, each, on, names)
        for each in agreements.in_force(session, on)
        if not (public and each.details is not None and each.details.confidential)
    ]


def held(session: Session) -> list[tuple[str | int | date | None, ...]]:
    """Return every hold with its evidence and its release, in the order of `HOLDS`."""
    return [
        (
            hold.id,
            hold.agreement,
            hold.payee,
            hold.effective_from,
            released.released_on if released is not None else None,
            *(getattr(hold, name) for name in holds.COUNTS),
            hold.evidence,
            hold.reason,
            hold.placed_by,
            released.released_by if released is not None else None,
            released.reason if released is not None else None,
        )
        for hold, released in holds.all_of(session)
    ]


def names_of(session: Session) -> dict[str, str]:
    """Return the names of all parties by their ids."""
    return {party.id: party.name for party in session.scalars(select(Party))}


def rate_of(draft: TermsDraft) -> str:
    """Return what an exchange pays: a rate, a range, bands, or an amount a month."""
    if draft.fixed_amount is not None:
        return f"{plain(draft.fixed_amount)} {draft.commodity} a month"
    if draft.tiers is not None:
        return draft.tiers.text()
    low, high = (percent(rate) for rate in draft.rates if rate is not None)
    return low if low == high else f"{low} to {high}"


def _side(
    session: Session, found: TermsInForce, on: date, names: dict[str, str]
) -> dict[str, str]:
    draft = agreements.draft_of(session, found)
    cells = cells_of(draft, names)
    rate = agreements.maintainer_rate(session, found.terms, on)
    expected, due = (
        each(session, found, on.replace(day=1))
        for each in (agreements.expected_by, agreements.payment_due)
    )
    selection = (cells[name] for name in ("selection_method", "selected_on", "selection_link"))
    return cells | {
        "agreement": found.agreement.id,
        "rate": rate_of(draft),
        "rebate": "" if draft.rebate_rate is None else percent(draft.rebate_rate),
        "maintainer_rate": percent(rate) if found.weights else "",
        "selection": " ".join(cell for cell in selection if cell),
        "statement_day": str(expected.day),
        "payment_days": str((due - last_day(on)).days),
        "since": cells["effective_from"],
    }
