"""Random books, posted for real: trial balance, hledger, Beancount and a plain sum are the same.

A book is made from its seed alone, and every difference names the seed: `made(books, seed)` makes
that book again. hledger and Beancount read all books in one process each. A book is posted in one
transaction on a database that all share, checked as a commit would check it, read, and rolled
back; a copy of the database for each would take longer than all the rest.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple, TypeAlias

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.accounts import Chart, add_wallet_account
from ledger.journal import JournalEntry, Posting, post, reverse
from ledger.money import MAX_SCALE, scale_of
from ledger.people_tables import Party
from ledger.sealing import open_change, seal
from ledger.tables import Commodity
from reports import beancount, hledger
from reports.query import Asked
from support import beancount as real_beancount
from support import hledger as real_hledger
from support.books import Books
from support.closings import closings
from support.sample_entries import TINY, add_each

Balances: TypeAlias = dict[tuple[str, str], Decimal]

SEEDS = range(200)
FIRST_DAY = date(2023, 1, 1)
DAYS = 90
EARLIER = date(2023, 2, 1)
LIMITS = (None, EARLIER)
"""The last days to count: each comparison is made for all days and for an earlier one."""

WALLETS = ("assets:wallet:Safe_1", "assets:bank:usd.é", "assets:exchange:1inch-a--b")
ACCOUNTS = (
    *WALLETS,
    *(Chart.OPENING, Chart.SUSPENSE, Chart.IN_TRANSIT),
    *(Chart.EXPENSE_NETWORK_FEES, Chart.EXPENSE_BAD_DEBT, Chart.INCOME_FEE_SHARE),
)
COMMODITIES = {"USD": 2, "HBOT": 18, "USDC.e": 6, "1INCH": 18, "stETH": 18, "TRUE": 0}
PARTIES = ("ada", "bob; x", 'c "d"')
TEXTS = (None, "x", 'a "b" \\ | ; c', " =1\n%20")
HUGE = 6 * 10**37
"""In units: twice this is more than a balance can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One book in every form, each by the last day that it counts.

    One book in ten is exported as of the earlier day, too.
    """

    seed: int
    journal: dict[date | None, str]
    file: dict[date | None, str]
    trial: dict[date | None, Balances]
    summed: dict[date | None, Balances]


class Reading(NamedTuple):
    """What somebody says that a book's accounts hold at the end of a day."""

    book: Book
    who: str
    day: date | None
    balances: Balances


class Difference(NamedTuple):
    """A balance of a book that somebody says otherwise than the plain sum."""

    seed: int
    who: str
    day: date | None
    balance: tuple[str, str]
    theirs: Decimal | None
    plain_sum: Decimal | None


def units(chance: Random) -> int:
    """Draw an amount in units of the last decimal: of any size, and as fine as may be or less."""
    decimals = chance.choice((0, 2, 6, MAX_SCALE, MAX_SCALE))
    digits = "".join(chance.choices("0123456789", k=chance.randint(1, 17 + decimals)))
    return chance.choice((1, -1)) * (int(digits + "0" * (MAX_SCALE - decimals)) or 1)


def legs(chance: Random, amounts: Sequence[int]) -> list[Posting]:
    """Return postings of amounts and of what brings them to zero, each to another account."""
    rest = -sum(amounts)
    whole = [*amounts, rest] if rest else list(amounts)
    commodity = chance.choice(list(COMMODITIES))
    return [
        Posting(
            account,
            quantity(amount),
            commodity,
            party=chance.choice((None, *PARTIES)),
            document=chance.choice(TEXTS),
            memo=chance.choice(TEXTS),
        )
        for account, amount in zip(chance.sample(ACCOUNTS, len(whole)), whole, strict=True)
    ]


def entries(seed: int, off: int) -> list[JournalEntry]:
    """Draw a book's entries; the amounts of the last one are off by some units."""
    chance = Random(seed)  # noqa: S311 - the same books every time
    drawn = [
        legs(chance, [units(chance) for _ in range(chance.randint(1, 4))])
        for _ in range(chance.randint(2, 20))
    ]
    drawn.append(legs(chance, [HUGE + abs(units(chance)), units(chance)]))
    drawn[0] += legs(chance, [units(chance)])
    drawn.append(legs(chance, [abs(units(chance)) + off]))
    return [
        JournalEntry(
            reference=f"e:{number}",
            effective_date=FIRST_DAY + timedelta(days=chance.randrange(DAYS)),
            kind="manual",
            narration=chance.choice(TEXTS) or "",
            postings=postings,
        )
        for number, postings in enumerate(drawn, start=1)
    ]


