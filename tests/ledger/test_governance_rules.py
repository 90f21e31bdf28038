"""The rules of governance in the books are those of the public record, each with its source."""

import csv
from pathlib import Path

import pytest

from ledger.governance_rules import ENDED, POLLS, TYPES, defaults_of
from ledger.governance_values import is_poll_rule, is_vote_rule

RECORD = Path(__file__).parents[2] / "examples" / "data"
SAID_ELSEWHERE = "NCP (as stated in bounty process seed)"
VOTE = dict(defaults_of("HGP")[-1][1])  # type: ignore[call-overload]
POLL = dict(POLLS[3][1])  # type: ignore[call-overload]


def recorded(name: str) -> list[dict[str, str]]:
    with (RECORD / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def file_of(source: str) -> str:
    return source.partition(" (")[0]


def stated(cell: str) -> str:
    return "" if cell == "not stated" else cell


def test_every_row_of_the_record_is_a_rule_of_its_type_and_day() -> None:
    rules = {
        (day.isoformat(), kind): told
        for kind in TYPES
        for day, told in defaults_of(kind)
        if isinstance(told, dict)
    }
    rows = [
        row
        for row in recorded("governance_parameters_history")
        if row["proposal_type"] != SAID_ELSEWHERE
    ]
    assert len(rows) == len(rules)
    for row in rows:
        told = rules[row["seen_from"], row["proposal_type"].partition(" ")[0]]
        quorum = told["quorum"]
        of = row["quorum_base"] if row["quorum_pct"] else ""
        assert told["minimum_balance"] == row["min_balance_hbot"]
        assert (quorum.get("percent", ""), quorum.get("of", "")) == (row["quorum_pct"], of)
        assert quorum.get("amount", "") == row["quorum_hbot"]
        assert told["approval_above_percent"] in row["approval_pct_gt"].split()
        assert str(told["vote_days"]) == row["vote_days"]
        assert str(told["discussion_days"] or "") == row["discussion_days"]
        assert told["space"] == row["snapshot_space"]
        assert file_of(told["source"]) == file_of(row["source"])


def test_what_contradicts_a_rule_is_its_note_and_no_second_rule() -> None:
    (seed,) = [
        row
        for row in recorded("governance_parameters_history")
        if row["proposal_type"] == SAID_ELSEWHERE
    ]
    in_force = [told for day, told in defaults_of("NCP") if day.isoformat() <= seed["seen_from"]]
    assert isinstance(in_force[-1], dict)
    assert in_force[-1]["quorum"]["amount"] == "5000000"
    assert f"{seed['seen_from']}) says a quorum of {seed['quorum_hbot']}" in in_force[-1]["note"]
    first = defaults_of("HGP")[0][1]
    assert isinstance(first, dict)
    assert (first["approval_above_percent"], "66.6667" in first["note"]) == ("50", True)


def test_every_row_of_the_polls_is_a_rule_of_its_day() -> None:
    rows = recorded("poll_parameters_history")
    assert len(rows) == len(POLLS)
    for row, (day, told) in zip(rows, POLLS, strict=True):
        assert row["seen_from"].startswith(day.isoformat())
        if not isinstance(told, dict):
            assert (told, row["voting_method"]) == (ENDED, "")
            continue
        assert (told["method"], str(told["days"])) == (row["voting_method"], row["poll_days"])
        assert told["threshold"] == row["inclusion_threshold_hbot"]
        assert (told["pot"] or "") == row["allocation_per_poll_hbot"]
        assert str(told["places"] or "") == stated(row["connectors_receiving"])
        assert (told["cap"] or "") == stated(row["cap_per_connector_hbot"])
        assert file_of(told["source"]) == file_of(row["source"])


def test_from_2026_on_one_type_is_left() -> None:
    ended = {kind for kind in TYPES if defaults_of(kind)[-1][1] == ENDED}
    assert ended == {"PRP", "HIP", "NCP"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"quorum": {}},
        {"quorum": {"percent": "5"}},
        {"quorum": {"percent": "5", "of": "the supply"}},
        {"quorum": {"amount": "-1"}},
        {"quorum": {"percent": "101", "of": "total supply"}},
        {"quorum": "5000000"},
        {"approval_above_percent": 50},
        {"vote_days": 0},
        {"discussion_days": "2"},
        {"minimum_balance": "everybody"},
        {"source": ""},
        {"space": " hbot.eth"},
        {"note": None},
        {"another": "1"},
    ],
)
def test_a_rule_of_votes_that_is_none_does_not_fit(wrong: dict[str, object]) -> None:
    assert is_vote_rule(VOTE)
    assert not is_vote_rule({**VOTE, **wrong})


@pytest.mark.parametrize(
    "wrong",
    [
        {"categories": "CEX"},
        {"categories": [""]},
        {"method": "loud"},
        {"days": None},
        {"threshold": None},
        {"rule": "lottery"},
        {"pot": None},
        {"rule": "none"},
        {"cap": "x"},
        {"places": 0},
        {"tiers": []},
        {"tiers": [{"name": "Gold", "amount": "1"}]},
        {"tiers": [{"name": "Gold", "amount": "1", "places": 0}]},
        {"tiers": ["Gold"]},
        {"source": ""},
        {"note": 1},
        {"another": "1"},
    ],
)
def test_a_rule_of_polls_that_is_none_does_not_fit(wrong: dict[str, object]) -> None:
    assert is_poll_rule(POLL)
    assert not is_poll_rule({**POLL, **wrong})
