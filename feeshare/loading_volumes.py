"""Loading reported trading volumes: one row for an agreement, a month and who reports it."""

from feeshare.loading import Format
from feeshare.records import Record
from ledger import parties
from ledger.commodities import scales
from ledger.errors import BadInput
from ledger.months import parse_month
from ledger.revenue import volumes
from ledger.revenue.agreements import agreement_id
from ledger.revenue.tables import Agreement
from ledger.sealing import Change


def _volume(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    quantity = record.quantity("volume")
    if quantity is not None and quantity < 0:
        record.fault("negative_amount", "volume", "zero or more")
    period = record.text("period")
    try:
        parse_month(period)
    except BadInput as wrong:
        record.fault(wrong.problems[0].code, "period", wrong.problems[0].expected)
    commodity = record.text("commodity")
    if commodity not in scales(change.session):
        record.fault("currency_mismatch", "commodity", "a commodity that is known")
    exchange = parties.named(change.session, record.text("exchange"), kind="exchange")
    agreement = agreement_id(exchange.id, record.text("stream"), commodity)
    if change.session.get(Agreement, agreement) is None:
        record.fault(
            "agreement_unknown", "stream", f"the stream of an agreement with {exchange.name}"
        )
    source = record.text("source")
    if len(record.faults.problems) > before or quantity is None:
        return False
    return volumes.report(
        change,
        agreement=agreement,
        period=period,
        source=source,
        commodity=commodity,
        volume=quantity,
    )


VOLUMES = Format(
    required=("exchange", "stream", "commodity", "period", "volume", "source"),
    optional=(),
    take=_volume,
)
"""`commodity` is the agreement's, and the volume's."""
