from decimal import Decimal, localcontext

from reports.ties import count_tie, sums, ties


def test_commodities_are_summed_apart_and_the_unknown_is_left_out() -> None:
    pairs = [("A", Decimal(1)), ("B", Decimal(2)), ("A", None), ("A", Decimal("0.5"))]

    assert sums(pairs) == {"A": Decimal("1.5"), "B": Decimal(2)}


def test_sums_are_exact_in_a_context_that_is_not() -> None:
    most, least = Decimal(99999999999999999999), Decimal("0.000000000000000001")
    with localcontext(prec=5):
        found = sums([("A", most), ("A", least)])

    assert found["A"] == Decimal("99999999999999999999.000000000000000001")


def test_a_commodity_missing_on_one_side_counts_as_zero_there() -> None:
    found = ties("check", {"A": Decimal(1)}, {"B": Decimal(2)})

    assert [(tie.commodity, tie.difference) for tie in found] == [
        *(("A", Decimal(1)), ("B", Decimal(-2))),
    ]


def test_counts_have_no_commodity() -> None:
    tie = count_tie("rows", 3, 5)

    assert (tie.commodity, tie.difference) == ("", Decimal(-2))
