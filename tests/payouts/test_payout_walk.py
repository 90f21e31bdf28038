"""Whatever happens: paid is at most approved, approved at most owed, and what left is booked."""

from collections import Counter

from sqlalchemy.engine import URL

from support.books import Books
from support.databases import fresh_database, service_engine
from support.payout_walk import PayoutWalk

SEEDS = range(6)
STEPS = 60


def test_no_payee_is_paid_more_than_was_approved_or_owed(template: URL) -> None:
    happened: Counter[str] = Counter()
    for seed in SEEDS:
        with fresh_database(template) as owner:
            engine = service_engine(owner)
            walk = PayoutWalk(Books(owner=owner, engine=engine), seed)
            walk.walk(STEPS)
            happened += walk.happened
            engine.dispose()
    assert {"settled", "paid twice", "failed", "returned"} <= happened.keys()
