"""A chain to tell stories on: a real node, tokens at their real addresses, transfers, reorgs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode

from support.evm_calls import arguments_of, call_data
from support.nodes import Anvil, anvil, creation_code

USDC = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
HBOT = "0xe5097d9baeafb89f9bcb78c9290d545db5f9e9cb"
BSC_USDT = "0x55d398326f99059ff775485246999027b3197955"
BSC_USDC = "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"

GAS = 12_000_000
PLENTY = 10**30
SLOTS = 4
"""Of a token's storage that its constructor fills."""

INSTANT_BLOCKS = ("--gas-limit", "2000000000", "--disable-code-size-limit")


@dataclass(frozen=True)
class EvmChain:
    """A node that mines a block for each transaction, and lets anybody send for anybody."""

    node: Anvil
    people: tuple[str, ...]
    """Ten addresses that have coins, and keys at the node: what they send can be mined again."""

    @property
    def url(self) -> str:
        return self.node.url

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        return self.node.ask(method, *parameters)

    @property
    def head(self) -> int:
        """Return the number of the newest block."""
        return int(self.ask("eth_blockNumber"), 16)

    def block(self, at: int | str) -> dict[str, Any]:
        """Return a block without its transactions, by its number or tag."""
        number = at if isinstance(at, str) else hex(at)
        found: dict[str, Any] = self.ask("eth_getBlockByNumber", number, False)  # noqa: FBT003
        return found

    def mine(self, blocks: int = 1) -> None:
        """Mine blocks without transactions."""
        self.ask("anvil_mine", hex(blocks))

    def finalize(self) -> None:
        """Mine as many blocks as make the earlier ones final."""
        self.node.finalize()

    def fund(self, address: str, wei: int = 10**20) -> None:
        """Give coins out of nothing, in the newest block."""
        self.ask("anvil_setBalance", address, hex(wei))

    def send(
        self,
        sender: str,
        to: str | None,
        data: str = "0x",
        value: int = 0,
        *,
        succeeds: bool = True,
    ) -> str:
        """Send a transaction in a block of its own; return its hash."""
        transaction = self.offer(sender, to, data, value)
        assert (self.receipt(transaction)["status"] == "0x1") is succeeds
        return transaction

    def offer(self, sender: str, to: str | None, data: str = "0x", value: int = 0) -> str:
        """Send a transaction without waiting for its block; return its hash."""
        if sender not in self.people:
            self.ask("anvil_impersonateAccount", sender)
        wanted = {"from": sender, "data": data, "gas": hex(GAS), "value": hex(value)}
        found: str = self.ask("eth_sendTransaction", wanted | ({"to": to} if to else {}))
        return found

    def receipt(self, transaction: str) -> dict[str, Any]:
        """Return a transaction's receipt, once it is mined."""
        return self.node.mined(transaction)

    def block_of(self, transaction: str) -> int:
        """Return the number of the block that a transaction is in."""
        return int(self.receipt(transaction)["blockNumber"], 16)

    @contextmanager
    def one_block(self) -> Iterator[None]:
        """Put everything that is offered inside into one block."""
        self.ask("evm_setAutomine", False)  # noqa: FBT003
        try:
            yield
            self.mine()
        finally:
            self.ask("evm_setAutomine", True)  # noqa: FBT003

    def call(self, contract: str, types: str, signature: str, *arguments: object) -> Any:  # noqa: ANN401
        """Return what a contract answers to a call: one value."""
        asked = {"to": contract, "data": call_data(signature, *arguments)}
        return arguments_of(types, self.ask("eth_call", asked, "latest"))[0]

    def deploy(self, name: str, constructed: bytes = b"") -> str:
        """Make a contract of `tests/nodes`; return its address."""
        data = "0x" + creation_code(name) + constructed.hex()
        made = self.receipt(self.send(self.people[0], None, data))
        return str(made["contractAddress"]).lower()

    def place_token(
        self, address: str, symbol: str, decimals: int, contract: str = "Token"
    ) -> str:
        """Put a token at an address of one's choice, as its constructor leaves it."""
        constructed = encode(["string", "string", "uint8"], [symbol, symbol, decimals])
        made = self.deploy(f"Tokens.sol:{contract}", constructed)
        self.ask("anvil_setCode", address, self.ask("eth_getCode", made, "latest"))
        for slot in range(SLOTS):
            kept = self.ask("eth_getStorageAt", made, hex(slot), "latest")
            self.ask("anvil_setStorageAt", address, hex(slot), kept)
        return address

    def mint(self, token: str, to: str, units: int) -> str:
        """Make units out of nothing; return the transaction."""
        return self.send(self.people[0], token, call_data("mint(address,uint256)", to, units))

    def transfer(self, token: str, sender: str, to: str, units: int) -> str:
        """Send units of a token; return the transaction."""
        return self.send(sender, token, call_data("transfer(address,uint256)", to, units))

    def balance(self, token: str, address: str) -> int:
        """Return an address's units of a token, in the newest block."""
        return int(self.call(token, "uint256", "balanceOf(address)", address))

    def spam(
        self, token: str, recipients: Sequence[str], blocks: int, logs_each: int = 500
    ) -> None:
        """Seed blocks of so many transfer logs each, one transaction a block; nothing moves."""
        data = call_data("spam(address[],uint256,uint256)", list(recipients), logs_each, 10**6)
        wanted = {"from": self.people[1], "to": token, "data": data, "gas": hex(100_000_000)}
        for _ in range(blocks):
            self.receipt(self.ask("eth_sendTransaction", wanted))

    def reorg(self, depth: int, *kept: tuple[str | dict[str, str], int]) -> None:
        """Mine the last `depth` blocks again, with these transactions only: raw, or to be sent.

        Each is given with the block that it goes into, counted from 0.
        """
        self.ask("anvil_reorg", depth, [list(each) for each in kept])

    def raw(self, transaction: str) -> str:
        """Return the signed bytes of a transaction, to be mined again."""
        found: str = self.ask("eth_getRawTransactionByHash", transaction)
        return found


@contextmanager
def evm_chain(chain_id: int = 1, more: Sequence[str] = ()) -> Iterator[EvmChain]:
    """Run a chain of its own, and end it."""
    with anvil(chain_id, more) as node:
        yield EvmChain(node, tuple(each.lower() for each in node.ask("eth_accounts")))


@contextmanager
def ethereum(usdt: str = "Token") -> Iterator[EvmChain]:
    """Run a chain that has every token of the registry, all of it final.

    The second of its people has as much of each as anybody asks for. `usdt` is the contract that
    stands where USDT does.
    """
    with evm_chain() as chain:
        for token, name, decimals, contract in (
            (USDC, "USDC", 6, "Token"),
            (USDT, "USDT", 6, usdt),
            (HBOT, "HBOT", 18, "Token"),
        ):
            chain.place_token(token, name, decimals, contract)
            chain.mint(token, chain.people[1], PLENTY)
        chain.finalize()
        yield chain
