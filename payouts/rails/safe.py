"""Safe multisig payouts on EVM chains: the Transaction Builder file and the SafeTx it becomes.

The Safe's nonce is pinned before anybody signs: of all transactions signed with one nonce the
chain runs at most one, so a file imported twice pays once. Signers compare the `safeTxHash` given
here with the one on their devices. `safeTxGas` and `gasPrice` stay 0: then a failing line reverts
the whole part and keeps its nonce.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, TypeAlias

from ledger.errors import BadInput, Problem
from ledger.money import plain
from payouts.rails.instructions import (
    ExportedFile,
    Instruction,
    Payment,
    Token,
    at_line,
    file_stem,
    too_precise_at,
    totals_of,
    units,
)

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

PART_LINES_MAX = 200
"""Most payments in one Safe transaction: 5.5 million gas, measured on a local chain."""

MULTI_SEND_CALL_ONLY = "0x9641d764fc13c8B624c04430C7356C1C7C8102e2"
"""MultiSendCallOnly 1.4.1 at its canonical address, the one Safe{Wallet} uses for a 1.4.1 Safe."""

SHORT_NAMES = {"eth": 1, "bnb": 56, "pol": 137, "matic": 137, "arb1": 42161, "avax": 43114}
"""Chain ids by the short names of EIP-3770; any other prefix is no chain of ours."""

RESERVED_MAX = 0xFFFF
"""EIP-1352 keeps addresses up to here for the system: zero, precompiles and 0x…dEaD among them."""

BURNS = {int("ee" * 20, 16), int("ff" * 20, 16), 0xDEAD000000000000000042069420694206942069}
"""The native coin's stand-in, all ones and the other burn address: nobody holds their keys."""

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
BASE58 = "[1-9A-HJ-NP-Za-km-z]"
OTHER_KIND = re.compile(
    rf"(?![0-9a-fA-F]{{40}}$)(?:0x[0-9a-fA-F]{{64}}|{BASE58}{{32,44}}|{BASE58}{{86,88}})"
)
"""A transaction hash, a Solana key or signature; 40 hex digits only lack their 0x."""

NO_ADDRESS = "0x" + "00" * 20

DOMAIN_TYPE = "EIP712Domain(uint256 chainId,address verifyingContract)"
SAFE_TX_TYPE = (
    "SafeTx(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,"
    "uint256 gasPrice,address gasToken,address refundReceiver,uint256 nonce)"
)
"""The EIP-712 types of Safe 1.3.0 and later, as EIP-712 encodes them."""

TRANSFER: Json = {
    "inputs": [
        {"internalType": "address", "name": "to", "type": "address"},
        {"internalType": "uint256", "name": "value", "type": "uint256"},
    ],
    "name": "transfer",
    "payable": False,
}
"""ERC-20's transfer as the Transaction Builder describes a method, so that signers can read it."""


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
        return _hex(_struct_hash(DOMAIN_TYPE, [self.chain_id, self.safe]))

    def message_hash(self) -> str:
        """Return the hash of the transaction's fields, the second that hardware wallets show."""
        return _hex(_struct_hash(SAFE_TX_TYPE, self._fields()))

    def safe_tx_hash(self) -> str:
        """Return the EIP-712 hash that owners sign and that `ExecutionSuccess` names."""
        both = self.domain_hash()[2:] + self.message_hash()[2:]
        return _hex(_keccak(bytes.fromhex("1901" + both)))

    def typed_data(self) -> dict[str, Json]:
        """Return the EIP-712 JSON; large numbers are text, as those of JavaScript end at 2^53."""
        names = [field["name"] for field in _fields_of(SAFE_TX_TYPE)]
        shown = [_hex(it) if isinstance(it, bytes) else str(it) for it in self._fields()]
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


