import pytest

from ledger.commodities import DEFAULT_COMMODITIES, scale_of, scales
from ledger.errors import DatabaseRefused, UnknownReference
from ledger.tables import Commodity
from support.books import Books


def test_every_commodity_has_the_decimals_of_its_payable_unit(books: Books) -> None:
    with books.read() as session:
        assert scales(session) == {code: scale for code, _, scale in DEFAULT_COMMODITIES}
        assert [scale_of(session, code) for code in ("USD", "USDT", "HBOT")] == [2, 6, 18]


@pytest.mark.parametrize("code", ["DOGE", "usd", ""])
def test_another_code_is_no_commodity(books: Books, code: str) -> None:
    with books.read() as session, pytest.raises(UnknownReference, match=f"'{code}'"):
        scale_of(session, code)


@pytest.mark.parametrize("scale", [-1, 19])
def test_the_database_refuses_a_unit_that_no_quantity_can_have(books: Books, scale: int) -> None:
    digest = books.digest()
    with pytest.raises(DatabaseRefused, match="scale"), books.write() as change:
        change.add(Commodity(code="X", name="x", allocation_scale=scale))
    assert books.digest() == digest
