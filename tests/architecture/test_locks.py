"""The lock: what is installed is what was locked, byte for byte."""

import re
import tomllib

from architecture.source import ROOT

REQUIREMENT = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)(?: ; .+?)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def lock_lines() -> list[str]:
    lines = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def locked() -> dict[str, int]:
    """Return how many hashes each locked requirement has."""
    found: dict[str, int] = {}
    name = ""
    for line in lock_lines():
        if start := REQUIREMENT.match(line):
            name = start[1]
            found[name] = 0
        else:
            assert HASH.match(line), f"neither a pinned requirement nor a hash: {line}"
            found[name] += 1
    return found


def test_every_requirement_is_pinned_and_has_hashes() -> None:
    requirements = locked()
    assert requirements
    assert [name for name, hashes in requirements.items() if not hashes] == []


def test_no_requirement_comes_from_an_address() -> None:
    assert [line for line in lock_lines() if "://" in line or " @ " in line] == []
    assert [line for line in lock_lines() if line.startswith("-")] == []


def test_everything_that_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.split(r"[\[<>=~! ;]", requirement)[0].lower() for requirement in wanted}
    assert sorted(names - set(locked())) == []