class SafeRail:
    """Payment by a Safe whose owners sign in Safe{Wallet}."""

    name: ClassVar[str] = "safe"

    def check_destination(self, address: str, *, chain_id: int | None) -> list[Problem]:
        """Return what is wrong with an EVM address: chain prefix (EIP-3770), shape, checksum."""
        prefix, colon, bare = address.rpartition(":")
        if colon and (chain_id is None or SHORT_NAMES.get(prefix) != chain_id):
            mismatch = _problem(
                "chain_mismatch",
                address,
                f"an address on chain {chain_id}",
                "Ask the payee for an address on this chain.",
            )
            return [mismatch, *_address_problems(bare)]
        return _address_problems(bare)

    def export(self, instruction: Instruction) -> tuple[ExportedFile, ...]:
        """Return two files a part: the Transaction Builder batch and the SafeTx with its hash.

        Raises:
            BadInput: everything that would keep the batch from paying exactly what it says.
        """
        chain_id, _ = _chain_and_nonce(instruction)
        problems = [
            replace(problem, place=f"batch {instruction.batch}", column="source")
            for problem in self.check_destination(instruction.source, chain_id=chain_id)
        ]
        ours = {_bare(instruction.source), MULTI_SEND_CALL_ONLY}
        ours |= {_token(payment).contract or "" for payment in instruction.payments}
        for payment in instruction.payments:
            token = _token(payment)
            found = self.check_destination(payment.address, chain_id=chain_id)
            if token.contract is not None:
                faults = _address_problems(token.contract)
                found += [replace(problem, column="token") for problem in faults]
            if _bare(payment.address) in ours:
                expected = "a payee, not the Safe that pays, a token or MultiSend"
                found.append(_problem("address_forbidden", payment.address, expected))
            found = [replace(problem, column=problem.column or "address") for problem in found]
            problems += at_line(found, instruction, payment.line)
            problems += too_precise_at(instruction, payment, token.decimals)
        if problems:
            raise BadInput(problems)
        parts = parts_of(instruction)
        return tuple(
            file
            for number, part in enumerate(parts, start=1)
            for file in _files(part, f"part {number} of {len(parts)}")
        )


def parts_of(instruction: Instruction) -> tuple[Instruction, ...]:
    """Return the batch in parts of at most 200 lines, their nonces consecutive."""
    return tuple(
        replace(
            instruction,
            payments=instruction.payments[start : start + PART_LINES_MAX],
            nonce=None if instruction.nonce is None else instruction.nonce + part,
        )
        for part, start in enumerate(range(0, len(instruction.payments), PART_LINES_MAX))
    )


def safe_tx_of(part: Instruction) -> SafeTx:
    """Return the transaction of one part: a direct call for one line, a multiSend for more.

    Raises:
        BadInput: the chain or the nonce is not known, or the part has more lines than one may.
    """
    chain_id, nonce = _chain_and_nonce(part)
    if len(part.payments) > PART_LINES_MAX:
        expected = f"at most {PART_LINES_MAX} lines in a part"
        raise BadInput([_problem("batch_unexecutable", f"{len(part.payments)} lines", expected)])
    calls = [_call(payment) for payment in part.payments]
    to, value, data = (
        calls[0] if len(calls) == 1 else (MULTI_SEND_CALL_ONLY, 0, _multi_send(calls))
    )
    return SafeTx(
        chain_id=chain_id,
        safe=_bare(part.source),
        to=to,
        value=value,
        data=data,
        operation=0 if len(calls) == 1 else 1,
        nonce=nonce,
    )


def checksum_of(batch_file: Mapping[str, Json]) -> str:
    """Return the checksum that the Transaction Builder computes over a batch file.

    It is keccak256 of a serialisation of its own, with `meta.name` as null and without
    `meta.checksum`: an object is the JSON list of its sorted keys, then each value and a comma.
    """
    meta = batch_file["meta"]
    if not isinstance(meta, Mapping):
        raise TypeError("the meta of a batch file is an object")
    kept = {key: value for key, value in meta.items() if key != "checksum"} | {"name": None}
    return _hex(_keccak(_serialised({**batch_file, "meta": kept}).encode()))


