"""Banks' own formats, imported: the same lines whichever format carried them, in any order."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from feeshare import month
from feeshare.imported import Imported
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger import bank
from ledger.bank_tables import AccountStatement, BankLine
from ledger.errors import BadInput, Problem
from ledger.tables import Evidence
from support.bank_samples import GOLDEN
from support.bank_writers import Movement, Stated, as_camt, as_csv, as_mt940, as_ofx
from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES

MAPPINGS = mappings_in(EXAMPLES / "mappings")
DAYS = [date(2023, 10, 1) + timedelta(days=day) for day in range(31)]

WRITERS: dict[str, Callable[[Stated], bytes]] = {
    "s.xml": as_camt,
    "s.sta": as_mt940,
    "s.ofx": as_ofx,
    "s.qfx": lambda stated: as_ofx(stated, sgml=False),
}
MOVEMENTS = st.lists(
    st.builds(
        Movement,
        on=st.sampled_from(DAYS),
        amount=st.sampled_from([Decimal("0.01"), Decimal(-5), Decimal(10), Decimal("1234567.89")]),
        counterparty=st.sampled_from(["Gate", "Examplex"]),
        memo=st.sampled_from(["fee share", "invoice 7"]),
    ),
    min_size=1,
    max_size=6,
).map(lambda found: sorted(found, key=lambda movement: movement.on))

DATABASE = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
numbers = count(1)


def bring(books: Books, *paths: Path) -> list[Imported]:
    with books.write() as change:
        return import_files(change, paths, MAPPINGS)


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def new_account(books: Books) -> tuple[str, str]:
    """Add a bank account; return its id and number."""
    number = next(numbers)
    with books.write() as change:
        identity, address = f"bank-{number}", f"NL{number:020}"
        bank.add_account(change, identity, kind="bank", purpose="test", address=address)
    return identity, address


def lines(books: Books, account: str) -> Counter[tuple[object, ...]]:
    with books.read() as session:
        found = session.scalars(select(BankLine).where(BankLine.bank_account == account))
        return Counter(
            (each.external_id, each.on, each.amount, each.commodity, each.counterparty, each.memo)
            for each in found
        )


def follow_on(books: Books) -> tuple[bool, str]:
    """Return whether October's check of bank statements holds, and what it says."""
    with books.read() as session:
        checks = {each.name: each for each in month.checks(session, date(2023, 10, 1))}
    check = checks["bank statements follow on"]
    return check.holds, check.result


def refused(books: Books, *paths: Path) -> Sequence[Problem]:
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        bring(books, *paths)
    assert books.digest() == digest
    return refusal.value.problems


@DATABASE
@given(found=MOVEMENTS, opening=st.sampled_from([Decimal(0), Decimal("-3.5"), Decimal(99)]))
def test_movements_become_the_same_lines_whichever_format_carried_them(
    books: Books, tmp_path_factory: pytest.TempPathFactory, found: list[Movement], opening: Decimal
) -> None:
    folder = tmp_path_factory.mktemp("files")
    movements = [replace(each, reference=f"R{at}") for at, each in enumerate(found)]
    stated = Stated(movements=movements, until=DAYS[-1], opening=opening)
    expected = Counter(
        (each.reference, each.on, each.amount, "USD", each.counterparty, each.memo)
        for each in movements
    )
    for name, writer in WRITERS.items():
        account, number = new_account(books)
        (imported,) = bring(books, write(folder, name, writer(replace(stated, number=number))))
        assert (imported.subject, imported.rows) == (account, len(movements))
        assert imported.control_total == ("none" if name in ("s.ofx", "s.qfx") else "agrees")
        assert lines(books, account) == expected, name
    account, _ = new_account(books)
    bring(books, write(folder, "s.csv", as_csv(stated, account)))
    assert lines(books, account) == expected


@DATABASE
@given(found=MOVEMENTS, data=st.data())
def test_overlapping_files_give_the_same_lines_in_any_order_and_format(
    books: Books,
    tmp_path_factory: pytest.TempPathFactory,
    found: list[Movement],
    data: st.DataObject,
) -> None:
    folder = tmp_path_factory.mktemp("files")
    has_references = data.draw(st.booleans())
    movements = [
        replace(each, reference=f"R{at}" if has_references else "")
        for at, each in enumerate(found)
    ]
    ends = st.integers(0, 30)
    windows = data.draw(st.lists(st.tuples(ends, ends).map(sorted), min_size=1, max_size=4))
    names = sorted(WRITERS) if has_references else ["s.sta", "s.xml"]
    results = []
    for _ in range(2):
        account, number = new_account(books)
        order = data.draw(st.permutations(range(len(windows))))
        for at in order:
            first, last = windows[at]
            before = [each.amount for each in movements if each.on < DAYS[first]]
            inside = [each for each in movements if DAYS[first] <= each.on <= DAYS[last]]
            stated = Stated(
                movements=inside, until=DAYS[last], opening=sum(before, Decimal(0)), number=number
            )
            name = data.draw(st.sampled_from(names))
            bring(books, write(folder, f"{at}-{name}", WRITERS[name](stated)))
        results.append(lines(books, account))
    covered = [
        each
        for each in movements
        if any(DAYS[first] <= each.on <= DAYS[last] for first, last in windows)
    ]
    assert results[0] == results[1]
    assert Counter((each.on, each.amount) for each in covered) == Counter(
        (line[1], line[2]) for line in results[0].elements()
    )


