"""`payout propose`: exported parts are told to a service, once, by a delegate, and recorded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eth_account import Account

from feeshare import safe_service
from feeshare.settings import Settings
from ledger.errors import BadInput
from payouts import part_proposals
from payouts.errors import BatchChanged
from payouts.rails import safe_tx
from support import safe_oracles
from support.books import Books
from support.command_line import Answer, feeshare
from support.payout_endings import wire_batch
from support.payouts import approve, exported_batch, freeze, furnish, usual_debts
from support.safe_service import SafeServiceServer
from support.safe_service import safe_service as running

KEY = "0x" + "d1" * 32
DELEGATE = Account.from_key(KEY).address


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SafeServiceServer]:
    """Give a service that knows our delegate, and settings that name both."""
    file = tmp_path / "delegate.key"
    file.write_text(f"{KEY}\n")
    file.chmod(0o600)
    with running(DELEGATE) as served:
        monkeypatch.setenv("FEESHARE_SAFE_SERVICES", f'{{"ethereum": "{served.url}/"}}')
        monkeypatch.setenv("FEESHARE_SAFE_DELEGATE_KEY", str(file))
        yield served


def refused(books: Books, batch: str, status: int, code: str) -> Answer:
    """Try to propose a batch, and require that it is refused and nothing is written."""
    digest = books.digest()
    said = feeshare(books, "payout", "propose", batch)
    assert (said.status, said.err.split(":")[0]) == (status, code), said
    assert books.digest() == digest
    return said


def test_what_was_exported_is_proposed_once_with_the_hash_that_others_reckon(
    books: Books, service: SafeServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEESHARE_SAFE_SERVICE_KEY", "let-us-in")
    batch = exported_batch(books)
    with books.read() as session:
        [part] = part_proposals.proposable(session, batch.id)
    hashed = part.tx.safe_tx_hash()
    said = feeshare(books, "payout", "propose", batch.id)
    assert said.status == 0, said
    assert f"{batch.id}, part 1: proposed at 127.0.0.1" in said.err
    assert list(service.known) == [hashed] == safe_oracles.proposed_hashes(service.posts)
    assert service.posts[0]["sender"] == DELEGATE
    assert service.keys == ["Bearer let-us-in"]
    digest = books.digest()
    again = feeshare(books, "payout", "propose", batch.id)
    assert (again.status, "already there" in again.err, len(service.posts)) == (0, True, 1)
    assert books.digest() == digest
    controls = feeshare(books, "report", "controls", "--csv").out
    assert [line for line in controls.splitlines() if "propose,part" in line and hashed in line]


def test_a_telling_whose_record_was_lost_is_recorded_by_the_next(
    books: Books, service: SafeServiceServer
) -> None:
    batch = exported_batch(books)
    feeshare(books, "payout", "propose", batch.id)
    [body] = service.posts
    service.refusing = 422
    service.known.clear()
    refused(books, batch.id, 5, "proposal_refused")
    service.known[body["contractTransactionHash"]] = body
    assert feeshare(books, "payout", "propose", batch.id).status == 0


def test_a_service_that_has_something_else_under_the_hash_is_not_believed(
    books: Books, service: SafeServiceServer
) -> None:
    batch = exported_batch(books)
    feeshare(books, "payout", "propose", batch.id)
    [body] = service.posts
    service.known[body["contractTransactionHash"]] = {**body, "nonce": "8"}
    said = refused(books, batch.id, 5, "proposal_refused")
    assert "something else under this hash" in said.err


@pytest.mark.parametrize("status", [401, 429, 503])
def test_a_service_that_lets_nobody_in_is_unavailable(
    books: Books, service: SafeServiceServer, status: int
) -> None:
    service.refusing = status
    refused(books, exported_batch(books).id, 6, "safe_service_unavailable")


def test_a_service_that_is_not_there_is_unavailable(
    books: Books, service: SafeServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEESHARE_SAFE_SERVICES", '{"ethereum": "http://127.0.0.1:9"}')
    refused(books, exported_batch(books).id, 6, "safe_service_unavailable")
    assert service.posts == []


def test_only_an_exported_batch_of_a_safe_is_proposed(
    books: Books, service: SafeServiceServer
) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    refused(books, batch.id, 5, "batch_state")
    assert service.posts == []


def test_a_wire_is_not_proposed(books: Books, service: SafeServiceServer) -> None:
    refused(books, wire_batch(books).id, 2, "bad_input")
    assert service.posts == []


def test_a_part_that_hashes_to_something_else_is_not_proposed(
    books: Books, service: SafeServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = exported_batch(books)
    monkeypatch.setattr(safe_tx, "SAFE_TX_TYPE", safe_tx.SAFE_TX_TYPE.replace("baseGas", "gas"))
    with books.read() as session, pytest.raises(BatchChanged):
        part_proposals.proposable(session, batch.id)
    assert service.posts == []


def test_the_database_takes_no_proposal_of_another_hash(books: Books) -> None:
    batch = exported_batch(books)
    digest = books.digest()
    with pytest.raises(psycopg.Error, match="proposal: 0xbad is not"), books.sql() as sql:
        sql.execute(
            "INSERT INTO part_proposals (batch, part, transaction_hash, service, delegate, "
            "proposed_by, change_no) SELECT %s, 1, '0xbad', 's', 'd', 'treasurer', 1 + max(number)"
            " FROM changes",
            (batch.id,),
        )
    assert books.digest() == digest


def test_nothing_is_proposed_unless_service_and_delegate_are_set(
    books: Books, service: SafeServiceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = exported_batch(books)
    monkeypatch.delenv("FEESHARE_SAFE_DELEGATE_KEY")
    assert "a delegate's key" in refused(books, batch.id, 5, "safe_service_not_set").err
    monkeypatch.delenv("FEESHARE_SAFE_SERVICES")
    assert "for ethereum" in refused(books, batch.id, 5, "safe_service_not_set").err
    assert service.posts == []


@pytest.mark.parametrize(
    ("text", "mode", "code"),
    [(KEY, 0o640, "key_exposed"), (KEY, 0o604, "key_exposed"), ("0x12", 0o600, "key_invalid")],
)
def test_a_key_that_others_may_read_or_that_is_none_is_refused(
    tmp_path: Path, text: str, mode: int, code: str
) -> None:
    file = tmp_path / "delegate.key"
    file.write_text(text)
    file.chmod(mode)
    with pytest.raises(BadInput) as refusal:
        safe_service.delegate_in(file)
    assert [each.code for each in refusal.value.problems] == [code]
    assert text not in str(refusal.value)


def test_a_key_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="key_missing"):
        safe_service.delegate_in(tmp_path / "none")


@pytest.mark.parametrize(
    "services",
    [{"ethereum": "http://service.example"}, {"mars": "https://service.example"}, "no json"],
)
def test_a_service_is_asked_over_https_alone_and_of_chains_that_are_known(
    services: Any,  # noqa: ANN401 - what a person may have written
) -> None:
    with pytest.raises(ValueError, match="safe_services"):
        Settings.model_validate({"safe_services": services})
