"""The SafeTx that a part of a batch becomes, and the hash that its owners sign (EIP-712).

Law: of all transactions signed with one nonce the chain runs at most one. `safeTxGas` and
`gasPrice` stay 0: then a failing line reverts the whole part and keeps its nonce.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeAlias

from ledger.errors import BadInput
from payouts.rails.evm_addresses import bare_address, wrong
from payouts.rails.instructions import Instruction, Payment, Token, units

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

PART_LINES_MAX = 200
"""Most payments in one Safe transaction: 5.5 million gas, measured on a local chain."""

CALLS_KEPT = 20_000
"""Calls that are remembered: freezing a batch makes each twice."""

MULTI_SEND_CALL_ONLY = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"
"""MultiSendCallOnly 1.4.1 at its canonical address, the one Safe{Wallet} uses for a 1.4.1 Safe."""

NO_ADDRESS = "0x" + "00" * 20

DOMAIN_TYPE = "EIP712Domain(uint256 chainId,address verifyingContract)"
SAFE_TX_TYPE = (
    "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
    "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
)
"""The EIP-712 types of Safe 1.3.0 and later, as EIP-712 encodes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeTx:
    """One transaction of a Safe as its owners sign it (EIP-712)."""

    chain_id: int
    safe: str
    to: str
    value: int
    data: bytes
    operation: int
    nonce: int

    def domain_hash(self) -> str:
        """Return the hash of chain and Safe, the first of two that hardware wallets show."""
        return hex_of(_struct_hash(DOMAIN_TYPE, [self.chain_id, self.safe]))

    def message_hash(self) -> str:
        """Return the hash of the transaction's fields, the second that hardware wallets show."""
        return hex_of(_struct_hash(SAFE_TX_TYPE, self._fields()))

    def safe_tx_hash(self) -> str:
        """Return the EIP-712 hash that owners sign and that `ExecutionSuccess` names."""
        both = self.domain_hash()[2:] + self.message_hash()[2:]
        return hex_of(keccak_of(bytes.fromhex("1901" + both)))

    def typed_data(self) -> dict[str, Json]:
        """Return the EIP-712 JSON; large numbers are text, as those of JavaScript end at 2^53."""
        names = [field["name"] for field in _fields_of(SAFE_TX_TYPE)]
        shown = [hex_of(it) if isinstance(it, bytes) else str(it) for it in self._fields()]
        message: dict[str, Json] = dict(zip(names, shown, strict=True))
        return {
            "types": {
                "EIP712Domain": _fields_of(DOMAIN_TYPE),
                "SafeTx": _fields_of(SAFE_TX_TYPE),
            },
            "primaryType": "SafeTx",
            "domain": {"chainId": self.chain_id, "verifyingContract": self.safe},
            "message": {**message, "operation": self.operation},
        }

    def _fields(self) -> list[str | int | bytes]:
        unpaid = (0, 0, 0, NO_ADDRESS, NO_ADDRESS)
        return [self.to, self.value, self.data, self.operation, *unpaid, self.nonce]


def safe_tx_of(part: Instruction) -> SafeTx:
    """Return the transaction of one part: a direct call for one line, a multiSend for more.

    Raises:
        BadInput: the chain or the nonce is not known, or the part has more lines than one may.
    """
    chain_id, nonce = chain_and_nonce(part)
    if len(part.payments) > PART_LINES_MAX:
        expected = f"at most {PART_LINES_MAX} lines in a part"
        raise BadInput([wrong("batch_unexecutable", f"{len(part.payments)} lines", expected)])
    calls = [call_of(payment) for payment in part.payments]
    return calls_as_tx(calls, chain_id=chain_id, safe=bare_address(part.source), nonce=nonce)


