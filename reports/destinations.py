"""Payee and address register (R14): every destination, who stands for it, from when to when.

Law: an address is told as it was asked for, refused ones and waiting ones, too. It is active from
the end of its hold until another one took its place.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger import policies
from payouts.rails.evm_addresses import ADDRESS, bare_address_problems
from reports import ageing
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report
from reports.ties import count_tie

COLUMNS = (
    Column(name="payee_id", kind=Kind.IDENTIFIER),
    Column(name="display_name", kind=Kind.TEXT),
    Column(name="destination_id", kind=Kind.IDENTIFIER),
    Column(name="rail", kind=Kind.IDENTIFIER),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="address", kind=Kind.IDENTIFIER),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="checksum_ok", kind=Kind.FLAG),
    Column(name="kind", kind=Kind.IDENTIFIER),
    Column(name="exchange", kind=Kind.TEXT),
    Column(name="active_from", kind=Kind.DATE),
    Column(name="active_to", kind=Kind.DATE),
    Column(name="proof_old_sig", kind=Kind.IDENTIFIER),
    Column(name="proof_new_sig", kind=Kind.IDENTIFIER),
    Column(name="vouched_by", kind=Kind.TEXT),
    Column(name="requested_by", kind=Kind.TEXT),
    Column(name="requested_at", kind=Kind.TIME),
    Column(name="approved_by", kind=Kind.TEXT),
    Column(name="approved_at", kind=Kind.TIME),
    Column(name="hold_until", kind=Kind.DATE),
    Column(name="is_frozen", kind=Kind.FLAG),
    Column(name="notified_channels", kind=Kind.TEXT),
)
NOTES = (
    "kind is what the chain was found to have there, exchange-memo for an exchange's deposit "
    "address; blank where nobody looked.",
    "checksum_ok is blank where the address is none of an EVM chain.",
    "active_to is the day on which another destination of the payee took its place.",
    "notified_channels have a notice of it; whether it was sent is not recorded.",
)

REGISTER = """
    SELECT d.id, d.payee, p.name, d.rail, d.chain, d.address, d.commodity, d.requested_by,
        asked.recorded_at AS requested_at, c.confirmed_by, c.confirmed_at, x.exchange,
        is_frozen(d.address) AS is_frozen,
        (SELECT kind FROM destination_findings f WHERE f.destination = d.id
            ORDER BY number DESC LIMIT 1) AS kind,
        (SELECT signature FROM destination_proofs s
            WHERE s.destination = d.id AND s.key = 'old') AS old_signature,
        (SELECT signature FROM destination_proofs s
            WHERE s.destination = d.id AND s.key = 'new') AS new_signature,
        (SELECT string_agg(v.vouched_by, '; ' ORDER BY v.vouched_by COLLATE "C")
            FROM destination_vouchers v WHERE v.destination = d.id) AS vouched_by,
        (SELECT string_agg(DISTINCT t.channel, '; ') FROM notices n JOIN payee_contacts t
            ON t.payee = n.payee AND t.number = n.contact WHERE n.destination = d.id) AS channels,
        (SELECT min(later.confirmed_at) FROM destination_confirmations later
            JOIN destinations o ON o.id = later.destination
            WHERE o.payee = d.payee AND o.rail = d.rail
                AND o.commodity IS NOT DISTINCT FROM d.commodity
                AND later.change_no > c.change_no) AS replaced_at
    FROM destinations d JOIN parties p ON p.id = d.payee
    JOIN changes asked ON asked.number = d.change_no
    LEFT JOIN destination_confirmations c ON c.destination = d.id
    LEFT JOIN destination_deposits x ON x.destination = d.id
    WHERE (CAST(:payee AS text) IS NULL OR d.payee = :payee)
    ORDER BY d.payee COLLATE "C", d.change_no, d.id COLLATE "C"
"""

UNCONFIRMED = """
    SELECT count(*) FROM payout_lines l JOIN payout_batches b ON b.id = l.batch
    LEFT JOIN destination_confirmations c ON c.destination = l.destination
    WHERE (CAST(:payee AS text) IS NULL OR l.payee = :payee)
        AND coalesce(c.confirmed_at > b.frozen_at, true)
"""


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return every destination, of a payee or of all, in the order they were asked for."""
    limits = scope(session, asked)
    found = fetch(session, REGISTER, payee=asked.payee)
    [unconfirmed] = fetch(session, UNCONFIRMED, payee=asked.payee)
    hold = policies.in_force(session, "destination-hold-days", ageing.day_of(limits))
    return Report(
        name="destinations",
        title="Payees' addresses and their changes",
        columns=COLUMNS,
        rows=_rows(found, hold),
        sorted_by=("payee_id", "requested_at", "destination_id"),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=(
            count_tie(
                "lines of batches to an address not confirmed when frozen", unconfirmed[0], 0
            ),
        ),
    )


def _rows(found: Sequence[Row[Any]], hold: int) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = []
    for row in found:
        until = None if row.confirmed_at is None else _day(row.confirmed_at) + timedelta(days=hold)
        replaced = None if row.replaced_at is None else _day(row.replaced_at)
        rows.append(
            (
                *(row.payee, row.name, row.id, row.rail, row.chain, row.address, row.commodity),
                _checksum(row.address),
                "exchange-memo" if row.exchange else row.kind,
                *(row.exchange, until, replaced, row.old_signature, row.new_signature),
                *(row.vouched_by, row.requested_by, row.requested_at),
                *(row.confirmed_by, row.confirmed_at, until, row.is_frozen, row.channels),
            )
        )
    return rows


def _checksum(address: str) -> bool | None:
    if ADDRESS.fullmatch(address) is None:
        return None
    return not bare_address_problems(address)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
