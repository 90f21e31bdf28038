"""The facts that safety checks look at, read once for all lines of a plan or a batch."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from payouts.safety import LineFacts

_PLACES = text("""
    SELECT d.id, d.payee, bare_address(d.address) AS address, c.confirmed_at,
        replaced.id IS NOT NULL AS is_change, is_proved(d.id) AS is_proved,
        is_frozen(d.address) AS is_frozen, f.kind, f.detail,
        coalesce(is_overridden(d.payee, d.address, 'recipient_contract', f.kind), false)
            AS is_overridden
    FROM destinations d
    LEFT JOIN destination_confirmations c ON c.destination = d.id
    LEFT JOIN LATERAL (
        SELECT o.id FROM destinations o JOIN destination_confirmations oc ON oc.destination = o.id
        WHERE o.payee = d.payee AND oc.change_no < c.change_no LIMIT 1) replaced ON true
    LEFT JOIN LATERAL (
        SELECT kind, detail FROM destination_findings WHERE destination = d.id
        ORDER BY number DESC LIMIT 1) f ON true
    WHERE d.id = ANY(:wanted)
""")

_EARLIER = text("""
    SELECT l.payee, l.commodity, l.amount, l.destination, bare_address(l.address) AS address
    FROM payout_lines l JOIN line_settlements s ON s.batch = l.batch AND s.line = l.line
    WHERE l.payee = ANY(:payees)
""")

# By the eight characters that look-alikes share, so that long lists meet in one pass.
_RESEMBLING = text("""
    WITH wanted AS (
        SELECT id, payee, address, regexp_replace(bare_address(address), '^0x', '') AS bare
        FROM destinations WHERE id = ANY(:wanted)),
    known AS (
        SELECT payee, address, regexp_replace(bare_address(address), '^0x', '') AS bare
        FROM (SELECT DISTINCT payee, address FROM destinations
            UNION SELECT NULL, address FROM bank_accounts
            UNION SELECT NULL, counterparty FROM bank_lines) every
        WHERE address <> '')
    SELECT w.id, k.payee, k.address, w.bare = k.bare AS same
    FROM wanted w JOIN known k
        ON left(w.bare, 4) = left(k.bare, 4) AND right(w.bare, 4) = right(k.bare, 4)
    WHERE (w.bare = k.bare AND k.payee <> w.payee) OR look_alike(w.address, k.address)
    ORDER BY w.id, k.payee, k.address
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A line to be checked: who gets what where."""

    payee: str
    destination: str
    commodity: str
    amount: Decimal


def facts_of(session: Session, lines: Sequence[Asked]) -> list[LineFacts]:
    """Return what is known of lines, in their order."""
    wanted = sorted({line.destination for line in lines})
    places = {row.id: row for row in session.execute(_PLACES, {"wanted": wanted})}
    earlier: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    paid: set[tuple[str, str]] = set()
    for row in session.execute(_EARLIER, {"payees": sorted({line.payee for line in lines})}):
        earlier[row.payee, row.commodity].append(row.amount)
        paid.add((row.payee, row.address))
    shared: dict[str, set[str]] = defaultdict(set)
    alike: dict[str, set[str]] = defaultdict(set)
    for row in session.execute(_RESEMBLING, {"wanted": wanted}):
        (shared if row.same else alike)[row.id].add(row.payee if row.same else row.address)
    return [
        LineFacts(
            payee=line.payee,
            destination=line.destination,
            commodity=line.commodity,
            amount=line.amount,
            confirmed_on=place.confirmed_at and place.confirmed_at.astimezone(UTC).date(),
            is_change=place.is_change,
            is_proved=place.is_proved,
            is_frozen=place.is_frozen,
            was_paid=(line.payee, place.address) in paid,
            earlier=tuple(earlier[line.payee, line.commodity]),
            shared_with=tuple(sorted(shared[line.destination])),
            looks_like=tuple(sorted(alike[line.destination])),
            recipient=place.kind,
            recipient_detail=place.detail or "",
            is_overridden=place.is_overridden,
        )
        for line in lines
        for place in (places[line.destination],)
    ]
