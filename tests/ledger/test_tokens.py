import pytest

from ledger.commodities import DEFAULT_COMMODITIES
from ledger.errors import UnknownReference
from ledger.tokens import DEFAULT_TOKENS, token_of
from support.books import Books


@pytest.mark.parametrize(
    ("chain", "commodity", "decimals", "chain_id"),
    [("ethereum", "USDT", 6, 1), ("bsc", "USDT", 18, 56), ("solana", "USDC", 6, None)],
)
def test_a_commodity_has_its_own_contract_and_decimals_on_each_chain(
    books: Books, chain: str, commodity: str, decimals: int, chain_id: int | None
) -> None:
    with books.read() as session:
        token = token_of(session, chain, commodity)
    assert (token.decimals, token.chain_id) == (decimals, chain_id)
    assert (chain, chain_id, token.contract, commodity, decimals) in DEFAULT_TOKENS


def test_a_native_coin_has_no_contract(books: Books) -> None:
    with books.read() as session:
        assert token_of(session, "ethereum", "ETH").contract == ""


@pytest.mark.parametrize(
    ("chain", "commodity"), [("solana", "HBOT"), ("tron", "USDT"), ("ethereum", "usdt")]
)
def test_what_is_not_registered_is_no_token(books: Books, chain: str, commodity: str) -> None:
    with (
        books.read() as session,
        pytest.raises(UnknownReference, match=f"'{commodity} on {chain}'"),
    ):
        token_of(session, chain, commodity)


def test_every_registered_token_is_a_commodity_whose_unit_its_chain_can_pay() -> None:
    scales = {code: scale for code, _, scale in DEFAULT_COMMODITIES}
    assert all(scales[commodity] <= decimals for *_, commodity, decimals in DEFAULT_TOKENS)
    places = [(chain, contract.lower()) for chain, _, contract, _, _ in DEFAULT_TOKENS]
    assert len(places) == len(set(places))
