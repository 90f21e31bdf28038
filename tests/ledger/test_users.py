from datetime import date

import pytest

from ledger import policies
from ledger.errors import BadInput, Denied, ReferenceReused, UnknownReference
from ledger.users import (
    SelfConfirmation,
    add,
    confirm_key,
    confirmed_keys,
    enrol_key,
    named,
    refuse_roles,
)
from support.books import Books

KEY = "AB" * 32


@pytest.fixture
def people(books: Books) -> Books:
    with books.write("maker") as change:
        assert add(change, "alice", "approver")
        assert add(change, "bob", "treasurer")
        assert enrol_key(change, "alice", f" {KEY} ")
    return books


def test_a_person_is_added_once(people: Books) -> None:
    with people.write() as change:
        assert not add(change, "alice", "approver")
        assert named(change.session, "alice").role == "approver"
    with pytest.raises(ReferenceReused), people.write() as change:
        add(change, "alice", "auditor")
    with pytest.raises(BadInput, match="role_unknown"), people.write() as change:
        add(change, "carol", "king")
    with people.read() as session, pytest.raises(UnknownReference):
        named(session, "nobody")


def test_a_key_counts_once_another_person_confirms_it(people: Books) -> None:
    with people.read() as session:
        assert confirmed_keys(session, "alice") == []
    with pytest.raises(Denied, match="another person"), people.write("maker") as change:
        confirm_key(change, KEY)
    with people.write("checker") as change:
        confirm_key(change, KEY)
    with people.read() as session:
        assert confirmed_keys(session, "alice") == [KEY.lower()]
    digest = people.digest()
    with people.write("third") as change:
        assert confirm_key(change, KEY) is False
    assert people.digest() == digest


def test_a_key_is_one_persons(people: Books) -> None:
    with people.write() as change:
        assert not enrol_key(change, "alice", KEY)
    with pytest.raises(ReferenceReused, match="alice"), people.write() as change:
        enrol_key(change, "bob", KEY)


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "ab" * 33])
def test_what_is_no_key_is_refused(people: Books, key: str) -> None:
    with pytest.raises(BadInput, match="key_invalid"), people.write() as change:
        enrol_key(change, "alice", key)


def test_an_unknown_key_is_refused(people: Books) -> None:
    with pytest.raises(UnknownReference), people.write() as change:
        confirm_key(change, "cd" * 32)


def test_a_role_that_only_reads_does_nothing_else(people: Books) -> None:
    with people.write() as change:
        add(change, "ann", "auditor")
        with pytest.raises(Denied, match="ann is auditor and does not freeze a batch"):
            refuse_roles(change.session, "ann", "freeze a batch")
        refuse_roles(change.session, "nobody", "freeze a batch")


@pytest.mark.parametrize("role", ["auditor", "maintainer"])
def test_who_only_reads_is_nobodys_second_person(people: Books, role: str) -> None:
    with people.write("maker") as change:
        add(change, "ann", role)
        policies.propose(
            change, "renewal-price", "2500", effective_from=date(2023, 10, 1), reason="r"
        )
    digest = people.digest()
    refused = f"ann is {role} and does not stand for what others ask for"
    with pytest.raises(Denied, match=refused), people.write("ann") as change:
        policies.confirm(change, "renewal-price", 2)
    with (
        pytest.raises(SelfConfirmation, match="proposed this policy"),
        people.write("maker") as change,
    ):
        policies.confirm(change, "renewal-price", 2)
    assert people.digest() == digest
    with people.write("bob") as change:
        assert policies.confirm(change, "renewal-price", 2)[1]


def test_a_wallet_is_a_key_too(people: Books) -> None:
    wallet = "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"
    with people.write() as change:
        add(change, "wanda", "approver")
        assert enrol_key(change, "wanda", wallet)
        assert not enrol_key(change, "wanda", wallet)
