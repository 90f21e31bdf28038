"""What providers say instead of an answer, by kind; patience where it helps, and only there."""

import time
from collections.abc import Iterator

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
)
from chains.evm_answers import Header
from chains.jsonrpc import BYTES_MAX, RpcClient, fault_of
from support.evm_chain import EvmChain, evm_chain
from support.fault_proxy import (
    FaultProxy,
    Forward,
    Question,
    Reply,
    after,
    alters,
    asked_too_often,
    cuts,
    fails,
    fault_proxy,
    hangs,
    latency,
    pads,
    refuses,
    says,
    times,
)

ALCHEMY = (
    "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range "
    "and no limit on the response size, or you can request any block range with a cap of 10K logs "
    "in the response. Based on your parameters and the response size limit, this block range "
    "should work: [0x10, 0x1f3]"
)
ALCHEMY_FREE = (
    "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. "
    "Based on your parameters, this block range should work: [0x10, 0x19]. Upgrade to PAYG for "
    "expanded block range."
)
INFURA = "query returned more than 10000 results. Try with this block range [0x10, 0x2F]."
RETH = "query exceeds max results 20000, retry with the range 16-47"


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with evm_chain(1) as running:
        yield running


@pytest.fixture
def proxy(chain: EvmChain) -> Iterator[FaultProxy]:
    with fault_proxy(chain.url) as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(proxy: FaultProxy, waits: list[float]) -> Iterator[RpcClient]:
    found = RpcClient(proxy.url, wait=waits.append)
    yield found
    found.close()


@pytest.mark.parametrize(
    ("number", "words", "hint"),
    [
        (-32602, ALCHEMY, (16, 0x1F3)),
        (-32600, ALCHEMY_FREE, (16, 25)),
        (-32005, INFURA, (16, 0x2F)),
        (-32602, RETH, (16, 47)),
        (-32602, "query exceeds max block range 100000", None),
        (-32614, "eth_getLogs is limited to a 10,000 range", None),
        (-32000, "eth_getLogs is limited to 1024 block range. Please check the parameters", None),
        (-32602, "eth_getLogs is limited to 0 - 10000 blocks range", None),
        (-32005, "Maximum allowed number of requested blocks is 1000", None),
        (-32000, "exceed maximum block range: 50000", None),
        (-32000, "eth_getLogs range is too large, max is 1k blocks", None),
        (-32600, "block range is too wide", None),
        (-32000, "Block range limit exceeded. See more details at https://…", None),
        (35, "ranges over 10000 blocks are not supported on freetier", None),
        (-32000, "logs matched by query exceeds limit of 10000", None),
        (-32005, "too many logs", None),
        (-32008, "Response is too big", None),
        (-32020, "backend response too large", None),
    ],
)
def test_a_range_is_too_wide_in_many_words(
    number: int, words: str, hint: tuple[int, int] | None
) -> None:
    fault = fault_of("p", number, words)
    assert isinstance(fault, RangeTooWide)
    assert (fault.kind, fault.hint) == ("range", hint)


