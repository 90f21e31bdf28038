"""`proposal import`, `fetch`, `votes` and `show`, as typed; bad input 70 among it."""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from ledger.tables import Evidence
from payouts import votes
from support import snapshot_samples
from support.books import Books
from support.coin_server import CoinServer, coin_server
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES
from support.http_server import Reply
from support.snapshot_samples import CHANGES, POLL, poll, proposal

NOW = "2025-10-01T09:00:00Z"
BAD_INPUT, REVIEW, CONFLICT, UNAVAILABLE = 2, 3, 5, 6
HEADER = "space,hash,title,state,start,end,votes_for,votes_against"
WINDOW = "2023-10-07T12:00:00Z,2023-10-14T12:00:00Z"


def typed(books: Books, *words: str, status: int = 0) -> Answer:
    answer = feeshare(books, *words, at=NOW)
    assert answer.status == status, answer
    return answer


def refused(books: Books, *words: str, status: int = BAD_INPUT) -> str:
    digest = books.digest()
    answer = typed(books, *words, status=status)
    assert books.digest() == digest
    return answer.err


def told(books: Books, *words: str) -> dict[str, str]:
    rows = json.loads(typed(books, *words, "--json").out)
    return {row["what"]: row["told"] for row in rows}


def test_a_vote_that_passed_authorises_what_it_asked_for(books: Books, tmp_path: Path) -> None:
    path = snapshot_samples.write(tmp_path, proposal())
    said = typed(books, "proposal", "import", path, "--amount", "700000").err
    assert "passed" in said
    assert "It authorises 700000 HBOT." in said
    digest = books.digest()
    assert "known already" in typed(books, "proposal", "import", path).err
    assert books.digest() == digest

    shown = told(books, "proposal", "show", "HGP-70")
    assert shown["votes_for"] == "40000000.25"
    assert shown["votes"] == "50000001"
    assert shown["quorum"] == "50000000"
    assert shown["rule_version"] == "governance-hgp version 8, from 2024-01-10"
    assert shown["start"] == "2025-07-01T00:00:00Z"
    assert (shown["authorises"], shown["left"]) == ("700000 HBOT", "700000")
    (listed,) = csv.DictReader(io.StringIO(typed(books, "proposal", "list", "--csv").out))
    assert (listed["hash"], listed["passed_on"]) == (CHANGES, "2025-07-08")
    with books.read() as session:
        vote = votes.newest(session, f"hbot.eth/{CHANGES}")
        assert vote is not None
        kept = session.get(Evidence, vote.evidence)
        assert kept is not None
        assert kept.content == Path(path).read_bytes()


def test_a_label_of_a_proposal_and_a_poll_names_neither(books: Books, tmp_path: Path) -> None:
    path = snapshot_samples.write(tmp_path, proposal(), poll())
    said = typed(books, "proposal", "import", path).err
    assert said.count("It authorises nothing.") == 2
    assert "The weighted poll ranks its choices" in said
    answer = typed(books, "proposal", "show", "HGP-70", status=REVIEW)
    assert "HGP-70 stands for 2 proposals" in answer.err
    shown = told(books, "proposal", "show", POLL)
    assert shown["choice 1"] == "Raydium: 6000000"
    assert shown["choice 4"] == "Orca: 399999.5"
    rows = list(csv.DictReader(io.StringIO(typed(books, "proposal", "votes", "--csv").out)))
    assert [row["outcome"] for row in rows] == ["passed", "ranking"]


