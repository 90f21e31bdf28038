"""Run by the interpreter that has safe-eth-py: hashes Safe transactions, and prints them as JSON.

Standard input is a JSON list of exported files: the Transaction Builder batch, from which the
data is packed anew, and the nonce; or of what was proposed to a service. Nothing of the service
takes part in what is reckoned here.
"""

import json
import sys
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak
from safe_eth.safe.multi_send import MultiSendOperation, MultiSendTx
from safe_eth.safe.safe_tx import SafeTx

MULTI_SEND_CALL_ONLY = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"


def read(batch_file: dict[str, Any], nonce: int) -> dict[str, str]:
    """Return the hashes of a batch file at a nonce, as a Safe of version 1.4.1 signs it."""
    calls = [call(each) for each in batch_file["transactions"]]
    if len(calls) == 1:
        to, value, data, operation = *calls[0], 0
    else:
        packed = b"".join(
            MultiSendTx(MultiSendOperation.CALL, to, value, data).encoded_data
            for to, value, data in calls
        )
        data = keccak(text="multiSend(bytes)")[:4] + encode(["bytes"], [packed])
        to, value, operation = MULTI_SEND_CALL_ONLY, 0, 1
    safe = batch_file["meta"]["createdFromSafeAddress"]
    unpaid = (0, 0, 0, None, None)
    tx = SafeTx(
        None, safe, to, value, data, operation, *unpaid,
        safe_nonce=nonce, safe_version="1.4.1", chain_id=int(batch_file["chainId"]),
    )  # fmt: skip
    preimage = bytes(tx.safe_tx_hash_preimage)
    return {
        "domainHash": "0x" + preimage[2:34].hex(),
        "messageHash": "0x" + preimage[34:].hex(),
        "safeTxHash": "0x" + bytes(tx.safe_tx_hash).hex(),
    }


def read_proposal(body: dict[str, Any]) -> dict[str, str]:
    """Return the hash of what a proposal asks owners of a Safe 1.4.1 on Ethereum to sign."""
    numbers = [int(body[name]) for name in ("operation", "safeTxGas", "baseGas", "gasPrice")]
    tx = SafeTx(
        None, body["safe"], body["to"], int(body["value"]), bytes.fromhex(body["data"][2:]),
        *numbers, body["gasToken"], body["refundReceiver"],
        safe_nonce=int(body["nonce"]), safe_version="1.4.1", chain_id=1,
    )  # fmt: skip
    return {"safeTxHash": "0x" + bytes(tx.safe_tx_hash).hex()}


def call(line: dict[str, Any]) -> tuple[str, int, bytes]:
    """Return target, value and data of one line, as its method and inputs say."""
    if line["contractMethod"] is None:
        return line["to"], int(line["value"]), b""
    kinds = [each["type"] for each in line["contractMethod"]["inputs"]]
    names = [each["name"] for each in line["contractMethod"]["inputs"]]
    given = [line["contractInputsValues"][name] for name in names]
    values = [
        int(each) if kind == "uint256" else each for kind, each in zip(kinds, given, strict=True)
    ]
    selector = keccak(text=f"{line['contractMethod']['name']}({','.join(kinds)})")[:4]
    return line["to"], int(line["value"]), selector + encode(kinds, values)


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    found = [
        read_proposal(each["proposal"])
        if "proposal" in each
        else read(each["file"], each["nonce"])
        for each in asked
    ]
    json.dump(found, sys.stdout)
