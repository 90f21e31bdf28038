"""Loading agreements: one row for each version of terms, with the columns that a list prints.

Law: what `agreement list --csv` prints loads again and changes nothing. Cells that hold several
things separate them with semicolons: maintainers, bands of tiers, incentives.
"""

import re
from datetime import date
from decimal import Decimal

from feeshare.loading import Format, names_in, weights_in
from feeshare.records import Record
from ledger import parties
from ledger.commodities import scales
from ledger.money import parse_plain, plain
from ledger.revenue import agreements, terms_problems
from ledger.revenue.terms import Incentive, TermsDraft, Tier, Tiers
from ledger.sealing import Change

REQUIRED = ("exchange", "stream", "commodity", "kind", "effective_from", "source")
OPTIONAL = (
    "effective_to",
    "rate_low",
    "rate_high",
    "tiers",
    "fixed_amount",
    "rebate_rate",
    "rebate_payer",
    "rebate_payee",
    "maintainer_rate",
    "maintainers",
    "selection_method",
    "selected_on",
    "selection_link",
    "statement_day",
    "payment_days",
    "incentives",
    "confidential",
)
COLUMNS = (*REQUIRED[:5], *OPTIONAL, "source")
"""The columns of a list, in its order."""

INCENTIVE = re.compile(
    r"(?P<amount>\S+)\s+(?P<commodity>\S+)\s+(?P<start>[0-9-]{10})\.\.(?P<end>[0-9-]{10})?"
    r"(?:\s+(?P<note>.*))?"
)


def cells_of(draft: TermsDraft, names: dict[str, str]) -> dict[str, str]:
    """Return terms as the cells of a row, by column; `names` are the parties' by id."""
    special = {
        "exchange": names[draft.exchange],
        "tiers": draft.tiers.text() if draft.tiers is not None else "",
        "rebate_payee": names[draft.rebate_payee] if draft.rebate_payee is not None else "",
        "maintainers": "; ".join(
            f"{names[payee]}:{plain(weight)}" for payee, weight in draft.maintainers.items()
        ),
        "incentives": "; ".join(each.text() for each in draft.incentives),
        "confidential": "yes" if draft.confidential else "",
    }
    return {
        column: special[column] if column in special else _cell(getattr(draft, column))
        for column in COLUMNS
    }


def _cell(value: object) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


def take(change: Change, record: Record) -> bool:
    """Take a row of terms in; say whether they are new. What is wrong is noted in the record."""
    before = len(record.faults.problems)
    draft = _draft(change, record)
    if draft is None or len(record.faults.problems) > before:
        return False
    for problem in terms_problems.problems_of(draft):
        record.faults.add(
            problem.code,
            problem.expected,
            row=record.row,
            column=problem.column,
            value=problem.value,
        )
    if len(record.faults.problems) > before:
        return False
    exchange = parties.named(change.session, draft.exchange, kind="exchange")
    clash = agreements.overlap_of(change.session, draft, exchange.id)
    if clash is not None:
        record.fault(
            "agreement_overlap",
            "effective_from",
            f"terms that do not overlap version {clash.version} "
            f"({clash.effective_from} to {clash.effective_to or 'further notice'})",
            mend="End one version before the next begins; other terms need another first day.",
        )
        return False
    return agreements.add_terms(change, draft)[1]


def _draft(change: Change, record: Record) -> TermsDraft | None:
    known = scales(change.session)
    if record.text("commodity") not in known:
        record.fault("currency_mismatch", "commodity", f"one of {', '.join(sorted(known))}")
    effective_from = record.day("effective_from")
    draft = TermsDraft(
        exchange=record.text("exchange"),
        stream=record.text("stream"),
        commodity=record.text("commodity"),
        kind=record.text("kind"),
        effective_from=effective_from or date.min,
        effective_to=record.day("effective_to", required=False),
        rate_low=record.quantity("rate_low", required=False),
        rate_high=record.quantity("rate_high", required=False),
        fixed_amount=record.quantity("fixed_amount", required=False),
        maintainer_rate=record.quantity("maintainer_rate", required=False),
        maintainers=weights_in(record, "maintainers"),
        source=record.text("source"),
        tiers=_tiers(record),
        rebate_rate=record.quantity("rebate_rate", required=False),
        rebate_payer=_text(record, "rebate_payer"),
        rebate_payee=_text(record, "rebate_payee"),
        statement_day=_whole(record, "statement_day"),
        payment_days=_whole(record, "payment_days"),
        incentives=_incentives(record),
        selection_method=_text(record, "selection_method"),
        selected_on=record.day("selected_on", required=False),
        selection_link=_text(record, "selection_link"),
        confidential=_is_confidential(record),
    )
    return None if effective_from is None else draft


def _text(record: Record, column: str) -> str | None:
    return record.text(column, required=False) or None


def _whole(record: Record, column: str) -> int | None:
    cell = record.text(column, required=False)
    if not cell:
        return None
    if not (cell.isascii() and cell.isdigit()):
        record.fault("not_a_number", column, "a whole number such as 10")
        return None
    return int(cell)


def _is_confidential(record: Record) -> bool:
    cell = record.text("confidential", required=False)
    if cell not in {"", "yes", "no"}:
        record.fault("value_unknown", "confidential", "yes or no")
    return cell == "yes"


def _tiers(record: Record) -> Tiers | None:
    """Return the bands in a cell such as `volume: 0=0.2; 1000000=0.3`; nothing if it is blank."""
    cell = record.text("tiers", required=False)
    if not cell:
        return None
    basis, _, listed = cell.partition(":")
    bands = []
    for part in names_in(listed):
        at_least, _, rate = part.partition("=")
        try:
            bands.append(
                Tier(at_least=parse_plain(at_least.strip()), rate=parse_plain(rate.strip()))
            )
        except ValueError:
            record.fault("rate_invalid", "tiers", "BASIS: AMOUNT=RATE; …, as volume: 0=0.2")
            return None
    return Tiers(basis=basis.strip(), bands=tuple(bands))


def _incentives(record: Record) -> tuple[Incentive, ...]:
    """Return the incentives in a cell such as `100000 HBOT 2023-01-01..2023-06-30 a note`."""
    found = []
    for part in names_in(record.text("incentives", required=False)):
        told = INCENTIVE.fullmatch(part)
        each = None if told is None else _incentive(told)
        if each is None:
            expected = "AMOUNT COMMODITY FROM..TO NOTE; …, as 5000 HBOT 2023-01-01..2023-06-30"
            record.fault("terms_invalid", "incentives", expected)
        else:
            found.append(each)
    return tuple(found)


def _incentive(told: re.Match[str]) -> Incentive | None:
    try:
        return Incentive(
            amount=parse_plain(told["amount"]),
            commodity=told["commodity"],
            starts_on=date.fromisoformat(told["start"]),
            ends_on=date.fromisoformat(told["end"]) if told["end"] else None,
            note=told["note"] or "",
        )
    except ValueError:
        return None


AGREEMENTS = Format(required=REQUIRED, optional=OPTIONAL, take=take)
