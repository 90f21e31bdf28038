"""Proofs of gates: the bytes are kept, the gate stands on them, and nothing else moves."""

import json
from datetime import date
from hashlib import sha256

import pytest

from ledger import parties
from ledger.errors import BadInput, DatabaseRefused, ReferenceReused, Refusal
from ledger.revenue import bounties, bounty_gates, bounty_proofs, github_records
from ledger.revenue.bounty_proofs import FILE, Shown, prove
from ledger.revenue.bounty_states import Gate
from ledger.revenue.bounty_tables import Bounty, BountyGate
from ledger.revenue.proof_tables import BountyProof
from ledger.tables import Evidence
from support.books import Books
from support.bounties import add_bounty
from support.github_server import WEB, Told, issue, opened, pull_request, release

BOUNTY = "bounty-1"


@pytest.fixture
def with_bounty(books: Books) -> Books:
    with books.write() as change:
        add_bounty(change, BOUNTY)
    return books


def shown(books: Books, told: Told) -> Shown:
    raw = json.dumps(told).encode()
    with books.read() as session:
        accepted = bounty_proofs.accepted(session, WEB, books.at.date())
    record = github_records.read(raw, accepted, "saved.json")
    return Shown(record=record, raw=raw, file_name="saved.json", source=FILE)


def pass_by(
    books: Books, told: Told, gate: Gate | None = None, on: date | None = None
) -> tuple[str, bool]:
    found = shown(books, told)
    with books.write() as change:
        bounty = bounties.named(change.session, BOUNTY)
        made, new = prove(change, bounty, found, gate=gate, on=on)
        return made.gate, new


def refused(
    books: Books, kind: type[Refusal], why: str, told: Told, gate: Gate | None = None
) -> None:
    digest = books.digest()
    with pytest.raises(kind, match=why):
        pass_by(books, told, gate)
    assert books.digest() == digest


def test_a_gate_stands_on_the_kept_bytes_and_the_day_that_they_state(with_bounty: Books) -> None:
    raw = json.dumps(pull_request()).encode()
    digest = sha256(raw).hexdigest()

    assert pass_by(with_bounty, pull_request()) == ("merged", True)

    with with_bounty.read() as session:
        gate = session.get_one(BountyGate, (BOUNTY, "merged"))
        url = pull_request()["html_url"]
        assert (gate.on, gate.evidence) == (date(2023, 10, 5), f"{url} (sha256 {digest})")
        assert session.get_one(Evidence, digest).content == raw
        (proof,) = bounty_proofs.proofs(session)
        assert (proof.evidence, proof.url, proof.source) == (digest, url, "file")
        assert proof.fetched_at == with_bounty.at


def test_one_record_shows_several_gates_one_at_a_time(with_bounty: Books) -> None:
    assert pass_by(with_bounty, pull_request()) == ("merged", True)
    assert pass_by(with_bounty, pull_request(), Gate.DELIVERED) == ("delivered", True)
    assert pass_by(with_bounty, release(), Gate.RELEASED, date(2023, 10, 9)) == ("released", True)


def test_the_same_record_again_changes_nothing_whatever_its_texts_say_now(
    with_bounty: Books,
) -> None:
    pass_by(with_bounty, pull_request())
    digest = with_bounty.digest()
    assert pass_by(with_bounty, pull_request()) == ("merged", False)
    again = pull_request(body="Pay 0xdead", title="Another title", comments=99)
    assert pass_by(with_bounty, again) == ("merged", False)
    assert with_bounty.digest() == digest


def test_texts_full_of_addresses_change_nothing_but_the_bytes(with_bounty: Books) -> None:
    with with_bounty.read() as session:
        before = session.get_one(Bounty, BOUNTY)
        kept = (before.amount, before.developer, before.commodity)
    pass_by(
        with_bounty, pull_request(body="0x" + "de" * 20 + " 99999 USDC", title="0x" + "ad" * 20)
    )
    with with_bounty.read() as session:
        after = session.get_one(Bounty, BOUNTY)
        assert (after.amount, after.developer, after.commodity) == kept
        (proof,) = bounty_proofs.proofs(session)
        gate = session.get_one(BountyGate, (BOUNTY, "merged"))
        for sealed in (proof.says, proof.url, gate.evidence):
            assert "dede" not in sealed
            assert "adad" not in sealed
        assert parties.named(session, "Ada", kind="payee").id == kept[1]


@pytest.mark.parametrize(
    ("told", "gate", "why"),
    [
        (opened(), Gate.MERGED, "open for development .* expected what shows the gate merged"),
        (opened(draft=True), None, "a draft for development,"),
        (release(prerelease=True), None, "a prerelease"),
        (pull_request(), Gate.PROPOSAL_PASSED, "expected what shows the gate proposal-passed"),
        (issue(), None, "issue hummingbot/hummingbot#7: closed as completed"),
    ],
)
def test_what_does_not_show_the_gate_is_refused_with_what_it_is(
    with_bounty: Books, told: Told, gate: Gate | None, why: str
) -> None:
    refused(with_bounty, BadInput, why, told, gate)


def test_another_day_than_the_record_states_is_refused(with_bounty: Books) -> None:
    digest = with_bounty.digest()
    with pytest.raises(BadInput, match="2023-10-05, the day that the evidence states"):
        pass_by(with_bounty, pull_request(), on=date(2023, 10, 6))
    assert with_bounty.digest() == digest


def test_a_day_to_come_is_refused(with_bounty: Books) -> None:
    told = release(published_at="2023-11-04T00:00:00Z")
    refused(with_bounty, BadInput, "2023-11-03 or earlier", told)


def test_other_evidence_of_a_passed_gate_is_refused(with_bounty: Books) -> None:
    pass_by(with_bounty, pull_request())
    refused(with_bounty, ReferenceReused, "#12 by @builder", pull_request(number=13))


def test_a_gate_that_a_person_passed_by_hand_is_not_passed_again(with_bounty: Books) -> None:
    with with_bounty.write() as change:
        bounty = bounties.named(change.session, BOUNTY)
        bounty_gates.pass_gate(
            change, bounty, Gate.MERGED, evidence="pull request 12", on=date(2023, 10, 5)
        )
    refused(with_bounty, ReferenceReused, "pull request 12", pull_request())


def test_a_proof_of_another_file_than_the_gates_is_refused_by_the_database(
    with_bounty: Books,
) -> None:
    pass_by(with_bounty, pull_request())
    digest = with_bounty.digest()
    with pytest.raises(DatabaseRefused, match="bounty_proof: bounty-1 did not pass delivered"):  # noqa: SIM117
        with with_bounty.write() as change:
            change.add(
                BountyProof(
                    bounty=BOUNTY,
                    gate="delivered",
                    evidence=sha256(json.dumps(pull_request()).encode()).hexdigest(),
                    url="https://github.com/x",
                    says="x",
                    source="file",
                    fetched_at=change.at,
                )
            )
    assert with_bounty.digest() == digest
