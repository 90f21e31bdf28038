"""The pure rule of what a transaction moved: it adds up, and does not depend on who asks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chains.movements import NATIVE, Movement
from chains.solana_addresses import WRAPPED_SOL
from support.solana_told import ASSOCIATED, MINT, OWNERS, PEOPLE, State, moved, transaction

Accounts = dict[str, tuple[State, State]]


@st.composite
def _accounts(draw: st.DrawFn) -> Accounts:
    """Give accounts before and after, associated ones mostly in the hands of their own."""
    found: Accounts = {}
    for name in draw(st.sets(st.sampled_from("abcdef"), min_size=1)):
        own = [ASSOCIATED[name]] * 6 if name in ASSOCIATED else []
        owners = st.sampled_from([*own, *OWNERS])
        first = draw(owners)
        second = draw(st.just(first) | owners)
        units = st.integers(0, 5)
        before, after = ((each, draw(units)) for each in (first, second))
        found[name] = draw(st.sampled_from([(before, after), (None, after), (before, None)]))
    return found


accounts = _accounts()
mints = st.sampled_from([MINT, WRAPPED_SOL])
makers = st.dictionaries(st.sampled_from("def"), st.sampled_from((*OWNERS, "thief", "")))


def held(found: Accounts, origins: Mapping[str, str], side: int) -> Counter[str]:
    """Return what each holds, before or after, in accounts that were made for them."""
    sums: Counter[str] = Counter()
    for name, states in found.items():
        state = states[side]
        if state is not None and origins.get(name, state[0]) == state[0]:
            sums[state[0]] += state[1]
    return sums


@given(accounts, makers, mints)
def test_what_moved_without_a_doubt_is_what_the_balances_changed(
    found: Accounts, made_for: dict[str, str], mint: str
) -> None:
    origins = _complete(found, made_for)
    whole = transaction(found, mint=mint, instructions=_making(mint))
    told = [each for each in moved(whole, PEOPLE, origins, mint) if each.contract != NATIVE]
    assert len({each.part for each in told}) == len(told)
    assert all(each.units > 0 for each in told)
    before, after = held(found, origins, 0), held(found, origins, 1)
    for owner in OWNERS:
        came = sum(each.units for each in told if each.recipient == owner and not each.doubt)
        went = sum(each.units for each in told if each.sender == owner and not each.doubt)
        assert came - went == after[owner] - before[owner]


@given(accounts, makers, mints, st.booleans())
def test_what_is_told_of_each_wallet_apart_is_what_is_told_of_them_together(
    found: Accounts,
    made_for: dict[str, str],
    mint: str,
    is_made: bool,  # noqa: FBT001
) -> None:
    coins = {"ada": (9, 4), "bob": (3, 6)}
    whole = transaction(
        found, coins, fee=2, mint=mint, instructions=_making(mint) if is_made else []
    )
    origins = _complete(found, made_for)

    def told(*wallets: str) -> list[Movement]:
        return moved(whole, wallets, _looked_up(found, origins, wallets), mint)

    together = told(*OWNERS)
    assert len({each.part for each in together}) == len(together)
    assert set(told("ada")) | set(told("bob")) == set(told("ada", "bob"))
    for owner in OWNERS:
        assert told(owner) == [each for each in together if owner in {each.sender, each.recipient}]


def _making(mint: str) -> list[dict[str, Any]]:
    return [{"program": "spl-token", "parsed": {"type": "mintTo", "info": {"mint": mint}}}]


def _looked_up(
    found: Accounts, origins: Mapping[str, str], wallets: Iterable[str]
) -> dict[str, str]:
    """Return whom accounts were made for as a reader of these wallets looks it up."""
    return {
        name: origins[name]
        for name, states in found.items()
        if any(state is not None and state[0] in wallets for state in states)
    }


def _complete(found: Accounts, made_for: dict[str, str]) -> dict[str, str]:
    """Return whom accounts were made for: of one that is not told, whose it is first."""
    first = {
        name: next(state[0] for state in states if state is not None)
        for name, states in found.items()
    }
    return first | made_for | ASSOCIATED
