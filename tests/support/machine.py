"""A state machine over the books: what people do, what is refused, and a plain model beside it."""

import importlib
from collections import defaultdict
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import text
from sqlalchemy.engine import URL

from ledger import balances, periods
from ledger.errors import Conflict, DatabaseRefused, Denied, ReferenceReused
from ledger.journal import JournalEntry, Posting, post, post_one, reverse
from ledger.months import last_day, next_month
from ledger.sealing import Change, head
from ledger.verification import verify
from support.books import Books
from support.databases import fresh_database, service_engine

FIRST_MONTH = date(2023, 1, 1)
FREE = ("assets:suspense", "equity:opening", "expenses:network-fees", "income:rounding")
PAYABLE = "liabilities:payable:maintainer"
COMMODITIES = ("USDT", "HBOT")
DONE = {"examples": 0, "steps": 0}
"""How much was done, for the soak's report."""

AMOUNTS = st.decimals(
    min_value=Decimal("1e-18"), max_value=Decimal("1e12"), places=18, allow_nan=False
)
DAYS = st.integers(0, 120).map(lambda days: FIRST_MONTH + timedelta(days=days))
ACCOUNTS = st.lists(st.sampled_from(FREE), min_size=2, max_size=2, unique=True)


def load_tables() -> None:
    """Load every module of tables, so that verification knows all that the database has."""
    root = Path(__file__).parents[2]
    for package in ("ledger", "payouts", "chains", "feeshare"):
        for path in sorted((root / package).rglob("*tables.py")):
            importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))