def test_a_list_of_votes_is_imported_as_well(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    columns = f"{HEADER},votes_abstain,circulating_supply,supply_source,amount,commodity"
    path.write_text(
        f"{columns}\n"
        f"hbot.eth,0x1,HGP-45: a,closed,{WINDOW},20,9,1,300,a report,5,HBOT\n"
        f"hbot.eth,0x2,HGP-46: b,closed,{WINDOW},20,9,,300,a report,5,HBOT\n"
    )
    said = typed(books, "proposal", "import", str(path)).err
    assert "HGP-45 (hbot.eth/0x1): passed" in said
    assert "HGP-46 (hbot.eth/0x2): quorum_missed" in said
    assert "missed by 1" in said


def test_what_is_wrong_with_a_list_is_told_at_once(books: Books, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(
        f"{HEADER},type\n"
        f"hbot.eth,0x1,a,won,2023-10-07,2023-10-14T12:00:00Z,-1,x,HXP\n"
        f"hbot.eth,a b,a,closed,{WINDOW},1,1,\n"
    )
    said = refused(books, "proposal", "import", str(path))
    for problem in (
        "value_unknown: votes.csv, row 2, column state",
        "date_invalid: votes.csv, row 2, column start: found '2023-10-07', expected a time",
        "proposal_invalid: votes.csv, row 2, column votes_for",
        "not_a_number: votes.csv, row 2, column votes_against",
        "value_unknown: votes.csv, row 2, column type",
        "proposal_invalid: votes.csv, row 3",
    ):
        assert problem in said


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"state": "flagged"}, "column state: found 'flagged', expected one of pending"),
        ({"type": "copeland"}, "column type: found 'copeland'"),
        ({"scores": [1, 2]}, "column scores"),
        ({"scores": [1, 2, -3]}, "column scores"),
        ({"scores": [1, 2, "3"]}, "column scores"),
        ({"scores_total": 50000002}, "expected 50000001, what the scores sum to"),
        ({"scores_state": "pending"}, "expected final"),
        ({"choices": "For"}, "column choices"),
        ({"start": "2025-07-01"}, "column start"),
        ({"end": 1.5}, "column end"),
        ({"end": 1e30}, "column end"),
        ({"space": "hbot.eth"}, "column id"),
        ({"id": None}, "column id"),
        ({"id": "0x 1"}, "one word without spaces"),
        ({"choices": ["Ja", "Nein", "Abstain"]}, "found 'Ja, Nein', expected choices that are"),
    ],
)
def test_an_answer_that_is_not_as_snapshot_writes_it_is_refused(
    books: Books, tmp_path: Path, wrong: dict[str, object], expected: str
) -> None:
    path = snapshot_samples.write(tmp_path, proposal(**wrong))
    said = refused(books, "proposal", "import", path)
    assert "proposal_invalid" in said
    assert expected in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "file_invalid: vote.json: expected well-formed JSON"),
        ('{"data": {"proposal": {"scores": [NaN]}}}', "NaN is no number"),
        ('{"data": {"proposal": null}}', "expected an answer of Snapshot"),
        ('{"data": {"proposals": []}}', "expected an answer of Snapshot"),
        ('{"data": {"proposals": [1]}}', "expected an object"),
        ("[]", "expected an answer of Snapshot"),
    ],
)
def test_what_is_no_answer_is_refused(
    books: Books, tmp_path: Path, text: str, expected: str
) -> None:
    path = tmp_path / "vote.json"
    path.write_text(text)
    assert expected in refused(books, "proposal", "import", str(path))


def test_choices_that_nobody_knows_count_as_is_said(books: Books, tmp_path: Path) -> None:
    path = snapshot_samples.write(tmp_path, proposal(choices=["Ja", "Nein", "Enthaltung"]))
    sides = [
        word
        for each in ("Ja=for", "Nein=against", "Enthaltung=abstain")
        for word in ("--choice", each)
    ]
    assert "passed" in typed(books, "proposal", "import", path, *sides).err
    for option, value in (("--choice", "Ja"), ("--type", "HXP"), ("--amount", "1e3")):
        refused(books, "proposal", "import", path, option, value)
    both = snapshot_samples.write(tmp_path, proposal(), poll(), name="both.json")
    assert "option_unfit" in refused(books, "proposal", "import", both, "--amount", "1")


def parts(folder: Path, payee: str = "Ada", amount: str = "5") -> str:
    path = folder / "parts.csv"
    path.write_text(
        f"space,hash,payee,amount,on\nhbot.eth,{CHANGES},{payee},{amount},2025-09-01\n"
    )
    return str(path)


