"""Approvals: other people's signatures over the content hash, in Python and in the database."""

import psycopg
import pytest

from ledger import users
from ledger.errors import BadInput, Denied, UnknownReference
from payouts import approvals
from payouts.approvals import is_signed, message, sign
from payouts.batches import Frozen, State
from payouts.errors import BatchChanged, BatchState, SelfApproval, SignatureInvalid
from support.books import Books
from support.payouts import (
    approve,
    cancel,
    freeze,
    furnish,
    owe,
    pem_of,
    private_key,
    public_key,
    usual_debts,
)


def frozen(books: Books) -> Frozen:
    furnish(books)
    usual_debts(books)
    return freeze(books)


def approved_by(
    books: Books, batch: Frozen, name: str, *, content_hash: str = "", key: str = ""
) -> approvals.Approved:
    hashed = content_hash or batch.content_hash
    with books.write(name) as change:
        return approvals.approve(change, batch.id, hashed, sign(hashed, pem_of(key or name)))


def by_hand(
    books: Books, batch: Frozen, name: str, *, content_hash: str = "", key: str = ""
) -> str:
    """Insert an approval as the service's role, which has to be refused; return why."""
    digest = books.digest()
    with pytest.raises(psycopg.Error) as said, books.sql() as sql:
        sql.execute(
            "INSERT INTO approvals (change_no, batch, approver, public_key, content_hash,"
            " signature) SELECT max(number) + 1, %s, %s, %s, %s, 'forged' FROM changes",
            [batch.id, name, public_key(key or name), content_hash or batch.content_hash],
        )
    assert books.digest() == digest
    return str(said.value)


def test_a_signature_binds_to_the_hash_the_key_and_the_purpose() -> None:
    hashed = "ab" * 32
    signature = sign(hashed, pem_of("carol"))
    assert is_signed(hashed, public_key("carol"), signature)
    assert not is_signed("cd" * 32, public_key("carol"), signature)
    assert not is_signed(hashed, public_key("dave"), signature)
    bare = private_key("carol").sign(hashed.encode()).hex()
    assert not is_signed(hashed, public_key("carol"), bare)
    assert not is_signed(hashed, public_key("carol"), "not hex")
    assert message(hashed) == b"feeshare-approval-1\n" + hashed.encode()


def test_what_is_no_private_key_is_refused() -> None:
    with pytest.raises(BadInput, match="key_invalid"):
        sign("ab" * 32, b"nothing")


def test_an_approval_completes_a_small_batch_and_again_changes_nothing(books: Books) -> None:
    batch = frozen(books)
    done = approved_by(books, batch, "carol")
    assert (done.approvals, done.checkers, done.state, done.new) == (1, 1, State.APPROVED, True)
    digest = books.digest()
    assert not approved_by(books, batch, "carol").new
    assert books.digest() == digest
    with pytest.raises(BatchState, match="approved: it cannot approve"):
        approved_by(books, batch, "dave")


def test_a_large_batch_waits_for_two_people(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        owe(change, "share:b2", "bob", "4579.5")
    batch = freeze(books)
    assert batch.checkers == 2
    assert approved_by(books, batch, "carol").state is State.FROZEN
    assert approved_by(books, batch, "dave").state is State.APPROVED


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("treasurer", "made the batch"),
        ("alice", "is paid by the batch"),
        ("erin", "set the destination"),
    ],
)
def test_who_has_a_part_in_a_batch_does_not_approve_it(books: Books, name: str, why: str) -> None:
    batch = frozen(books)
    digest = books.digest()
    with pytest.raises(SelfApproval, match=why):
        approved_by(books, batch, name)
    assert books.digest() == digest
    assert "segregation" in by_hand(books, batch, name)


def test_another_role_or_nobody_does_not_approve(books: Books) -> None:
    batch = frozen(books)
    with pytest.raises(Denied, match="auditor is auditor"):
        approved_by(books, batch, "auditor")
    assert "no role" in by_hand(books, batch, "auditor")
    with pytest.raises(UnknownReference):
        approved_by(books, batch, "mallory")
    assert "no role" in by_hand(books, batch, "mallory")


def test_a_hash_that_is_not_the_batchs_is_refused(books: Books) -> None:
    batch = frozen(books)
    with pytest.raises(BatchChanged):
        approved_by(books, batch, "carol", content_hash="ab" * 32)
    assert "not the content hash" in by_hand(books, batch, "carol", content_hash="ab" * 32)


def test_a_key_that_is_anothers_or_not_confirmed_does_not_count(books: Books) -> None:
    batch = frozen(books)
    with pytest.raises(SignatureInvalid):
        approved_by(books, batch, "carol", key="dave")
    assert "confirmed one of carol" in by_hand(books, batch, "carol", key="dave")
    with books.write() as change:
        users.enrol_key(change, "carol", public_key("carol's second"))
    with pytest.raises(SignatureInvalid):
        approved_by(books, batch, "carol", key="carol's second")
    assert "confirmed one of carol" in by_hand(books, batch, "carol", key="carol's second")


def test_the_database_refuses_a_second_approval_and_one_of_a_batch_that_is_over(
    books: Books,
) -> None:
    furnish(books)
    usual_debts(books)
    with books.write() as change:
        owe(change, "share:b2", "bob", "5000")
    batch = freeze(books)
    approve(books, batch, "carol")
    assert "approvals_pkey" in by_hand(books, batch, "carol")
    cancel(books, batch)
    assert "cancelled, not frozen" in by_hand(books, batch, "dave")


def test_the_database_refuses_a_quorum_that_is_not_there(books: Books) -> None:
    batch = frozen(books)
    with pytest.raises(psycopg.Error, match="needs 1 approvals"), books.sql() as sql:
        sql.execute(
            "INSERT INTO batch_events (change_no, batch, number, action, state, actor, reason)"
            " SELECT max(number) + 1, %s, 1, 'approve', 'approved', 'x', 'x' FROM changes",
            [batch.id],
        )
