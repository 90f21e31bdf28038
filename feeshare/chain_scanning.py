"""Scanning a chain: one pass from what is covered to the newest final block, and a look beyond.

Law: a range is kept in one transaction with what was found in it; what is final and proved is
booked in another. So a pass may be cut off anywhere: the next one goes on, and does nothing twice.
One pass of a chain runs at a time, on whichever machine.
"""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from chains import booking, coverage, fees, health, proofs, transfers, watches
from chains.coverage import Range
from chains.errors import ProvidersDisagree, ProvidersTooFew
from chains.evm_logs import SAFE
from chains.movements import Block, Closing, Reader, Seen, Wallet
from chains.proofs import Proof
from chains.providers import Panel, Setup
from chains.registry import EVM
from chains.tables import WalletWatch
from feeshare import nonce_watching
from feeshare.database import reading, translated, writing
from ledger.errors import Refusal

Progress = Callable[[int, int], None]
"""Told the blocks that were read so far and how many there are."""

JUST_LOOKED = "just looked"
"""State of a pass that somebody else did a moment before."""

QUIET_BLOCKS = 1000
"""A worker records a range without any movement once it is this long, not at every look."""


@dataclass(slots=True)
class Scanned:
    """What a pass did: blocks, transfers and lines that are new, and what is wrong.

    `nonces` are those of payouts that wait on Solana and have moved on.
    """

    chain: str
    state: str = "scanned"
    head: int = 0
    final: int = 0
    transfers: int = 0
    sightings: int = 0
    booked: int = 0
    nonces: int = 0
    residues: list[Proof] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Return whether nothing needs a person."""
        return not self.residues and not self.faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """Scans one chain into the books; `quietly` is how a worker does it, many times an hour."""

    engine: Engine
    setup: Setup
    actor: str
    now: Callable[[], datetime]
    quietly: bool = False
    progress: Progress | None = None

    def scan(self, *, unless_after: datetime | None = None) -> Scanned:
        """Read the chain to its newest final block, prove the balances and book what came.

        Args:
            unless_after: nothing is done if a look at the chain ended after this moment. It is
                asked while the chain is held, so that two workers do not look one after the other.

        Raises:
            ProvidersTooFew: too few providers answer.
            ProvidersDisagree: they tell different things of final blocks.
            FinalityBroken: the chain is not what it was.
            WrongToken: a token is another one on chain than in the registry.
        """
        found = Scanned(chain=self.setup.chain.name)
        with alone(self.engine, self.setup.chain.name) as is_ours:
            if not is_ours:
                found.state = "under way"
                return found
            with reading(self.engine) as session:
                if unless_after and _looked_after(session, found.chain, unless_after):
                    found.state = JUST_LOOKED
                    return found
                watched = watches.all_of(session, self.setup.chain.name)
            if not watched:
                found.state = "nothing watched"
                return found
            self._noted(found, watched)
        return found

    def _noted(self, found: Scanned, watched: Sequence[WalletWatch]) -> None:
        """Do a pass and write how it went, whichever way it ends."""
        started, panel = time.monotonic(), Panel(self.setup)
        fault = "interrupted"
        try:
            panel.open()
            with reading(self.engine) as session:
                wallets = {each.bank_account: watches.wallet_of(session, each) for each in watched}
            _Pass(self, found, panel, watched, wallets).run()
            fault = "; ".join(found.faults)
        except Refusal as refusal:
            fault = refusal.message
            raise
        finally:
            with translated(), Session(self.engine) as session, session.begin():
                health.note_providers(session, panel, self.now())
                health.note_scan(
                    session,
                    found.chain,
                    self.now(),
                    worker=f"{socket.gethostname()}:{os.getpid()}",
                    seconds=time.monotonic() - started,
                    fault=fault,
                    head=found.head,
                    final=max(panel.finals.values(), key=lambda each: each.number, default=None),
                )


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass under way: what is watched, who is asked, what was found so far."""

    scanner: Scanner
    found: Scanned
    panel: Panel
    watched: Sequence[WalletWatch]
    wallets: Mapping[str, Wallet]

    def run(self) -> None:
        with reading(self.scanner.engine) as session:
            tokens = watches.tokens_of(session, self.found.chain).values()
        self.panel.require_tokens(tokens)
        self._sight()
        self._look_at_nonces()
        closing = self.panel.closing(list(self.wallets.values()))
        self.found.final = closing.block.number
        for first, group in self._onward(closing.block).items():
            self._read(group, first, closing.block)
        self._book(closing)
        self._note_nonces(closing.block)
        self._note_fees()
        age = self.scanner.now() - closing.block.at
        if age > self.scanner.setup.chain.patience:
            self.found.faults.append(f"the newest final block is {age} old")

    def _sight(self) -> None:
        """Keep what moved beyond the final block: it is shown, and counts for nothing."""
        wallets = list(self.wallets.values())

        def beyond(reader: Reader) -> tuple[int, Seen]:
            head, final = reader.head().number, self.panel.finals[reader.provider].number
            if head <= final:
                return head, Seen(movements=())
            return head, reader.seen(wallets, final + 1, head)

        try:
            self.found.head, seen = self.panel.ask(beyond)
        except ProvidersTooFew as refusal:
            self.found.faults.append(refusal.message)
            return
        now = self.scanner.now()
        with translated(), Session(self.scanner.engine) as session, session.begin():
            self.found.sightings = transfers.sight(session, self.found.chain, seen.movements, now)

    def _look_at_nonces(self) -> None:
        """Look at nonces that payouts wait on, before balances are read: these prove what was."""
        if self.scanner.setup.chain.family == EVM:
            return
        try:
            self.found.nonces = nonce_watching.look(self.scanner.engine, self.scanner.setup)
        except (ProvidersTooFew, ProvidersDisagree) as refusal:
            self.found.faults.append(refusal.message)

    def _onward(self, final: Block) -> dict[int, list[WalletWatch]]:
        """Return the watches by the first block to read, once the last one read still stands."""
        onward: dict[int, list[WalletWatch]] = {}
        ends: dict[int, str] = {}
        with reading(self.scanner.engine) as session:
            for watch in self.watched:
                last = coverage.covered(session, watch)
                onward.setdefault(coverage.next_block(watch, last), []).append(watch)
                if last is not None and last.last_hash and last.last_block <= final.number:
                    ends[last.last_block] = last.last_hash
        for number in sorted(ends):
            self.panel.require_block(number, ends[number])
        return {first: onward[first] for first in sorted(onward)}

    def _read(self, group: Sequence[WalletWatch], first: int, final: Block) -> None:
        """Read a group of watches onward to the final block, a stretch a transaction."""
        scanner, last = self.scanner, final.number
        asked = [self.wallets[each.bank_account] for each in group]
        for start, end in stretches(first, last, scanner.setup.readers[0].stretch):
            seen, names = self.panel.seen(asked, start, end)
            is_quiet = not seen.movements and not seen.executions
            if not (scanner.quietly and is_quiet and end - start < QUIET_BLOCKS):
                digest = final.hash if end == last else self.panel.ask(hash_of(end))
                read = Range(
                    first=start, last=end, last_hash=digest, providers=tuple(names), seen=seen
                )
                self.found.transfers += keep(scanner.engine, group, read, scanner.now())
            if scanner.progress is not None:
                scanner.progress(end - first + 1, last - first + 1)

    def _book(self, closing: Closing) -> None:
        """Prove each wallet's balances, and book what is final of the tokens that are proved."""
        scanner, until = self.scanner, closing.block.number
        with reading(scanner.engine) as session:
            proved = self._proofs(session, closing)
            is_new = any(
                watches.unopened(session, watch, closing)
                or booking.bookable(session, watch, proved, until)
                for watch in self.watched
            )
        if is_new:
            reason = f"{self.found.chain} to block {until}"
            with writing(
                scanner.engine, actor=scanner.actor, reason=reason, at=scanner.now()
            ) as change:
                for watch in self.watched:
                    for contract in watches.unopened(change.session, watch, closing):
                        proofs.reckon(change, watch, contract, closing)
                proved = self._proofs(change.session, closing)
                for watch in self.watched:
                    lines = booking.bookable(change.session, watch, proved, until)
                    self.found.booked += booking.book(change, lines)
        # What a payout's end is proved by is kept, however little is new in it.
        quietly = scanner.quietly and not self.found.nonces
        with translated(), Session(scanner.engine) as session, session.begin():
            proofs.record(session, proved, closing.block, scanner.now(), quietly=quietly)
        self.found.residues = [each for each in proved if each.residue]

    def _note_nonces(self, final: Block) -> None:
        """Keep how far each Safe's nonce has come: what is pinned behind it can never run."""
        for watch in self.watched:
            if watch.kind != SAFE:
                continue
            question = carried_out(watch.address, final.number)
            nonce = self.panel.alike(question, f"the nonce of {watch.address}")
            with translated(), Session(self.scanner.engine) as session, session.begin():
                transfers.note_nonce(session, self.found.chain, watch.address, final, nonce)

    def _note_fees(self) -> None:
        """Keep who paid for what Safes carried out; what is not told is asked for again."""
        scanner = self.scanner
        with reading(scanner.engine) as session:
            waiting = fees.unknown(session, self.found.chain, scanner.now())
        for execution in waiting:
            try:
                fee = fees.told(self.panel, execution)
            except (ProvidersTooFew, ProvidersDisagree) as refusal:
                self.found.faults.append(refusal.message)
                return
            with translated(), Session(scanner.engine) as session, session.begin():
                session.add(fee)

    def _proofs(self, session: Session, closing: Closing) -> list[Proof]:
        return [
            each for watch in self.watched for each in proofs.proofs_of(session, watch, closing)
        ]


