from decimal import Decimal

from ledger.revenue.shelves import Shelf

SHELF = Shelf(
    [("a", 3), ("a", 1), ("a", 2), ("b", 2)],
    key=lambda item: item[0],
    amount=lambda item: Decimal(item[1]),
    name=lambda item: f"{item[0]}{item[1]}",
)


def test_a_window_has_both_its_ends_and_no_more_than_asked_for() -> None:
    assert SHELF.within("a", Decimal(1), Decimal(2), 5) == [("a", 1), ("a", 2)]
    assert SHELF.within("a", Decimal(1), Decimal(3), 2) == [("a", 1), ("a", 2)]
    assert SHELF.within("a", Decimal(4), Decimal(9), 5) == []
    assert SHELF.within("c", Decimal(0), Decimal(9), 5) == []


def test_what_is_below_comes_nearest_first() -> None:
    assert SHELF.below("a", Decimal(3), 5) == [("a", 2), ("a", 1)]
    assert SHELF.below("a", Decimal(3), 1) == [("a", 2)]
    assert SHELF.below("a", Decimal(1), 5) == []
    assert SHELF.below("c", Decimal(9), 5) == []
