"""A part as a Safe Transaction Service is told of it, so that owners find it in their wallets.

Law: what is proposed is the SafeTx whose hash was stored when its batch was frozen. Whoever signs
the proposal is a delegate of an owner: the service lists what a delegate proposes, and the Safe
itself knows no delegates, so that their signature counts for nothing on chain.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from payouts.rails.safe_tx import NO_ADDRESS, Json, SafeTx

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount
    from eth_typing import Hash32

SERVICE_FIELDS = (
    *("to", "value", "data", "operation", "safeTxGas", "baseGas", "gasPrice", "gasToken"),
    *("refundReceiver", "nonce"),
)
"""The fields that are signed, under the service's names, which are EIP-712's."""


def proposal_of(tx: SafeTx, delegate: "LocalAccount", origin: str) -> bytes:
    """Return the JSON that proposes a transaction, with the delegate's signature over its hash.

    Args:
        tx: what owners are to sign.
        delegate: whoever proposes it.
        origin: what the service shows it came from.
    """
    hashed = cast("Hash32", bytes.fromhex(tx.safe_tx_hash()[2:]))
    signed = delegate.unsafe_sign_hash(hashed)
    told: dict[str, Json] = {
        "safe": tx.safe,
        **_fields_of(tx),
        "contractTransactionHash": tx.safe_tx_hash(),
        "sender": delegate.address,
        "signature": f"0x{signed.signature.hex()}",
        "origin": json.dumps({"name": origin, "url": ""}),
    }
    return json.dumps(told).encode()


def is_same(tx: SafeTx, told: Mapping[str, Any]) -> bool:
    """Return whether what a service tells of a transaction is that transaction, field by field."""
    try:
        safe, signed = str(told["safe"]), str(told["safeTxHash"])
        fields = {name: _plain(told[name]) for name in SERVICE_FIELDS}
    except KeyError:
        return False
    wanted = {name: _plain(value) for name, value in _fields_of(tx).items()}
    return (safe.lower(), signed, fields) == (tx.safe.lower(), tx.safe_tx_hash(), wanted)


def _fields_of(tx: SafeTx) -> dict[str, Json]:
    message = tx.typed_data()["message"]
    if not isinstance(message, Mapping):
        raise TypeError("the message of typed data is an object")
    return {name: message[name] for name in SERVICE_FIELDS}


def _plain(value: object) -> str:
    """Return a field as text: services tell numbers either way, and nothing as null."""
    return "0x" if value in {None, NO_ADDRESS} else str(value).lower()
