from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chains.agreement import agreed
from chains.coverage import digest_of
from chains.errors import ProvidersDisagree
from chains.movements import Execution, Movement, Seen

US, THEM = "0xus", "0xthem"
LOG = Movement(
    block=7,
    block_hash="0xb7",
    at=datetime(2026, 10, 1, tzinfo=UTC),
    transaction="0x1",
    part="log:0",
    contract="0xtoken",
    sender=THEM,
    recipient=US,
    units=5,
)
CALLS = tuple(
    replace(LOG, part=f"call:{number}", contract="", units=units)
    for number, units in ((0, 2), (1, 3))
)
REST = replace(LOG, transaction="block:7", part=f"rest:{US}", contract="", sender="", units=5)
EXECUTION = Execution(
    block=7,
    block_hash="0xb7",
    at=LOG.at,
    transaction="0x1",
    safe=US,
    safe_tx_hash="0xs",
    succeeded=True,
)


def seen(*movements: Movement, executions: tuple[Execution, ...] = ()) -> Seen:
    return Seen(movements=movements, executions=executions)


def test_what_all_tell_alike_is_agreed_in_whatever_order() -> None:
    other = replace(LOG, part="log:1")
    told = agreed("bsc", [US], [("a", seen(LOG, other)), ("b", seen(other, LOG))])
    assert set(told.movements) == {LOG, other}
    assert digest_of(seen(LOG, other)) == digest_of(seen(other, LOG)) != digest_of(seen(LOG))


def test_one_provider_alone_agrees_with_itself() -> None:
    assert agreed("bsc", [US], [("a", seen(LOG))]) == seen(LOG)


@pytest.mark.parametrize(
    "other",
    [
        seen(),
        seen(replace(LOG, units=6)),
        seen(replace(LOG, block_hash="0xb8")),
        seen(replace(LOG, sender=US)),
        seen(replace(LOG, part="log:1")),
        seen(LOG, replace(LOG, part="log:1")),
        seen(LOG, executions=(EXECUTION,)),
    ],
)
def test_any_difference_is_told_with_its_transaction(other: Seen) -> None:
    for told in ([("a", seen(LOG)), ("b", other)], [("a", other), ("b", seen(LOG))]):
        with pytest.raises(ProvidersDisagree, match=r"in block 7, . sees transaction 0x1"):
            agreed("bsc", [US], told)


def test_a_third_provider_counts_as_much_as_the_second() -> None:
    with pytest.raises(ProvidersDisagree, match="a sees transaction 0x1 log:0 as c does not"):
        agreed("bsc", [US], [("a", seen(LOG)), ("b", seen(LOG)), ("c", seen())])


def test_what_only_one_can_trace_is_taken_from_it_where_the_sums_are_equal() -> None:
    fine, coarse = seen(*CALLS), seen(REST)
    assert agreed("bsc", [US], [("a", fine), ("b", coarse)]) == fine
    assert agreed("bsc", [US], [("a", coarse), ("b", fine)]) == fine


def test_native_sums_inside_a_block_that_differ_are_told() -> None:
    wrong = seen(replace(REST, units=4))
    with pytest.raises(ProvidersDisagree, match="a sees 5 native units moved inside and b 4"):
        agreed("bsc", [US], [("a", seen(*CALLS)), ("b", wrong)])
    with pytest.raises(ProvidersDisagree, match="moved inside"):
        agreed("bsc", [US], [("a", seen()), ("b", seen(REST))])
