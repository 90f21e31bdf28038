from decimal import Decimal

from ledger.revenue.match_sums import MOST, Bundle, bundles, subsets, unshared


def test_a_sum_that_two_sets_make_is_known_to_be_made_twice() -> None:
    found = subsets({"a": Decimal(1), "b": Decimal(2), "c": Decimal(3), "d": Decimal(4)})
    assert found[Decimal(5)].sets == [("b", "c"), ("a", "d")]
    assert found[Decimal(10)].sets == [("a", "b", "c", "d")]
    assert Decimal(1) not in found


def test_of_too_many_amounts_no_sum_is_tried() -> None:
    assert subsets({str(n): Decimal(2**n) for n in range(MOST + 1)}) == {}


def test_a_receipt_that_names_months_pays_claims_of_those_alone() -> None:
    found, _ = bundles(
        {"r": ("r", Decimal(3), frozenset({"2023-09", "2023-10"}))},
        {
            "a": ("a", Decimal(1), "2023-09"),
            "b": ("b", Decimal(2), "2023-10"),
            "c": ("c", Decimal(2), "2023-11"),
        },
    )
    assert [list(each.claims) for each in found] == [["a", "b"]]


def test_bundles_that_share_anything_are_left_out() -> None:
    one, two, three = (
        Bundle(receipts={r: r}, claims=dict.fromkeys(c, ""), touched=frozenset({r, *c}))
        for r, c in (("r1", "ab"), ("r2", "bc"), ("r3", "de"))
    )
    assert unshared([one, two, three]) == [three]


def test_a_name_in_any_way_of_making_a_sum_keeps_others_from_it() -> None:
    receipts = {name: (name, Decimal(1), frozenset[str]()) for name in "pqr"}
    found, _ = bundles(receipts, {"a": ("a", Decimal(2), "m"), "b": ("b", Decimal(3), "m")})
    assert [each.alone for each in found] == [False, False, True]
    assert unshared(found) == []


def test_of_too_many_receipts_none_are_taken_together_for_one_claim() -> None:
    receipts = {str(n): (str(n), Decimal(2**n), frozenset[str]()) for n in range(MOST + 1)}
    claims = {"a": ("a", Decimal(3), "m")}
    found, tried = bundles(receipts, claims)
    assert (found, tried) == ([], len(receipts) + len(claims))
    fewer = {name: receipts[name] for name in list(receipts)[:MOST]}
    (bundle,) = bundles(fewer, claims)[0]
    assert list(bundle.receipts) == ["0", "1"]
