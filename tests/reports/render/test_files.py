import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pytest

from ledger.errors import BadInput
from reports.render import files
from reports.report import Column, Kind, Report, TieOut

REPORT = Report(
    name="payout-batch",
    title="Payout batch",
    columns=(
        Column(name="payee", kind=Kind.TEXT),
        Column(name="amount", kind=Kind.AMOUNT, commodity_column="commodity", total=True),
        Column(name="commodity", kind=Kind.IDENTIFIER),
        Column(name="fee", kind=Kind.AMOUNT, total=True),
    ),
    rows=(
        ("Ada", Decimal("1.10"), "USDC", Decimal("0.01")),
        ("Ben", Decimal("99999999999999999999.000000000000000001"), "ETH", None),
        ("Cy", Decimal("-0.10"), "USDC", Decimal("0.02")),
    ),
    sorted_by=("payee",),
    filters=(("period", "2026-10"), ("as_of", "2026-10-31")),
    head_number=7,
    head_hash="ab" * 32,
    made_at=datetime(2026, 11, 2, 9, 0, tzinfo=UTC),
    notes=("One price is provisional.",),
    tie_outs=(TieOut(check="batch", commodity="USDC", left=Decimal(1), right=Decimal("0.9")),),
)


def meta_of(directory: Path) -> dict[str, object]:
    content = json.loads((directory / "payout-batch.meta.json").read_bytes())
    assert isinstance(content, dict)
    return content


def test_every_format_asked_for_is_written_and_always_the_description(tmp_path: Path) -> None:
    paths = files.write(REPORT, tmp_path / "new" / "folder", ["csv", "xlsx", "json"])

    assert [path.name for path in paths] == [
        "payout-batch.csv",
        "payout-batch.xlsx",
        "payout-batch.json",
        "payout-batch.meta.json",
    ]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == sorted(
        path.name for path in paths
    )
    for path in paths[:3]:
        assert path.read_bytes() == files.render(REPORT, path.suffix[1:])


def test_without_a_format_only_the_description_is_written(tmp_path: Path) -> None:
    assert files.write(REPORT, tmp_path, []) == (tmp_path / "payout-batch.meta.json",)


def test_the_description_has_the_hash_of_each_file(tmp_path: Path) -> None:
    csv_path, json_path, _ = files.write(REPORT, tmp_path, ["csv", "json"])

    assert meta_of(tmp_path)["files"] == {
        path.name: {
            "bytes": path.stat().st_size,
            "sha256": sha256(path.read_bytes()).hexdigest(),
        }
        for path in (csv_path, json_path)
    }


def test_control_totals_are_exact_for_each_commodity_and_count_what_is_unknown(
    tmp_path: Path,
) -> None:
    files.write(REPORT, tmp_path, [])
    meta = meta_of(tmp_path)

    assert meta["control_totals"] == {
        "amount": {"ETH": "99999999999999999999.000000000000000001", "USDC": "1"},
        "fee": {"": "0.03"},
    }
    assert meta["unknown_in_totals"] == {"amount": 0, "fee": 1}
    assert meta["row_count"] == 3


def test_the_description_says_what_was_asked_and_how_far_the_books_were_read(
    tmp_path: Path,
) -> None:
    files.write(REPORT, tmp_path, [])
    meta = meta_of(tmp_path)

    assert meta["name"] == "payout-batch"
    assert meta["title"] == "Payout batch"
    assert meta["schema_version"] == 1
    assert meta["software_version"] == version("feeshare")
    assert meta["filters"] == {"period": "2026-10", "as_of": "2026-10-31"}
    assert meta["head"] == {"number": 7, "hash": "ab" * 32}
    assert meta["made_at"] == "2026-11-02T09:00:00Z"
    assert meta["tie_outs"] == [
        {"check": "batch", "commodity": "USDC", "left": "1", "right": "0.9", "difference": "0.1"}
    ]


def test_the_same_report_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    formats = ["csv", "xlsx", "json"]
    first = [path.read_bytes() for path in files.write(REPORT, tmp_path / "one", formats)]
    second = [path.read_bytes() for path in files.write(REPORT, tmp_path / "two", formats)]

    assert first == second


def test_an_unknown_format_is_refused_with_all_others_unknown_and_nothing_written(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInput) as refusal:
        files.write(REPORT, tmp_path, ["csv", "xls", "doc"])

    assert [problem.value for problem in refusal.value.problems] == ["xls", "doc"]
    assert "one of csv, json, xlsx" in refusal.value.message
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(BadInput):
        files.render(REPORT, "xls")


def test_a_report_that_cannot_be_rendered_leaves_the_earlier_files_whole(tmp_path: Path) -> None:
    files.write(REPORT, tmp_path, ["csv"])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    broken = replace(REPORT, rows=(("Ada", "not a number", "USDC", None),))

    with pytest.raises(TypeError):
        files.write(broken, tmp_path, ["json", "csv"])

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_write_that_fails_leaves_no_draft_and_the_earlier_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.csv"
    files.replace(path, b"earlier")

    def fail(_descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        files.replace(path, b"later")

    assert [one.name for one in tmp_path.iterdir()] == ["report.csv"]
    assert path.read_bytes() == b"earlier"


def test_xlsxwriter_is_loaded_only_for_a_workbook() -> None:
    program = "import sys, reports.render.files; sys.exit('xlsxwriter' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
