"""Loading master data: records of a file become exchanges, payees, wallets.

Law: a file is loaded whole or not at all; every problem of it is told at once; a record that is
there already is counted as such, and one that contradicts what is there is refused.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from chains.registry import CHAINS, EVM
from feeshare.records import Record, read_records
from ledger import bank, parties
from ledger.bank_tables import Token
from ledger.errors import BadInput, Refusal
from ledger.money import parse_plain
from ledger.sealing import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How many records of a file were new, and how many were there already."""

    new: int
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """The columns of one kind of file, and what takes a record in; it says whether it is new."""

    required: Sequence[str]
    optional: Sequence[str]
    take: Callable[[Change, Record], bool]


def load(change: Change, path: Path, wanted: Format) -> Loaded:
    """Load a file of master data.

    Raises:
        BadInput: with every problem of the file.
    """
    records, faults = read_records(path, required=wanted.required, optional=wanted.optional)
    new = 0
    for record in records:
        with noted(record):
            new += wanted.take(change, record)
    faults.raise_if_any()
    return Loaded(new=new, known=len(records) - new)


@contextmanager
def noted(record: Record) -> Iterator[None]:
    """Turn a refusal of one record into a problem of its file; conflicts go on as they are."""
    try:
        yield
    except Refusal as refusal:
        if refusal.exit_status != 2:  # noqa: PLR2004 - only bad input is collected
            raise
        problems = getattr(refusal, "problems", None)
        if problems is None:
            record.faults.add(refusal.code, refusal.message, row=record.row, mend=refusal.mend)
            return
        for problem in problems:
            record.faults.add(
                problem.code,
                problem.expected,
                row=record.row,
                column=problem.column,
                value=problem.value,
                mend=problem.mend,
            )


def names_in(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, separated by semicolons."""
    return tuple(name.strip() for name in cell.split(";") if name.strip())


def weights_in(record: Record, column: str) -> dict[str, Decimal]:
    """Return parties with weights from `CoinAlpha:0.6; Second:0.4`; a name alone weighs 1."""
    weights: dict[str, Decimal] = {}
    for part in names_in(record.text(column, required=False)):
        name, _, weight = part.rpartition(":") if ":" in part else (part, "", "1")
        try:
            value = parse_plain(weight.strip())
        except ValueError:
            record.fault("split_invalid", column, "NAME:WEIGHT; NAME:WEIGHT, weights such as 0.6")
            continue
        if name.strip() in weights:
            record.fault("split_invalid", column, "each maintainer once")
        weights[name.strip()] = value
    return weights


def _party(kind: str) -> Format:
    def take(change: Change, record: Record) -> bool:
        name = record.text("name")
        if not name:
            return False
        aliases = names_in(record.text("aliases", required=False))
        source = record.text("source", required=False)
        return parties.add(change, name=name, kind=kind, aliases=aliases, source=source)[1]

    return Format(required=("name",), optional=("aliases", "source"), take=take)


def _wallet(change: Change, record: Record) -> bool:
    from payouts.rails.registry import rail_named

    kind = record.text("kind")
    if kind not in ("bank", "exchange", "wallet"):
        record.fault("value_unknown", "kind", "bank, exchange or wallet")
        return False
    chain = record.text("chain", required=kind == "wallet") or None
    address = record.text("address", required=kind == "wallet") or None
    chains = sorted(set(change.session.scalars(select(Token.chain))))
    if chain is not None and chain not in chains:
        record.fault("chain_unknown", "chain", f"one of {', '.join(chains)}")
        return False
    if kind == "wallet" and address and chain in EVM_CHAINS:
        for problem in rail_named("safe").check_destination(address, chain_id=EVM_CHAINS[chain]):
            record.fault(problem.code, "address", problem.expected, mend=problem.mend)
            return False
    if kind == "wallet" and address and chain == "solana":
        from chains.solana_addresses import require_address

        try:
            require_address(address, "address")
        except BadInput:
            record.fault("address_malformed", "address", "base58 of 32 bytes, as wallets show it")
            return False
    return bank.add_account(
        change,
        record.text("id"),
        kind=kind,
        purpose=record.text("purpose"),
        chain=chain,
        address=address,
        source=record.text("source", required=False),
    )


def _destination(change: Change, record: Record) -> bool:
    from payouts import bank_details, destinations

    rail = record.text("rail")
    code = record.text("bank_code", required=False) or None
    country = record.text("bank_country", required=False) or None
    problems = bank_details.problems_of(rail, code, country)
    if problems:
        raise BadInput(problems)
    requested = destinations.request(
        change,
        record.text("payee"),
        rail,
        record.text("address"),
        chain=record.text("chain", required=False) or None,
        commodity=record.text("commodity", required=False) or None,
        holder=record.text("holder", required=False) or None,
        source=record.text("source", required=False),
        exchange=record.text("exchange", required=False) or None,
        memo=record.text("memo", required=False) or None,
    )
    bank_details.add(change, requested, code, country)
    return requested.new


EVM_CHAINS = {chain.name: int(chain.identity) for chain in CHAINS if chain.family == EVM}
"""EVM chain ids of the chains where wallets are."""

EXCHANGES = _party("exchange")
PAYEES = _party("payee")
WALLETS = Format(
    required=("id", "kind", "purpose"),
    optional=("chain", "address", "source", "confirmed_by"),
    take=_wallet,
)
LISTED_OF_DESTINATIONS = ("id", "requested_by", "confirmed_by", "confirmed_at")
"""Columns that `payee destination list` shows and the books fill in: a list loads again."""

DESTINATIONS = Format(
    required=("payee", "rail", "address"),
    optional=(
        *("chain", "commodity", "holder", "source", "bank_code", "bank_country"),
        *("exchange", "memo"),
        *LISTED_OF_DESTINATIONS,
    ),
    take=_destination,
)