def summed(booked: Sequence[tuple[date, int, JournalEntry]], limit: date | None) -> Balances:
    """Add up what was booked, each with its day and its sign, in whole units."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for day, sign, each in booked:
        for leg in each.postings if limit is None or day <= limit else ():
            found[str(leg.account), leg.commodity] += sign * int(leg.amount.scaleb(MAX_SCALE))
    return {key: quantity(total) for key, total in found.items() if total}


def furnish(books: Books) -> None:
    """Add the parties, accounts and commodities that all books use."""
    with books.write() as change:
        add_each(
            change,
            *(Party(id=party, kind="payee", name=party) for party in PARTIES),
            *(
                Commodity(code=code, name=code, allocation_scale=scale)
                for code, scale in COMMODITIES.items()
                if code not in {"USD", "HBOT"}
            ),
        )
        for wallet in WALLETS:
            add_wallet_account(change, wallet, wallet)


def made(books: Books, seed: int, *, off: int = 0) -> Book:
    """Post a book in two changes, read it in every form, and leave nothing of it behind."""
    chance = Random(f"changes {seed}")  # noqa: S311 - the same books every time
    wanted = entries(seed, off)
    undone = {
        number: FIRST_DAY + timedelta(days=chance.randrange(DAYS))
        for number in sorted(chance.sample(range(1, len(wanted)), len(wanted) // 4))
    }
    exported = LIMITS if seed % 10 == 0 else LIMITS[:1]
    booked = [(each.effective_date, 1, each) for each in wanted]
    booked += [(day, -1, wanted[number - 1]) for number, day in undone.items()]
    with Session(books.engine) as session:
        change = open_change(session, actor="treasurer", reason="post", at=books.at)
        posted = post(change, wanted)
        seal(change)
        assert [each.number for each in posted] == list(range(1, len(wanted) + 1))
        change = open_change(session, actor="treasurer", reason="reverse", at=books.at)
        for number, day in undone.items():
            reverse(change, number, reason="wrong", on=day)
        seal(change)
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        book = Book(
            seed=seed,
            journal={day: "".join(hledger.export(session, as_of=day)) for day in exported},
            file={day: "".join(beancount.export(session, as_of=day)) for day in exported},
            trial={day: closings(session, Asked(as_of=day)) for day in LIMITS},
            summed={day: summed(booked, day) for day in LIMITS},
        )
        session.rollback()
    return book


def readings(books: Sequence[Book]) -> Iterator[Reading]:
    """Yield what each says of each book, counted up to each of the days.

    An export as of the earlier day is counted whole, besides.
    """
    journals = {name(book, day): text for book in books for day, text in book.journal.items()}
    with real_hledger.apart(journals) as journal:
        real_hledger.check(journal)
        end = str(EARLIER + timedelta(days=1))
        counted = {
            None: real_hledger.balances_apart(journal),
            EARLIER: real_hledger.balances_apart(journal, "--end", end),
        }
    files = {name(book, day): text for book in books for day, text in book.file.items()}
    loaded = real_beancount.load(files, LIMITS)
    assert {file: found.errors for file, found in loaded.items() if found.errors} == {}
    for book in books:
        for at, day in enumerate(LIMITS):
            yield Reading(book, "trial balance", day, book.trial[day])
            yield Reading(book, "hledger", day, counted[day].get(name(book, None), {}))
            yield Reading(book, "Beancount", day, loaded[name(book, None)].balances[at])
        if EARLIER in book.file:
            narrowed = name(book, EARLIER)
            yield Reading(book, "hledger", EARLIER, counted[None].get(narrowed, {}))
            yield Reading(book, "Beancount", EARLIER, loaded[narrowed].balances[0])


@contextmanager
def naming(seed: int) -> Iterator[None]:
    """Name the seed in whatever goes wrong."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in the book of seed {seed}")
        raise


def name(book: Book, day: date | None) -> str:
    return f"seed-{book.seed}-{day or 'all'}"


def different(books: Sequence[Book]) -> list[Difference]:
    """Return every balance that is not what the plain sum says, of all books in one run."""
    return [
        Difference(book.seed, who, day, key, balances.get(key), book.summed[day].get(key))
        for book, who, day, balances in readings(books)
        for key in sorted({*balances, *book.summed[day]})
        if balances.get(key) != book.summed[day].get(key)
    ]


def quantity(whole: int) -> Decimal:
    return Decimal(f"{whole}E-{MAX_SCALE}")


def test_two_hundred_random_books_agree_in_every_digit(books: Books) -> None:
    real_hledger.require()
    real_beancount.require()
    furnish(books)
    every = []
    for seed in SEEDS:
        with naming(seed):
            every.append(made(books, seed))

    assert different(every) == []

    held = [balance for book in every for balance in book.summed[None].values()]
    assert len(held) > 20 * len(SEEDS)
    assert sum(scale_of(balance) == MAX_SCALE for balance in held) > len(held) / 2
    assert sum(abs(balance) >= quantity(HUGE) / 2 for balance in held) > len(SEEDS)
    assert all(book.summed[None] != book.summed[EARLIER] for book in every)


def test_one_digit_in_one_book_is_noticed_wherever_it_is(books: Books) -> None:
    real_hledger.require()
    real_beancount.require()
    furnish(books)
    right = [made(books, seed) for seed in range(5)]
    wrong = [made(books, seed, off=1) for seed in range(5)]

    found = different(
        [
            right[0],
            replace(right[1], journal=wrong[1].journal),
            replace(right[2], file=wrong[2].file),
            replace(right[3], trial=wrong[3].trial),
            replace(right[4], summed=wrong[4].summed),
        ]
    )

    whole = [each for each in found if each.day is None]
    assert {(each.seed, each.who) for each in whole} == {
        (1, "hledger"),
        (2, "Beancount"),
        (3, "trial balance"),
        *((4, who) for who in ("hledger", "Beancount", "trial balance")),
    }
    assert {abs((each.theirs or 0) - (each.plain_sum or 0)) for each in whole} == {TINY}
    assert len(whole) == 2 * 6


def test_the_same_seed_makes_the_same_book(books: Books) -> None:
    furnish(books)
    before = books.digest()

    assert made(books, 7) == made(books, 7)
    assert made(books, 7).summed != made(books, 8).summed
    assert books.digest() == before
