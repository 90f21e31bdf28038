"""The worker's look at a chain: scan, prove, reconcile, settle; one fault stops no other.

Law: a chain is looked at once an interval, by whichever worker comes first: one that finds
another at it, or that it was looked at just now, leaves it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Engine

from chains.providers import Setup
from feeshare.chain_scanning import JUST_LOOKED, Scanned, Scanner
from feeshare.database import writing
from feeshare.matching import reconcile_month
from feeshare.payout_chain import settle_all
from feeshare.retrying import retried
from ledger.errors import Refusal
from ledger.periods import open_date
from payouts.settlement import Settlement

log = structlog.get_logger()

WORKER = "worker"
"""Who books what a worker found."""

JUST_NOW = 0.8
"""Of an interval: a look that is less than this long ago counts for this one."""


def look(
    engine: Engine, setup: Setup, now: Callable[[], datetime], interval: timedelta
) -> Scanned | None:
    """Look at a chain unless somebody just did; return what was found, nothing where it failed."""
    chain = setup.chain.name
    scanner = Scanner(engine=engine, setup=setup, actor=WORKER, now=now, quietly=True)
    try:
        found = retried(lambda: scanner.scan(unless_after=now() - interval * JUST_NOW))
        if found.state == JUST_LOOKED:
            return None
        if found.booked:
            retried(lambda: _reconcile(engine, now()))
        settled = retried(lambda: settle_all(engine, chain, actor=WORKER, at=now()))
    except Refusal as refusal:
        # Its words say all; where in the program it came from helps nobody.
        log.error("chain_failed", chain=chain, code=refusal.code, detail=refusal.message)  # noqa: TRY400
        return None
    except Exception:
        # Whatever happens at one chain, the others go on; the next look tries again.
        log.exception("chain_failed", chain=chain)
        return None
    for each in settled:
        if each.new:
            _tell(each)
    report = log.info if found.is_well else log.error
    report(
        "chain_scanned",
        chain=chain,
        state=found.state,
        final=found.final,
        transfers=found.transfers,
        booked=found.booked,
        residues=len(found.residues),
        faults=found.faults,
    )
    return found


def _tell(settled: Settlement) -> None:
    report = log.error if settled.twice or settled.unreimbursed else log.info
    report(
        "payout_settled",
        batch=settled.batch,
        state=settled.state.value,
        settled=sum(line.new for line in settled.settled),
        failed=len(settled.failed),
        paid_twice=settled.twice,
        unreimbursed=settled.unreimbursed,
    )


def _reconcile(engine: Engine, at: datetime) -> None:
    with writing(engine, actor=WORKER, reason="reconcile what came on chain", at=at) as change:
        period, _ = open_date(change.session, at.date())
        reconcile_month(change, period.replace(day=1))