def _serialised(value: Json) -> str:
    if isinstance(value, Mapping):
        keys = sorted(value)
        values = "".join(f"{_serialised(value[key])}," for key in keys)
        return f"{{{json.dumps(keys, separators=(',', ':'), ensure_ascii=False)}{values}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{','.join(_serialised(item) for item in value)}]"
    return json.dumps(value, ensure_ascii=False)


def _files(part: Instruction, which: str) -> tuple[ExportedFile, ExportedFile]:
    tx = safe_tx_of(part)
    stem = f"{file_stem(part.batch)}-{which.replace(' ', '-')}-nonce-{tx.nonce}"
    contents = {
        "transaction-builder": _transaction_builder(part, which, tx),
        "safe-tx": _signer_sheet(part, which, tx),
    }
    builder, sheet = (
        ExportedFile(
            name=f"{stem}-{kind}.json",
            content=json.dumps(content, indent=2, ensure_ascii=False).encode(),
            media_type="application/json",
        )
        for kind, content in contents.items()
    )
    return builder, sheet


def _transaction_builder(part: Instruction, which: str, tx: SafeTx) -> Json:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    meta: dict[str, Json] = {
        "name": f"{part.batch}, {which}",
        "description": (
            f"Batch {part.batch}, {which}. Content hash {part.content_hash}."
            f" Sign with nonce {tx.nonce} only; safeTxHash {tx.safe_tx_hash()}."
        ),
        "txBuilderVersion": "1.18.2",
        "createdFromSafeAddress": tx.safe,
        "createdFromOwnerAddress": "",
    }
    batch_file: dict[str, Json] = {
        "version": "1.0",
        "chainId": str(tx.chain_id),
        "createdAt": (part.created_at - epoch) // timedelta(milliseconds=1),
        "meta": meta,
        "transactions": [_builder_line(payment) for payment in part.payments],
    }
    return {**batch_file, "meta": {**meta, "checksum": checksum_of(batch_file)}}


def _builder_line(payment: Payment) -> Json:
    to, value, _ = _call(payment)
    # With data set the wallet shows "custom hex data" in place of the method and its inputs.
    line: dict[str, Json] = {"to": to, "value": str(value), "data": None}
    if _token(payment).contract is None:
        return {**line, "contractMethod": None, "contractInputsValues": None}
    inputs = {"to": _bare(payment.address), "value": str(_units(payment))}
    return {**line, "contractMethod": TRANSFER, "contractInputsValues": inputs}


def _signer_sheet(part: Instruction, which: str, tx: SafeTx) -> Json:
    return {
        "batch": part.batch,
        "part": which,
        "contentHash": part.content_hash,
        "safe": tx.safe,
        "chainId": str(tx.chain_id),
        "nonce": str(tx.nonce),
        "safeTxHash": tx.safe_tx_hash(),
        "domainHash": tx.domain_hash(),
        "messageHash": tx.message_hash(),
        "totals": {name: plain(total) for name, total in totals_of(part.payments).items()},
        "payments": [
            {
                "line": payment.line,
                "payee": payment.payee,
                "payeeName": payment.payee_name,
                "address": _bare(payment.address),
                "commodity": payment.commodity,
                "amount": plain(payment.amount),
                "units": str(_units(payment)),
                "contract": _token(payment).contract,
                "reference": payment.reference,
            }
            for payment in part.payments
        ],
        "typedData": tx.typed_data(),
    }


def _call(payment: Payment) -> tuple[str, int, bytes]:
    """Return target, value and data of one payment: a plain send or ERC-20's transfer."""
    from eth_abi.abi import encode

    contract = _token(payment).contract
    if contract is None:
        return _bare(payment.address), _units(payment), b""
    arguments = encode(["address", "uint256"], [_bare(payment.address), _units(payment)])
    return contract, 0, _keccak(b"transfer(address,uint256)")[:4] + arguments


