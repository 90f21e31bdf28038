"""Approvals by wallet: typed data (EIP-712) that says on the wallet's screen what is approved.

Law: whoever signs sees batch, lines, totals and their own name beside the content hash, which
covers everything else. Whoever relies on a signature first lets the rows hash to that hash.
"""

from ledger.money import plain
from payouts.contents import Contents
from payouts.rails.instructions import totals_of

DOMAIN: dict[str, object] = {"name": "feeshare payouts", "version": "1"}
"""What a signature is for. It names no chain: nothing on a chain reads an approval."""

TYPES: dict[str, object] = {
    "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "version", "type": "string"}],
    "Approval": [
        {"name": "batch", "type": "string"},
        {"name": "contentHash", "type": "bytes32"},
        {"name": "lines", "type": "uint256"},
        {"name": "totals", "type": "string"},
        {"name": "approver", "type": "string"},
    ],
}


def typed_data(contents: Contents, approver: str) -> dict[str, object]:
    """Return what a checker's wallet signs to approve a batch, as EIP-712 JSON.

    Totals are by commodity, in alphabetical order.
    """
    totals = totals_of(contents.instruction().payments)
    return {
        "types": TYPES,
        "primaryType": "Approval",
        "domain": DOMAIN,
        "message": {
            "batch": contents.batch.id,
            "contentHash": f"0x{contents.batch.content_hash}",
            "lines": len(contents.lines),
            "totals": ", ".join(f"{plain(total)} {code}" for code, total in totals.items()),
            "approver": approver,
        },
    }
