"""Faults that providers of EVM chains have: ranges that are too wide for them, heads that lag."""

from typing import Any

from support.fault_proxy import (
    Fault,
    FaultProxy,
    Forward,
    Question,
    Reply,
    alters,
    answer,
    error,
    only,
)

TAGS = {"latest", "finalized"}


def range_limit(
    blocks: int,
    words: str = "block range is too wide",
    number: int = -32602,
    *,
    is_hinted: bool = False,
) -> Fault:
    """Return a fault that refuses logs of more blocks at once; it may hint a narrower range."""

    def limited(question: Question, through: Forward) -> Reply:
        if question.method != "eth_getLogs":
            return through(question)
        first, last = (int(question.params[0][name], 16) for name in ("fromBlock", "toBlock"))
        if last - first < blocks:
            return through(question)
        hint = f" this block range should work: [{hex(first)}, {hex(first + blocks - 1)}]"
        return error(question, number, words + (hint if is_hinted else ""))

    return limited


def row_limit(rows: int, words: str = "query returned more than 10000 results") -> Fault:
    """Return a fault that refuses answers with more logs."""

    def limited(question: Question, through: Forward) -> Reply:
        reply = through(question)
        if question.method != "eth_getLogs" or len(reply.result or ()) <= rows:
            return reply
        return error(question, -32005, words)

    return limited


def stale(proxy: FaultProxy, behind: int) -> Fault:
    """Return a fault of a node that lags: older heads, and logs of a part without an error."""

    def lagging(question: Question, through: Forward) -> Reply:
        head = int(proxy.direct("eth_blockNumber"), 16) - behind
        method, params = question.method, question.params
        if method == "eth_blockNumber":
            return answer(question, hex(head))
        if method == "eth_getBlockByNumber":
            number = _number_of(proxy, params[0], behind)
            found = proxy.direct(method, hex(number), *params[1:]) if number <= head else None
            return answer(question, found)
        if method == "eth_getLogs":
            rows = through(question).result
            return answer(question, [row for row in rows if int(row["blockNumber"], 16) <= head])
        return through(question)

    return lagging


def _number_of(proxy: FaultProxy, block: str, behind: int) -> int:
    if block not in TAGS:
        return int(block, 16)
    told: dict[str, Any] = proxy.direct("eth_getBlockByNumber", block, False)  # noqa: FBT003
    return int(told["number"], 16) - behind


def without_finality() -> Fault:
    """Return a fault of a node that does not know the tag of final blocks."""

    def unknown(question: Question, through: Forward) -> Reply:
        if question.method == "eth_getBlockByNumber" and question.params[0] == "finalized":
            return error(question, -32602, "invalid argument 0: hex string without 0x prefix")
        return through(question)

    return unknown


def another_chain(identity: int) -> Fault:
    """Return a fault of an address that leads to another chain."""
    return only(alters(lambda _: hex(identity)), "eth_chainId")
