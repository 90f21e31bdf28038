"""Importing a statement of a million per-user rows: against an ORM row by row, against hledger."""

import csv
import random
import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from sqlalchemy import BigInteger, Date, Numeric, Text
from sqlalchemy.engine import URL
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bench.books import recreate
from bench.figures import Figure, Section, ratio
from bench.programs import OURS, ROOT, Run, of_books, run
from feeshare.database import make_engine

MANY = 1_000_000
SOME = 200_000
FEW = 5_000
"""Rows of the file that is measured alone, of the one that hledger reads, of the ORM's."""

RUNS = 3
LEAST_OVER_ORM = 20
LEAST_OVER_HLEDGER = 3
MEMORY = 400

BOUNDS = """
Our process bounds it, one core: by a profile, 18 % of its time goes into counting rows in and
telling repeats apart, 16 % into pseudonyms and the copy with them, 14 % into cells, 18 % into
leaves and COPY, 7 % into the tree of hashes."""
"""By py-spy, on 400,000 rows."""

MAPPING = """
name: users
version: 1
kind: statement
exchange: KuCoin
encoding: utf-8
delimiter: ","
decimal_mark: "."
date_format: YYYY-MM-DD
header: [date, user_id, pair, volume, fee_share, asset]
columns:
  {period: date, user: user_id, volume: volume, fee_share: fee_share, currency: asset}
"""

RULES = """\
skip 1
fields date, description, pair, volume, fee_share, asset
date-format %Y-%m-%d
account1 assets:receivable
account2 income:fee-share
amount %fee_share "%asset"
comment %pair %volume
"""

MASTER_DATA = ("exchange", "payee", "agreement")


def measure(server: URL, home: Path) -> Section:
    """Write the files, import them, and return what was measured."""
    folder = home / "importing"
    folder.mkdir(exist_ok=True)
    (folder / "users.yaml").write_text(MAPPING, "utf-8")
    (folder / "users.rules").write_text(RULES, "utf-8")
    many, some, few = (_file(folder, rows) for rows in (MANY, SOME, FEW))
    whole = _imported(server, many, folder)
    in_turns = [
        (_imported(server, some, folder).seconds, _hledger(some, folder), _row_by_row(server, few))
        for _ in range(RUNS)
    ]
    ours = [each[0] for each in in_turns]
    return Section(
        title="Importing a statement",
        about=f"""\
A statement of {MANY:,} rows of users, six columns, as a whole process: read, each user under a
pseudonym, every row checked, hashed, stored and sealed (`feeshare import`). The file of {SOME:,}
rows is imported in turns with `hledger import` of the same file into an empty journal, and with a
loop that reads a row, makes an object of it and flushes it through SQLAlchemy's ORM into a table
without any checks ({FEW:,} rows, for each row). {RUNS} runs. {BOUNDS}""",
        figures=[
            Figure(
                what="Rows imported",
                measured=f"{MANY / whole.seconds:,.0f}/s in {whole.seconds:.1f} s",
            ),
            Figure(
                what="Memory",
                measured=f"{whole.memory:,.0f} MB",
                aim=f"at most {MEMORY} MB",
                missed="" if whole.memory <= MEMORY else "The file and its copy are held whole.",
            ),
            ratio(
                "Rows a second, over the ORM row by row",
                [each[2] / FEW for each in in_turns],
                [seconds / SOME for seconds in ours],
                least=LEAST_OVER_ORM,
                bounds="Every row is checked, hashed and sealed, which the loop does not do.",
            ),
            ratio(
                "Rows a second, over hledger's import",
                [each[1] for each in in_turns],
                ours,
                least=LEAST_OVER_HLEDGER,
            ),
        ],
    )


def _file(folder: Path, rows: int) -> Path:
    """Write a statement of so many rows, the same every time."""
    drawn = random.Random(rows)  # noqa: S311 - figures for a measure
    path = folder / f"users-{rows}.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("date", "user_id", "pair", "volume", "fee_share", "asset"))
        writer.writerows(_rows(drawn, rows))
    return path


def _rows(drawn: random.Random, rows: int) -> Iterator[tuple[str, ...]]:
    pairs = ("BTC-USDT", "ETH-USDT", "SOL-USDT", "HBOT-USDT")
    for at in range(rows):
        yield (
            f"2023-10-{1 + at * 31 // rows:02}",
            f"u{drawn.randrange(rows // 4):07}",
            pairs[at % len(pairs)],
            f"{Decimal(drawn.randrange(1, 10**9)).scaleb(-3)}",
            f"{Decimal(drawn.randrange(1, 10**6)).scaleb(-6):f}",
            "USDT",
        )


def _imported(server: URL, file: Path, folder: Path) -> Run:
    """Import a file into books of its own."""
    books = recreate(server, "bench_importing", template="bench_empty")
    environment = of_books(books) | {"FEESHARE_ACTOR": "bench"}
    for noun in MASTER_DATA:
        name = ROOT / "examples" / "books" / f"{noun}s.csv"
        run([OURS, noun, "load", name], environment)
    return run([OURS, "import", file, "--mappings", folder], environment)


def _hledger(file: Path, folder: Path) -> float:
    """Import a file into an empty journal of hledger; return the seconds."""
    journal = folder / "books.journal"
    journal.write_text("")
    (file.parent / f".latest.{file.name}").unlink(missing_ok=True)
    rules: list[str | Path] = ["--rules-file", folder / "users.rules"]
    return run(["hledger", "import", "-f", journal, *rules, file]).seconds


class Table(DeclarativeBase):
    """The root of the one table that the loop writes."""


class NaiveLine(Table):
    """A row as somebody in a hurry would keep it."""

    __tablename__ = "naive_lines"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    user: Mapped[str] = mapped_column(Text)
    pair: Mapped[str] = mapped_column(Text)
    volume: Mapped[Decimal] = mapped_column(Numeric)
    fee_share: Mapped[Decimal] = mapped_column(Numeric)
    asset: Mapped[str] = mapped_column(Text)


def _row_by_row(server: URL, file: Path) -> float:
    """Stage a file row by row through the ORM; return the seconds."""
    engine = make_engine(recreate(server, "bench_naive", template="bench_empty"))
    Table.metadata.create_all(engine)
    start = time.perf_counter()
    with file.open(encoding="utf-8", newline="") as stream, Session(engine) as session:
        for row in csv.DictReader(stream):
            session.add(
                NaiveLine(
                    day=date.fromisoformat(row["date"]),
                    user=row["user_id"],
                    pair=row["pair"],
                    volume=Decimal(row["volume"]),
                    fee_share=Decimal(row["fee_share"]),
                    asset=row["asset"],
                )
            )
            session.flush()
        session.commit()
    seconds = time.perf_counter() - start
    engine.dispose()
    return seconds
