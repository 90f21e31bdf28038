import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import UnknownReference
from ledger.revenue import pseudonyms
from ledger.revenue.pseudonyms import WITHHELD, Hider, pseudonym
from ledger.revenue.staging_tables import PersonalFile, PseudonymKey
from ledger.tables import Evidence
from support.books import Books
from support.fee_shares import MAPPING, agree, open_exchange
from support.staged import stage_rows
from support.statement_rows import row

HEADER = ("Venue", "User", "Share")


@pytest.fixture
def exchange(books: Books) -> Books:
    open_exchange(books)
    return books


def keep(books: Books, stream: str, period: str = "2023-10") -> str:
    """Stage a month of Gate from a file with user ids; return the evidence."""
    with books.write() as change:
        secret = pseudonyms.secret_of(change.session, "Gate")
        copy = f"{period},{pseudonym(secret.key, 'u1')}".encode()
        rows = [row(2, "10", stream=stream, period=period)]
        (staged,) = stage_rows(change, MAPPING, rows, file=copy)
        digest = staged.statement.evidence
        for _ in range(2):
            pseudonyms.keep(
                change, [secret], evidence=digest, file_name="users.csv", content=b"u1,10"
            )
        return digest


def test_a_pseudonym_is_the_same_under_a_secret_and_another_under_another() -> None:
    one = pseudonym(bytes(32), "u1")
    assert one == pseudonym(bytes(32), "u1")
    assert len({one, pseudonym(bytes(32), "u2"), pseudonym(b"x" * 32, "u1")}) == 3
    assert one.startswith("user-")
    assert "u1" not in one.removeprefix("user-")


def hider(session: Session, *, exchange: str = "Gate", named: bool = True) -> Hider:
    return Hider(session, HEADER, user="User", exchange=exchange, named=named)


def test_the_users_cell_alone_is_hidden(exchange: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pseudonyms, "USERS_KEPT", 1)
    with exchange.read() as session:
        hide = hider(session)
        found = [hide(("a", user, "b")) for user in ("u1", "u2", "u2", "u1")]
        (secret,) = hide.secrets
    assert found == [("a", pseudonym(secret.key, user), "b") for user in ("u1", "u2", "u2", "u1")]


def test_of_a_row_of_another_shape_nothing_is_kept(exchange: Books) -> None:
    with exchange.read() as session:
        assert hider(session)(("a", "u1")) == (WITHHELD,)


def test_each_exchange_of_a_file_has_a_secret_of_its_own(exchange: Books) -> None:
    with exchange.read() as session:
        hide = hider(session, exchange="Venue", named=False)
        first, second = (hide((venue, "u1", "1"))[1] for venue in ("Gate", "Nobody"))
        assert [secret.exchange for secret in hide.secrets] == ["gate", None]
    assert first != second


def test_an_exchange_keeps_its_secret_and_one_that_is_not_known_has_none(
    exchange: Books,
) -> None:
    keep(exchange, agree(exchange, {"Ada": "1"}))
    with exchange.write() as change:
        used = [pseudonyms.secret_of(change.session, name) for name in ("Gate", "Nobody")]
        digest = change.session.scalars(select(Evidence.sha256)).one()
        pseudonyms.keep(change, used, evidence=digest, file_name="f", content=b"")
    with exchange.read() as session:
        first, second = (pseudonyms.secret_of(session, "Gate") for _ in range(2))
        assert first == second == used[0]
        assert session.scalar(select(func.count()).select_from(PseudonymKey)) == 1


def test_what_is_erased_is_gone_and_the_erasure_stays(exchange: Books) -> None:
    digest = keep(exchange, agree(exchange, {"Ada": "1"}))
    with exchange.read() as session:
        assert pseudonyms.kept(session) == [(digest, "gate", "users.csv")]
    with exchange.write() as change:
        assert pseudonyms.erase(change, "Gate", reason="the exchange asked") == ["users.csv"]
    with exchange.read() as session:
        assert pseudonyms.kept(session) == []
        assert session.scalar(select(func.count()).select_from(PersonalFile)) == 0
        assert session.scalar(select(func.count()).select_from(PseudonymKey)) == 0
        ((erasure, _),) = pseudonyms.erased(session)
        assert (erasure.evidence, erasure.reason) == (digest, "the exchange asked")


def test_what_comes_after_an_erasure_has_other_pseudonyms_and_is_erased_by_itself(
    exchange: Books,
) -> None:
    stream = agree(exchange, {"Ada": "1"})
    digests = []
    for period in ("2023-09", "2023-10"):
        digests.append(keep(exchange, stream, period))
        with exchange.write() as change:
            assert pseudonyms.erase(change, "Gate", reason=period) == ["users.csv"]
    with exchange.read() as session:
        assert [each.evidence for each, _ in pseudonyms.erased(session)] == digests
        texts = {file.content.partition(b",")[2] for file in session.scalars(select(Evidence))}
    assert len(texts) == 2


def test_where_nothing_is_kept_nothing_is_erased(exchange: Books) -> None:
    digest = exchange.digest()
    with (
        pytest.raises(UnknownReference, match="file with user ids"),
        exchange.write() as change,
    ):
        pseudonyms.erase(change, "Gate", reason="r")
    assert exchange.digest() == digest
