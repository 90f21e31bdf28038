"""Bad statements and drafts of mappings, each brought by `import` or `mapping check`."""

from decimal import Decimal
from pathlib import Path

from errors.reproductions import (
    BINANCE,
    OCTOBER,
    Provoke,
    Reproduction,
    imported,
    mappings_folder,
    taken,
    text_file,
    typed,
)
from errors.statement_cases import CASE_MAPPINGS, CASES, HEADER, Case, rows
from ledger.money import plain
from support.books import Books
from support.command_line import Answer, feeshare

CLOSED = "2023-01"

ONE_ROW = {"case-days", "case-times", "case-epoch", "case-offsets"}
"""Mappings whose cases have the bad row only: no row is good, so the file is refused."""

NO_GOOD_ROW = {"a month to come", "from 1904", "another month"}
"""Cases of other mappings in which no row is good, or the months of the rows differ."""


def of_case(case: Case) -> Reproduction:
    """Return the reproduction that imports a case's file."""

    def provoke(books: Books, folder: Path) -> Answer:
        return imported(books, folder, case.make(), name=case.file_name)

    alone = case.mapping in ONE_ROW or case.what in NO_GOOD_ROW
    statuses = {"F": 2, "Q": 2 if alone else 3, "W": 3, "ok": 0}
    return Reproduction(
        number=case.number,
        code=case.code,
        level=case.level,
        status=statuses[case.level],
        what=case.what,
        provoke=provoke,
    )


def month(period: str, share: str = "8") -> str:
    """Return a statement of Binance for a month, of one row and its total."""
    fees = plain(Decimal(share) / Decimal("0.4"))
    return f"{HEADER}\n{period},Binance,u1,USDT,{fees},40,{share},as agreed\nTotal,,,,,,{share},\n"


def october_waits(books: Books, folder: Path) -> None:
    assert imported(books, folder, rows()).status == 0


def october_is_accepted(books: Books, folder: Path) -> None:
    october_waits(books, folder)
    taken(books, "review", "accept", OCTOBER)


def october_is_stated_anew(books: Books, folder: Path) -> None:
    october_is_accepted(books, folder)
    assert imported(books, folder, month("2023-10", "9")).status == 0


def three_months_are_accepted(books: Books, folder: Path) -> None:
    for period in ("2023-07", "2023-08", "2023-09"):
        assert imported(books, folder, month(period)).status == 0
    taken(books, "review", "accept", "--all")


def january_is_closed(books: Books, folder: Path) -> None:  # noqa: ARG001 - as all preparations
    taken(books, "month", "waive", CLOSED, "--reason", "none came")
    taken(books, "month", "close", CLOSED)


def same_bytes_by_another_name(books: Books, folder: Path) -> Answer:
    return imported(books, folder, rows(), name="again.csv")


def other_bytes(books: Books, folder: Path) -> Answer:
    return imported(books, folder, month("2023-10", "9"))


def everything_accepted(books: Books, folder: Path) -> Answer:  # noqa: ARG001 - as all commands
    return feeshare(books, "review", "accept", "--all")


def many_times_the_usual(books: Books, folder: Path) -> Answer:
    return imported(books, folder, month("2023-10", "8000"))


def statement_of_the_closed_month(books: Books, folder: Path) -> Answer:
    assert imported(books, folder, month(CLOSED)).status == 0
    return feeshare(books, "review", "accept", f"{BINANCE}:{CLOSED}:1")


def before_the_agreement(books: Books, folder: Path) -> Answer:
    return imported(books, folder, month("2022-12"))


def with_a_draft(line: str, *command: str) -> Provoke:
    """Return a command run on a folder of mappings in which a line of one is open still."""

    def provoke(books: Books, folder: Path) -> Answer:
        mappings = mappings_folder(folder)
        name = line.partition(":")[0]
        declared = [
            each if each.partition(":")[0] != name else line
            for each in CASE_MAPPINGS["case-days"].splitlines()
        ]
        text_file(Path(mappings), "case-days.yaml", "\n".join(declared))
        text_file(folder, "statement.csv", "day,venue,coin,share\n03/04/2023,Binance,USDT,1.000\n")
        files = [str(folder / each) if each.endswith(".csv") else each for each in command]
        return feeshare(books, *files, "--mappings", mappings)

    return provoke


NO_MARK = "decimal_mark: undecided"
NO_ORDER = "date_format: undecided"
ENTRY = "reference,date,narration,account,amount,commodity\n"
IN_THE_CLOSED_MONTH = (
    f"{ENTRY}late,{CLOSED}-31,a fee,expenses:bank-fees,10,USD\n"
    f"late,{CLOSED}-31,a fee,equity:opening,-10,USD\n"
)

ON_STATEMENTS = (
    *map(of_case, CASES),
    Reproduction(
        number=11,
        code="",
        level="ok",
        status=0,
        what="the same bytes again change nothing",
        prepare=october_waits,
        provoke=same_bytes_by_another_name,
    ),
    Reproduction(
        number=12,
        code="reference_reused",
        level="E",
        status=5,
        what="other bytes while the first wait",
        prepare=october_waits,
        provoke=other_bytes,
    ),
    Reproduction(
        number=12,
        code="needs_review",
        level="W",
        status=3,
        what="other bytes for an accepted month",
        prepare=october_is_stated_anew,
        provoke=everything_accepted,
    ),
    *(
        Reproduction(
            number=number, code=code, level="F", status=2, what=what, provoke=with_a_draft(*typed_)
        )
        for number, code, what, typed_ in (
            (33, "decimal_undeclared", "a draft checked", (NO_MARK, "mapping", "check")),
            (33, "decimal_undeclared", "a file under it", (NO_MARK, "import", "statement.csv")),
            (49, "date_ambiguous", "a draft checked", (NO_ORDER, "mapping", "check")),
            (49, "date_ambiguous", "a file under it", (NO_ORDER, "import", "statement.csv")),
        )
    ),
    Reproduction(
        number=48,
        code="outlier",
        level="W",
        status=3,
        what="a thousand times the months before",
        prepare=three_months_are_accepted,
        provoke=many_times_the_usual,
    ),
    Reproduction(
        number=54,
        code="terms_missing",
        level="F",
        status=2,
        what="before the agreement",
        provoke=before_the_agreement,
    ),
    Reproduction(
        number=56,
        code="",
        level="ok",
        status=0,
        what="a statement of a closed month is dated in the first open one",
        prepare=january_is_closed,
        provoke=statement_of_the_closed_month,
    ),
    Reproduction(
        number=56,
        code="period_closed",
        level="F",
        status=2,
        what="an entry dated in a closed month",
        prepare=january_is_closed,
        provoke=typed("entry", "post", "{entry}", entry=IN_THE_CLOSED_MONTH),
    ),
)
