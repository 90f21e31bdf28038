"""Whatever files come, in whatever order and however often: no row is lost, none counts twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from feeshare.imported import Imported
from ledger.errors import BadInput
from ledger.revenue import accruals, restatements, review
from ledger.revenue.receivables import owed_for
from ledger.revenue.review import Correction
from support import fee_shares
from support.books import Books
from support.imported_months import (
    COINS,
    Record,
    Venue,
    accept,
    add_venue,
    open_books,
    settle,
)

UNIT = Decimal("0.000001")
MONTHS = ("2023-09", "2023-10")
AMOUNTS = st.integers(1, 10**10).map(lambda units: f"{Decimal(units).scaleb(-6):f}")


@pytest.fixture
def opened(books: Books) -> Books:
    open_books(books)
    return books


def searched(examples: int) -> settings:
    """Return settings of a search that is the same each time.

    A failure is told as it was found: each example writes books, and shrinking would take minutes.
    """
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        database=None,
        suppress_health_check=list(HealthCheck),
    )


# ---- rows in = posted + skipped + quarantined


KINDS = ("good", "nothing", "repeated", "scientific", "no such day", "pending", "no such coin")
HELD = {"scientific", "no such day", "no such coin"}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row of a kind, as drawn."""

    kind: str
    coin: str
    amount: str


ROWS = st.lists(
    st.builds(Drawn, st.sampled_from(KINDS), st.sampled_from(COINS), AMOUNTS), max_size=12
)


def records_of(rows: Sequence[Drawn]) -> Iterator[Record]:
    """Yield drawn rows as a file has them; a row that is repeated says what the first one says."""
    for number, row in enumerate(rows):
        first = rows[0]
        day = "2023-10-32" if row.kind == "no such day" else "2023-10-05"
        match row.kind:
            case "repeated":
                yield ("2023-10-05", first.coin, "0", first.amount, "settled")
            case "nothing":
                yield (day, row.coin, f"{number}", "0", "settled")
            case "scientific":
                yield (day, row.coin, f"{number}", "1e3", "settled")
            case "no such coin":
                yield (day, "NOCOIN", f"{number}", row.amount, "settled")
            case "pending":
                yield (day, row.coin, f"{number}", row.amount, "pending")
            case _:
                yield (day, row.coin, f"{number}", row.amount, "settled")


def counted(imported: Sequence[Imported]) -> tuple[int, int, int]:
    """Return how many rows of a file post, are skipped, and are in quarantine."""
    return (
        sum(each.rows for each in imported),
        sum(each.skipped for each in imported),
        sum(each.quarantined for each in imported),
    )


@searched(25)
@given(first=st.builds(Drawn, st.just("good"), st.sampled_from(COINS), AMOUNTS), rest=ROWS)
def test_every_row_posts_or_is_skipped_or_is_in_quarantine(
    opened: Books, tmp_path: Path, first: Drawn, rest: list[Drawn]
) -> None:
    rows = [first, *rest]
    venue = add_venue(opened, tmp_path)
    path = venue.write(records_of(rows))
    kinds = [row.kind for row in rows]
    posted = {row.coin for row in rows if row.kind in {"good", "nothing"}}
    homeless = [
        row
        for row in rows
        if (row.kind == "no such coin" and len(posted) > 1)
        or (row.kind in HELD - {"no such coin"} and row.coin not in posted)
    ]
    nothing_owed = posted - {row.coin for row in rows if row.kind in {"good", *HELD}}
    if homeless or nothing_owed:
        # Nobody can tell which statement a homeless row would hold up, and one of nothing is no
        # statement: nothing of the file is kept.
        digest = opened.digest()
        with pytest.raises(BadInput):
            venue.bring(path)
        assert opened.digest() == digest
        return
    imported = venue.bring(path)
    held = sum(kind in HELD for kind in kinds)
    skipped = kinds.count("pending")
    assert counted(imported) == (len(rows) - held - skipped, skipped, held)

    statements = [each.document for each in imported]
    assert sum(settle(opened, each, UNIT) for each in statements) == held
    accept(opened, statements)
    stated = sum((Decimal(row.amount) for row in rows if row.kind == "good"), held * UNIT)
    stated += kinds.count("repeated") * Decimal(first.amount)
    receivable = sum(
        amount
        for (account, *_), amount in venue.weigh().items()
        if account == "assets:receivable:fee-share"
    )
    assert receivable == stated