@pytest.mark.parametrize(
    ("number", "words", "kind"),
    [
        # The same number is a range for one provider and a quota for another.
        (-32005, "limit exceeded", OverQuota),
        (-32005, "daily request count exceeded, request rate limited", OverQuota),
        (-32007, "50/second request limit reached - reduce calls per second", OverQuota),
        (429, "Your app has exceeded its compute units per second capacity", OverQuota),
        (-32029, "Too many requests, reason: call rate limit exhausted, retry in 10s", OverQuota),
        (-32005, "You've exceeded the RPS limit available on the current plan", OverQuota),
        (429, "", OverQuota),
        (-32000, "query timeout exceeded", TimedOut),
        (30, "Request timeout on the free tier, please upgrade your tier to paid", TimedOut),
        (-32000, "execution aborted (timeout = 5s)", TimedOut),
        (-32002, "request timed out", TimedOut),
        (-32000, "context deadline exceeded", TimedOut),
        (-32000, "header not found", NotThere),
        (-32000, "unknown block", NotThere),
        (-32001, "Resource not found", NotThere),
        (-32602, "block range extends beyond current head block", NotThere),
        (-32602, "BlockOutOfRangeError: block height is 1 but requested was 5", NotThere),
        (-32000, "missing trie node 5d1b (path ) state 0xab is not available", NotThere),
        (-32000, "historical state 0xab is not available", NotThere),
        (4444, "state at block #17 is pruned", NotThere),
        (-32004, "Block not available for slot 12", NotThere),
        (-32601, "the method debug_traceTransaction does not exist", AnsweredError),
        (3, "execution reverted", AnsweredError),
        (-32015, "Transaction version (1) is not supported", AnsweredError),
        # What cannot be read is not what is not there, whatever words go with it.
        (-32015, "header not found", AnsweredError),
        (-32000, "", AnsweredError),
    ],
)
def test_other_refusals_are_of_their_kind(
    number: int, words: str, kind: type[ProviderFault]
) -> None:
    assert type(fault_of("p", number, words)) is kind


def test_an_error_tells_the_provider_and_its_words_shortened() -> None:
    fault = fault_of("p", -32000, "x" * 1000)
    assert isinstance(fault, AnsweredError)
    assert (fault.provider, fault.number, fault.words) == ("p", -32000, "x" * 200)


def test_an_address_is_told_without_its_key() -> None:
    client = RpcClient("https://user:secret@rpc.example.org/v3/key?token=other")
    assert client.provider == "rpc.example.org"
    client.close()


def test_a_quota_is_waited_for_and_asked_again(
    proxy: FaultProxy, client: RpcClient, waits: list[float]
) -> None:
    with proxy.having(times(2, asked_too_often())):
        assert client.ask(str, "eth_chainId") == "0x1"
    assert (proxy.methods(), waits) == (["eth_chainId"] * 3, [0.5, 1.0])


def test_a_provider_says_how_long_to_wait_within_bounds(
    proxy: FaultProxy, client: RpcClient, waits: list[float]
) -> None:
    with proxy.having(times(1, asked_too_often("7")), times(1, asked_too_often("9000"))):
        assert client.ask(str, "eth_chainId") == "0x1"
    assert sorted(waits) == [7, 30]


def test_a_quota_that_lasts_is_told_after_a_few_attempts(
    proxy: FaultProxy, client: RpcClient, waits: list[float]
) -> None:
    for fault in (asked_too_often(), refuses(-32005, "limit exceeded")):
        waits.clear()
        with proxy.having(fault), pytest.raises(OverQuota):
            client.ask(str, "eth_chainId")
        assert waits == [0.5, 1.0, 2.0]


def test_a_failing_server_is_asked_again(
    proxy: FaultProxy, client: RpcClient, waits: list[float]
) -> None:
    for fault in (fails(502), cuts(), fails(200, b"<html>")):
        waits.clear()
        with proxy.having(times(1, fault)):
            assert client.ask(str, "eth_chainId") == "0x1"
        assert len(waits) == 1
        with proxy.having(fault), pytest.raises(Unreachable):
            client.ask(str, "eth_chainId")


def test_a_server_that_is_not_there_is_unreachable() -> None:
    client = RpcClient("http://127.0.0.1:9", attempts=1)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9: ConnectError"):
        client.ask(str, "eth_chainId")
    client.close()


def test_a_provider_that_dies_is_told_after_what_it_answered(
    proxy: FaultProxy, client: RpcClient
) -> None:
    with proxy.having(after(3, fails(503))):
        assert client.ask_each(str, "eth_chainId", [()] * 3) == ["0x1"] * 3
        with pytest.raises(Unreachable, match="status 503"):
            client.ask(str, "eth_chainId")


