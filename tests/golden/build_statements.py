"""Writes the samples of statements again, one for each shape: `python -m golden.build_statements`.

The old workbook is not written here: only programs of its time write that format.
"""

from datetime import date
from decimal import Decimal
from pathlib import Path

from examples.shapes import SHAPES, Month
from support.workbooks import Number, Value, ods

FOLDER = Path(__file__).parent / "statements"

MONTH = Month(exchange="Binance", period="2023-10", amount=Decimal("8750.00"))

HEADER: list[Value] = ["Partner", "Day", "Token", "Amount"]
DAYS: list[list[Value]] = [
    ["Binance", date(2023, 10, 10), "USDT", Number("4000.25")],
    ["Binance", date(2023, 10, 20), "USDT", Number("4749.75")],
]
"""The rows of the two samples whose amounts are number cells."""


def samples() -> dict[str, bytes]:
    """Return the samples by their file names, the old workbook left out."""
    made = {f"{shape.name}{shape.suffix}": shape.write(MONTH) for shape in SHAPES}
    return made | {"open-workbook.ods": ods([HEADER, *DAYS])}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in samples().items():
        (FOLDER / name).write_bytes(content)