# ---- any order, split, repeated


@dataclass(frozen=True, slots=True)
class Placed:
    """A row that comes in some of its month's files, as many times in each."""

    amount: str
    times: int
    files: frozenset[int]


PLACED = st.builds(
    Placed, AMOUNTS, st.integers(1, 2), st.frozensets(st.integers(0, 3), min_size=1, max_size=3)
)
BY_KEY = st.dictionaries(
    st.tuples(st.sampled_from(MONTHS), st.integers(1, 28), st.sampled_from(COINS)),
    PLACED,
    min_size=1,
    max_size=10,
)
Rows = dict[tuple[str, int, str], Placed]


def in_files(rows: Rows) -> list[list[Record]]:
    """Return the records of each file: those of a month that are placed in it."""
    files: dict[tuple[str, int], list[Record]] = {}
    for (month, day, coin), row in rows.items():
        record = (f"{month}-{day:02}", coin, "BTC", row.amount, "settled")
        for number in row.files:
            files.setdefault((month, number), []).extend([record] * row.times)
    return [files[key] for key in sorted(files)]


def accrue_all(books: Books) -> None:
    with books.write() as change:
        for month in MONTHS:
            accruals.accrue(change, month)


def waiting_of(imported: Sequence[Imported]) -> list[str]:
    return [each.document for each in imported if each.state != "known already"]


def bring_whole(venue: Venue, rows: Rows) -> None:
    """Import each month as one file, and accrue it."""
    for month in MONTHS:
        records = [
            record
            for (of, *_), row in rows.items()
            if of == month
            for file in in_files({(of, *_): row})[:1]
            for record in file
        ]
        if records:
            accept(venue.books, waiting_of(venue.bring(venue.write(records))))
    accrue_all(venue.books)


@searched(4)
@given(rows=BY_KEY, data=st.data())
def test_parts_in_any_order_split_and_repeated_come_to_the_same_books(
    opened: Books, tmp_path: Path, rows: Rows, data: st.DataObject
) -> None:
    whole, parted = (add_venue(opened, tmp_path, rebate="0.1") for _ in range(2))
    bring_whole(whole, rows)

    paths = [parted.write(records) for records in in_files(rows)]
    once = data.draw(st.permutations(paths))
    again = data.draw(st.lists(st.sampled_from(paths), max_size=4))
    waits: list[str] = []
    for path in [*once, *again]:
        waits += waiting_of(parted.bring(path, in_parts=True))
        match data.draw(st.sampled_from(["wait", "accept", "accept and accrue"])):
            case "accept":
                waits = accepted_in_some_order(parted, waits, data)
            case "accept and accrue":
                waits = accepted_in_some_order(parted, waits, data)
                accrue_all(opened)
    accepted_in_some_order(parted, waits, data)
    accrue_all(opened)
    assert parted.weigh() == whole.weigh()

    digest = opened.digest()
    parted.bring(*data.draw(st.permutations(paths)), in_parts=True)
    assert opened.digest() == digest


def accepted_in_some_order(venue: Venue, waits: list[str], data: st.DataObject) -> list[str]:
    """Accept what waits; return what waits then."""
    accept(venue.books, data.draw(st.permutations(waits)))
    return []


