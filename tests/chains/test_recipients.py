"""Recipients on a real node: accounts, delegated ones, Safes, contracts, what is elsewhere."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from chains.errors import ProvidersTooFew
from feeshare.chain_setup import ChainNotSet
from feeshare.recipients import recipient_of
from feeshare.settings import ChainSetting, Settings
from ledger.errors import BadInput
from support.books import Books
from support.command_line import feeshare
from support.evm_chain import USDC, EvmChain, ethereum, evm_chain
from support.evm_safes import deploy_safe
from support.payouts import BOB, furnish

STRANGER = "0x" + "c0ffee" * 6 + "c0ff"


@pytest.fixture(scope="module")
def main() -> Iterator[EvmChain]:
    with ethereum() as chain:
        yield chain


@pytest.fixture(scope="module")
def other() -> Iterator[EvmChain]:
    with evm_chain(56) as chain:
        yield chain


def settings(**chains: EvmChain) -> Settings:
    return Settings(
        chains={
            name: ChainSetting(providers=(SecretStr(chain.url),), agreeing=1)
            for name, chain in chains.items()
        }
    )


def kind(address: str, **chains: EvmChain) -> str:
    return recipient_of(settings(**chains), "ethereum", address).kind


def test_an_account_a_token_and_a_safe_are_told_apart(main: EvmChain) -> None:
    assert kind(main.people[1], ethereum=main) == "account"
    assert kind(USDC, ethereum=main) == "contract"
    safe = deploy_safe(main)
    found = recipient_of(settings(ethereum=main), "ethereum", safe.address)
    assert (found.kind, found.detail) == ("safe", "a Safe on ethereum that 2 owners sign for")


def test_an_account_that_delegates_its_calls_is_told_as_one(main: EvmChain) -> None:
    main.ask("anvil_setCode", STRANGER, "0xef0100" + USDC[2:])
    found = recipient_of(settings(ethereum=main), "ethereum", STRANGER)
    assert (found.kind, USDC in found.detail) == ("delegated", True)


def test_a_safe_on_another_chain_is_no_safe_here(main: EvmChain, other: EvmChain) -> None:
    safe = deploy_safe(other, number=7)
    found = recipient_of(settings(ethereum=main, bsc=other), "ethereum", safe.address)
    assert found.kind == "elsewhere"
    assert "nothing on ethereum, and a Safe on bsc" in found.detail


def test_what_serves_another_chain_or_is_not_set_tells_nothing(other: EvmChain) -> None:
    with pytest.raises(ProvidersTooFew, match="chain id 56"):
        kind(STRANGER, ethereum=other)
    with pytest.raises(ChainNotSet):
        kind(STRANGER, bsc=other)
    with pytest.raises(BadInput, match="chain_mismatch"):
        recipient_of(settings(bsc=other), None, "DE001")


def test_a_check_is_kept_and_holds_what_was_confirmed_before(
    books: Books, main: EvmChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    furnish(books)
    main.ask("anvil_setCode", BOB, "0x600160005260206000f3")
    monkeypatch.setenv(
        "FEESHARE_CHAINS", f'{{"ethereum": {{"providers": ["{main.url}"], "agreeing": 1}}}}'
    )
    answer = feeshare(books, "payee", "destination", "check", "bob:safe:1", "--json")
    assert (answer.status, "a contract on ethereum" in answer.out) == (0, True), answer
    again = feeshare(books, "payee", "destination", "check", "bob:safe:1")
    assert again.status == 0, again
    with books.sql() as sql:
        assert sql.execute("SELECT kind, number FROM destination_findings").fetchall() == [
            ("contract", 1)
        ]