class BooksMachine(RuleBasedStateMachine):
    """Posts, replays, reverses, closes and reopens; tries what must be refused."""

    template: URL

    def __init__(self) -> None:
        super().__init__()
        load_tables()
        self.stack = ExitStack()
        owner = self.stack.enter_context(fresh_database(self.template))
        engine = service_engine(owner)
        self.stack.callback(engine.dispose)
        self.books = Books(owner=owner, engine=engine)
        self.posted: list[JournalEntry] = []
        self.reversed: set[int] = set()
        self.closed: list[date] = []
        self.model: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        DONE["examples"] += 1

    @rule(accounts=ACCOUNTS, amount=AMOUNTS, on=DAYS, commodity=st.sampled_from(COMMODITIES))
    def post(self, accounts: list[str], amount: Decimal, on: date, commodity: str) -> None:
        on = max(on, self._first_open())
        self._post(self._entry(accounts[0], accounts[1], amount, on, commodity))

    @rule(amount=AMOUNTS, size=st.integers(2, 5))
    def post_several(self, amount: Decimal, size: int) -> None:
        entries = [
            self._entry(FREE[0], FREE[1], amount * place, self._first_open(), "USDT", f"/{place}")
            for place in range(1, size + 1)
        ]
        self._post(*entries)

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(1, len(self.posted)))
        before = self._state()
        with self.books.write() as change:
            found = post_one(change, self.posted[place - 1])
        assert (found.number, found.new) == (place, False)
        assert self._state() == before

    @precondition(lambda self: self.posted)
    @rule(data=st.data())
    def replay_with_other_content(self, data: st.DataObject) -> None:
        earlier = self.posted[data.draw(st.integers(1, len(self.posted))) - 1]
        other = self._entry(FREE[0], FREE[1], Decimal(7), FIRST_MONTH, "USDT", "other")
        other = JournalEntry(
            reference=earlier.reference,
            effective_date=other.effective_date,
            kind="other",
            narration="",
            postings=other.postings,
        )
        self._refused(ReferenceReused, lambda change: post_one(change, other))

    @precondition(lambda self: len(self.posted) > 2 * len(self.reversed))
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        open_to_it = [
            number
            for number, entry in enumerate(self.posted, start=1)
            if entry.reverses is None and number not in self.reversed
        ]
        number = data.draw(st.sampled_from(open_to_it))
        original = self.posted[number - 1]
        with self.books.write() as change:
            reverse(change, number, reason="wrong", on=self._first_open())
        mirrored = [Posting(p.account, -p.amount, p.commodity) for p in original.postings]
        self._remember(
            JournalEntry(
                reference=f"reversal:{number}",
                effective_date=self._first_open(),
                kind="reversal",
                narration="wrong",
                reverses=number,
                postings=mirrored,
            )
        )
        self.reversed.add(number)
        self._refused(
            Conflict,
            lambda change: reverse(change, number, reason="again", on=self._first_open()),
        )

    @precondition(lambda self: len(self.closed) < 4)
    @rule()
    def close(self) -> None:
        month = next_month(self.closed[-1]) if self.closed else FIRST_MONTH
        with self.books.write("closer") as change:
            periods.close(change, month, reason="done")
        self.closed.append(month)

    @precondition(lambda self: self.closed)
    @rule()
    def reopen(self) -> None:
        month = self.closed[-1]
        self._refused(
            Denied, lambda change: periods.reopen(change, month, reason="mine"), "closer"
        )
        with self.books.write("another") as change:
            periods.reopen(change, month, reason="late fact")
        self.closed.pop()

    @precondition(lambda self: self.closed)
    @rule(amount=AMOUNTS)
    def post_into_a_closed_month(self, amount: Decimal) -> None:
        late = self._entry(FREE[0], FREE[1], amount, last_day(self.closed[-1]), "USDT", "late")
        self._refused(DatabaseRefused, lambda change: post_one(change, late))

    @rule(amount=AMOUNTS)
    def pay_what_nobody_is_owed(self, amount: Decimal) -> None:
        overdraw = self._entry(PAYABLE, FREE[0], amount, self._first_open(), "USDT", "overdraw")
        self._refused(DatabaseRefused, lambda change: post_one(change, overdraw))

    @rule(amount=AMOUNTS)
    def post_unbalanced_rows(self, amount: Decimal) -> None:
        def unbalanced(change: Change) -> None:
            entry = self._entry(FREE[0], FREE[1], amount, self._first_open(), "USDT", "raw")
            post_one(change, entry)
            connection = change.session.connection().connection.driver_connection
            assert isinstance(connection, psycopg.Connection)
            connection.execute(
                "INSERT INTO postings VALUES (%s, 3, %s, NULL, NULL, 'USDT', %s, %s, NULL)",
                [change.entry_last, FREE[0], amount, entry.effective_date],
            )
            change.posting_count += 1

        self._refused(DatabaseRefused, unbalanced)

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        DONE["steps"] += 1
        with self.books.read() as session:
            found = {
                (row.account, row.commodity): row.balance for row in balances.balances(session)
            }
            last = head(session).entry_last
            numbers = session.scalars(text("SELECT number FROM journal_entries ORDER BY 1")).all()
        assert found == {key: total for key, total in self.model.items() if total}
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for (_, commodity), total in found.items():
            sums[commodity] += total
        assert not any(sums.values())
        assert last == len(numbers) == len(self.posted)
        assert all(after == before + 1 for before, after in pairwise(numbers))

    @invariant()
    def the_books_verify(self) -> None:
        """Chain, numbering, balances and what closed months froze, recomputed from the rows."""
        with self.books.read() as session:
            found = verify(session)
        assert found.problems == ()
        assert found.entries == len(self.posted)

    def teardown(self) -> None:
        self.stack.close()

    def _entry(  # noqa: PLR0917 - two accounts, an amount, a day: as one says it
        self, debit: str, credit: str, amount: Decimal, on: date, commodity: str, suffix: str = ""
    ) -> JournalEntry:
        return JournalEntry(
            reference=f"e:{len(self.posted) + 1}{suffix}",
            effective_date=on,
            kind="manual",
            narration="a step",
            postings=[Posting(debit, amount, commodity), Posting(credit, -amount, commodity)],
        )

    def _first_open(self) -> date:
        return next_month(self.closed[-1]) if self.closed else FIRST_MONTH

    def _post(self, *entries: JournalEntry) -> None:
        with self.books.write() as change:
            assert all(done.new for done in post(change, entries))
        for entry in entries:
            self._remember(entry)

    def _remember(self, entry: JournalEntry) -> None:
        self.posted.append(entry)
        for posting in entry.postings:
            self.model[posting.account, posting.commodity] += posting.amount

    def _refused(self, error: type[Exception], act: object, actor: str = "treasurer") -> None:
        before = self._state()
        assert callable(act)
        with pytest.raises(error), self.books.write(actor) as change:
            act(change)
        assert self._state() == before

    def _state(self) -> tuple[object, ...]:
        """Return the head and how many rows the growing tables have."""
        with self.books.read() as session:
            tables = ("postings", "account_balances", "change_tallies", "period_events")
            counts = [session.scalar(text(f"SELECT count(*) FROM {name}")) for name in tables]
            return (head(session), *counts)