@searched(4)
@given(rows=BY_KEY, data=st.data())
def test_a_part_taken_back_and_imported_again_leaves_the_same_books(
    opened: Books, tmp_path: Path, rows: Rows, data: st.DataObject
) -> None:
    venue = add_venue(opened, tmp_path, rebate="0.1")
    brought: dict[str, Path] = {}
    for records in in_files(rows):
        path = venue.write(records)
        found = waiting_of(venue.bring(path, in_parts=True))
        accept(opened, found)
        brought |= dict.fromkeys(found, path)
    accrue_all(opened)
    before = venue.weigh()

    for statement in data.draw(st.permutations(sorted(brought)))[:2]:
        with opened.write() as change:
            restatements.withdraw(change, statement, reason="of another exchange")
        accept(opened, waiting_of(venue.bring(brought[statement], in_parts=True)))
        assert venue.weigh() == before


# ---- restated and restated back


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a month: what its rows say, and what its broken rows are corrected to."""

    amounts: tuple[str, ...]
    corrected: tuple[str, ...]

    def records(self) -> list[Record]:
        """Return its rows; the broken ones say nothing of what they come to."""
        good = [
            ("2023-10-05", "USDT", f"{number}", amount, "settled")
            for number, amount in enumerate(self.amounts)
        ]
        broken = [
            ("2023-10-06", "USDT", f"{number}", "1e3", "settled")
            for number in range(len(self.corrected))
        ]
        return [*good, *broken]


VERSIONS = st.builds(
    Version,
    st.lists(AMOUNTS, min_size=1, max_size=3).map(tuple),
    st.lists(AMOUNTS, max_size=2).map(tuple),
)


def state(venue: Venue, version: Version, remark: str) -> str:
    """Import a version, correct its broken rows, accept it; return its id."""
    last = ("2023-10-07", "USDT", remark, "1", "pending")
    (imported,) = venue.bring(venue.write([*version.records(), last]))
    fix(venue.books, imported.document, version)
    accept(venue.books, [imported.document])
    return imported.document


def fix(books: Books, statement: str, version: Version) -> None:
    first_broken = 2 + len(version.amounts)
    with books.write() as change:
        review.correct(
            change,
            statement,
            [
                Correction(row=first_broken + number, fee_share=Decimal(amount), reason="asked")
                for number, amount in enumerate(version.corrected)
            ],
        )


def receive(venue: Venue, document: str, percent: int) -> Decimal:
    """Receive so much of what is open of a document; return how much that was."""
    with venue.books.read() as session:
        amount = (owed_for(session, document).open * percent / 100).quantize(UNIT)
    if amount:
        fee_shares.pay(venue.books, document, amount)
    return amount


PERCENT = st.integers(0, 100)


@searched(8)
@given(first=VERSIONS, others=st.lists(VERSIONS, min_size=1, max_size=2), paid=PERCENT)
def test_restating_and_restating_back_leaves_every_account_as_it_was(
    opened: Books, tmp_path: Path, first: Version, others: list[Version], paid: int
) -> None:
    venue = add_venue(opened, tmp_path, rebate="0.1")
    document = state(venue, first, "first")
    accrue_all(opened)
    receive(venue, document, paid)
    before = venue.weigh()
    for number, version in enumerate(others):
        state(venue, version, f"other {number}")
    state(venue, first, "first again")
    assert venue.weigh() == before


@searched(8)
@given(first=VERSIONS, other=VERSIONS, paid=st.tuples(PERCENT, PERCENT))
def test_money_that_came_between_a_restatement_and_its_way_back_counts_as_without_them(
    opened: Books, tmp_path: Path, first: Version, other: Version, paid: tuple[int, int]
) -> None:
    restated, straight = (add_venue(opened, tmp_path, rebate="0.1") for _ in range(2))
    document = state(restated, first, "first")
    accrue_all(opened)
    came = receive(restated, document, paid[0])
    state(restated, other, "other")
    came += receive(restated, document, paid[1])
    state(restated, first, "first again")

    twin = state(straight, first, "first")
    accrue_all(opened)
    if came:
        with opened.read() as session:
            overpaid = came > owed_for(session, twin).open
        fee_shares.pay(opened, twin, came, overpaid=overpaid)
    assert restated.weigh() == straight.weigh()
