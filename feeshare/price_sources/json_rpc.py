"""JSON-RPC to a node of an EVM chain: reads at one block, and the bytes of all its answers."""

import json

from feeshare.asking import Asker
from feeshare.price_sources.exact_json import parse
from feeshare.price_sources.source import AnswerInvalid


class Reverted(AnswerInvalid):
    """A node answers that a call did not run: the contract refused it, or there is none."""


class Node:
    """A node at an address; what it answered is kept in `said`, one line an answer."""

    def __init__(self, source: str, url: str, asker: Asker) -> None:
        self.source = source
        self.url = url
        self.asker = asker
        self.said: list[bytes] = []

    def call(self, contract: str, data: str, block: str) -> bytes:
        """Return what a contract answers to a read at a block.

        Raises:
            AnswerInvalid: it answers nothing, or no bytes.
        """
        answer = self.ask("eth_call", [{"to": contract, "data": data}, block])
        try:
            found = bytes.fromhex(str(answer).removeprefix("0x"))
        except ValueError:
            raise AnswerInvalid(self.source, "a result that is no bytes") from None
        if not found:
            raise AnswerInvalid(self.source, f"nothing: {contract} is no such contract")
        return found

    def quantity(self, method: str, parameters: list[object]) -> int:
        """Return the whole number that a method answers with.

        Raises:
            AnswerInvalid: it answers with none.
        """
        text = self.ask(method, parameters)
        try:
            return int(str(text), 16)
        except ValueError:
            raise AnswerInvalid(self.source, f"no number to {method}") from None

    def block_number(self, tag: str) -> str:
        """Return the number of the block that a tag stands for, as the node writes it.

        Raises:
            AnswerInvalid: there is no such block.
        """
        block = self.ask("eth_getBlockByNumber", [tag, False])
        number = block.get("number") if isinstance(block, dict) else None
        if not isinstance(number, str):
            raise AnswerInvalid(self.source, f"no {tag} block")
        return number

    def ask(self, method: str, parameters: list[object]) -> object:
        """Return what a method answers with.

        Raises:
            Reverted: the node answers with an error.
            AnswerInvalid: it answers with something else than was asked for.
        """
        number = len(self.said) + 1
        question = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
        raw = self.asker.post(self.url, json.dumps(question, sort_keys=True).encode())
        self.said.append(raw)
        answer = parse(self.source, raw)
        if not isinstance(answer, dict) or answer.get("id") != number:
            raise AnswerInvalid(self.source, "another answer than was asked for")
        if "error" in answer:
            raise Reverted(self.source, f"an error to {method}: {str(answer['error'])[:200]}")
        return answer.get("result")
