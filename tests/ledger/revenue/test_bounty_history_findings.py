from decimal import Decimal

from ledger.revenue.bounty_history_findings import Fault, HistoryRow, findings
from support.sample_tracker import history_row

LINK = "https://github.com/hummingbot/hummingbot/issues/5"


def told(number: int, **differs: object) -> HistoryRow:
    usual: dict[str, object] = {"bounty": "5", "link": LINK, "amount_as_written": "10,000"}
    return history_row(number, "10000", **(usual | differs))


def faults(
    *rows: HistoryRow,
    funders: frozenset[str] = frozenset(),
    restated: dict[int, str] | None = None,
) -> list[tuple[int, str]]:
    found = findings(rows, funders=funders, restated=restated or {})
    return [(row, each.fault.value) for row in sorted(found) for each in found[row]]


def test_a_row_that_contradicts_nothing_has_no_finding() -> None:
    assert faults(told(1)) == []
    assert faults(told(1, status="Closed")) == []
    assert faults(told(1, bounty="HIP-7", link=LINK)) == []


def test_a_row_said_again_is_found_and_the_first_one_stands() -> None:
    rows = [told(9, occurrence=2), told(3), told(12, occurrence=3)]

    assert faults(*rows) == [(9, "repeated"), (12, "repeated")]
    found = findings(rows, funders=frozenset(), restated={})
    assert found[9][0].says == f"10000 HBOT for {LINK}, as in row 3"


def test_a_bounty_in_several_commodities_or_amounts_is_found_on_each_of_its_rows() -> None:
    usdc = {"commodity": "USDC", "amount_as_written": "4000", "amount": Decimal(4000)}
    other = {"amount": Decimal(3000), "amount_as_written": "3000", "occurrence": 3}
    rows = [told(1), told(2, **usdc, occurrence=2), told(3, **(usdc | other))]

    assert faults(*rows) == [
        (1, "several_commodities"),
        *((2, "several_commodities"), (2, "other_amount")),
        *((3, "several_commodities"), (3, "other_amount")),
    ]
    found = findings(rows, funders=frozenset(), restated={})
    assert found[1][0].says == "10000 HBOT here, 4000 USDC in row 2, 3000 USDC in row 3"


def test_a_bounty_with_another_link_is_found_on_each_of_its_rows() -> None:
    gateway = "https://github.com/hummingbot/gateway/issues/5"

    assert faults(told(1), told(2, link=gateway)) == [(1, "other_link"), (2, "other_link")]


def test_a_link_that_lacks_or_names_another_issue_is_found() -> None:
    elsewhere = LINK.replace("/5", "/6")

    assert faults(told(1, link="")) == [(1, "link_missing")]
    assert faults(told(1, link=elsewhere)) == [(1, "link_elsewhere")]
    assert faults(told(1, link="a forum post")) == [(1, "link_elsewhere")]
    assert faults(told(1, link=LINK.replace("issues", "pull"))) == []


def test_an_amount_of_zero_or_unlike_what_was_written_is_found() -> None:
    assert faults(told(1, amount=Decimal(0), amount_as_written="0")) == [(1, "amount_zero")]
    assert faults(told(1, amount_as_written="1,0000")) == [(1, "amount_unlike")]
    assert faults(told(1, amount_as_written="10,001")) == [(1, "amount_unlike")]


def test_an_occurrence_that_is_not_counted_so_is_found() -> None:
    assert faults(told(1, occurrence=2)) == [(1, "occurrence_unlike")]


def test_a_funder_is_the_foundation_or_an_exchange_by_any_of_its_names() -> None:
    row = told(1, funder="dYdX")

    assert faults(row) == [(1, "funder_unknown")]
    assert faults(row, funders=frozenset({"dydx"})) == []


def test_a_restated_row_is_found_with_what_it_said_before() -> None:
    assert faults(told(1), restated={1: "amount was 9000"}) == [(1, "restated")]


def test_every_fault_is_one_that_a_rule_finds() -> None:
    assert {each.value for each in Fault} == {
        *("repeated", "several_commodities", "other_amount", "other_link", "link_missing"),
        *("link_elsewhere", "amount_zero", "amount_unlike", "occurrence_unlike"),
        *("funder_unknown", "restated"),
    }
