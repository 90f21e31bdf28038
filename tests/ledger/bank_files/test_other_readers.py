"""Other people's readers, held against ours: on files without a fault all say the same."""

import json
import subprocess
from datetime import date
from decimal import Decimal

import pytest

from architecture.source import ROOT
from ledger.bank_files.contents import FileStatement
from support.bank_samples import GOLDEN, read, sample
from support.bank_writers import Movement, Stated, as_mt940, as_ofx

MT940 = """
import json, sys
import mt940
found = mt940.parse(sys.stdin.buffer.read().decode())
print(json.dumps([
    [str(it.data["amount"].amount), (it.data.get("entry_date") or it.data["date"]).isoformat(),
     it.data.get("bank_reference") or ""]
    for it in found
]))
"""
OFX = """
import io, json, sys, warnings
warnings.simplefilter("ignore")
import ofxparse
found = ofxparse.OfxParser.parse(io.BytesIO(sys.stdin.buffer.read())).account.statement
print(json.dumps([
    [str(it.amount), it.date.date().isoformat(), it.id] for it in found.transactions
]))
"""
MOVEMENTS = [
    Movement(on=date(2023, 10, 2), amount=Decimal("0.01"), reference="R1", memo="fee share"),
    Movement(on=date(2023, 10, 2), amount=Decimal("-1234567.89"), reference="R2", memo="payout"),
    Movement(on=date(2023, 10, 31), amount=Decimal(250), reference="R3", counterparty="Gate"),
]
STATED = Stated(movements=MOVEMENTS, until=date(2023, 10, 31), opening=Decimal("-12.5"))

Said = list[tuple[Decimal, date, str]]


def theirs(program: str, content: bytes) -> Said:
    """Return what another reader says of a file, in its own environment."""
    python = ROOT / ".venv-oracles" / "bin" / "python"
    answer = subprocess.run(
        [python, "-c", program], input=content, capture_output=True, check=True
    )
    return [
        (Decimal(amount), date.fromisoformat(on), reference)
        for amount, on, reference in json.loads(answer.stdout)
    ]


def ours(statements: list[FileStatement]) -> Said:
    return [
        (entry.amount, entry.on, entry.reference)
        for statement in statements
        for entry in statement.entries
    ]


@pytest.mark.parametrize(
    ("program", "name", "content"),
    [
        (MT940, "s.sta", as_mt940(STATED)),
        (OFX, "s.ofx", as_ofx(STATED)),
        (OFX, "s.qfx", as_ofx(STATED, sgml=False)),
    ],
)
def test_written_files_say_the_same_to_others(program: str, name: str, content: bytes) -> None:
    said = theirs(program, content)
    assert said == ours(list(read(content, name).statements))
    assert said == [(each.amount, each.on, each.reference) for each in MOVEMENTS]


def test_samples_say_the_same_to_others() -> None:
    for program, name in ((MT940, "dutch.mt940"), (OFX, "checking-211.ofx")):
        assert theirs(program, (GOLDEN / name).read_bytes()) == ours(sample(name))


def test_others_take_what_is_refused_here() -> None:
    cut = as_ofx(STATED).partition(b"</BANKTRANLIST>")[0]
    assert len(theirs(OFX, cut)) < len(MOVEMENTS)
    assert [each.code for each in read(cut, "s.ofx").problems] == ["file_truncated"]
    misspelt = as_mt940(STATED).replace(b":61:231002", b":6l:231002", 1)
    assert len(theirs(MT940, misspelt)) < len(MOVEMENTS)
    assert "layout_unknown" in {each.code for each in read(misspelt, "s.sta").problems}
