"""What a plan says: its batches, their lines, what is held and why; and the hash of all of it.

Law: a plan's hash covers everything that freezing it would fix.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from ledger.encoding import encode
from ledger.money import plain
from ledger.months import month_of
from payouts.converting import Converted, Priced, conversion_fields, price_fields
from payouts.netting import Offset, offset_fields


class HoldReason(StrEnum):
    """Why something due is not in a plan."""

    NO_DESTINATION = "no_destination"
    ON_HOLD = "destination_on_hold"
    NO_TOKEN = "no_token"  # noqa: S105 - a token of a chain
    NO_SOURCE = "no_source"
    TOO_PRECISE = "too_precise"
    FUNDS = "funds_insufficient"
    OWED_BACK = "owed_back"
    BOOKS_DIFFER = "books_differ"
    PAYEE_ON_HOLD = "payee_on_hold"
    FORM_MISSING = "form_missing"
    FROZEN = "destination_frozen"
    BELOW_MINIMUM = "below_minimum"
    UNSAFE = "unsafe"
    NO_PRICE = "no_price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What is due of an obligation, whole, for a line; `attempt` is the claim it would be."""

    obligation: str
    amount: Decimal
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLine:
    """What one payee gets of one commodity; `payee_name` is the account holder on wires.

    The amount is that of the obligations less the offsets, which is what the payee owes back;
    turned into the commodity that the payee prefers where `conversion` says so.
    """

    payee: str
    payee_name: str
    destination: str
    address: str
    commodity: str
    amount: Decimal
    obligations: tuple[Claimed, ...]
    offsets: tuple[Offset, ...] = ()
    conversion: Converted | None = None

    @property
    def owed_commodity(self) -> str:
        """Return what its obligations are owed in."""
        return self.conversion.commodity if self.conversion else self.commodity


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBatch:
    """Lines that leave one account together, by payee and commodity; prices if any converts."""

    source_account: str
    source_address: str
    rail: str
    chain: str | None
    lines: tuple[PlannedLine, ...]
    prices: tuple[Priced, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is due to a payee in a commodity and not planned; `until` is its first payable day."""

    payee: str
    commodity: str
    amount: Decimal
    obligations: tuple[str, ...]
    reason: HoldReason
    detail: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything due up to a period: batches by account, and what is held."""

    period: date
    on: date
    batches: tuple[PlannedBatch, ...]
    held: tuple[Held, ...]
    hash: str


def plan_hash(period: date, batches: Iterable[PlannedBatch]) -> str:
    """Return the SHA-256 (hex) of a plan; counts keep lists apart that would read alike."""
    batches = tuple(batches)
    nets = any(line.offsets for batch in batches for line in batch.lines)
    converts = any(line.conversion for batch in batches for line in batch.lines)
    version = "payout-plan-2" if nets else "payout-plan-1"
    if converts:
        version = "payout-plan-3"
    fields: list[str | None] = [version, month_of(period)]
    for batch in batches:
        fields += ["batch", batch.source_account, batch.source_address, batch.rail, batch.chain]
        fields.append(str(len(batch.lines)))
        for line in batch.lines:
            fields += [line.payee, line.payee_name, line.destination, line.address]
            fields += [line.commodity, plain(line.amount), str(len(line.obligations))]
            for part in line.obligations:
                fields += [part.obligation, plain(part.amount), str(part.attempt)]
            fields += offset_fields(line.offsets) if nets or converts else []
            fields += conversion_fields(line.conversion) if converts else []
        fields += price_fields(batch.prices) if converts else []
    return sha256(encode(fields)).hexdigest()