@pytest.mark.parametrize(
    ("name", "rows", "control_total", "notes"),
    [
        ("sepa-02.camt.xml", [4], "agrees", 1),
        ("modern-08.camt.xml", [1, 2], "agrees", 1),
        ("german.sta", [4], "agrees", 0),
        ("checking-102.ofx", [3], "none", 0),
        ("checking-211.ofx", [2], "none", 0),
    ],
)
def test_the_command_takes_a_file_of_each_format(
    furnished_books: Books, name: str, rows: list[int], control_total: str, notes: int
) -> None:
    command = ("import", str(GOLDEN / name), "--mappings", str(EXAMPLES / "mappings"))
    answer = feeshare(furnished_books, *command)
    assert answer.status == 0, answer
    assert ("bank-operating" in answer.out, control_total in answer.out) == (True, True)
    assert (answer.out + answer.err).count("left out: not booked yet, or of zero.") == notes
    with furnished_books.read() as session:
        found = session.scalars(select(BankLine)).all()
        statements = session.scalars(select(AccountStatement)).all()
        file = session.scalars(select(Evidence)).one()
    assert {line.bank_account for line in found} == {"bank-operating"}
    assert sorted(each.entry_count for each in statements) == rows
    assert len(found) == sum(rows)
    assert (file.content, file.file_name) == ((GOLDEN / name).read_bytes(), name)
    digest = furnished_books.digest()
    again = feeshare(furnished_books, *command)
    assert (again.status, "known already" in again.out) == (0, True), again
    assert "Nothing new" in again.err
    assert furnished_books.digest() == digest


def test_the_same_day_in_two_formats_is_one_where_the_bank_gives_references(
    furnished_books: Books, tmp_path: Path
) -> None:
    stated = Stated(
        movements=[Movement(on=DAYS[4], amount=Decimal(5), reference="a")], until=DAYS[4]
    )
    bring(furnished_books, write(tmp_path, "s.xml", as_camt(stated)))
    (imported,) = bring(furnished_books, write(tmp_path, "s.sta", as_mt940(stated)))
    assert imported.state == "known already"
    assert len(lines(furnished_books, "bank-operating")) == 1


def test_a_gap_is_told_at_the_import_and_keeps_the_month_open(
    furnished_books: Books, tmp_path: Path
) -> None:
    first = Stated(
        movements=[Movement(on=DAYS[1], amount=Decimal(5), reference="a")], until=DAYS[1]
    )
    third = Stated(
        movements=[Movement(on=DAYS[9], amount=Decimal(1), reference="c")],
        until=DAYS[9],
        opening=Decimal(7),
    )
    bring(furnished_books, write(tmp_path, "1.xml", as_camt(first)))
    command = ("--mappings", str(EXAMPLES / "mappings"))
    third_file = write(tmp_path, "3.sta", as_mt940(third))
    answer = feeshare(furnished_books, "import", str(third_file), *command)
    told = "no statement leads from 5 USD on 2023-10-02 to 7 USD on 2023-10-10"
    assert (answer.status, told in answer.out + answer.err) == (0, True), answer
    assert follow_on(furnished_books) == (False, f"bank-operating: {told}")
    second = Stated(
        movements=[Movement(on=DAYS[5], amount=Decimal(2), reference="b")],
        until=DAYS[5],
        opening=Decimal(5),
    )
    (imported,) = bring(furnished_books, write(tmp_path, "2.ofx", as_ofx(second)))
    assert imported.notes == ()
    assert follow_on(furnished_books) == (True, "all")


def test_a_folder_is_every_bank_file_and_csv_below_it(
    furnished_books: Books, tmp_path: Path
) -> None:
    stated = Stated(
        movements=[Movement(on=DAYS[4], amount=Decimal(5), reference="a")], until=DAYS[4]
    )
    write(tmp_path, "a.csv", as_csv(stated, "bank-operating"))
    write(tmp_path, "b.XML", as_camt(stated))
    write(tmp_path, "c.sta", as_mt940(stated))
    write(tmp_path, "letter.txt", b"no statement")
    imported = bring(furnished_books, tmp_path)
    assert [(each.file, each.state) for each in imported] == [
        ("a.csv", "1 new"),
        ("b.XML", "0 new"),
        ("c.sta", "known already"),
    ]


def test_what_is_dated_after_the_import_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    day = furnished_books.at.date() + timedelta(days=1)
    stated = Stated(movements=[Movement(on=day, amount=Decimal(5), reference="a")], until=day)
    problems = refused(furnished_books, write(tmp_path, "s.xml", as_camt(stated)))
    assert [(each.code, each.place) for each in problems] == [
        ("date_in_future", "s.xml, statement 1, closing balance"),
        ("date_in_future", "s.xml, statement 1, entry 1"),
    ]


def test_every_problem_of_every_file_is_told_and_no_good_one_is_taken(
    furnished_books: Books, tmp_path: Path
) -> None:
    good = Stated(
        movements=[Movement(on=DAYS[4], amount=Decimal(5), reference="a")], until=DAYS[4]
    )
    problems = refused(
        furnished_books,
        write(tmp_path, "good.xml", as_camt(good)),
        write(tmp_path, "other.xml", as_camt(replace(good, number="NL00"))),
        write(tmp_path, "wrong.sta", as_mt940(replace(good, misstated=Decimal(1)))),
        write(tmp_path, "named.ofx", as_csv(good, "bank-operating")),
        write(tmp_path, "empty.xml", b" \n"),
    )
    assert [(each.place, each.code) for each in problems] == [
        ("other.xml, statement 1", "reference_unknown"),
        ("wrong.sta, statement 1", "control_total_mismatch"),
        ("named.ofx", "type_mismatch"),
        ("empty.xml", "file_empty"),
    ]