def _looked_after(session: Session, chain: str, moment: datetime) -> bool:
    scan = health.scans(session).get(chain)
    looks = [each for each in (scan.succeeded_at, scan.failed_at) if each] if scan else []
    return bool(looks) and max(looks) > moment


def keep(
    engine: Engine,
    group: Sequence[WalletWatch],
    read: Range,
    now: datetime,
    *,
    again: bool = False,
) -> int:
    """Keep a range that was read with what was found in it; return how many transfers are new."""
    chain = group[0].chain
    with translated(), Session(engine) as session, session.begin():
        new = transfers.keep(session, chain, read.seen.movements, now)
        transfers.keep_executions(session, chain, read.seen.executions)
        coverage.record(session, group, read, now, again=again)
    return new


def stretches(first: int, last: int, length: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a range of blocks, none longer than this."""
    while first <= last:
        yield first, min(last, first + length - 1)
        first += length


@contextmanager
def alone(engine: Engine, chain: str) -> Iterator[bool]:
    """Hold a chain for one pass; give whether nobody else has it."""
    key = {"key": f"feeshare-chain:{chain}"}
    with translated(), engine.connect() as connection:
        held = connection.execution_options(isolation_level="AUTOCOMMIT")
        question = text("SELECT pg_try_advisory_lock(hashtextextended(:key, 0))")
        is_ours = bool(held.scalar(question, key))
        try:
            yield is_ours
        finally:
            if is_ours:
                held.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)


def carried_out(safe: str, number: int) -> Callable[[Reader], int]:
    """Return the question for how many transactions a Safe had carried out at a block."""
    return lambda reader: reader.carried_out(safe, number)


def hash_of(number: int) -> Callable[[Reader], str]:
    """Return the question for a block's hash."""
    return lambda reader: reader.hash_of(number)
