from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import URL

from feeshare import clock
from feeshare.doctor import Finding, findings
from feeshare.settings import Settings
from support.books import Books
from support.crashes import server
from support.databases import owner_dsn

GIGABYTE = 1_000_000_000


@dataclass(frozen=True)
class Disk:
    free: int = 10 * GIGABYTE


def settings_of(service: URL, owner: URL) -> Settings:
    return Settings(
        database_url=SecretStr(service.render_as_string(hide_password=False)),
        database_owner_url=SecretStr(owner.render_as_string(hide_password=False)),
    )


def looked_at(settings: Settings, disk: Disk | None = None) -> dict[str, Finding]:
    return {each.check: each for each in findings(settings, disk or Disk())}


@pytest.fixture
def settings(books: Books) -> Settings:
    return settings_of(books.engine.url, books.owner)


def test_a_good_installation_is_well_everywhere(books: Books, settings: Settings) -> None:
    found = looked_at(settings)
    assert list(found) == [
        "settings",
        "database_url",
        "schema",
        "role",
        "head",
        "durability",
        "clocks",
        "disk",
    ]
    # The server of tests does not wait for its disk.
    assert found.pop("durability").state == "wrong"
    assert {each.state for each in found.values()} == {"well"}
    assert {each.mend for each in found.values()} == {""}
    with books.sql() as connection:
        row = connection.execute("SELECT number, encode(hash, 'hex') FROM changes").fetchone()
    assert row is not None
    assert found["head"].detail == f"change {row[0]}, {row[1]}"


def test_the_embedded_server_keeps_what_it_acknowledges_unless_told_otherwise() -> None:
    with server() as at:
        settings = settings_of(at.service, at.owner)
        assert looked_at(settings)["durability"].state == "well"
        with psycopg.connect(owner_dsn(at.owner, "feeshare"), autocommit=True) as connection:
            connection.execute("ALTER DATABASE feeshare SET synchronous_commit = off")
        found = looked_at(settings)["durability"]
    assert (found.state, found.detail) == ("wrong", "synchronous_commit off")
    assert "loses what was acknowledged" in found.mend


def test_a_password_is_not_shown(books: Books) -> None:
    settings = settings_of(books.engine.url.set(password="hunter2"), books.owner)
    assert all("hunter2" not in each.detail for each in findings(settings, Disk()))


def test_a_role_that_owns_the_tables_is_wrong(books: Books) -> None:
    role = looked_at(settings_of(books.owner, books.owner))["role"]
    assert (role.state, "keep the owner for init" in role.mend) == ("wrong", True)


def test_a_database_without_books_is_wrong_and_says_what_to_run(books: Books) -> None:
    empty = books.owner.set(database="postgres")
    found = looked_at(settings_of(empty, empty))
    assert (found["schema"].state, found["schema"].mend) == ("wrong", "feeshare init")
    assert found["schema"].detail.startswith("at nothing, newest is 0")
    assert "role" not in found
    assert found["disk"].state == "well"


def test_a_database_that_does_not_answer_is_one_finding_among_the_others(books: Books) -> None:
    nowhere = books.owner.set(database="nowhere")
    found = looked_at(settings_of(nowhere, nowhere))
    assert (found["database"].state, "Start the server" in found["database"].mend) == (
        "wrong",
        True,
    )
    assert "\n" not in found["database"].detail
    assert found["disk"].state == "well"


def test_a_url_that_is_none_is_a_finding_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr("hunter2"))
    found = looked_at(settings)["database"]
    assert (found.state, "hunter2" in found.detail) == ("wrong", False)


@pytest.mark.parametrize(("free", "state"), [(GIGABYTE - 1, "wrong"), (GIGABYTE, "well")])
def test_a_disk_that_is_nearly_full_is_wrong(settings: Settings, free: int, state: str) -> None:
    assert looked_at(settings, Disk(free))["disk"].state == state


@pytest.mark.parametrize(("seconds", "state"), [(30, "well"), (-30, "well"), (3600, "wrong")])
def test_clocks_that_are_apart_are_wrong(settings: Settings, seconds: int, state: str) -> None:
    moved = clock.now() + timedelta(seconds=seconds)
    with patch.object(clock, "now", lambda: moved):
        found = looked_at(settings)["clocks"]
    assert (found.state, bool(found.mend)) == (state, state == "wrong")


def test_a_fixed_clock_is_told(settings: Settings) -> None:
    at = datetime(2023, 11, 3, 9, tzinfo=UTC).isoformat()
    found = looked_at(settings.model_copy(update={"clock": at}))
    assert found["clock"].detail == f"fixed at {at}"