def calls_as_tx(
    calls: Sequence[tuple[str, int, bytes]], *, chain_id: int, safe: str, nonce: int
) -> SafeTx:
    """Return the transaction that makes calls: the one itself, or a multiSend of several."""
    to, value, data = (
        calls[0] if len(calls) == 1 else (MULTI_SEND_CALL_ONLY, 0, _multi_send(calls))
    )
    operation = 0 if len(calls) == 1 else 1
    return SafeTx(
        chain_id=chain_id,
        safe=safe,
        to=to,
        value=value,
        data=data,
        operation=operation,
        nonce=nonce,
    )


def chain_and_nonce(instruction: Instruction) -> tuple[int, int]:
    """Return what every line of a batch shares, or refuse it."""
    place = f"batch {instruction.batch}"
    chains = {token_of(payment).chain_id for payment in instruction.payments}
    chain_id = next(iter(chains))
    if len(chains) != 1 or chain_id is None:
        found, expected = ", ".join(sorted(map(str, chains))), "one EVM chain for all lines"
        raise BadInput([wrong("chain_mismatch", found, expected, place=place)])
    if instruction.nonce is None or instruction.nonce < 0:
        found, expected = f"{instruction.nonce}", "a pinned Safe nonce"
        mend = "Freeze the batch: that pins the nonce."
        raise BadInput([wrong("batch_unexecutable", found, expected, mend, place=place)])
    return chain_id, instruction.nonce


def token_of(payment: Payment) -> Token:
    """Return the token that a payment is made in, or refuse it."""
    if payment.token is None:
        found, place = payment.commodity, f"line {payment.line}"
        expected = "a token or coin on an EVM chain"
        raise BadInput([wrong("chain_mismatch", found, expected, place=place)])
    return payment.token


def units_of(payment: Payment) -> int:
    """Return the on-chain integer of a payment."""
    return units(payment.amount, token_of(payment).decimals)


def call_of(payment: Payment) -> tuple[str, int, bytes]:
    """Return target, value and data of one payment: a plain send or ERC-20's transfer."""
    contract = token_of(payment).contract
    if contract is None:
        return bare_address(payment.address), units_of(payment), b""
    return transfer_call(contract, bare_address(payment.address), units_of(payment))


@lru_cache(maxsize=CALLS_KEPT)
def transfer_call(contract: str, to: str, units_to_pay: int) -> tuple[str, int, bytes]:
    """Return target, value and data of ERC-20's transfer."""
    from eth_abi.abi import encode

    arguments = encode(["address", "uint256"], [to, units_to_pay])
    return contract, 0, _selector("transfer(address,uint256)") + arguments


def _multi_send(calls: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Return the call `multiSend(bytes)` of transactions packed one after the other."""
    from eth_abi.abi import encode

    packed = b"".join(
        b"\0" + bytes.fromhex(to[2:]) + value.to_bytes(32) + len(data).to_bytes(32) + data
        for to, value, data in calls
    )
    return _selector("multiSend(bytes)") + encode(["bytes"], [packed])


@cache
def _selector(method: str) -> bytes:
    """Return the first four bytes of a call of a method."""
    return keccak_of(method.encode())[:4]


def _fields_of(struct_type: str) -> list[dict[str, str]]:
    fields = struct_type[:-1].partition("(")[2].split(",")
    return [{"name": name, "type": kind} for kind, name in (field.split() for field in fields)]


def _struct_hash(struct_type: str, values: Sequence[str | int | bytes]) -> bytes:
    """Return the EIP-712 hash of a struct of plain fields; bytes go in as their hash."""
    from eth_abi.abi import encode

    kinds = [field["type"].replace("bytes", "bytes32") for field in _fields_of(struct_type)]
    heads = [keccak_of(value) if isinstance(value, bytes) else value for value in values]
    return keccak_of(encode(["bytes32", *kinds], [keccak_of(struct_type.encode()), *heads]))


def hex_of(data: bytes) -> str:
    """Return bytes as 0x and hexadecimal digits."""
    return "0x" + data.hex()


def keccak_of(data: bytes) -> bytes:
    """Return the keccak-256 hash, Ethereum's."""
    from eth_utils.crypto import keccak

    return keccak(data)
