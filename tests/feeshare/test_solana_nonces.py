"""Whether a transaction on a durable nonce can still run, by what is final."""

from dataclasses import replace

import pytest

from chains.solana_nonces import NonceHistory, NonceState, NonceUse
from feeshare.solana_nonces import Fate, Pinned, can_never_run, ending_of

PINNED = Pinned(account="account", value="value", message_hash="ours", memo="payout:b:1")
OTHER = NonceUse(
    signature="s",
    slot=2,
    succeeded=True,
    message_hash="other",
    nonce_value="value",
    memos=(),
    advances=True,
)
OURS = replace(OTHER, message_hash="ours")
BY_MEMO = replace(OTHER, memos=("payout:b:1",))
UNCHANGED, MOVED = "value", "next"


def history(value: str | None, *uses: NonceUse, account: str = "account") -> NonceHistory:
    state = NonceState(authority="a", value=value) if value else None
    return NonceHistory(account=account, first=1, slot=3, state=state, uses=uses)


@pytest.mark.parametrize(
    ("found", "fate"),
    [
        (history(UNCHANGED), Fate.MAY_RUN),
        (history(UNCHANGED, OTHER), Fate.MAY_RUN),
        (history(MOVED, OTHER), Fate.SUPERSEDED),
        (history(MOVED), Fate.MAY_RUN),
        (history(MOVED, replace(OTHER, advances=False)), Fate.MAY_RUN),
        (history(MOVED, replace(OTHER, succeeded=False)), Fate.SUPERSEDED),
        (history(MOVED, replace(OTHER, succeeded=False, nonce_value="b")), Fate.MAY_RUN),
        (history(MOVED, OURS), Fate.PAID),
        (history(MOVED, OTHER, BY_MEMO), Fate.PAID),
        (history(MOVED, replace(OURS, succeeded=False)), Fate.FAILED),
        (history(MOVED, replace(OURS, succeeded=False), BY_MEMO), Fate.PAID),
        (history(UNCHANGED, replace(OURS, succeeded=False)), Fate.MAY_RUN),
        (
            history(MOVED, replace(BY_MEMO, succeeded=False, nonce_value="b"), OTHER),
            Fate.SUPERSEDED,
        ),
        (history(None), Fate.MAY_RUN),
        (history(MOVED, account="another"), Fate.MAY_RUN),
        (history(MOVED, replace(BY_MEMO, memos=("payout:b:10",))), Fate.SUPERSEDED),
        (history(MOVED, OTHER, replace(BY_MEMO, advances=False)), Fate.SUPERSEDED),
    ],
)
def test_a_part_can_never_run_once_its_nonce_moved_on_without_it(
    found: NonceHistory, fate: Fate
) -> None:
    assert ending_of(PINNED, found).fate is fate
    assert can_never_run(PINNED, found) is (fate in {Fate.FAILED, Fate.SUPERSEDED})
