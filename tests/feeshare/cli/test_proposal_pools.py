"""`proposal allocate` and `recipients`, as typed, with the pools of the public record."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import parties
from ledger.obligation_tables import Obligation
from payouts import distributions, proposals
from support import snapshot_samples
from support.books import Books
from support.command_line import Answer, feeshare
from support.snapshot_samples import POLL, poll

NOW = "2025-10-01T09:00:00Z"
BAD_INPUT, CONFLICT = 2, 5
HELPERS = ("Ann", "Ben", "Cleo", "Dan", "Eve", "Fay")


def typed(books: Books, *words: str, status: int = 0) -> Answer:
    answer = feeshare(books, *words, at=NOW)
    assert answer.status == status, answer
    return answer


def refused(books: Books, *words: str, status: int = BAD_INPUT) -> str:
    digest = books.digest()
    answer = typed(books, *words, status=status)
    assert books.digest() == digest
    return answer.err


def listed(books: Books, *words: str) -> dict[str, tuple[str, str]]:
    answer = typed(books, "proposal", "allocate", *words, "--csv")
    rows = csv.DictReader(io.StringIO(answer.out))
    return {row["payee"]: (row["amount"], row["capped"]) for row in rows}


@pytest.fixture
def helped(books: Books) -> Books:
    """Give books with helpers, and a proposal of 2 million for a year of support."""
    with books.write() as change:
        for name in HELPERS:
            parties.add(change, name=name, kind="payee")
        proposals.add(
            change,
            space="hbot.eth",
            proposal_hash="0xa1cc46fe9a",
            label="HGP-28",
            title="Community support",
            passed_on=books.at.date().replace(month=1, day=31),
            amount=Decimal(2_000_000),
            source="gl.app hbot.eth 0xa1cc46fe9a",
        )
    return books


def answers(folder: Path, *counts: str, column: str = "points", name: str = "points.csv") -> str:
    path = folder / name
    rows = [f"{payee},{count}" for payee, count in zip(HELPERS, counts, strict=False)]
    path.write_text("\n".join([f"payee,{column}", *rows]) + "\n")
    return str(path)


PRO_RATA = ("--method", "pro-rata")


def test_a_week_is_shown_first_and_then_fixed_with_what_each_was_computed_from(
    helped: Books, tmp_path: Path
) -> None:
    path = answers(tmp_path, "500", "200", "100", "90", "35", "20")
    words = ("HGP-28", path, *PRO_RATA, "--pool", "50000", "--cap", "20%")
    digest = helped.digest()
    shown = listed(helped, *words)
    assert helped.digest() == digest
    assert shown["ann"] == ("10000", "yes")
    assert shown["fay"] == ("3636.363636363636363636", "no")
    fix = (*words, "--fix", "--tranche", "2023-W06", "--on", "2023-02-07")
    said = typed(helped, "proposal", "allocate", *fix).err
    assert "50000 HBOT for 6 payees. 6 parts fixed; 1950000 of HGP-28 is left." in said
    digest = helped.digest()
    assert "0 parts fixed" in typed(helped, "proposal", "allocate", *fix).err
    assert helped.digest() == digest
    with helped.read() as session:
        owed = session.get_one(Obligation, "hbot-distribution:hbot.eth/0xa1cc46fe9a/ann/2023-W06")
        assert owed.amount == 10000
        assert owed.explanation.startswith(
            "HGP-28: Community support: 500 of 945 points share 50000, capped at 10000, by "
            "points.csv ("
        )


def test_a_year_of_weeks_ends_when_what_was_approved_is_given(
    helped: Books, tmp_path: Path
) -> None:
    # 80000 a week are 4160000 a year, and 2000000 were approved: the record has both (D22).
    path = answers(tmp_path, *["10"] * 6)
    words = ("HGP-28", path, *PRO_RATA, "--pool", "80000", "--cap", "14000", "--fix")
    with helped.write() as change:
        proposal = proposals.named(change.session, "HGP-28")
        for week in range(1, 25):
            distributions.fix_part(
                change,
                proposal,
                "Ann",
                Decimal(80_000),
                on=helped.at.date(),
                tranche=f"2023-W{week:02}",
            )
    typed(helped, "proposal", "allocate", *words, "--tranche", "2023-W25")
    said = refused(helped, "proposal", "allocate", *words, "--tranche", "2023-W26")
    assert "proposal_invalid: tranche 2023-W26" in said
    assert "found '80000', expected 0 or less, what is left of the 2000000 HBOT" in said


def test_a_pot_is_shared_by_the_policy_of_its_polls_day(helped: Books, tmp_path: Path) -> None:
    path = snapshot_samples.write(tmp_path, poll())
    typed(helped, "proposal", "import", path)
    names = answers(
        tmp_path, "Raydium", "Meteora", "Uniswap", "Orca", column="choice", name="names.csv"
    )
    # 2025: no places and no cap are stated, and 400000 votes are the threshold.
    shown = listed(helped, "HGP-28", names, "--poll", POLL)
    assert shown == {
        "ann": ("600000", "no"),
        "ben": ("300000", "no"),
        "cleo": ("100000", "no"),
    }
    # 2024: the four with the most votes above 200000, and 800000 at most.
    start, end = (snapshot_samples.seconds(f"2024-0{month}-01T00:00:00") for month in (3, 4))
    earlier = poll(id="0x24", scores=[9000000, 500000, 500000, 199999], scores_total=10199999)
    path = snapshot_samples.write(tmp_path, {**earlier, "start": start, "end": end})
    typed(helped, "proposal", "import", path)
    assert listed(helped, "HGP-28", names, "--poll", "0x24") == {
        "ann": ("800000", "yes"),
        "ben": ("100000", "no"),
        "cleo": ("100000", "no"),
    }
    # 2023: gold and silver.
    start, end = (snapshot_samples.seconds(f"2023-1{month}-20T00:00:00") for month in (0, 1))
    earlier = poll(id="0x23", title="HIP-99: a poll")
    path = snapshot_samples.write(tmp_path, {**earlier, "start": start, "end": end})
    typed(helped, "proposal", "import", path)
    assert [
        amount for amount, _ in listed(helped, "HGP-28", names, "--poll", "0x23").values()
    ] == [
        *("400000", "100000", "100000", "100000"),
    ]


def test_polls_that_gave_nothing_have_no_pot(helped: Books, tmp_path: Path) -> None:
    names = answers(tmp_path, "Raydium", column="choice")
    for number, year in enumerate(("2023-01", "2026-02"), start=1):
        start = snapshot_samples.seconds(f"{year}-01T00:00:00")
        path = snapshot_samples.write(
            tmp_path, poll(id=f"0x{number}", start=start, end=start + 1209600, state="active")
        )
        typed(helped, "proposal", "import", path)
        said = refused(helped, "proposal", "allocate", "HGP-28", names, "--poll", f"0x{number}")
        assert "a poll that was seen closed" in said
        path = snapshot_samples.write(
            tmp_path, poll(id=f"0x{number}", start=start, end=start + 1209600)
        )
        if year == "2023-01":
            typed(helped, "proposal", "import", path)
            said = refused(helped, "proposal", "allocate", "HGP-28", names, "--poll", "0x1")
            assert "No pot of polls on 2023-01-01" in said


def test_a_hackathon_gives_the_prize_of_each_place(helped: Books, tmp_path: Path) -> None:
    path = answers(tmp_path, "2", "1", "3", column="place")
    fixed = ("HGP-28", path, "--method", "fixed", "--prizes", "50000, 20000x2")
    assert listed(helped, *fixed) == {
        "ben": ("50000", "no"),
        "ann": ("20000", "no"),
        "cleo": ("20000", "no"),
    }


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("payee,points\nAnn,0\n", PRO_RATA, "amount_invalid: points.csv, row 2, column points"),
        ("payee,points\nZed,1\n", PRO_RATA, "reference_unknown: points.csv, row 2"),
        ("payee,points\nAnn,1\nann,2\n", PRO_RATA, "id_taken: points.csv, row 3"),
        ("payee,points\nAnn,1e3\n", PRO_RATA, "not_a_number: points.csv, row 2"),
        ("payee,place\nAnn,1\n", PRO_RATA, "column_unknown"),
        ("payee,points\nAnn,1\n", ("--method", "fair"), "value_unknown: --method"),
        ("payee,points\nAnn,1\n", ("--method", "fixed"), "option_missing: --prizes"),
        ("payee,place\nAnn,2\n", ("--method", "fixed", "--prizes", "1"), "each of 1 to 1 once"),
        (
            "payee,place\nAnn,1\n",
            ("--method", "fixed", "--prizes", "1;2"),
            "not_a_number: --prizes",
        ),
        ("payee,points\nAnn,1\n", (*PRO_RATA, "--cap", "0"), "amount_invalid: --cap"),
        ("payee,points\nAnn,1\n", (*PRO_RATA, "--cap", "x%"), "amount_invalid: --cap"),
        (
            "payee,points\nAnn,1\n",
            (*PRO_RATA, "--fix"),
            "value_missing: --tranche",
        ),
        ("payee,points\nAnn,1\n", (*PRO_RATA, "--pool", "0"), "amount_invalid: --pool"),
        ("payee,choice\nAnn,x\n", ("--poll", "HGP-28"), "proposal_invalid: --poll"),
    ],
)
def test_what_cannot_be_shared_is_refused(
    helped: Books, tmp_path: Path, text: str, options: tuple[str, ...], expected: str
) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text)
    words = ("proposal", "allocate", "HGP-28", str(path), "--pool", "10", *options)
    assert expected in refused(helped, *words)


def recipients(folder: Path, *rows: str) -> str:
    path = folder / "recipients.csv"
    lines = [f"hbot.eth,0xa1cc46fe9a,{row},the proposal" for row in rows]
    path.write_text("\n".join(["space,hash,payee,amount,source", *lines]) + "\n")
    return str(path)


def test_a_list_of_recipients_binds_and_tranches_sum_to_it(helped: Books, tmp_path: Path) -> None:
    path = recipients(tmp_path, "Ann,60", "Ben,40")
    typed(helped, "proposal", "recipients", path)
    assert "Nothing new" in typed(helped, "proposal", "recipients", path).err
    first = answers(tmp_path, "1", "1")
    words = ("proposal", "allocate", "HGP-28", first, *PRO_RATA, "--pool", "80", "--fix")
    typed(helped, *words, "--tranche", "1")
    said = refused(helped, *words, "--tranche", "2")
    assert "found '40', expected 20 or less, what the list leaves ann" in said
    assert "found '40', expected 0 or less, what the list leaves ben" in said
    all_of_them = answers(tmp_path, *["1"] * 3)
    words = ("proposal", "allocate", "HGP-28", all_of_them, *PRO_RATA, "--pool", "3", "--fix")
    said = refused(helped, *words, "--tranche", "3")
    assert "found 'cleo', expected a recipient in the list of HGP-28: ann, ben" in said


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("Ann,2000001", "from 0, fixed for ann already, to 2000000"),
        ("Ann,0", "amount_invalid"),
        ("Zed,1", "reference_unknown"),
    ],
)
def test_a_recipient_that_cannot_be_is_refused(
    helped: Books, tmp_path: Path, row: str, expected: str
) -> None:
    assert expected in refused(helped, "proposal", "recipients", recipients(tmp_path, row))


def test_a_recipient_gets_no_less_than_is_fixed_already(helped: Books, tmp_path: Path) -> None:
    path = answers(tmp_path, "1")
    words = ("HGP-28", path, *PRO_RATA, "--pool", "80", "--fix", "--tranche", "1")
    typed(helped, "proposal", "allocate", *words)
    said = refused(helped, "proposal", "recipients", recipients(tmp_path, "Ann,79"))
    assert "from 80, fixed for ann already" in said
    typed(helped, "proposal", "recipients", recipients(tmp_path, "Ann,80"))
    said = refused(
        helped, "proposal", "recipients", recipients(tmp_path, "Ann,81"), status=CONFLICT
    )
    assert "reference_reused" in said
