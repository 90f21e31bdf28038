"""Statements come in many shapes: each says the same month, exactly, by its own mapping."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples.shapes import SHAPES, Month, Shape
from feeshare.inbox import mappings_in
from golden.build_statements import FOLDER, samples
from ledger.revenue.mapping import Mapping
from ledger.revenue.recognition import recognise
from ledger.revenue.rows import SetAside, StatementRow
from support.databases import EXAMPLES
from support.mappings import Read, read

MAPPINGS = mappings_in(EXAMPLES / "mappings")
GOLDEN = sorted(FOLDER.iterdir())


def recognised(data: bytes, name: str) -> Read:
    """Read a file by the mapping that its header fits; the mapping has the file's name."""
    mapping = recognise(MAPPINGS, data, name)
    assert isinstance(mapping, Mapping), mapping
    assert mapping.name == Path(name).stem
    return read(mapping, data, name)


def stated(reading: Read) -> Decimal:
    rows = [row for row in reading.rows if isinstance(row, StatementRow)]
    return sum((row.fee_share for row in rows), Decimal(0))


def test_the_samples_are_what_their_script_makes() -> None:
    kept = {path.name: path.read_bytes() for path in GOLDEN}
    del kept["old-workbook.xls"]
    assert kept == samples()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_every_sample_says_its_month_exactly(path: Path) -> None:
    reading = recognised(path.read_bytes(), path.name)
    assert (reading.problems, reading.warnings) == ((), ())
    assert stated(reading) == 8750
    rows = [row for row in reading.rows if isinstance(row, StatementRow)]
    assert {(row.exchange, row.period, row.currency) for row in rows} == {
        ("Binance", "2023-10", "USDT")
    }


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@settings(deadline=None, max_examples=20)
@given(
    units=st.integers(100_000, 10**13),
    year_month=st.sampled_from(["2023-02", "2023-10", "2024-02", "2023-12"]),
)
def test_a_month_in_any_shape_is_read_to_its_last_digit(
    shape: Shape, units: int, year_month: str
) -> None:
    month = Month(exchange="Somex, Ltd", period=year_month, amount=Decimal(units).scaleb(-6))
    reading = recognised(shape.write(month), f"{shape.name}{shape.suffix}")
    assert reading.problems == ()
    assert stated(reading) == month.amount
    assert {row.period for row in reading.rows if isinstance(row, StatementRow)} == {year_month}


def test_a_pending_day_is_skipped_with_the_reason_of_the_mapping() -> None:
    (path,) = [path for path in GOLDEN if path.stem == "daily-rows"]
    (row,) = recognised(path.read_bytes(), path.name).aside
    assert row == SetAside(
        row=33,
        cells=("2023-10-31", "Binance", "USDT", "5", "0.01", "pending"),
        state="skipped",
        problems=(),
        reason="the exchange has not settled this day yet",
        exchange="Binance",
        stream=None,
        period="2023-10",
        currency="USDT",
    )


def test_rows_of_customers_and_days_keep_both() -> None:
    (path,) = [path for path in GOLDEN if path.stem == "per-user-rows"]
    rows = recognised(path.read_bytes(), path.name).rows
    assert isinstance(rows[0], StatementRow)
    assert (rows[0].user, f"{rows[0].day}") == ("u10000", "2023-10-01")
