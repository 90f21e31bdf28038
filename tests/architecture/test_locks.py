"""The lock: what is installed is what was locked, byte for byte."""

import re
import tomllib

import pytest

from architecture.source import ROOT

LOCKS = {
    "requirements.lock": "dev",
    "oracles.lock": "oracles",
    "comparisons.lock": "comparisons",
}

REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; .+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def lock_lines(lock: str) -> list[str]:
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def locked(lock: str) -> dict[str, int]:
    """Return how many hashes each locked requirement has."""
    found: dict[str, int] = {}
    name = ""
    for line in lock_lines(lock):
        if start := REQUIREMENT.match(line):
            name = start[1]
            found[name] = 0
        else:
            assert HASH.match(line), f"neither a pinned requirement nor a hash: {line}"
            found[name] += 1
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_and_has_hashes(lock: str) -> None:
    requirements = locked(lock)
    assert requirements
    assert [name for name, hashes in requirements.items() if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_requirement_comes_from_an_address(lock: str) -> None:
    lines = lock_lines(lock)
    assert [line for line in lines if "://" in line or " @ " in line] == []
    assert [line for line in lines if line.startswith("-")] == []


@pytest.mark.parametrize(("lock", "group"), LOCKS.items())
def test_everything_that_the_project_asks_for_is_locked(lock: str, group: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = list(project["dependency-groups"][group])
    if group == "dev":
        wanted += project["project"]["dependencies"]
    names = {re.split(r"[\[<>=~! ;]", requirement)[0].lower() for requirement in wanted}
    assert sorted(names - set(locked(lock))) == []


def test_what_tests_only_run_as_a_program_is_never_installed_beside_the_service() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    oracles = {re.split("[<>=~! ;]", each)[0] for each in project["dependency-groups"]["oracles"]}
    assert oracles
    assert oracles & set(locked("requirements.lock")) == set()
