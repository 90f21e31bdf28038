"""Payouts of ten thousand lines from one Safe: planning, freezing, and the files for signers."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import TypeVar

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from sqlalchemy.engine import URL

from bench.books import recreate, service
from bench.figures import Figure, Section
from feeshare import schema
from feeshare.books import load_defaults
from ledger import parties
from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post
from ledger.obligation_tables import Obligation, ObligationDue
from payouts import batches, destinations, exports, plans
from payouts.contents import contents_of
from payouts.planned import Plan
from payouts.rails.registry import rail_named
from support.books import Books
from support.payouts import PERIOD, WALLET, approve, fund, furnish

TOKENS = ("HBOT", "USDC", "USDT")
LINES = 10_000
RUNS = 3
PLAN_SECONDS = 2
EXPORT_SECONDS = 5
BEFORE = datetime(2023, 10, 1, 9, tzinfo=UTC)
TODAY = date(2023, 11, 3)
DUE = date(2023, 10, 31)

T = TypeVar("T")


def measure(server: URL) -> list[Section]:
    """Plan and export a month of many payees."""
    owner = recreate(server, "bench_payouts")
    schema.upgrade(owner)
    engine = service(owner)
    load_defaults(engine, actor="bench", at=BEFORE)
    books = Books(owner=owner, engine=engine)
    _fill(books)
    plan, planning = _timed(lambda: _plan(books), RUNS)
    identity, checkers, freezing = _frozen(books, plan)
    exporting = _timed(lambda: _export(books, identity), RUNS)[1]
    printing = _printed(books, identity)
    engine.dispose()
    return [
        Section(
            title="Payouts",
            about=f"""\
{LINES:,} obligations of {-(-LINES // len(TOKENS)):,} payees in {len(TOKENS)} tokens, all paid by
one Safe: a line each, {-(-LINES // 200)} transactions, {checkers} to approve. Medians of {RUNS}
runs; the first export records what the later ones are held to. The PDFs are made after the export
is committed.""",
            figures=[
                _figure("Planning", median(planning), PLAN_SECONDS),
                Figure(what="Freezing", measured=f"{freezing:.2f} s"),
                _figure("Exporting", median(exporting), EXPORT_SECONDS),
                Figure(what="Signer sheets as PDF", measured=f"{printing:.2f} s"),
            ],
        )
    ]


def _fill(books: Books) -> None:
    furnish(books)
    payees = [f"payee-{number:05d}" for number in range(-(-LINES // len(TOKENS)))]
    now, books.at = books.at, BEFORE + timedelta(days=20)
    with books.write() as change:
        for payee in payees:
            parties.add(change, name=payee, kind="payee")
            where = to_checksum_address(keccak(text=payee)[-20:])
            destinations.request(change, payee, "safe", where, chain="ethereum")
    with books.write("erin") as change:
        for payee in payees:
            destinations.confirm(change, f"{payee}:safe:1")
    books.at = now
    for token in TOKENS:
        fund(books, str(10 * LINES), token)
    owed = [
        (f"owed:{number}", payees[number // len(TOKENS)], TOKENS[number % len(TOKENS)])
        for number in range(LINES)
    ]
    with books.write() as change:
        posted = post(change, [_entry(*each) for each in owed])
        for (identity, payee, token), entry in zip(owed, posted, strict=True):
            change.add(
                Obligation(
                    id=identity,
                    kind="maintainer-share",
                    payee=payee,
                    commodity=token,
                    amount=Decimal(7),
                    document=f"statement:{identity}",
                    period="2023-10",
                    entry_number=entry.number,
                    payable_account=Chart.PAYABLE_MAINTAINER.value,
                ),
                ObligationDue(
                    obligation=identity, due_on=DUE, entry_number=entry.number, cause="received"
                ),
            )


def _entry(identity: str, payee: str, token: str) -> JournalEntry:
    amount = Decimal(7)
    return JournalEntry(
        reference=f"owe:{identity}",
        effective_date=DUE,
        kind="accrual",
        narration="owed",
        postings=[
            Posting(Chart.EXPENSE_MAINTAINER_SHARE, amount, token, payee, identity),
            Posting(Chart.PAYABLE_MAINTAINER, -amount, token, payee, identity),
        ],
    )


def _plan(books: Books) -> Plan:
    with books.read() as session:
        found = plans.plan(session, PERIOD, on=TODAY)
    assert [len(batch.lines) for batch in found.batches] == [LINES]
    return found


def _frozen(books: Books, plan: Plan) -> tuple[str, int, float]:
    start = time.perf_counter()
    with books.write() as change:
        [batch] = batches.submit(change, plan.hash, PERIOD, on=TODAY, nonces={WALLET: 0}).batches
    took = time.perf_counter() - start
    approve(books, batch, *("carol", "dave", "alice")[: batch.checkers])
    return batch.id, batch.checkers, took


def _export(books: Books, identity: str) -> exports.Exported:
    with books.write() as change:
        return exports.export(change, identity)


def _printed(books: Books, identity: str) -> float:
    with books.read() as session:
        instruction = contents_of(session, identity).instruction()
    exported = exports.Exported(
        batch=identity,
        instruction=instruction,
        files=rail_named("safe").export(instruction),
        new=False,
    )
    return _timed(exported.printed, 1)[1][0]


def _timed(work: Callable[[], T], runs: int) -> tuple[T, list[float]]:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        found = work()
        seconds.append(time.perf_counter() - start)
    return found, seconds


def _figure(what: str, seconds: float, aim: int) -> Figure:
    return Figure(
        what=what,
        measured=f"{seconds:.2f} s",
        aim=f"at most {aim} s",
        missed="" if seconds <= aim else "What bounds it is not known.",
    )


if __name__ == "__main__":
    from feeshare.database import embedded_url, throw_away_home

    for each in measure(embedded_url(throw_away_home(), keep=False))[0].figures:
        print(f"{each.what}: {each.measured} (aim: {each.aim})")
