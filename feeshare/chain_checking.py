"""Looking again: at blocks that were read, at what the books hold, at where a residue starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, partial

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from chains import coverage, health, proofs, transfers, watches
from chains.coverage import Range
from chains.errors import ProvidersTooFew
from chains.movements import Movement
from chains.providers import Panel, Setup
from chains.tables import WalletWatch
from feeshare.chain_scanning import hash_of, keep, stretches
from feeshare.database import reading
from ledger.bank_tables import BankLine
from ledger.money import CONTEXT, plain
from ledger.validation import bad_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What reading blocks again found: how much was missing, and what is no longer told."""

    first: int
    last: int
    missing: int
    untold: tuple[Movement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A wallet's balance of a commodity at a final block, in the commodity.

    `booked` is what its bank lines since the watch began come to, the opening aside.
    """

    wallet: str
    chain: str
    commodity: str
    block: int
    opening: Decimal
    came_in: Decimal
    went_out: Decimal
    expected: Decimal
    on_chain: Decimal
    booked: Decimal
    recorded_at: datetime

    @property
    def residue(self) -> Decimal:
        """Return what is on chain beyond what is expected; zero if the proof holds."""
        return CONTEXT.subtract(self.on_chain, self.expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a residue starts: between these two blocks, and how large it is after the second."""

    before: int
    at: int
    residue: Decimal


def read_again(engine: Engine, setup: Setup, first: int, last: int, now: datetime) -> Again:
    """Read blocks again that were read before, and keep what was missing.

    Raises:
        BadInput: they were not all read yet.
        ProvidersTooFew: too few providers answer.
        ProvidersDisagree: they tell different things.
        FinalityBroken: a transfer is told with other content than it is kept with.
    """
    with reading(engine) as session:
        group = [
            watch
            for watch in watches.all_of(session, setup.chain.name)
            if watch.first_block <= first
            and coverage.next_block(watch, coverage.covered(session, watch)) > last
        ]
        wallets = [watches.wallet_of(session, watch) for watch in group]
    if not group or first > last:
        raise bad_input(
            code="range_not_covered",
            place=f"blocks {first} to {last} of {setup.chain.name}",
            expected="blocks that were read for a watched wallet: feeshare chain status",
        )
    panel = Panel(setup)
    panel.open()
    missing = 0
    untold: list[Movement] = []
    for start, end in stretches(first, last, setup.readers[0].stretch):
        seen, names = panel.seen(wallets, start, end)
        with reading(engine) as session:
            kept = {
                movement
                for watch in group
                for movement in transfers.between(session, watch.chain, watch.address, start, end)
            }
        untold += sorted(kept - set(seen.movements), key=lambda each: (each.block, each.part))
        digest = panel.ask(hash_of(end))
        read = Range(first=start, last=end, last_hash=digest, providers=tuple(names), seen=seen)
        missing += keep(engine, group, read, now, again=True)
    return Again(first=first, last=last, missing=missing, untold=tuple(untold))


def proved(session: Session) -> list[Proved]:
    """Return the newest proof of every watched wallet and commodity, by chain and wallet."""
    return [found for watch in watches.all_of(session) for found in _proved(session, watch)]


def _proved(session: Session, watch: WalletWatch) -> Iterator[Proved]:
    tokens = watches.tokens_of(session, watch.chain)
    booked = _booked(session, watch)
    moved_until = cache(partial(proofs.moved_until, session, watch))
    for contract, opening in sorted(watches.openings_of(session, watch.bank_account).items()):
        row = proofs.newest(session, watch.bank_account, contract)
        if row is None:
            continue
        token = tokens[contract]
        came_in, went_out = moved_until(row.block).get(contract, (Decimal(0), Decimal(0)))
        yield Proved(
            wallet=watch.bank_account,
            chain=watch.chain,
            commodity=token.commodity,
            block=row.block,
            opening=token.amount(opening),
            came_in=token.amount(came_in),
            went_out=token.amount(went_out),
            expected=token.amount(CONTEXT.subtract(CONTEXT.add(opening, came_in), went_out)),
            on_chain=token.amount(row.on_chain),
            booked=booked.get(token.commodity, Decimal(0)),
            recorded_at=row.recorded_at,
        )


def _booked(session: Session, watch: WalletWatch) -> dict[str, Decimal]:
    """Return what a wallet's lines since its watch began come to, by commodity."""
    rows = session.execute(
        select(BankLine.commodity, func.sum(BankLine.amount))
        .where(BankLine.bank_account == watch.bank_account, BankLine.on >= watch.since)
        .group_by(BankLine.commodity)
    )
    return {row.commodity: row[1] for row in rows}


def unproved(session: Session, until: date) -> list[str]:
    """Return what of watched wallets is not read past a day, not proved or not booked."""
    scans = health.scans(session)
    wrong = []
    for watch in watches.all_of(session):
        scan = scans.get(watch.chain)
        if watch.since <= until and not (scan and scan.final_at and scan.final_at.date() > until):
            wrong.append(f"{watch.bank_account} is not read past {until}")
    for each in proved(session):
        place = f"{each.wallet} {each.commodity}"
        open_units = CONTEXT.subtract(CONTEXT.subtract(each.expected, each.opening), each.booked)
        if each.residue:
            wrong.append(f"{place} has a residue of {plain(each.residue)}")
        elif open_units:
            wrong.append(f"{place}: {plain(open_units)} is not booked")
    return wrong


def start_of_residue(engine: Engine, setup: Setup, wallet: str, commodity: str) -> Start | None:
    """Return between which two blocks a wallet's residue of a commodity starts, if it has one.

    It halves the range, so it finds where the residue that there is now began, not one that
    went away in between.

    Raises:
        BadInput: there is no proof of it.
        ProvidersTooFew: no provider has the balances of the blocks in between.
    """
    with reading(engine) as session:
        watch = next(
            (each for each in watches.all_of(session) if each.bank_account == wallet), None
        )
        tokens = watches.tokens_of(session, setup.chain.name)
        contract = next((key for key, each in tokens.items() if each.commodity == commodity), None)
        row = None
        if watch is not None and contract is not None:
            row = proofs.newest(session, wallet, contract)
            asked = watches.wallet_of(session, watch)
    if watch is None or contract is None or row is None:
        raise bad_input(
            code="proof_missing",
            place=f"{wallet} {commodity}",
            expected="a watched wallet and commodity with a proof: feeshare chain scan",
        )
    panel = Panel(setup)
    panel.open()

    def residue(block: int) -> Decimal:
        closing = panel.ask(lambda reader: reader.balances([asked], block))
        with reading(engine) as session:
            found = {each.contract: each for each in proofs.proofs_of(session, watch, closing)}
        return found[contract].residue

    low, high = watch.first_block - 1, row.block
    last = residue(high)
    if not last:
        return None
    try:
        while high - low > 1:
            middle = (low + high) // 2
            found = residue(middle)
            low, high, last = (low, middle, found) if found else (middle, high, last)
    except ProvidersTooFew:
        if high == row.block:
            raise
    return Start(before=low, at=high, residue=tokens[contract].amount(last))


def names_of(found: Sequence[Movement]) -> str:
    """Return movements for a sentence: transaction and part, the first few of them."""
    shown = [f"{each.transaction} {each.part}" for each in found[:3]]
    return ", ".join(shown) + (f" and {len(found) - 3} more" if len(found) > len(shown) else "")
