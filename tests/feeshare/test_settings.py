import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from feeshare.settings import Settings, read_settings
from ledger.errors import BadInput

SECRET = "hunter2"
URL = f"postgresql://app:{SECRET}@db/books"


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work in an empty folder and with none of the service's variables."""
    monkeypatch.chdir(tmp_path)
    kept = {name: value for name, value in os.environ.items() if "FEESHARE_" not in name}
    with patch.dict(os.environ, kept, clear=True):
        yield


def toml(text: str) -> None:
    Path("feeshare.toml").write_text(text)


def refusal() -> BadInput:
    with pytest.raises(BadInput) as refused:
        read_settings()
    return refused.value


def test_nothing_set_is_the_embedded_database_under_a_hidden_folder() -> None:
    settings = read_settings()
    assert settings == Settings(
        home=Path(".feeshare"),
        database_url=None,
        database_owner_url=None,
        actor=None,
        mappings=Path("mappings"),
        clock=None,
    )


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    toml(f'actor = "file"\nmappings = "formats"\ndatabase_url = "{URL}"\n')
    monkeypatch.setenv("FEESHARE_ACTOR", "environment")
    settings = read_settings()
    assert (settings.actor, settings.mappings) == ("environment", Path("formats"))
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == URL


def test_secrets_do_not_show() -> None:
    toml(f'database_url = "{URL}"\ndatabase_owner_url = "{URL}"\n')
    settings = read_settings()
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in shown
        assert "**********" in shown


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().actor = "another"


def test_every_wrong_setting_is_told_at_once() -> None:
    toml("actor = 5\nclock = 2023-11-03T09:00:00Z\nhme = 'x'\nhome = 7\n")
    found = {problem.place: problem.value for problem in refusal().problems}
    assert set(found) == {"FEESHARE_ACTOR", "FEESHARE_CLOCK", "FEESHARE_HME", "FEESHARE_HOME"}
    assert found["FEESHARE_ACTOR"] == "5"


@pytest.mark.parametrize("text", [f'databse_url = "{URL}"', f'database_url = ["{URL}"]'])
def test_a_refused_setting_that_may_be_secret_is_not_repeated(text: str) -> None:
    toml(text)
    refused = refusal()
    assert SECRET not in str(refused)
    assert refused.problems[0].code == "config_invalid"


def test_a_file_that_is_no_toml_is_refused() -> None:
    toml("actor = \n")
    (problem,) = refusal().problems
    assert (problem.code, problem.place) == ("config_invalid", "feeshare.toml")
