"""Post by python-accounting and print the seconds: run by `.venv-comparisons/bin/python`.

Arguments: a libpq URL, then `prepare` for its tables and two accounts; or a count of journal
entries, which are posted as its documentation shows, and committed once at the end.
"""

import sys
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from python_accounting.database.session import get_session
from python_accounting.models import Account, Base, Currency, Entity, Ledger, LineItem
from python_accounting.transactions import JournalEntry
from sqlalchemy import create_engine, func, select


def prepare(engine: Any) -> None:  # noqa: ANN401 - the other environment is not typed
    """Create the tables, an entity and the two accounts that entries move between."""
    Base.metadata.create_all(engine)
    with get_session(engine) as session:
        entity = Entity(name="Bench")
        session.add(entity)
        session.commit()
        currency = Currency(name="US Dollars", code="USD", entity_id=entity.id)
        session.add(currency)
        session.commit()
        kinds = Account.AccountType
        for name, kind in (("Suspense", kinds.BANK), ("Fee share", kinds.OPERATING_REVENUE)):
            session.add(
                Account(name=name, account_type=kind, currency_id=currency.id, entity_id=entity.id)
            )
        session.commit()


def post(engine: Any, count: int) -> float:  # noqa: ANN401 - as above
    """Post journal entries of one line item; return the seconds to the commit."""
    with get_session(engine) as session:
        session.entity = entity = session.scalars(select(Entity)).one()
        # Only the present year is open; its first moment is refused.
        year = entity.reporting_period.calendar_year
        debit, credit = session.scalars(select(Account.id).order_by(Account.id)).all()
        start = time.perf_counter()
        for number in range(count):
            entry = JournalEntry(
                narration=f"Fee share stated for month {number}",
                transaction_date=datetime(year, 1, 2) + timedelta(days=number % 28),  # noqa: DTZ001
                account_id=debit,
                entity_id=entity.id,
            )
            session.add(entry)
            session.flush()
            line = LineItem(
                narration=f"Fee share stated for month {number}",
                account_id=credit,
                amount=Decimal(number + 1) / 100,
                entity_id=entity.id,
            )
            session.add(line)
            session.flush()
            entry.line_items.add(line)
            session.add(entry)
            entry.post(session)
        session.commit()
        seconds = time.perf_counter() - start
        if session.scalar(select(func.count()).select_from(Ledger)) != 2 * count:
            raise RuntimeError("not every entry was posted")
    return seconds


if __name__ == "__main__":
    books = create_engine(sys.argv[1].replace("postgresql://", "postgresql+psycopg://"))
    if sys.argv[2] == "prepare":
        prepare(books)
    else:
        print(post(books, int(sys.argv[2])))
