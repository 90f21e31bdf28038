"""Reproductions: what a person types to meet each error, on small books made for it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from sqlalchemy.engine import URL

from errors.statement_cases import CASE_MAPPINGS
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES, fresh_database, service_engine

Level = Literal["F", "Q", "W", "E", "ok"]
"""F refuses a file, E what was asked, Q sets a row aside, W is to be acknowledged first."""

Provoke = Callable[[Books, Path], Answer]

BINANCE = "binance:spot:usdt"
OCTOBER = f"{BINANCE}:2023-10:1"
WALLET = "wallet-ethereum-treasury"

EXCHANGES = "name,source\nBinance,a test\nKuCoin,a test\n"
PAYEES = "name,source\nCoinAlpha,a test\nDuo One,a test\n"
TERMS = (
    "exchange,stream,commodity,kind,rate_low,rate_high,effective_from,effective_to,maintainers,"
    "source\n"
)
AGREEMENTS = (
    f"{TERMS}"
    "Binance,spot,USDT,variable,0.4,0.4,2023-01-01,,CoinAlpha:1,a test\n"
    "KuCoin,spot,USDT,variable,0.4,0.4,2023-01-01,,CoinAlpha:1,a test\n"
)

LEADS = "feeshare review show "
"""What `import` says before the id of a statement that a person has to look at."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What to type, and which code at which level and exit status answers it.

    `prepare` is what the books need before; it is taken. `provoke` types the commands, the last of
    which gives the answer.
    """

    number: int
    code: str
    level: Level
    status: int
    what: str
    provoke: Provoke
    prepare: Callable[[Books, Path], None] | None = None

    def __str__(self) -> str:
        return f"{self.number}-{self.code or 'taken'}-{self.what}".replace(" ", "-")


@contextmanager
def small_books(template: URL) -> Iterator[URL]:
    """Give the owner's URL of books with two exchanges, two payees and the examples' wallets."""
    wallets = (EXAMPLES / "books" / "wallets.csv").read_text("utf-8")
    with fresh_database(template) as owner:
        with opened(owner) as books, TemporaryDirectory() as folder:
            for command, text in (
                ("exchange", EXCHANGES),
                ("payee", PAYEES),
                ("wallet", wallets),
                ("agreement", AGREEMENTS),
            ):
                file = text_file(Path(folder), f"{command}.csv", text)
                taken(books, command, "load", file)
        yield owner


@contextmanager
def opened(owner: URL) -> Iterator[Books]:
    """Open books as the service's role."""
    engine = service_engine(owner)
    try:
        yield Books(owner=owner, engine=engine)
    finally:
        engine.dispose()


def taken(books: Books, *arguments: str, actor: str = "treasurer") -> Answer:
    """Run a command that is to be taken."""
    answer = feeshare(books, *arguments, actor=actor)
    assert answer.status == 0, answer
    return answer


def text_file(folder: Path, name: str, content: str | bytes) -> str:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def mappings_folder(folder: Path) -> str:
    """Return a folder of the examples' mappings and those of the cases."""
    made = folder / "mappings"
    if not made.exists():
        made.mkdir()
        for path in (EXAMPLES / "mappings").glob("*.yaml"):
            (made / path.name).write_bytes(path.read_bytes())
        for name, text in CASE_MAPPINGS.items():
            (made / f"{name}.yaml").write_text(text, "utf-8")
    return str(made)


def imported(
    books: Books, folder: Path, content: str | bytes, *more: str, name: str = "statement.csv"
) -> Answer:
    """Import a file."""
    file = text_file(folder, name, content)
    return feeshare(books, "import", file, *more, "--mappings", mappings_folder(folder))


def typed(*arguments: str, **files: str) -> Provoke:
    """Return a command to type; files named in it as `{name}` are written before as NAME.csv."""

    def provoke(books: Books, folder: Path) -> Answer:
        paths = {
            name: text_file(folder, f"{name}.csv", content) for name, content in files.items()
        }
        return feeshare(books, *(each.format(**paths) for each in arguments))

    return provoke


def waiting(answer: Answer) -> str:
    """Return the id of the statement that an import says a person has to look at, or nothing."""
    return answer.err.partition(LEADS)[2].strip()


def messages(books: Books, folder: Path, answer: Answer) -> list[str]:
    """Return the lines in which a person reads what is wrong: stderr, and the review's list."""
    lines = answer.err.splitlines()
    if statement := waiting(answer):
        shown = taken(books, "review", "show", statement, "--json")
        lines += [line for row in rows_of(shown) for line in row["told"].splitlines()]
    return [line.replace(f"{folder}/", "") for line in lines]


def rows_of(answer: Answer) -> list[dict[str, str]]:
    """Return the rows that a command printed as JSON."""
    rows: list[dict[str, str]] = json.loads(answer.out)
    return rows
