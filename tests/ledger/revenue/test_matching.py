from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.matching import generated
from ledger.money import total
from ledger.revenue.matching import SHOWN, Claim, Outcome, Receipt, match, months_in
from ledger.revenue.tolerances import Tolerance, tolerance_of

DUE = date(2023, 11, 15)
FEES = {"gate": tolerance_of({"default": {"network-fee": {"amount": "5"}}}, "gate")}


def owed(month: str, amount: str, name: str = "") -> Claim:
    return Claim(
        document=name or month,
        party="gate",
        commodity="USDT",
        open=Decimal(amount),
        month=month,
        due_on=DUE,
    )


def paid(name: str, amount: str, memo: str = "", on: date = DUE) -> Receipt:
    return Receipt(
        id=name,
        on=on,
        party="gate",
        commodity="USDT",
        amount=Decimal(amount),
        months=months_in(memo),
    )


SEPTEMBER, OCTOBER = owed("2023-09", "100"), owed("2023-10", "250")


def certain(
    receipts: list[Receipt], claims: list[Claim], tolerances: dict[str, Tolerance] | None = None
) -> dict[str, list[str]]:
    """Return the documents that each receipt pays for certain."""
    found: dict[str, list[str]] = {}
    for each in match(receipts, claims, tolerances).certain:
        for part in each.parts:
            found.setdefault(part.receipt.id, []).append(part.claim.document)
    return found


def proposed(outcome: Outcome, receipt: str) -> list[tuple[str, int, str]]:
    return [
        (each.parts[0].claim.document, each.rank, each.why) for each in outcome.proposals[receipt]
    ]


def test_an_exact_amount_is_certain_with_or_without_the_months_name() -> None:
    outcome = match([paid("a", "100"), paid("b", "250", "for 2023-10")], [SEPTEMBER, OCTOBER])
    assert [(each.parts[0].receipt.id, each.why) for each in outcome.certain] == [
        ("b", "memo names 2023-10, amount exact"),
        ("a", "amount exact"),
    ]
    assert outcome.proposals == {}


def test_days_late_are_a_reason() -> None:
    late = [paid("a", "100", on=date(2023, 11, 17)), paid("b", "250", on=date(2023, 11, 16))]
    found = match(late, [SEPTEMBER, OCTOBER]).certain
    assert [each.why for each in found] == [
        "amount exact, 2 days late",
        "amount exact, 1 day late",
    ]


def test_a_receipt_that_names_its_month_comes_before_one_that_only_fits() -> None:
    claims = [SEPTEMBER, owed("2023-10", "100")]
    receipts = [paid("silent", "100"), paid("naming", "100", "2023-09")]
    assert certain(receipts, claims) == {"naming": ["2023-09"], "silent": ["2023-10"]}


@pytest.mark.parametrize(
    ("receipts", "claims"),
    [
        ([paid("a", "100")], [SEPTEMBER, owed("2023-08", "100")]),
        ([paid("a", "100"), paid("b", "100")], [SEPTEMBER]),
        ([paid("a", "100", "2023-09"), paid("b", "100", "2023-09")], [SEPTEMBER]),
        ([paid("a", "100", "2023-09")], [SEPTEMBER, owed("2023-09", "100", "other")]),
        ([paid("a", "300")], [owed(m, "150") for m in ("2023-07", "2023-08", "2023-09")]),
        ([paid("a", "50"), paid("b", "50"), paid("c", "50")], [SEPTEMBER]),
    ],
)
def test_what_could_stand_for_another_is_never_certain(
    receipts: list[Receipt], claims: list[Claim]
) -> None:
    outcome = match(receipts, claims)
    assert outcome.certain == []
    assert all(outcome.proposals[each.id] for each in receipts)


def test_a_rival_that_names_the_month_keeps_a_silent_one_from_it() -> None:
    receipts = [paid("a", "100", "2023-09"), paid("b", "100", "2023-09"), paid("c", "100")]
    assert certain(receipts, [SEPTEMBER]) == {}


@pytest.mark.parametrize(
    "other",
    [
        replace(paid("a", "100"), party="htx"),
        replace(paid("a", "100"), commodity="USDC"),
    ],
)
def test_another_party_or_commodity_is_not_proposed(other: Receipt) -> None:
    outcome = match([other], [SEPTEMBER])
    assert outcome.certain == []
    assert outcome.proposals == {"a": []}


