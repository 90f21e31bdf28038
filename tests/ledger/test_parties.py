import pytest

from ledger import parties
from ledger.errors import ReferenceReused, UnknownReference
from ledger.parties import slug
from support.books import Books


def add(
    books: Books, name: str, *aliases: str, kind: str = "exchange", source: str = ""
) -> tuple[str, bool]:
    """Add a party; return its id, and whether anything is new."""
    with books.write() as change:
        party, new = parties.add(change, name=name, kind=kind, aliases=aliases, source=source)
        return party.id, new


def found(books: Books, name: str) -> str | None:
    with books.read() as session:
        party = parties.find(session, name)
        return party.id if party else None


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("Gate.io", "gate-io"),
        ("Examplex (made up)", "examplex-made-up"),
        ("  A & B  ", "a-b"),
        ("1inch", "1inch"),
    ],
)
def test_an_id_is_made_of_the_name(name: str, identity: str) -> None:
    assert slug(name) == identity


def test_a_party_is_found_by_id_name_or_alias_in_any_case(books: Books) -> None:
    assert add(books, "Gate.io", "Gate", "GT Exchange") == ("gate-io", True)
    for name in ("gate-io", "Gate.io", "GATE.IO", "gate", "gt exchange"):
        assert found(books, name) == "gate-io"
    assert found(books, "Gate ") is None
    with books.read() as session:
        assert parties.named(session, "GATE").name == "Gate.io"
        with pytest.raises(UnknownReference, match="No exchange is named 'Nobody'"):
            parties.named(session, "Nobody", kind="exchange")


def test_the_same_party_again_changes_nothing_and_a_new_alias_is_added(books: Books) -> None:
    add(books, "Gate.io", "Gate")
    digest = books.digest()
    assert add(books, "Gate.io", "GATE") == ("gate-io", False)
    assert books.digest() == digest
    assert add(books, "Gate.io", "GT") == ("gate-io", True)
    assert found(books, "gt") == "gate-io"


@pytest.mark.parametrize(
    ("name", "kind", "match"),
    [
        ("Gate.io", "payee", "it is the exchange 'Gate.io'"),
        ("gate io", "exchange", "it is the exchange 'Gate.io'"),
        ("Gate", "exchange", "it stands for 'gate-io'"),
        ("Other", "exchange", "it stands for 'gate-io'"),
    ],
)
def test_an_id_or_alias_of_another_is_refused(
    books: Books, name: str, kind: str, match: str
) -> None:
    add(books, "Gate.io", "Gate")
    digest = books.digest()
    with pytest.raises(ReferenceReused, match=match):
        add(books, name, "GATE", kind=kind)
    assert books.digest() == digest


def test_parties_of_a_kind_come_by_id(books: Books) -> None:
    for name in ("Zeta", "Alpha"):
        add(books, name)
    add(books, "Ada", kind="payee")
    with books.read() as session:
        assert [each.id for each in parties.all_of(session, "exchange")] == ["alpha", "zeta"]
        assert [each.id for each in parties.all_of(session, "payee")] == ["ada"]
