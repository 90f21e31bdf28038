"""Votes decide by the rule of their day; what did not pass authorises nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from ledger.errors import BadInput, DatabaseRefused, UnknownReference
from payouts import distributions, proposals, votes
from payouts.distribution_tables import Proposal
from payouts.vote_rules import Decision, Outcome
from payouts.votes import Choice
from support.books import Books
from support.votes import (
    DAY,
    ONE_LESS,
    OTHERWISE,
    PROPOSAL,
    START,
    apart,
    authorise,
    passed,
    record,
    seen,
)

LATER = datetime(2026, 11, 1, tzinfo=UTC)


def decided(books: Books, proposal: str = PROPOSAL) -> Decision:
    with books.read() as session:
        found = votes.newest(session, proposal)
        assert found is not None
        return votes.decision_of(session, found)


def fix(books: Books, amount: str = "1", tranche: str = "") -> None:
    with books.write() as change:
        proposal = proposals.named(change.session, PROPOSAL)
        distributions.fix_part(change, proposal, "Ada", Decimal(amount), on=DAY, tranche=tranche)


def proposal(proposal_hash: str, amount: str, space: str = "hbot.eth") -> Proposal:
    return Proposal(
        id=f"{space}/{proposal_hash}",
        space=space,
        hash=proposal_hash,
        label="",
        title="",
        passed_on=DAY,
        commodity="HBOT",
        amount=Decimal(amount),
        source="",
    )


def test_a_vote_is_decided_by_its_rule_and_the_database_decides_alike(books: Books) -> None:
    books.at = LATER
    told = list(apart())
    for _, _, each in told:
        record(books, each)
    for name, outcome, each in told:
        assert decided(books, each.proposal).outcome == outcome, name
        with books.read() as session:
            by_database = session.scalar(text("SELECT vote_outcome(:id)"), {"id": each.proposal})
        assert by_database == outcome, name
    assert {outcome for _, outcome, _ in told} == set(Outcome)


def test_a_decision_tells_each_figure_and_its_rule(books: Books) -> None:
    record(books, ONE_LESS)
    found = decided(books)
    assert found.rule_version == "governance-hgp version 7, from 2023-07-18"
    assert (found.quorum, found.quorum_met) == (Decimal(30_000_000), False)
    assert found.told == (
        "quorum_missed. The vote closed on 2023-10-14 12:00 UTC. It was held in hbot.eth; the "
        "rule says hbot.eth. It lasted 7 days; the rule asks for 7 days. 29999999 HBOT voted; the "
        "quorum is 30000000, 10 percent of the circulating supply, 300000000 by a supply report: "
        "missed by 1. 24999999 voted for it and 4000000 against; more than 50 percent of both "
        "are for it"
    )


def test_the_newest_observation_counts_and_none_is_changed(books: Books) -> None:
    books.at = START + timedelta(days=1)
    assert record(books, seen("5", "1", "0", state="active"))
    digest = books.digest()
    assert not record(books, seen("5", "1", "0", state="active"))
    assert books.digest() == digest
    assert decided(books).outcome == Outcome.ACTIVE
    books.at = LATER
    later = seen(amount=None, commodity=None, circulating_supply=None, supply_source="")
    assert record(books, later)
    assert decided(books).has_passed
    with books.read() as session:
        newest = votes.newest(session, PROPOSAL)
        assert newest is not None
        assert (newest.number, newest.amount, newest.kind) == (2, Decimal(700_000), "HGP")
        assert [vote.number for vote in votes.all_of(session)] == [2]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"state": "active"}, "closed, as it was seen before, or later"),
        ({"ends_at": datetime(2023, 11, 4, tzinfo=UTC)}, "an end that has come"),
        ({"ends_at": START}, "an end after its start"),
        ({"supply_source": "", "hash": "0x2"}, "who says what the supply was"),
        ({"commodity": None, "hash": "0x2"}, "an amount and its commodity"),
        ({"amount": Decimal("0.0000000000000000001")}, "amount_invalid"),
        (
            {"choices": (Choice(choice="Ja", counts_as="", score=Decimal(1)),)},
            "choices that are known, and one that counts for it",
        ),
        ({"space": "x.eth", "title": "Bounties"}, "a type that its label or space tells"),
    ],
)
def test_an_observation_that_cannot_be_is_refused(
    books: Books, wrong: dict[str, Any], expected: str
) -> None:
    record(books, seen())
    digest = books.digest()
    with pytest.raises(BadInput, match=expected):
        record(books, seen(**wrong))
    assert books.digest() == digest


def test_a_vote_on_another_commodity_than_is_known_is_refused(books: Books) -> None:
    with pytest.raises(UnknownReference, match="DOGE"):
        record(books, seen(commodity="DOGE"))


def test_a_type_is_told_by_the_label_or_else_by_the_space(books: Books) -> None:
    record(books, seen(title="Epoch 6 bounties"))
    record(books, seen(hash="0x2", title="HIP-23: a connector", space="hbot-ip.eth"))
    with books.read() as session:
        found = {vote.hash: (vote.kind, vote.label) for vote in votes.all_of(session)}
    assert found == {"0xabc1": ("HGP", ""), "0x2": ("HIP", "HIP-23")}


@pytest.mark.parametrize(
    "name", [name for name, (outcome, _) in OTHERWISE.items() if outcome != "passed"]
)
def test_what_did_not_pass_authorises_nothing(books: Books, name: str) -> None:
    books.at = LATER
    outcome, wanted = OTHERWISE[name]
    record(books, wanted)
    digest = books.digest()
    with pytest.raises(BadInput, match=f"proposal_invalid: .* {outcome}"), books.write() as change:
        proposals.add(
            change,
            space=wanted.space,
            proposal_hash=wanted.hash,
            label="HGP-45",
            title="t",
            passed_on=DAY,
            amount=Decimal(700_000),
        )
    with pytest.raises(DatabaseRefused, match=f"vote: .* is {outcome}"), books.write() as change:
        change.add(proposal(wanted.hash, "700000", wanted.space))
    assert books.digest() == digest


def test_a_proposal_authorises_what_its_vote_was_on(books: Books) -> None:
    record(books, seen())
    digest = books.digest()
    with pytest.raises(BadInput, match="what its vote was on, 700000 HBOT"):
        authorise(books, amount="700001")
    with pytest.raises(DatabaseRefused, match=r"vote: .* asked for 700000 HBOT, not for 1 HBOT"):  # noqa: SIM117
        with books.write() as change:
            change.add(proposal("0xabc1", "1"))
    assert books.digest() == digest
    authorise(books)
    fix(books)


def test_what_passed_by_its_source_authorises_until_a_vote_says_otherwise(books: Books) -> None:
    authorise(books)
    fix(books)
    record(books, ONE_LESS)
    digest = books.digest()
    with pytest.raises(BadInput, match="quorum_missed"):
        fix(books, "2", tranche="2")
    assert books.digest() == digest


def test_a_correction_of_a_closed_vote_is_another_observation(books: Books) -> None:
    passed(books)
    record(books, replace(seen(), choices=ONE_LESS.choices))
    digest = books.digest()
    with pytest.raises(BadInput, match="missed by 1"):
        fix(books)
    assert books.digest() == digest