def test_a_memo_that_names_a_month_nobody_owes_is_for_a_person() -> None:
    assert match([paid("a", "100", "2023-08")], [SEPTEMBER]).proposals == {"a": []}


@pytest.mark.parametrize(
    "memo", ["2023-13", "12023-10", "2023-100", "ref 2023-9", "\u0662\u0660\u0662\u0663-10"]
)
def test_what_only_looks_like_a_month_names_none(memo: str) -> None:
    assert months_in(memo) == ()


def test_a_part_is_proposed_and_never_certain() -> None:
    outcome = match([paid("a", "80", "2023-10"), paid("b", "90")], [SEPTEMBER, OCTOBER])
    assert outcome.certain == []
    assert proposed(outcome, "a") == [("2023-10", 5, "memo names 2023-10, part of 250")]
    assert proposed(outcome, "b") == [
        ("2023-09", 6, "part of 100"),
        ("2023-10", 6, "part of 250"),
    ]


def test_too_much_is_proposed_and_never_certain() -> None:
    outcome = match([paid("a", "260")], [SEPTEMBER, OCTOBER])
    assert outcome.certain == []
    assert proposed(outcome, "a") == [
        ("2023-10", 8, "10 more than the 250 owed"),
        ("2023-09", 8, "160 more than the 100 owed"),
    ]


def test_one_receipt_for_several_months_is_certain_if_no_other_sum_is_the_same() -> None:
    receipts = [paid("a", "350", "2023-09 and 2023-10")]
    (found,) = match(receipts, [SEPTEMBER, OCTOBER]).certain
    assert found.why == "memo names 2023-09 and 2023-10, sum of 2 statements"
    assert [(part.claim.document, part.amount) for part in found.parts] == [
        ("2023-09", Decimal(100)),
        ("2023-10", Decimal(250)),
    ]
    assert certain([paid("a", "350")], [SEPTEMBER, OCTOBER]) == {"a": ["2023-09", "2023-10"]}
    others = [SEPTEMBER, OCTOBER, owed("2023-11", "350", "x"), owed("2023-11", "350", "y")]
    assert certain([paid("a", "351")], others) == {}


def test_several_receipts_for_one_statement_are_certain_if_no_other_sum_is_the_same() -> None:
    receipts = [paid("a", "60"), paid("b", "40", "2023-09"), paid("c", "7")]
    assert certain(receipts, [SEPTEMBER, OCTOBER]) == {"a": ["2023-09"], "b": ["2023-09"]}
    assert proposed(match(receipts, [SEPTEMBER, OCTOBER]), "c")


def test_a_receipt_that_names_two_months_does_not_pay_one_of_them_alone() -> None:
    outcome = match([paid("a", "100", "2023-09 and 2023-10")], [SEPTEMBER, OCTOBER])
    assert outcome.certain == []
    assert [name for name, _, _ in proposed(outcome, "a")] == ["2023-09", "2023-10"]


def test_a_group_too_large_for_every_sum_is_for_a_person() -> None:
    claims = [owed("2023-09", str(2**n), f"d{n:02d}") for n in range(11)]
    assert certain([paid("a", "3")], claims) == {}
    assert certain([paid("a", "3")], claims[:10]) == {"a": ["d00", "d01"]}
    receipts = [paid(f"r{n:02d}", str(2**n)) for n in range(11)]
    assert certain(receipts, [owed("2023-09", "3")]) == {}


def test_a_difference_within_a_tolerance_is_certain_with_its_kind() -> None:
    outcome = match([paid("a", "245.5", "2023-10"), paid("b", "97")], [SEPTEMBER, OCTOBER], FEES)
    assert [(each.rank, each.difference, each.why) for each in outcome.certain] == [
        (
            3,
            "network-fee",
            "memo names 2023-10, less 4.5: network fee within tolerance",
        ),
        (4, "network-fee", "less 3: network fee within tolerance"),
    ]


def test_beyond_a_tolerance_or_between_two_within_it_is_for_a_person() -> None:
    assert certain([paid("a", "94")], [SEPTEMBER], FEES) == {}
    assert certain([paid("a", "99")], [SEPTEMBER, owed("2023-10", "101")], FEES) == {}
    assert certain([paid("a", "99"), paid("b", "98")], [SEPTEMBER], FEES) == {}
    outcome = match([paid("a", "99")], [SEPTEMBER, owed("2023-10", "101")], FEES)
    assert [each.difference for each in outcome.proposals["a"]] == ["network-fee"] * 2


