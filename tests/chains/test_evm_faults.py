"""Providers that lag, leave out, lie, or have had enough: what is told is right or nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chains.errors import (
    AnsweredError,
    AnswerUnfit,
    NotThere,
    OverQuota,
    ProviderFault,
    RangeTooWide,
    TimedOut,
    Unreachable,
    WrongChain,
)
from chains.evm_reader import EvmReader
from chains.movements import Seen
from support.evm_chain import USDC, EvmChain, evm_chain
from support.evm_faults import another_chain, range_limit, row_limit, stale, without_finality
from support.evm_readers import account, evm_reader, rows
from support.fault_proxy import (
    Fault,
    FaultProxy,
    Forward,
    Question,
    Reply,
    after,
    alters,
    asked_too_often,
    cuts,
    drops,
    error,
    fails,
    fault_proxy,
    hangs,
    only,
    pads,
    refuses,
    says,
    times,
)

OURS = "0x" + "f0" * 20
WALLET = account(OURS, USDC)
DEPOSITS = 24
OTHER_HASH = "0x" + "ab" * 32


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    """Give a chain with a deposit in each of some blocks, and a few blocks on top."""
    with evm_chain(1) as running:
        running.place_token(USDC, "USDC", 6)
        running.mint(USDC, running.people[1], 10**12)
        running.mine()
        for units in range(1, DEPOSITS + 1):
            running.transfer(USDC, running.people[1], OURS, units)
        running.mine(8)
        yield running


@pytest.fixture
def first(chain: EvmChain) -> int:
    return chain.head - 8 - DEPOSITS + 1


@pytest.fixture(scope="module")
def proxy(chain: EvmChain) -> Iterator[FaultProxy]:
    with fault_proxy(chain.url) as running:
        yield running


@pytest.fixture
def reader(proxy: FaultProxy) -> Iterator[EvmReader]:
    proxy.heal()
    with evm_reader(proxy.url, step=10) as found:
        yield found
    proxy.heal()


def seen(chain: EvmChain, reader: EvmReader, first: int) -> Seen:
    return reader.seen([WALLET], first, chain.head - 8)


def is_whole(found: Seen) -> bool:
    return [each.units for each in found.movements] == list(range(1, DEPOSITS + 1))


def logs(fault: Fault) -> Fault:
    return only(fault, "eth_getLogs")


@pytest.mark.parametrize(
    "fault",
    [
        range_limit(1),
        range_limit(3),
        range_limit(4, "query returned more than 10000 results.", -32005, is_hinted=True),
        row_limit(1),
        row_limit(5, "Log response size exceeded"),
        logs(times(3, refuses(-32000, "query timeout exceeded"))),
        logs(times(2, pads(70_000_000))),
        logs(times(3, asked_too_often("1"))),
        logs(times(3, refuses(-32005, "daily request count exceeded, request rate limited"))),
        logs(times(3, fails(502))),
        times(3, cuts()),
    ],
)
def test_what_passes_is_worked_around_and_everything_is_told(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int, fault: Fault
) -> None:
    proxy.inject(fault)
    assert is_whole(seen(chain, reader, first))


def test_a_range_that_hangs_is_split_until_it_does_not(
    chain: EvmChain, proxy: FaultProxy, first: int
) -> None:
    def slow(question: Question, through: Forward) -> Reply:
        asked = question.params[0]
        width = int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) + 1
        return hangs(proxy)(question, through) if width > 5 else through(question)

    with (
        proxy.having(logs(slow)),
        evm_reader(proxy.url, step=10, read_seconds=0.5) as reader,
    ):
        assert is_whole(seen(chain, reader, first))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (logs(refuses(-32005, "limit exceeded")), OverQuota),
        (logs(refuses(-32000, "block range is too wide")), RangeTooWide),
        (logs(refuses(-32000, "query timeout exceeded")), TimedOut),
        (logs(refuses(-32601, "the method eth_getLogs is not available")), AnsweredError),
        (logs(fails(503)), Unreachable),
        (logs(says([{"address": OURS}])), AnswerUnfit),
        (only(says(None), "eth_getTransactionReceipt"), NotThere),
        (only(says("0xzz"), "eth_getBalance"), AnswerUnfit),
        (after(7, fails(502)), Unreachable),
    ],
)
def test_what_lasts_is_a_fault_of_its_kind_and_nothing_is_told(
    chain: EvmChain,
    proxy: FaultProxy,
    reader: EvmReader,
    first: int,
    *,
    fault: Fault,
    kind: type[ProviderFault],
) -> None:
    proxy.inject(fault)
    with pytest.raises(kind) as caught:
        seen(chain, reader, first)
    assert type(caught.value) is kind
    proxy.heal()
    assert is_whole(seen(chain, reader, first))


def test_a_node_that_lags_is_not_asked_past_its_head(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    proxy.inject(stale(proxy, 12))
    partial = proxy.reply_to(
        {
            "id": 1,
            "method": "eth_getLogs",
            "params": [{"fromBlock": hex(first), "toBlock": hex(chain.head), "address": USDC}],
        }
    ).result
    assert 0 < len(partial) < DEPOSITS  # as such nodes answer, without an error
    with pytest.raises(NotThere, match=f"its newest block is {chain.head - 12}, before"):
        seen(chain, reader, first)
    assert reader.head().number == chain.head - 12
    assert reader.final().number == chain.head - 14


def test_another_chain_is_told_by_its_id(proxy: FaultProxy, reader: EvmReader) -> None:
    reader.require_chain()
    proxy.inject(another_chain(56))
    with pytest.raises(WrongChain, match=r"ethereum \(chain id 1\) and serves chain id 56"):
        reader.require_chain()


def test_a_node_without_final_blocks_has_none_and_no_other_is_taken(
    proxy: FaultProxy, reader: EvmReader
) -> None:
    with proxy.having(without_finality()):
        for ask in (reader.final, lambda: reader.closing([WALLET])):
            with pytest.raises(AnsweredError, match="invalid argument"):
                ask()

    def unknown(question: Question, through: Forward) -> Reply:
        is_tag = question.params[0] == "finalized"
        return says(None)(question, through) if is_tag else through(question)

    with (
        proxy.having(only(unknown, "eth_getBlockByNumber")),
        pytest.raises(NotThere, match="no block finalized"),
    ):
        reader.final()
    assert "safe" not in [each.params[0] for each in proxy.asked]


def test_a_node_that_takes_numbers_only_gives_the_same_balances(
    proxy: FaultProxy, reader: EvmReader
) -> None:
    def by_number_only(question: Question, through: Forward) -> Reply:
        if isinstance(question.params[1], dict):
            return error(question, -32602, "invalid argument 1: cannot unmarshal object")
        return through(question)

    by_hash = reader.closing([WALLET])
    proxy.inject(only(by_number_only, "eth_getBalance", "eth_call"))
    assert reader.closing([WALLET]) == by_hash
    proxy.asked.clear()
    assert reader.closing([WALLET]) == by_hash
    # It is not tried again.
    assert len([each for each in proxy.methods() if each == "eth_getBalance"]) == 1


def test_balances_are_asked_for_by_the_blocks_hash(proxy: FaultProxy, reader: EvmReader) -> None:
    closing = reader.closing([WALLET])
    by_hash = {"blockHash": closing.block.hash, "requireCanonical": True}
    asked = [each for each in proxy.asked if each.method in {"eth_getBalance", "eth_call"}]
    assert [each.params[1] for each in asked] == [by_hash, by_hash]


def changed(name: str, value: object) -> Callable[[Any], Any]:
    """Return what changes the first row of an answer, or the answer that is no list."""

    def change(result: Any) -> Any:  # noqa: ANN401 - JSON of many shapes
        if not isinstance(result, list):
            return {**result, name: value}
        return [{**result[0], name: value}, *result[1:]] if result else result

    return change


@pytest.mark.parametrize(
    ("method", "name", "value"),
    [
        ("eth_getLogs", "blockHash", OTHER_HASH),
        ("eth_getLogs", "data", "0x" + f"{10**12:064x}"),
        ("eth_getLogs", "address", "0x" + "c0" * 20),
        ("eth_getLogs", "logIndex", "0x5"),
        ("eth_getLogs", "blockNumber", "0x1"),
        ("eth_getLogs", "blockNumber", "none"),
        ("eth_getTransactionReceipt", "status", "0x0"),
        ("eth_getTransactionReceipt", "blockHash", OTHER_HASH),
        ("eth_getTransactionReceipt", "logs", []),
        ("eth_getTransactionReceipt", "transactionIndex", "none"),
    ],
)
def test_an_answer_that_contradicts_another_is_unfit(
    chain: EvmChain,
    proxy: FaultProxy,
    reader: EvmReader,
    first: int,
    *,
    method: str,
    name: str,
    value: object,
) -> None:
    proxy.inject(only(alters(changed(name, value)), method))
    with pytest.raises(AnswerUnfit):
        seen(chain, reader, first)


def test_logs_of_a_block_that_is_not_in_the_chain_are_unfit(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    def another(question: Question, through: Forward) -> Reply:
        fault = alters(changed("hash", OTHER_HASH))
        is_first = question.params[0] == hex(first)
        return fault(question, through) if is_first else through(question)

    proxy.inject(only(another, "eth_getBlockByNumber"))
    with pytest.raises(AnswerUnfit, match=f"logs of another block {first}"):
        seen(chain, reader, first)


def test_a_transaction_that_does_not_exist_is_not_believed(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    proxy.inject(logs(alters(changed("transactionHash", OTHER_HASH))))
    with pytest.raises(NotThere, match=f"no receipt of {OTHER_HASH}"):
        seen(chain, reader, first)


def test_rows_that_were_taken_back_are_not_told(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    def back(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "removed": int(row["data"], 16) % 2 == 0} for row in found]

    proxy.inject(logs(alters(back)))
    assert [each.units for each in seen(chain, reader, first).movements] == list(
        range(1, DEPOSITS + 1, 2)
    )


def test_rows_that_are_left_out_silently_are_another_readers_business(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    """One provider alone cannot be caught at this; balances and other providers catch it."""
    proxy.inject(logs(drops(lambda row: int(row["data"], 16) == 7)))
    found = seen(chain, reader, first)
    assert len(found.movements) == DEPOSITS - 1
    proxy.heal()
    last = chain.head - 8
    opening, closing = (reader.balances([WALLET], at).balances for at in (first - 1, last))
    missing = (
        closing[OURS, USDC] - opening[OURS, USDC] - sum(row[4] for row in rows(found.movements))
    )
    assert missing == 7


def test_nothing_is_asked_of_a_provider_that_it_may_refuse_for_its_width(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader, first: int
) -> None:
    seen(chain, reader, first)
    widths = [
        int(each.params[0]["toBlock"], 16) - int(each.params[0]["fromBlock"], 16) + 1
        for each in proxy.asked
        if each.method == "eth_getLogs"
    ]
    assert max(widths) <= 10
    assert sum(widths) == 2 * DEPOSITS


def test_who_paid_for_a_transaction_is_its_sender_and_the_fee_gas_at_its_price(
    chain: EvmChain, proxy: FaultProxy, reader: EvmReader
) -> None:
    sent = chain.send(chain.people[3], chain.people[4], value=1)
    receipt = chain.receipt(sent)
    wei = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
    fee = reader.fee(sent)
    assert (fee.payer, fee.units) == (chain.people[3], wei)
    assert fee.block_hash == receipt["blockHash"]
    for name, value in (("from", ""), ("gasUsed", "none")):
        proxy.inject(only(alters(changed(name, value)), "eth_getTransactionReceipt"))
        with pytest.raises(AnswerUnfit):
            reader.fee(sent)