def _multi_send(calls: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Return the call `multiSend(bytes)` of transactions packed one after the other."""
    from eth_abi.abi import encode

    packed = b"".join(
        b"\0" + bytes.fromhex(to[2:]) + encode(["uint256", "uint256"], [value, len(data)]) + data
        for to, value, data in calls
    )
    return _keccak(b"multiSend(bytes)")[:4] + encode(["bytes"], [packed])


def _fields_of(struct_type: str) -> list[dict[str, str]]:
    fields = struct_type[:-1].partition("(")[2].split(",")
    return [{"name": name, "type": kind} for kind, name in (field.split() for field in fields)]


def _struct_hash(struct_type: str, values: Sequence[str | int | bytes]) -> bytes:
    """Return the EIP-712 hash of a struct of plain fields; bytes go in as their hash."""
    from eth_abi.abi import encode

    kinds = [field["type"].replace("bytes", "bytes32") for field in _fields_of(struct_type)]
    heads = [_keccak(value) if isinstance(value, bytes) else value for value in values]
    return _keccak(encode(["bytes32", *kinds], [_keccak(struct_type.encode()), *heads]))


def _address_problems(address: str) -> list[Problem]:
    """Return the one thing wrong with an address without prefix, if there is one (EIP-55)."""
    from eth_utils.address import to_checksum_address

    if ADDRESS.fullmatch(address) is None:
        code = "address_kind" if OTHER_KIND.fullmatch(address) else "address_malformed"
        expected = "an EVM address, 0x and 40 hexadecimal digits and nothing else"
        return [_problem(code, address, expected, "Ask the payee for the address of an account.")]
    number = int(address, 16)
    if number <= RESERVED_MAX or number in BURNS:
        return [
            _problem("address_forbidden", address, "an address that somebody holds the key of")
        ]
    checksummed = to_checksum_address(address)
    if address == checksummed:
        return []
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        mend = f"Confirm with the payee that {checksummed} is meant, and write it so."
        return [_problem("checksum_absent", address, "capitals and small letters (EIP-55)", mend)]
    # Giving the right spelling here would turn a mistyped address into one that passes.
    mend = "A character is wrong: copy the whole address again from the payee."
    return [_problem("checksum_invalid", address, "an address whose EIP-55 checksum holds", mend)]


def _chain_and_nonce(instruction: Instruction) -> tuple[int, int]:
    """Return what every line of a batch shares, or refuse it."""
    place = f"batch {instruction.batch}"
    chains = {_token(payment).chain_id for payment in instruction.payments}
    chain_id = next(iter(chains))
    if len(chains) != 1 or chain_id is None:
        found, expected = ", ".join(sorted(map(str, chains))), "one EVM chain for all lines"
        raise BadInput([_problem("chain_mismatch", found, expected, place=place)])
    if instruction.nonce is None or instruction.nonce < 0:
        found, expected = f"{instruction.nonce}", "a pinned Safe nonce"
        mend = "Freeze the batch: that pins the nonce."
        raise BadInput([_problem("batch_unexecutable", found, expected, mend, place=place)])
    return chain_id, instruction.nonce


def _token(payment: Payment) -> Token:
    if payment.token is None:
        found, place = payment.commodity, f"line {payment.line}"
        expected = "a token or coin on an EVM chain"
        raise BadInput([_problem("chain_mismatch", found, expected, place=place)])
    return payment.token


def _units(payment: Payment) -> int:
    return units(payment.amount, _token(payment).decimals)


def _bare(address: str) -> str:
    return address.rpartition(":")[2]


def _problem(code: str, value: str, expected: str, mend: str = "", *, place: str = "") -> Problem:
    return Problem(code=code, value=value, expected=expected, mend=mend, place=place)


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _keccak(data: bytes) -> bytes:
    from eth_utils.crypto import keccak

    return keccak(data)