def test_no_answer_in_time_is_told_at_once(proxy: FaultProxy, waits: list[float]) -> None:
    client = RpcClient(proxy.url, read_seconds=0.3, wait=waits.append)
    with proxy.having(hangs(proxy)), pytest.raises(TimedOut):
        client.ask(str, "eth_chainId")
    client.close()
    assert (proxy.methods(), waits) == (["eth_chainId"], [])


def test_an_answer_that_is_too_large_is_a_range_too_wide(
    proxy: FaultProxy, client: RpcClient
) -> None:
    with proxy.having(pads(BYTES_MAX)), pytest.raises(RangeTooWide, match="over 64000000 bytes"):
        client.ask(str, "eth_chainId")
    with proxy.having(fails(413, b"")), pytest.raises(RangeTooWide, match="too large for it"):
        client.ask(str, "eth_chainId")


def test_an_answer_that_is_nested_too_deep_is_too_large_as_well(
    proxy: FaultProxy, client: RpcClient
) -> None:
    deep = b'{"jsonrpc":"2.0","id":1,"more":' + b"[" * 100_000
    with proxy.having(fails(200, deep)), pytest.raises(RangeTooWide, match="nested too deep"):
        client.ask(str, "eth_chainId")


def test_an_answer_of_another_shape_is_unfit(proxy: FaultProxy, client: RpcClient) -> None:
    results: tuple[object, ...] = (7, None, [], {"number": "0x1"})
    for result in results:
        with proxy.having(says(result)), pytest.raises(AnswerUnfit):
            client.ask(Header, "eth_getBlockByNumber", "latest", False)  # noqa: FBT003


def test_an_answer_to_another_question_is_unfit(proxy: FaultProxy, client: RpcClient) -> None:
    def another(_question: Question, through: Forward) -> Reply:
        return through(Question(id=999, method="eth_chainId", params=[], number=0))

    with proxy.having(another), pytest.raises(AnswerUnfit, match="another question"):
        client.ask(str, "eth_chainId")


def test_nothing_is_an_answer_only_where_it_may_be(proxy: FaultProxy, client: RpcClient) -> None:
    none = "0x" + "00" * 32
    assert client.ask_maybe(Header, "eth_getBlockByHash", none, False) is None  # noqa: FBT003
    with pytest.raises(AnswerUnfit):
        client.ask(Header, "eth_getBlockByHash", none, False)  # noqa: FBT003
    assert proxy.methods() == ["eth_getBlockByHash"] * 2


def test_answers_come_in_the_order_of_questions_that_were_asked_at_once(
    chain: EvmChain, proxy: FaultProxy, client: RpcClient
) -> None:
    chain.mine(20)
    numbers = [hex(number) for number in range(16)]
    with proxy.having(latency(0.05)):
        start = time.monotonic()
        found = client.ask_each(
            Header, "eth_getBlockByNumber", [(number, False) for number in numbers]
        )
        took = time.monotonic() - start
    assert [each.number for each in found] == numbers
    # One after the other they would take 0.8 seconds at least.
    assert took < 16 * 0.05


def test_the_first_question_that_failed_is_told(proxy: FaultProxy, client: RpcClient) -> None:
    def odd(question: Question, through: Forward) -> Reply:
        fault = refuses(-32000, f"no {question.params[0]}")
        is_odd = int(question.params[0], 16) % 2 == 1
        return fault(question, through) if is_odd else through(question)

    with proxy.having(odd), pytest.raises(AnsweredError, match="no 0x3"):
        client.ask_each(Header, "eth_getBlockByNumber", [(hex(each), False) for each in (0, 3, 5)])


def test_what_a_fault_altered_is_what_arrives(proxy: FaultProxy, client: RpcClient) -> None:
    with proxy.having(alters(lambda result: result + "f")):
        assert client.ask(str, "eth_chainId") == "0x1f"
    assert client.ask(str, "eth_chainId") == "0x1"
