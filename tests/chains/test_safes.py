"""What a Safe is and would do, asked of a real node by calls that send nothing."""

from collections.abc import Iterator

import pytest
from eth_abi.abi import encode

from chains.errors import AnswerUnfit
from chains.evm_reader import EvmReader
from chains.safes import Call, delegate_refusal, refusals, state_at
from support.chain_books import reader_of
from support.evm_calls import call_data
from support.evm_chain import USDC, EvmChain, evm_chain
from support.evm_safes import MULTI_SEND_CALL_ONLY, Safe, deploy_safe

HELD = 100


@pytest.fixture(scope="module")
def safe() -> Iterator[Safe]:
    with evm_chain() as chain:
        chain.place_token(USDC, "USDC", 6)
        made = deploy_safe(chain)
        chain.mint(USDC, made.address, HELD)
        yield made


@pytest.fixture
def reader(safe: Safe) -> EvmReader:
    found = reader_of("ethereum", safe.chain.url)
    assert isinstance(found, EvmReader)
    return found


def transfer(chain: EvmChain, units: int) -> Call:
    data = call_data("transfer(address,uint256)", chain.people[3], units)
    return Call(to=USDC, value=0, data=data)


def together(*calls: Call) -> Call:
    packed = b"".join(
        b"\0"
        + bytes.fromhex(each.to[2:])
        + encode(["uint256", "uint256"], [each.value, len(each.data) // 2 - 1])
        + bytes.fromhex(each.data[2:])
        for each in calls
    )
    return Call(to=MULTI_SEND_CALL_ONLY, value=0, data=call_data("multiSend(bytes)", packed))


def test_lines_that_pass_alone_and_not_together_fail_as_a_whole(
    safe: Safe, reader: EvmReader
) -> None:
    most, too_much = transfer(safe.chain, HELD), transfer(safe.chain, HELD + 1)
    head = safe.chain.head
    assert refusals(reader, safe.address, [most, most, too_much], head) == [
        *(None, None),
        "reverts: balance",
    ]
    assert delegate_refusal(reader, safe.address, together(most), head) is None
    refused = delegate_refusal(reader, safe.address, together(most, most), head)
    assert refused == "reverts without a word"
    assert safe.chain.balance(USDC, safe.address) == HELD
    assert safe.nonce == 0


def test_native_coin_to_a_contract_that_takes_none_is_refused(
    safe: Safe, reader: EvmReader
) -> None:
    safe.chain.fund(safe.address)
    coin = [Call(to=to, value=1, data="0x") for to in (safe.chain.people[3], USDC)]
    passed, refused = refusals(reader, safe.address, coin, safe.chain.head)
    assert passed is None
    assert refused is not None
    assert "revert" in refused


def test_a_panic_and_words_of_no_known_kind_are_told(safe: Safe, reader: EvmReader) -> None:
    chain = safe.chain
    issuers = chain.place_token("0x" + "51" * 20, "X", 6, "IssuersToken")
    data = call_data("transfer(address,uint256)", chain.people[3], 1)
    call = Call(to=issuers, value=0, data=data)
    assert refusals(reader, safe.address, [call], chain.head) == ["panics with code 17"]
    thrower = "0x" + "52" * 20
    # PUSH4 deadbeef, MSTORE at 0, REVERT with its four bytes.
    chain.ask("anvil_setCode", thrower, "0x63deadbeef60005260046" + "01cfd")
    call = Call(to=thrower, value=0, data=data)
    assert refusals(reader, safe.address, [call], chain.head) == ["reverts with 0xdeadbeef"]


def test_what_is_no_safe_is_told_as_such(safe: Safe, reader: EvmReader) -> None:
    for nobody in (safe.chain.people[3], USDC):
        with pytest.raises(AnswerUnfit, match=f"no Safe at {nobody}"):
            state_at(reader, nobody, safe.chain.head)
    with pytest.raises(AnswerUnfit, match="no outcome of a simulation"):
        delegate_refusal(reader, safe.chain.people[3], transfer(safe.chain, 1), safe.chain.head)
