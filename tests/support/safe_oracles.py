"""Others who reckon what a Safe signs: safe-eth-py, and JavaScript for the builder's checksum."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from support.beancount import PROGRAMS
from support.nodes import HERE, modules, node_program

READER = Path(__file__).with_name("safe_eth_reader.py")


def require() -> None:
    """Skip a test where there is no safe-eth-py, loudly; on the project's machines, fail it."""
    if any(PROGRAMS.parent.glob("lib/python*/site-packages/safe_eth")):
        return
    why = "NO SAFE-ETH-PY ON THIS MACHINE: hashes were not held against another reckoning"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{why}. Install it: make .venv-oracles/installed")
    pytest.skip(why)


def hashes(files: Sequence[tuple[dict[str, Any], int]]) -> list[dict[str, str]]:
    """Return the hashes that safe-eth-py gives Transaction Builder files, each at its nonce."""
    return _reckoned([{"file": file, "nonce": nonce} for file, nonce in files])


def proposed_hashes(bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Return the hashes that safe-eth-py gives what was proposed on Ethereum."""
    return [each["safeTxHash"] for each in _reckoned([{"proposal": it} for it in bodies])]


def _reckoned(asked: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    require()
    done = subprocess.run(
        [PROGRAMS / "python", "-I", READER],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def checksum(content: bytes) -> str:
    """Return the checksum that JavaScript gives a Transaction Builder file."""
    done = subprocess.run(
        [node_program(), str(HERE / "checksum.js")],
        env={**os.environ, "NODE_PATH": str(modules())},
        input=content,
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().strip()
