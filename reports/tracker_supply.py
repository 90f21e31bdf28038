"""Supply: how many of our own token there are, how many of them we hold, and how many circulate.

Law: total - treasury - locked = circulating. A figure that is not known is blank, and what is
reckoned from it is blank too; nothing is taken for zero.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from ledger import policies
from ledger.money import CONTEXT, parse_plain, total
from reports.explorers import address_link
from reports.query import Asked, fetch, scope
from reports.report import Cell, Column, Kind, Report, TieOut
from reports.ties import count_tie, ties
from reports.tracker_wallets import Holding, holdings

COLUMNS = (
    Column(name="line", kind=Kind.INTEGER),
    Column(name="component", kind=Kind.IDENTIFIER),
    Column(name="wallet", kind=Kind.IDENTIFIER),
    Column(name="chain", kind=Kind.IDENTIFIER),
    Column(name="address", kind=Kind.IDENTIFIER),
    Column(name="amount", kind=Kind.AMOUNT, commodity_column="asset"),
    Column(name="asset", kind=Kind.IDENTIFIER),
    Column(name="known_by", kind=Kind.IDENTIFIER),
    Column(name="block", kind=Kind.INTEGER),
    Column(name="block_hash", kind=Kind.IDENTIFIER),
    Column(name="address_link", kind=Kind.TEXT),
)
NOTES = (
    "circulating = total - treasury - locked; blank while one of them is.",
    "total and which accounts are locked: policy own-token-supply. Treasury is all other accounts"
    " of ours where the token can be, deposits of others included.",
    "known_by is policy, chain (at the block) or books; chain comes before books.",
)

TOTAL, TREASURY, LOCKED, CIRCULATING = "total", "treasury", "locked", "circulating"

CHAINS = "SELECT chain FROM tokens WHERE commodity = :token AND change_no <= :change"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A part of the supply, of the account `wallet` where it is of one; blank is unknown."""

    name: str = TREASURY
    wallet: str | None = None
    amount: Decimal | None = None
    known_by: str | None = None
    of: Row[Any] | None = None


def build(session: Session, asked: Asked, made_at: datetime) -> Report:
    """Return the total, each account of ours that holds of it, and what circulates."""
    limits = scope(session, asked)
    day = min(limits.until, made_at.date())
    token = policies.in_force(session, "own-token", day)
    rule = policies.in_force(session, "own-token-supply", day)
    chains = {row.chain for row in fetch(session, CHAINS, token=token, **limits.parameters)}
    parts = [*components(rule, accounts_of(holdings(session, limits), token, chains))]
    return Report(
        name="tracker-supply",
        title=f"Supply of {token}",
        columns=COLUMNS,
        rows=[cells(line, each, token) for line, each in enumerate(parts, start=1)],
        sorted_by=("line",),
        filters=limits.filters,
        head_number=limits.head.number,
        head_hash=limits.head_hash,
        made_at=made_at,
        notes=NOTES,
        tie_outs=tie_outs(parts, token),
    )


def accounts_of(
    held: Iterable[Holding], token: str, chains: AbstractSet[str]
) -> dict[str, Component]:
    """Return by id each account of ours where a token can be, with what is known of it there.

    It can be where it was booked or proved, and in every wallet on a chain that has it.
    """
    found: dict[str, Component] = {}
    for each in held:
        of = each.of
        if of.commodity == token:
            amount = of.by_books if each.by_chain is None else each.by_chain
            known_by = "books" if each.by_chain is None else "chain"
            found[of.id] = Component(wallet=of.id, amount=amount, known_by=known_by, of=of)
        elif of.chain in chains and of.id not in found:
            found[of.id] = Component(wallet=of.id, of=of)
    return found


def components(rule: Mapping[str, Any], held: Mapping[str, Component]) -> Iterator[Component]:
    """Yield the total, the accounts of the treasury, those that are locked, what circulates.

    `rule` is the policy: `total` is an amount or `none`, `locked` are ids of accounts.
    """
    whole = None if rule["total"] == "none" else parse_plain(rule["total"])
    locked = sorted(rule["locked"])
    ours = [held[wallet] for wallet in sorted(held) if wallet not in locked]
    away = [replace(held.get(wallet, Component(wallet=wallet)), name=LOCKED) for wallet in locked]
    yield Component(name=TOTAL, amount=whole, known_by=None if whole is None else "policy")
    yield from (*ours, *away)
    known = [each.amount for each in (*ours, *away) if each.amount is not None]
    rest = None
    if whole is not None and len(known) == len(ours) + len(away):
        rest = CONTEXT.subtract(whole, total(known))
    yield Component(name=CIRCULATING, amount=rest)


def cells(line: int, each: Component, token: str) -> tuple[Cell, ...]:
    """Return the row of one component."""
    of = each.of
    place = (of.chain, of.address) if of else (None, None)
    proved = (of.block, of.block_hash) if of and each.known_by == "chain" else (None, None)
    return (
        *(line, each.name, each.wallet, *place),
        *(each.amount, token, each.known_by, *proved),
        address_link(*place),
    )


def tie_outs(parts: Sequence[Component], token: str) -> tuple[TieOut, ...]:
    """Return the checks: each account once, and the parts make up the total if all are known."""
    wallets = [each.wallet for each in parts if each.wallet]
    count = count_tie("accounts, each once", len(wallets), len(set(wallets)))
    first, *rest = [each.amount for each in parts]
    known = [amount for amount in rest if amount is not None]
    if first is None or len(known) < len(rest):
        return (count,)
    equation = "total = treasury + locked + circulating"
    return (count, *ties(equation, {token: first}, {token: total(known)}))
