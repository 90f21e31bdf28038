"""A Safe Transaction Service that is not ours, in tests: it takes what it could verify.

It hashes the fields that arrive by eth-account's own EIP-712, recovers who signed, and answers as
the public service does: 201, 422 with a reason, 404.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

SIGNED = {
    "to": "address",
    "value": "uint256",
    "data": "bytes",
    "operation": "uint8",
    "safeTxGas": "uint256",
    "baseGas": "uint256",
    "gasPrice": "uint256",
    "gasToken": "address",
    "refundReceiver": "address",
    "nonce": "uint256",
}


@dataclass
class SafeServiceServer:
    """A running service; `known` is what it took, `refusing` a status it answers posts with."""

    url: str
    delegate: str
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    refusing: int | None = None


def hash_of(body: dict[str, Any], chain_id: int = 1) -> str:
    """Return the hash of what a body asks to be signed, reckoned by eth-account."""
    message = {
        name: int(body[name]) if kind.startswith("uint") else body[name]
        for name, kind in SIGNED.items()
    }
    signable = encode_typed_data(
        {"chainId": chain_id, "verifyingContract": body["safe"]},
        {"SafeTx": [{"name": name, "type": kind} for name, kind in SIGNED.items()]},
        message,
    )
    return "0x" + keccak(b"\x19" + signable.version + signable.header + signable.body).hex()


@contextmanager
def safe_service(delegate: str) -> Iterator[SafeServiceServer]:
    """Run the service on a free port of this machine, and end it."""
    served = SafeServiceServer("", delegate)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hashed = self.path.removeprefix("/api/v1/multisig-transactions/").rstrip("/")
            known = served.known.get(hashed)
            self._answer(404, {"detail": "No match."}) if known is None else self._answer(
                200, {**known, "safeTxHash": hashed}
            )

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            served.posts.append(body)
            served.keys.append(self.headers["authorization"])
            faults = self._faults(body)
            if served.refusing is not None:
                self._answer(served.refusing, {"nonFieldErrors": ["refused in this test"]})
            elif faults:
                self._answer(422, {"nonFieldErrors": faults})
            else:
                served.known[body["contractTransactionHash"]] = body
                self._answer(201, None)

        def _faults(self, body: dict[str, Any]) -> Sequence[str]:
            said = body["contractTransactionHash"]
            signer = Account._recover_hash(
                bytes.fromhex(said[2:]), signature=bytes.fromhex(body["signature"][2:])
            )
            checks = {
                "path": self.path == f"/api/v1/safes/{body['safe']}/multisig-transactions/",
                "Contract-transaction-hash": hash_of(body) == said,
                "signature": signer == body["sender"],
                "Sender is not an owner or delegate": body["sender"] == served.delegate,
                "executed": said not in served.known,
            }
            return [name for name, holds in checks.items() if not holds]

        def _answer(self, status: int, content: object) -> None:
            told = b"" if content is None else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
