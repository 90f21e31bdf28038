"""Real Solana nodes in tests: a Surfnet on a free port of this machine, with a purse of coins."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from solders.keypair import Keypair

from chains.http_client import client_of
from support.nodes import HERE, modules, node_program

END_SECONDS = 20


@dataclass(frozen=True)
class Surfnet:
    """A node that makes a slot for each transaction, and the key of its purse."""

    url: str
    purse: Keypair
    http: httpx.Client

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        answer = self.answer(method, *parameters)
        assert "error" not in answer, (method, answer)
        return answer["result"]

    def answer(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        """Return the whole answer to a question, be it an error."""
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        return self.http.post(self.url, json=question).json()


@contextmanager
def surfnet() -> Iterator[Surfnet]:
    """Run a node of its own, and end it; skip the test where there is no such node."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("Surfnets are made for Linux on x86-64 alone")
    process = subprocess.Popen(
        [node_program(), str(HERE / "surfnet.js")],
        env={**os.environ, "NODE_PATH": str(modules())},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        with client_of(timeout=30) as http:
            yield Surfnet(said["url"], Keypair.from_bytes(bytes(said["key"])), http)
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
