"""Agreement register (R23): every version of every agreement's terms, and from when to when.

Law: versions are told as they were agreed; `effective_to` is the last day of a version, whether it
names one or another follows. Days between two versions without terms are counted, not filled in.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy.orm import Session

from ledger.money import plain
from ledger.people_tables import Party
from ledger.revenue import agreements
from ledger.revenue.agreements import TermsInForce
from ledger.revenue.terms import TermsDraft
from ledger.tables import ChangeRow
from reports.query import Asked, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

COLUMNS = (
    Column(name="agreement_id", kind=Kind.IDENTIFIER),
    Column(name="version", kind=Kind.INTEGER),
    Column(name="sponsor", kind=Kind.TEXT),
    Column(name="type", kind=Kind.IDENTIFIER),
    Column(name="rate_or_fee", kind=Kind.IDENTIFIER),
    Column(name="tier_json", kind=Kind.TEXT),
    Column(name="currency", kind=Kind.IDENTIFIER),
    Column(name="effective_from", kind=Kind.DATE),
    Column(name="effective_to", kind=Kind.DATE),
    Column(name="gap_days_before", kind=Kind.INTEGER),
    Column(name="maintainer_pool_rate", kind=Kind.RATE),
    Column(name="payees_json", kind=Kind.TEXT),
    Column(name="rebate_rate", kind=Kind.RATE),
    Column(name="rebate_payer", kind=Kind.IDENTIFIER),
    Column(name="rebate_payee", kind=Kind.IDENTIFIER),
    Column(name="incentives", kind=Kind.TEXT),
    Column(name="selection_method", kind=Kind.TEXT),
    Column(name="selected_on", kind=Kind.DATE),
    Column(name="selection_link", kind=Kind.TEXT),
    Column(name="confidential", kind=Kind.FLAG),
    Column(name="source", kind=Kind.TEXT),
    Column(name="recorded_by", kind=Kind.IDENTIFIER),
    Column(name="change_no", kind=Kind.INTEGER),
)
NOTES = (
    "A blank maintainer_pool_rate takes the policy's for the type; no payee: all stays with the "
    "Foundation.",
    "Liquidity incentives are promises to market makers: shown here, never booked.",
    "Left out: signed_file_sha256 and approved_by; source says where the terms were agreed.",
)


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the versions that had begun by the day asked for, by agreement and first day."""
    limits = scope(session, asked)
    rows: list[tuple[Cell, ...]] = []
    overlaps, unequal = 0, 0
    everything = agreements.all_terms(session)
    for _, group in groupby(everything, key=lambda each: each.agreement.id):
        versions = [each for each in group if each.terms.effective_from <= limits.until]
        for terms, last, gap in stretches(versions):
            rows.append(cells(session, terms, last, gap))
            overlaps += gap is not None and gap < 0
            unequal += bool(terms.weights) and sum(terms.weights.values()) != Decimal(1)
    return Report(
        name="agreements",
        title="Agreements and their terms",
        columns=COLUMNS,
        rows=rows,
        sorted_by=("agreement_id", "effective_from"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            count_tie("versions that overlap", overlaps, 0),
            count_tie("versions whose weights do not sum to 1", unequal, 0),
        ),
    )


def stretches(
    versions: Sequence[TermsInForce],
) -> Iterator[tuple[TermsInForce, date | None, int | None]]:
    """Yield each version with its last day, and the days without terms before it.

    The first version has no days before it; fewer than none would be an overlap.
    """
    before: date | None = None
    for place, each in enumerate(versions):
        terms = each.terms
        following = versions[place + 1].terms.effective_from if versions[place + 1 :] else None
        last = each.last_day or terms.effective_to
        if last is None and following is not None:
            last = following - timedelta(days=1)
        gap = None if before is None else (terms.effective_from - before).days - 1
        yield each, last, gap
        before = last


def cells(
    session: Session, found: TermsInForce, last: date | None, gap: int | None
) -> tuple[Cell, ...]:
    """Return the row of one version."""
    draft, terms = agreements.draft_of(session, found), found.terms
    return (
        terms.agreement,
        terms.version,
        session.get_one(Party, draft.exchange).name,
        draft.kind,
        rate_or_fee(draft),
        tiers_json(draft),
        draft.commodity,
        draft.effective_from,
        last,
        gap,
        draft.maintainer_rate,
        json.dumps({payee: plain(weight) for payee, weight in draft.maintainers.items()}),
        draft.rebate_rate,
        draft.rebate_payer,
        draft.rebate_payee,
        "; ".join(each.text() for each in draft.incentives) or None,
        draft.selection_method,
        draft.selected_on,
        draft.selection_link,
        draft.confidential,
        draft.source,
        session.get_one(ChangeRow, terms.change_no).actor,
        terms.change_no,
    )


def rate_or_fee(draft: TermsDraft) -> str:
    """Return the rate or the range of rates, fractions, or the amount a month."""
    told = draft.rates if draft.fixed_amount is None else (draft.fixed_amount,)
    return "-".join(dict.fromkeys(plain(each) for each in told if each is not None))


def tiers_json(draft: TermsDraft) -> str | None:
    """Return the bands as JSON, amounts and rates as text; blank where there are none."""
    if draft.tiers is None:
        return None
    bands = [
        {"from": plain(band.at_least), "rate": plain(band.rate)} for band in draft.tiers.bands
    ]
    return json.dumps({"basis": draft.tiers.basis, "bands": bands})
