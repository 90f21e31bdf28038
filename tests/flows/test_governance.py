"""Governance from a vote to what was paid, as typed: what passed, what did not, a week paid."""

import csv
import io
from pathlib import Path

import pytest

from payouts import settlement
from payouts.batches import State
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import (
    ALICE,
    BOB,
    approve,
    export,
    freeze,
    fund,
    furnish,
    left_the_wallet,
)
from support.snapshot_samples import CHANGES, POLL, poll, proposal, seconds, write

BAD_INPUT, REVIEW = 2, 3
SUPPLY = ("--circulating-supply", "100000000", "--supply-source", "a supply report")


def typed(books: Books, *words: str, status: int = 0, at: str = "2023-11-03T09:00:00Z") -> Answer:
    answer = feeshare(books, *words, at=at)
    assert answer.status == status, answer
    return answer


def vote_of(folder: Path, start: str, identity: str, votes: int) -> str:
    """Write the answer about a vote of 14 days on an HGP, all of it for; return the file."""
    told = proposal(
        id=identity,
        title=f"HGP-15: {identity}",
        scores=[votes, 0, 0],
        scores_total=votes,
        start=seconds(start),
        end=seconds(start) + 14 * 86400,
    )
    return write(folder, told, name=f"{identity}.json")


def test_a_quorum_missed_by_one_vote_under_the_rule_of_its_day_was_none_the_day_before(
    books: Books, tmp_path: Path
) -> None:
    # On 2022-08-17 the quorum of an HGP rose from 3 to 10 percent of the circulating supply.
    asked = ("--amount", "700000", *SUPPLY)
    for start, identity, votes, outcome in (
        ("2022-08-16T23:59:59", "0x16", 9_999_999, "passed"),
        ("2022-08-16T23:59:59", "0x3", 2_999_999, "quorum_missed"),
        ("2022-08-17T00:00:00", "0x17", 9_999_999, "quorum_missed"),
        ("2022-08-17T00:00:00", "0x18", 10_000_000, "passed"),
    ):
        file = vote_of(tmp_path, start, identity, votes)
        said = typed(books, "proposal", "import", file, *asked).err
        assert f"{outcome}." in said, identity
        assert ("missed by 1." in said) == (outcome == "quorum_missed")
    listed = csv.DictReader(io.StringIO(typed(books, "proposal", "list", "--csv").out))
    assert {row["hash"] for row in listed} == {"0x16", "0x18"}


def test_a_label_of_two_proposals_stays_two(books: Books, tmp_path: Path) -> None:
    now = "2025-10-01T09:00:00Z"
    file = write(tmp_path, proposal(), poll())
    typed(books, "proposal", "import", file, at=now)
    said = typed(books, "proposal", "show", "HGP-70", status=REVIEW, at=now).err
    assert "HGP-70 stands for 2 proposals" in said
    assert f"hbot.eth/{CHANGES} (HGP-70: Changes to governance, 2025-07-01)" in said
    assert f"hbot.eth/{POLL} (HGP-70: Gateway connectors, 2025-09-01)" in said
    assert "Changes" in typed(books, "proposal", "show", CHANGES, at=now).out
    assert "Raydium" in typed(books, "proposal", "show", POLL, at=now).out


@pytest.fixture
def supported(books: Books, tmp_path: Path) -> Books:
    """Give books with payees who are paid on Ethereum, and 50000 HBOT approved for support."""
    furnish(books)
    fund(books, "100000", "HBOT")
    file = vote_of(tmp_path, "2023-09-01T00:00:00", "0x27", 10_000_000)
    typed(books, "proposal", "import", file, "--amount", "50000", "--label", "HGP-27", *SUPPLY)
    return books


def points(folder: Path, *rows: str) -> str:
    path = folder / "week.csv"
    path.write_text("\n".join(("payee,points", *rows)) + "\n")
    return str(path)


def test_a_distribution_above_the_approved_amount_is_refused_whole(
    supported: Books, tmp_path: Path
) -> None:
    path = tmp_path / "parts.csv"
    path.write_text(
        "space,hash,payee,amount,on\n"
        "hbot.eth,0x27,Alice,30000,2023-10-30\n"
        "hbot.eth,0x27,Bob,20000.000000000000000001,2023-10-30\n"
    )
    digest = supported.digest()
    said = typed(supported, "proposal", "parts", str(path), status=BAD_INPUT).err
    assert "proposal_invalid: parts.csv, row 3" in said
    assert "expected 20000 or less, what is left of HGP-27" in said
    words = ("HGP-27", points(tmp_path, "Alice,1"), "--method", "pro-rata", "--pool", "50001")
    typed(
        *(supported, "proposal", "allocate", *words, "--fix", "--tranche", "1"),
        status=BAD_INPUT,
    )
    assert supported.digest() == digest


def test_a_support_week_is_paid_through_a_payout_batch(supported: Books, tmp_path: Path) -> None:
    words = (
        *("HGP-27", points(tmp_path, "Alice,700", "Bob,245"), "--method", "pro-rata"),
        *("--pool", "50000", "--cap", "60%", "--fix", "--tranche", "2023-W43"),
    )
    said = typed(supported, "proposal", "allocate", *words, "--on", "2023-10-30").err
    assert "2 parts fixed; 0 of HGP-27 is left" in said

    batch = freeze(supported)
    approve(supported, batch, "carol", "dave")
    export(supported, batch)
    left_the_wallet(supported, [("0x1", "30000 HBOT", ALICE, ""), ("0x2", "20000 HBOT", BOB, "")])
    with supported.write() as change:
        settled = settlement.settle(change, batch.id)
    assert (settled.state, settled.missing) == (State.SETTLED, ())

    typed(supported, "report", "tracker", "--output", str(tmp_path), "--format", "csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "tracker.csv").read_text())))
    assert [(row["recipient"], row["paid"], row["remaining"]) for row in rows] == [
        ("alice", "30000", "20000"),
        ("bob", "20000", "0"),
    ]
    assert {row["quorum_met"] for row in rows} == {"true"}
    assert rows[0]["rule_version"] == "governance-hgp version 7, from 2023-07-18"
    assert rows[0]["votes_for"] == "10000000"