def test_too_much_within_a_tolerance_is_certain() -> None:
    over = {"gate": tolerance_of({"gate": {"overpaid": {"amount": "1"}}}, "gate")}
    outcome = match([paid("a", "101")], [SEPTEMBER], over)
    assert [(each.difference, each.why) for each in outcome.certain] == [
        ("overpaid", "plus 1: overpaid within tolerance")
    ]
    assert certain([paid("a", "101.01")], [SEPTEMBER], over) == {}


def test_a_window_that_is_wider_than_the_limit_takes_nothing_beyond_it() -> None:
    fraction = {"gate": tolerance_of({"gate": {"bank-fee": {"fraction": "0.01"}}}, "gate")}
    assert certain([paid("a", "99")], [SEPTEMBER], fraction) == {"a": ["2023-09"]}
    assert certain([paid("a", "98.99")], [SEPTEMBER], fraction) == {}
    both = {"bank-fee": {"fraction": "0.01"}, "fx": {"fraction": "0.02", "amount": "0.5"}}
    windows = {"gate": tolerance_of({"gate": both}, "gate")}
    assert certain([paid("a", "98.9")], [SEPTEMBER], windows) == {}


def test_at_most_so_many_are_proposed() -> None:
    claims = [owed("2023-09", "100", f"d{n:02d}") for n in range(20)]
    assert len(match([paid("a", "90")], claims).proposals["a"]) == SHOWN


def test_the_work_grows_hardly_faster_than_what_is_matched() -> None:
    tolerances = {f"exchange-{n}": FEES["gate"] for n in range(40)}
    work = [match(*generated(size), tolerances).looked_at for size in (2_000, 4_000, 8_000)]
    assert work[1] < 2.5 * work[0]
    assert work[2] < 2.5 * work[1]


def test_equal_amounts_without_end_are_not_compared_with_each_other() -> None:
    def work(size: int) -> int:
        claims = [owed("2023-09", "100", f"d{n}") for n in range(size)]
        receipts = [paid(f"r{n}", "100", "2023-09" if n % 2 else "") for n in range(size)]
        return match(receipts, claims, FEES).looked_at

    assert work(2_000) < 2.1 * work(1_000)


amounts = st.sampled_from(["1", "2", "3", "5", "97", "99", "100", "103"])
months = st.sampled_from(["2023-08", "2023-09", "2023-10"])


@settings(max_examples=300, deadline=None)
@given(
    receipts=st.lists(st.tuples(amounts, st.sampled_from(["", "2023-09", "2023-09 2023-10"]))),
    claims=st.lists(st.tuples(months, amounts)),
    within=st.booleans(),
)
def test_nothing_is_used_twice_and_what_is_certain_is_so_in_any_order(
    receipts: list[tuple[str, str]], claims: list[tuple[str, str]], *, within: bool
) -> None:
    came = [paid(f"r{n}", amount, memo) for n, (amount, memo) in enumerate(receipts)]
    open_ = [owed(month, amount, f"d{n}") for n, (month, amount) in enumerate(claims)]
    tolerances = FEES if within else {}

    outcome = match(came, open_, tolerances)

    sure = [part for each in outcome.certain for part in each.parts]
    for receipt in came:
        of_it = [part for part in sure if part.receipt == receipt]
        assert bool(of_it) != (receipt.id in outcome.proposals)
        assert total(part.amount for part in of_it) in (0, receipt.amount)
    for claim in open_:
        of_it = [part for part in sure if part.claim == claim]
        kinds = {each.difference for each in outcome.certain if each.parts[0].claim == claim}
        if of_it and kinds == {None}:
            assert total(part.amount for part in of_it) == claim.open
    for each in outcome.certain:
        assert (
            len({id(part.receipt) for part in each.parts}) == 1
            or len({id(part.claim) for part in each.parts}) == 1
        )
    backwards = match(came[::-1], open_[::-1], tolerances)
    assert {(p.receipt.id, p.claim.document, p.amount) for p in sure} == {
        (p.receipt.id, p.claim.document, p.amount)
        for each in backwards.certain
        for p in each.parts
    }
