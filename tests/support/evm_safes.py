"""Safes on a chain of tests: those of Safe 1.4.1, at their addresses on every real chain."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from support.evm_calls import call_data
from support.evm_chain import EvmChain
from support.nodes import modules

SINGLETON_FACTORY = "0x914d7fec6aac8cd542e72bca78b30650d45643d7"
SAME_FACTORY = "0x4e59b44847b379578588920ca78fbf26c0b4956c"
"""Has the same code, and is there from the beginning on nodes of tests."""

SAFE = "0x41675c099f32341bf84bfc5382af534df5c7461a"
MULTI_SEND_CALL_ONLY = "0x9641d764fc13c8b624c04430c7356c1c7c8102e2"
PROXY_FACTORY = "0x4e1dcf7ad4e460cfd30791ccc4f9c8a4f820ec67"
FALLBACK_HANDLER = "0xfd0732dc9e303f09fcef3a7388ad10a83459ec99"
NOBODY = "0x" + "00" * 20
CONTRACTS = {
    "Safe.sol/Safe": SAFE,
    "libraries/MultiSendCallOnly.sol/MultiSendCallOnly": MULTI_SEND_CALL_ONLY,
    "proxies/SafeProxyFactory.sol/SafeProxyFactory": PROXY_FACTORY,
    "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler": FALLBACK_HANDLER,
}
SETUP = "setup(address[],uint256,address,bytes,address,address,uint256,address)"
TRANSACTION = "address,uint256,bytes,uint8,uint256,uint256,uint256,address,address"


@dataclass(frozen=True)
class Safe:
    """A Safe and the keys of its owners, of which `threshold` sign."""

    chain: EvmChain
    address: str
    owners: tuple[LocalAccount, ...]
    threshold: int

    @property
    def nonce(self) -> int:
        """Return how many transactions it has carried out."""
        return int(self.chain.call(self.address, "uint256", "nonce()"))

    def execute(
        self,
        to: str,
        data: str = "0x",
        value: int = 0,
        *,
        delegates: bool = False,
        safe_tx_gas: int = 0,
        relayer: str | None = None,
        through: str | None = None,
    ) -> tuple[str, str]:
        """Carry out a transaction; return its hash on chain and that which owners signed.

        `safe_tx_gas` above 0 lets the Safe go on where the call fails. With `through` the
        contract there passes the call on, as relayers do.
        """
        nothing = (safe_tx_gas, 0, 0, NOBODY, NOBODY)
        wanted = (to, value, bytes.fromhex(data[2:]), int(delegates), *nothing)
        signed = self.chain.call(
            self.address,
            "bytes32",
            f"getTransactionHash({TRANSACTION},uint256)",
            *wanted,
            self.nonce,
        )
        signers = sorted(self.owners, key=lambda owner: int(owner.address, 16))[: self.threshold]
        signatures = b"".join(each.unsafe_sign_hash(signed).signature for each in signers)
        call = call_data(f"execTransaction({TRANSACTION},bytes)", *wanted, signatures)
        sender = relayer or self.chain.people[9]
        if through is None:
            sent = self.chain.send(sender, self.address, call)
        else:
            passed = call_data("pass(address,bytes)", self.address, bytes.fromhex(call[2:]))
            sent = self.chain.send(sender, through, passed)
        return sent, "0x" + signed.hex()

    def carry_out(self, typed: dict[str, Any]) -> str:
        """Sign EIP-712 data as a wallet would, with as many owners as it takes; send it.

        Every number of the transaction, its nonce too, is that of the data.
        """
        kinds = {each["name"]: each["type"] for each in typed["types"]["SafeTx"]}
        message = {
            name: int(value) if kinds[name].startswith("uint") else value
            for name, value in typed["message"].items()
        }
        signers = sorted(self.owners, key=lambda owner: int(owner.address, 16))[: self.threshold]
        whole = {**typed, "message": message}
        signatures = b"".join(
            owner.sign_typed_data(full_message=whole).signature for owner in signers
        )
        data = bytes.fromhex(typed["message"]["data"][2:])
        fields = [data if name == "data" else message[name] for name in list(kinds)[:-1]]
        call = call_data(f"execTransaction({TRANSACTION},bytes)", *fields, signatures)
        return self.chain.send(self.chain.people[9], typed["domain"]["verifyingContract"], call)


def deploy_safe(chain: EvmChain, owners: int = 3, threshold: int = 2, number: int = 1) -> Safe:
    """Make a Safe with keys of its own; `number` makes it another one than others."""
    _place_contracts(chain)
    keys = tuple(Account.create() for _ in range(owners))
    addresses = [each.address for each in keys]
    setup = call_data(
        SETUP, addresses, threshold, NOBODY, b"", FALLBACK_HANDLER, NOBODY, 0, NOBODY
    )
    made = call_data(
        "createProxyWithNonce(address,bytes,uint256)", SAFE, bytes.fromhex(setup[2:]), number
    )
    receipt = chain.receipt(chain.send(chain.people[0], PROXY_FACTORY, made))
    address = "0x" + receipt["logs"][-1]["topics"][1][-40:]
    return Safe(chain, address, keys, threshold)


def _place_contracts(chain: EvmChain) -> None:
    if chain.ask("eth_getCode", SAFE, "latest") != "0x":
        return
    factory = chain.ask("eth_getCode", SAME_FACTORY, "latest")
    chain.ask("anvil_setCode", SINGLETON_FACTORY, factory)
    for name, address in CONTRACTS.items():
        chain.send(chain.people[0], SINGLETON_FACTORY, "0x" + "00" * 32 + _code(name))
        assert chain.ask("eth_getCode", address, "latest") != "0x", name


@cache
def _code(name: str) -> str:
    built = modules() / "@safe-global" / "safe-contracts" / "build" / "artifacts" / "contracts"
    found: str = json.loads((built / f"{name}.json").read_text("utf-8"))["bytecode"]
    return found[2:]