@pytest.mark.parametrize(
    ("otherwise", "expected"),
    [
        ({"state": "active", "end": snapshot_samples.seconds("2025-11-01T00:00:00")}, "active"),
        ({"state": "pending", "scores": [], "scores_total": 0}, "pending"),
        ({"state": "cancelled"}, "cancelled. It was cancelled"),
        (
            {"scores": [40000000.25, 9000000.5, 999999.25], "scores_total": 50000000},
            "passed",
        ),
        (
            {"scores": [40000000.25, 9000000.5, 999998.25], "scores_total": 49999999},
            "quorum_missed",
        ),
        ({"scores": [25, 50000000, 0], "scores_total": 50000025}, "not_approved"),
        ({"end": snapshot_samples.seconds("2025-07-07T00:00:00")}, "too_short"),
        ({"space": {"id": "someones.eth"}}, "other_space"),
    ],
)
def test_a_part_under_what_did_not_pass_is_refused(
    books: Books, tmp_path: Path, otherwise: dict[str, object], expected: str
) -> None:
    payees = tmp_path / "payees.csv"
    payees.write_text("name\nAda\nBob\n")
    typed(books, "payee", "load", str(payees))
    path = snapshot_samples.write(tmp_path, proposal(**otherwise))
    typed(books, "proposal", "import", path, "--amount", "10")
    if expected == "passed":
        typed(books, "proposal", "parts", parts(tmp_path))
        above = refused(books, "proposal", "parts", parts(tmp_path, "Bob", "5.000001"))
        assert "found '5.000001', expected 5 or less, what is left of HGP-70" in above
        return
    said = refused(books, "proposal", "parts", parts(tmp_path))
    found = "reference_unknown" if "other_space" in expected else "proposal_invalid"
    assert said.count(f"{found}: parts.csv, row 2") == 1
    assert said.count("parts.csv, row 2") == 1
    assert "other_space" in expected or f"this one: {expected}" in said
    assert told(books, "proposal", "show", CHANGES)["authorises"] == "nothing"


def test_a_list_without_votes_says_that_it_authorises_by_its_source(books: Books) -> None:
    typed(books, "proposal", "load", str(EXAMPLES / "books" / "proposals.csv"))
    shown = told(books, "proposal", "show", "HGP-MADE-UP")
    assert shown["vote"] == "none was seen: it authorises by its source alone"
    assert (shown["source"], shown["authorises"]) == ("made up", "250000 HBOT")


@pytest.fixture
def hub() -> Iterator[CoinServer]:
    with (
        coin_server() as running,
        patch.dict(os.environ, {"FEESHARE_SNAPSHOT_URL": running.url}),
        patch("feeshare.asking.FIRST_WAIT_SECONDS", 0.001),
    ):
        yield running


def test_the_hub_is_asked_and_its_answer_kept_to_be_imported(
    books: Books, tmp_path: Path, hub: CoinServer
) -> None:
    hub.replies = [Reply(snapshot_samples.answer(proposal()))]
    path = tmp_path / "fetched.json"
    fetch = ("proposal", "fetch", "hbot.eth", CHANGES.upper().replace("X", "x"))
    said = typed(books, *fetch, "--output", str(path)).err
    assert f"feeshare proposal import {path}" in said
    assert path.read_text() == snapshot_samples.answer(proposal())
    assert "passed" in typed(books, "proposal", "import", str(path)).err
    assert "is there already" in refused(books, *fetch, "--output", str(path), status=CONFLICT)
    nowhere = str(tmp_path / "no" / "folder.json")
    assert "file_missing" in refused(books, *fetch, "--output", nowhere)


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        (Reply("", status=503), (UNAVAILABLE, "snapshot_unavailable: Snapshot's hub gave no")),
        (Reply("{"), (UNAVAILABLE, "no JSON that can be read")),
        (Reply('{"errors": []}'), (UNAVAILABLE, "no data.proposal, or errors")),
        (Reply('{"data": {"proposal": 1}}'), (UNAVAILABLE, "it answered about")),
        (
            Reply(snapshot_samples.answer(poll())),
            (UNAVAILABLE, "it answered about hbot.eth/0x461"),
        ),
        (Reply('{"data": {"proposal": null}}'), (BAD_INPUT, "reference_unknown")),
    ],
)
def test_an_answer_about_nothing_or_another_is_not_kept(
    books: Books, tmp_path: Path, hub: CoinServer, reply: Reply, answered: tuple[int, str]
) -> None:
    hub.replies = [reply]
    path = tmp_path / "fetched.json"
    words = ("proposal", "fetch", "hbot.eth", CHANGES, "--output", str(path))
    assert answered[1] in refused(books, *words, status=answered[0])
    assert not path.exists()


def test_without_an_address_of_the_hub_nobody_is_asked(books: Books, tmp_path: Path) -> None:
    words = ("proposal", "fetch", "hbot.eth", CHANGES, "--output", str(tmp_path / "a.json"))
    assert "config_invalid: FEESHARE_SNAPSHOT_URL" in refused(books, *words)
