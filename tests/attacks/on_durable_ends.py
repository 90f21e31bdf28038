"""Attacks on how parts on Solana end: looks at nonces that prove less than they are taken for."""

from attacks.on_durable_nonces import ACCOUNT, PINNED, VALUE
from attacks.on_payouts import FROZEN, batch_of_mine
from attacks.steps import NO_RIGHT, Attacks
from support.solana_pinned import SEEN_AT

LATER = SEEN_AT + 10
UNPROVED = "FS039 outcome: part 1 of .* is not proved to have"


def look(slot: int = LATER, first: int = SEEN_AT + 1, value: str = "next") -> str:
    return f"INSERT INTO nonce_looks VALUES ('{ACCOUNT}', {slot}, {first}, '{value}')"


def use(
    slot: int = LATER - 1,
    *,
    succeeded: bool = True,
    memo: str = "",
    advances: bool = True,
    nonce: str = "another",
) -> str:
    return (
        f"INSERT INTO nonce_uses VALUES ('{ACCOUNT}', 'took', {slot}, {succeeded}, 'hash', "
        f"'{nonce}', '{memo}', {advances})"
    )


def outcome(what: str = "replaced", block: int = LATER, by: str = "took") -> str:
    return f"INSERT INTO part_outcomes VALUES ('{PINNED}', 1, '{what}', '{by}', {block}, {{n}})"


MEMO = f"payout:{PINNED}:1"

ON_DURABLE_ENDS: Attacks = {
    "a part on Solana said to have run that no chain told": ([outcome("ran")], UNPROVED),
    "a part on Solana said to be replaced without a look": ([use(), outcome()], UNPROVED),
    "a part on Solana replaced by a look at what was before it was pinned": (
        [look(SEEN_AT, 1), use(SEEN_AT - 1), outcome(block=SEEN_AT)],
        UNPROVED,
    ),
    "a part on Solana replaced by a look with a gap after it was pinned": (
        [look(first=SEEN_AT + 2), use(), outcome()],
        UNPROVED,
    ),
    "a part on Solana replaced while its nonce has its value": (
        [look(value=VALUE), use(), outcome()],
        UNPROVED,
    ),
    "a part on Solana replaced by nobody knows what": ([look(), outcome(by="")], UNPROVED),
    "a part on Solana replaced by what uses up no nonce": (
        [look(), use(advances=False), outcome()],
        UNPROVED,
    ),
    "a part on Solana replaced by what failed on another nonce": (
        [look(), use(succeeded=False), outcome()],
        UNPROVED,
    ),
    "a part on Solana said to be replaced that ran": (
        [look(), use(memo=MEMO), outcome()],
        UNPROVED,
    ),
    "a part on Solana said to have failed that ran": (
        [look(), use(memo=MEMO), outcome("failed")],
        UNPROVED,
    ),
    "a part on Solana said to have failed that another one replaced": (
        [look(), use(), outcome("failed")],
        UNPROVED,
    ),
    "a part on Solana said to have run by a stranger's memo": (
        [look(), use(memo=MEMO, advances=False), outcome("ran", LATER - 1)],
        UNPROVED,
    ),
    "a part on Solana that ended before its batch was exported": (
        [look(), use(), outcome()],
        "FS039 outcome: batch .* is frozen, not exported",
    ),
    "since when a nonce had its value, told later": (
        [f"INSERT INTO durable_starts VALUES ('{PINNED}', 1, {{n}})"],
        "FS031 frozen: batch",
    ),
    "since when a Safe's nonce had its value": (
        [batch_of_mine(), "INSERT INTO durable_starts VALUES ('mine', 1, {n})"],
        "FS034 slot: batch mine is not pinned to nonces of Solana",
    ),
    "a look at a nonce changed": (["UPDATE nonce_looks SET value = 'x'"], NO_RIGHT),
    "a use of a nonce deleted": (["DELETE FROM nonce_uses"], NO_RIGHT),
    "who signs for a Safe told after a batch was frozen": (
        [f"INSERT INTO safe_signers VALUES ('{FROZEN}', 1, '0x1', {{n}})"],
        "FS031 frozen: batch",
    ),
    "more signatures of a Safe than it has owners": (
        [batch_of_mine(), "INSERT INTO safe_signers VALUES ('mine', 2, '0x1', {n})"],
        "23514 safe_signers_threshold_check",
    ),
}
