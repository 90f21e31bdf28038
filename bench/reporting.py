"""Trial balance and account register as whole processes: ours, hledger, ledger and Beancount."""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from bench.books import ENTRIES, LARGE, SMALL, service
from bench.figures import RUNS, Figure, Section, duration, ratio
from bench.programs import ORACLES, OURS, of_books, run, version
from feeshare.database import reading
from ledger.journal import JournalEntry
from ledger.money import plain
from reports.hledger import export

BEANCOUNT = Path(__file__).with_name("beancount_reports.py")
QUESTIONS = {
    "Trial balance": None,
    "Register of an account with 99 in 100 entries": LARGE,
    "Register of an account with 1 in 100 entries": SMALL,
}
AIMS = {"hledger": 1 / 5, "ledger": 1.0, "Beancount": 1 / 10}
BALANCE_BOUNDS = """\
Most of our time goes into starting: the libraries for the database and the command line are
imported anew by each process. The sums themselves take under a tenth of a second."""
REGISTER_BOUNDS = """\
Our register is the general ledger of the account: 32 columns a line, among them the hashes of
entry and change, and tie-outs against the trial balance. Half of its time goes into writing out
those columns; the other programs write five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program, and its command for each of the questions that it is asked."""

    name: str
    version: str
    environment: Mapping[str, str]
    commands: Mapping[str, Sequence[str | Path]]


def measure(books: URL, folder: Path, entries: Sequence[JournalEntry]) -> Section:
    """Ask every program every question in turns."""
    programs = [ours(books), *others(books, folder, entries)]
    # Once without counting, which compiles our modules; others' were when they were installed.
    run(programs[0].commands["Trial balance"], dict(programs[0].environment))
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(RUNS):
        for question in QUESTIONS:
            for program in programs:
                if question in program.commands:
                    took = run(program.commands[question], dict(program.environment)).seconds
                    seconds.setdefault((program.name, question), []).append(took)
    return Section(
        title="Reports as whole processes",
        about=f"""\
On the {ENTRIES:,} entries above, from the start of the program to its end; the database server
runs. hledger and ledger read the journal that `feeshare export hledger` writes, Beancount one of
the same amounts, without its cache. All write text or CSV to a pipe; our modules are compiled, as
installed ones are. {", ".join(each.version for each in programs[1:])}.""",
        figures=list(_figures(programs, seconds)),
    )


def ours(books: URL) -> Program:
    """Return our own reports."""
    balance: list[str | Path] = [OURS, "report", "trial-balance", "--csv"]
    register: list[str | Path] = [OURS, "report", "general-ledger", "--csv", "--account"]
    return Program(
        name="feeshare",
        version="",
        environment=of_books(books),
        commands={
            question: balance if account is None else [*register, account]
            for question, account in QUESTIONS.items()
        },
    )


def others(books: URL, folder: Path, entries: Iterable[JournalEntry]) -> Iterator[Program]:
    """Return what we are compared with, each with a journal of the same entries.

    A program that is not installed is named and left out.
    """
    journal = folder / "books.journal"
    engine = service(books)
    with reading(engine) as session, journal.open("w", encoding="utf-8") as file:
        file.writelines(export(session))
    engine.dispose()
    for name in ("hledger", "ledger"):
        if shutil.which(name) is None:
            print(f"LEFT OUT: {name} is not installed")
            continue
        told = run([name, "--version"]).output.splitlines()[0].partition(",")[0]
        yield Program(
            name=name,
            version=told,
            environment={},
            commands={
                question: [name, "-f", journal, "balance", "--flat"]
                if account is None
                else [name, "-f", journal, "register", account]
                for question, account in QUESTIONS.items()
            },
        )
    beans = folder / "books.beancount"
    with beans.open("w", encoding="utf-8") as file:
        file.writelines(beancount(entries))
    yield Program(
        name="Beancount",
        version=version(ORACLES, "beancount"),
        environment={},
        commands={
            # Loading is what takes its time, whatever the question: two of them are enough.
            question: [ORACLES, BEANCOUNT, beans, *([bean_account(account)] if account else [])]
            for question, account in QUESTIONS.items()
            if account != SMALL
        },
    )


def beancount(entries: Iterable[JournalEntry]) -> Iterator[str]:
    """Return a Beancount journal of entries: their days, narrations, accounts and amounts."""
    for account in (LARGE, SMALL, "income:fee-share"):
        yield f"2023-01-01 open {bean_account(account)}\n"
    for entry in entries:
        yield f'{entry.effective_date} * "{entry.narration}"\n'
        for line in entry.postings:
            yield f"  {bean_account(line.account)}  {plain(line.amount)} {line.commodity}\n"


def bean_account(code: str) -> str:
    """Return an account as Beancount wants it: `Assets:Suspense`."""
    return code.title()


def _figures(
    programs: Sequence[Program], seconds: Mapping[tuple[str, str], Sequence[float]]
) -> Iterator[Figure]:
    for question, account in QUESTIONS.items():
        asked = [program for program in programs if question in program.commands]
        for program in asked:
            yield duration(f"{question}: {program.name}", seconds[program.name, question])
        for program in asked[1:]:
            yield ratio(
                f"{question}: our time against {program.name}'s",
                seconds["feeshare", question],
                seconds[program.name, question],
                most=AIMS[program.name],
                bounds=REGISTER_BOUNDS if account == LARGE else BALANCE_BOUNDS,
            )
