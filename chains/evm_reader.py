"""Reads an EVM chain from one provider: balances, transfers of tokens, native coin, Safes.

Law: a provider is believed as far as its answers hold together. Its head is at the end of the
range or beyond, the chain does not change while it is read, every log stands in the receipt of a
transaction that succeeded, in the block that has that number. What does not hold together is a
fault, and nothing of it is told.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from chains.errors import (
    AnsweredError,
    AnswerUnfit,
    NotThere,
    ProviderFault,
    RevertedError,
    WrongChain,
)
from chains.evm_answers import BlockAt, Log, quantity
from chains.evm_changes import SUCCEEDED
from chains.evm_logs import execution_of, filters, transfer_of, united
from chains.evm_native import native_movements
from chains.evm_node import FINALIZED, LATEST, EvmNode
from chains.evm_order import Placed, ordered
from chains.evm_ranges import Ranges
from chains.jsonrpc import RpcClient
from chains.movements import NATIVE, Block, Closing, Execution, Fee, Movement, Seen, Wallet
from chains.registry import Chain

STEP = 2000
STRETCH = 20_000
READINGS = 2
"""How often a range is read when the chain changes meanwhile."""

DECIMALS_MAX = 77
"""No whole unit of more fits into 32 bytes."""


class EvmReader:
    """One provider of an EVM chain. `step` is how many blocks are asked for logs at once."""

    stretch = STRETCH

    def __init__(self, chain: Chain, client: RpcClient, step: int = STEP) -> None:
        self.chain = chain
        self.provider = client.provider
        self._client = client
        self._node = EvmNode(client)
        self._ranges = Ranges(client, step)
        self._takes_hashes = True

    def require_chain(self) -> None:
        """Require that the provider serves the chain that it is set for; raise WrongChain."""
        found = self._node.chain_id()
        if str(found) != self.chain.identity:
            expected = f"chain id {self.chain.identity}"
            raise WrongChain(self.provider, self.chain.name, expected, f"chain id {found}")

    def decimals(self, contract: str) -> int:
        """Return the decimals that a token has on chain; raise AnswerUnfit where it has none."""
        found = self._node.decimals(contract)
        if found > DECIMALS_MAX:
            raise AnswerUnfit(self.provider, f"{found} decimals of {contract}")
        return found

    def answers(
        self, calls: Sequence[Mapping[str, str]], number: int
    ) -> list[str | RevertedError]:
        """Return what each call would answer at a block, in hex, or how it was turned down."""

        def one(call: Mapping[str, str]) -> str | RevertedError:
            try:
                return self._node.answer(call, hex(number))
            except RevertedError as reverted:
                return reverted

        return self._client.run_each([partial(one, call) for call in calls])

    def code(self, address: str) -> str:
        """Return the code at an address in the newest block, hexadecimal; `0x` for none."""
        return self._node.code(address)

    def safe_threshold(self, address: str) -> int:
        """Return how many owners of a Safe have to sign; 0 of what is no Safe."""
        return self._node.safe_threshold(address)

    def head(self) -> Block:
        """Return the newest block."""
        return self._node.block(LATEST)

    def final(self) -> Block:
        """Return the newest block that is tagged as final and as deep as the chain's rule says.

        Never the block tagged `safe`, nor one that is deep alone: where a provider does not know
        the tag, its fault is raised.
        """
        tagged = self._node.block(FINALIZED)
        deep = max(self.head().number - self.chain.depth, 0)
        return tagged if tagged.number <= deep else self._node.block(deep)

    def hash_of(self, number: int) -> str:
        """Return the hash of a block by its number; raise NotThere where there is none yet."""
        return self._node.block(number).hash

    def closing(self, wallets: Sequence[Wallet]) -> Closing:
        """Return the balances at the newest final block, all at the same one."""
        return self._balances_at(self.final(), wallets)

    def balances(self, wallets: Sequence[Wallet], number: int) -> Closing:
        """Return the balances at an earlier block; raise NotThere where its state is gone."""
        return self._balances_at(self._node.block(number), wallets)

    def carried_out(self, safe: str, number: int) -> int:
        """Return how many transactions a Safe had carried out at a block: its nonce there."""
        return self._node.safe_nonce(safe, hex(number))

    def fee(self, transaction: str) -> Fee:
        """Return who paid for a mined transaction and how much, in wei; raise NotThere."""
        receipt = self._node.receipt(transaction)
        if not receipt.sender:
            raise AnswerUnfit(self.provider, f"no sender of {transaction}")
        return Fee(
            block_hash=receipt.block_hash.lower(),
            payer=receipt.sender.lower(),
            units=self._node.fit(lambda: receipt.fee, f"the fee of {transaction}"),
        )

    def seen(self, wallets: Sequence[Wallet], first: int, last: int) -> Seen:
        """Return what moved in these blocks, both ends included, final or not.

        Raises:
            NotThere: the provider's head is before `last`, or it lacks a state or a receipt.
            AnswerUnfit: its answers contradict each other, or the chain changed twice meanwhile.
            ProviderFault: of another kind.
        """
        head = self.head().number
        if head < last:
            raise NotThere(self.provider, f"its newest block is {head}, before {last}")
        for _ in range(READINGS):
            before = self.hash_of(last)
            fault: ProviderFault | None = None
            found = Seen(movements=())
            try:
                found = self._read(wallets, first, last)
            except (AnswerUnfit, NotThere) as contradiction:
                fault = contradiction
            if self.hash_of(last) != before:
                continue
            if fault is not None:
                raise fault
            return found
        raise AnswerUnfit(self.provider, f"block {last} changed while it was read, twice")

    def logs(self, wallets: Sequence[Wallet], first: int, last: int) -> list[Log]:
        """Return the logs that name a wallet, once each and in order, not held to receipts yet."""
        found = self._ranges.read(filters(wallets), first, last, self._node.logs)
        return self._node.fit(lambda: united(found, wallets, first, last), "logs")

    def _read(self, wallets: Sequence[Wallet], first: int, last: int) -> Seen:
        rows: dict[str, list[Log]] = {}
        for log in self.logs(wallets, first, last):
            rows.setdefault(log.transaction_hash, []).append(log)
        blocks = self._blocks_of(rows)
        told = self._client.run_each(
            [partial(self._told, blocks, each, logs) for each, logs in rows.items()]
        )
        executions = [each for _, found in told for each in found]
        executed = {each.transaction for each in executions}
        placed = [each for found, _ in told for each in found]
        placed += native_movements(self._node, wallets, first, last, executed)
        return Seen(movements=ordered(placed), executions=executions)

    def _blocks_of(self, rows: dict[str, list[Log]]) -> dict[str, Block]:
        """Return the blocks of logs by their hashes, as they stand in the chain by number."""
        hashes = {log.block_number: log.block_hash for logs in rows.values() for log in logs}
        numbers = [self._node.fit(partial(quantity, each), "logs") for each in hashes]
        found = self._client.run_each([partial(self._node.block, each) for each in numbers])
        for block, told in zip(found, hashes.values(), strict=True):
            if block.hash != told.lower():
                raise AnswerUnfit(self.provider, f"logs of another block {block.number}")
        return dict(zip(hashes.values(), found, strict=True))

    def _told(
        self, blocks: dict[str, Block], transaction: str, logs: Sequence[Log]
    ) -> tuple[list[Placed], list[Execution]]:
        """Return what the logs of one transaction tell, once they are held to its receipt."""
        receipt = self._node.receipt(transaction)
        known = {log.log_index: log for log in receipt.logs}
        for log in logs:
            twin = known.get(log.log_index)
            if (
                receipt.status != SUCCEEDED
                or receipt.block_hash != log.block_hash
                or twin is None
                or (twin.address, twin.topics, twin.data) != (log.address, log.topics, log.data)
            ):
                raise AnswerUnfit(self.provider, f"a log that {transaction} does not have")
        return self._node.fit(
            lambda: _read_logs(
                blocks[logs[0].block_hash],
                quantity(receipt.transaction_index),
                min(quantity(each) for each in known),
                logs,
            ),
            f"the logs of {transaction}",
        )

    def _balances_at(self, block: Block, wallets: Sequence[Wallet]) -> Closing:
        if self._takes_hashes:
            try:
                by_hash: BlockAt = {"blockHash": block.hash, "requireCanonical": True}
                return self._all_balances(block, wallets, by_hash)
            except AnsweredError:
                # It may not know EIP-1898. If something else is wrong, that shows again.
                found = self._all_balances_by_number(block, wallets)
                self._takes_hashes = False
                return found
        return self._all_balances_by_number(block, wallets)

    def _all_balances_by_number(self, block: Block, wallets: Sequence[Wallet]) -> Closing:
        found = self._all_balances(block, wallets, hex(block.number))
        if self.hash_of(block.number) != block.hash:
            raise AnswerUnfit(self.provider, f"block {block.number} changed while it was read")
        return found

    def _all_balances(self, block: Block, wallets: Sequence[Wallet], at: BlockAt) -> Closing:
        node = self._node
        tasks = {
            (wallet.id, contract): (
                partial(node.balance, wallet.address, at)
                if contract == NATIVE
                else partial(node.token_balance, contract, wallet.address, at)
            )
            for wallet in wallets
            for contract in (NATIVE, *wallet.tokens)
        }
        found = self._client.run_each(list(tasks.values()))
        return Closing(block=block, balances=dict(zip(tasks, found, strict=True)))


def _read_logs(
    block: Block, index: int, lowest: int, logs: Sequence[Log]
) -> tuple[list[Placed], list[Execution]]:
    """Return what logs of one transaction say; `lowest` is the index of its first log.

    Raises:
        ValueError: a number in them is none.
    """
    placed, executions = [], []
    for log in logs:
        transfer, execution = transfer_of(log), execution_of(log)
        if transfer is not None:
            movement = Movement(
                block=block.number,
                block_hash=block.hash,
                at=block.at,
                transaction=log.transaction_hash.lower(),
                # Its place in the block changes when it is mined again; this one does not.
                part=f"log:{quantity(log.log_index) - lowest}",
                contract=transfer.contract,
                sender=transfer.sender,
                recipient=transfer.recipient,
                units=transfer.units,
            )
            placed.append(Placed(index, movement))
        if execution is not None:
            safe_tx_hash, succeeded = execution
            executions.append(
                Execution(
                    block=block.number,
                    block_hash=block.hash,
                    at=block.at,
                    transaction=log.transaction_hash.lower(),
                    safe=log.address.lower(),
                    safe_tx_hash=safe_tx_hash,
                    succeeded=succeeded,
                )
            )
    return placed, executions
