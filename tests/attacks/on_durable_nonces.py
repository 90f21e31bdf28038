"""Attacks on payouts of Solana: nonce accounts, who signs, values that are pinned."""

from attacks.steps import Attacks, Seal
from support.solana_payouts import wallet_of

WALLET = "wallet-solana-treasury"
PINNED = f"2023-01:{WALLET}:1"
ACCOUNT, OTHER, FOREIGN = wallet_of("nonce 1"), wallet_of("nonce 2"), wallet_of("nonce 3")
VALUE = wallet_of("value 1")
MINE = (
    "INSERT INTO payout_batches (change_no, id, period, maker, plan_hash, content_hash, rail, "
    "chain, source_account, nonce, checkers, frozen_at) VALUES ({n}, 'mine', '2023-10-01', "
    f"'maker', 'x', 'x', 'solana', 'solana', '{WALLET}', NULL, 1, '2023-11-03 09:00+00')"
)
LINE = (
    "INSERT INTO payout_lines (change_no, batch, line, payee, payee_name, destination, "
    "address, commodity, amount, reference) SELECT {n}, 'mine', 1, payee, 'x', "
    "id, address, 'USDC', 6, 'x' FROM destinations WHERE id = 'sol:solana:1'"
)


def slot(
    account: str = ACCOUNT,
    value: str = VALUE,
    *,
    attempt: int = 1,
    before: str = "NULL",
    part: int = 1,
    batch: str = "mine",
) -> str:
    return (
        "INSERT INTO durable_slots (change_no, nonce_account, nonce_value, attempt, batch, part, "
        "previous_attempt, source_account, source_version, message_hash) VALUES ({n}, "
        f"'{account}', '{value}', {attempt}, '{batch}', {part}, {before}, '{WALLET}', 1, 'x')"
    )


ON_DURABLE_NONCES: Attacks = {
    "a value of a nonce account pinned by two live batches": (
        [MINE, slot()],
        "23505 durable_slots_pkey",
    ),
    "a value of a nonce account pinned again without a release": (
        [MINE, slot(attempt=2, before="1")],
        "23503 durable_slots_after_release_fkey",
    ),
    "a value of a nonce account pinned as an attempt that follows none": (
        [MINE, slot(attempt=2)],
        "23514 durable_slots_follows_check",
    ),
    "two parts of a batch on one nonce account": (
        [MINE, slot(OTHER, "v1"), slot(OTHER, "v2", part=2)],
        "23505 durable_slots_batch_nonce_account_key",
    ),
    "a part pinned twice": (
        [MINE, slot(OTHER), slot(ACCOUNT, "v2")],
        "23505 durable_slots_batch_part_key",
    ),
    "a nonce account that nobody confirmed": (
        [
            f"INSERT INTO nonce_accounts VALUES ('new', '{WALLET}', 'x', 'maker', {{n}})",
            MINE,
            slot("new"),
        ],
        "23503 durable_slots_nonce_account_fkey",
    ),
    "a nonce account of another wallet": (
        [MINE, slot(FOREIGN)],
        "FS034 slot: nonce account .* is not one of the wallet that pays batch mine",
    ),
    "a nonce value pinned to a batch that is frozen": (
        [slot(OTHER, batch=PINNED, part=2)],
        "FS031 frozen: batch",
    ),
    "a batch on Solana without a nonce": (
        [MINE, LINE, Seal(rows=2)],
        "FS031 batch: mine has no line, or no slot",
    ),
    "a batch on Solana of which a part has no nonce": (
        [MINE, LINE, slot(OTHER, part=2), Seal(rows=3)],
        "FS031 batch: mine has no line, or no slot",
    ),
    "a batch on Solana with a Safe's nonce": (
        [MINE.replace("NULL, 1,", "4, 1,")],
        "23514 payout_batches_nonce_check",
    ),
    "a durable nonce released while its batch may run": (
        [
            "INSERT INTO durable_slot_releases VALUES "
            f"('{ACCOUNT}', '{VALUE}', 1, '{PINNED}', 'r', {{n}})"
        ],
        "FS035 release: batch",
    ),
    "a nonce account confirmed by whoever asked for it": (
        [
            f"INSERT INTO nonce_accounts VALUES ('new', '{WALLET}', 'x', 'maker', {{n}})",
            "INSERT INTO nonce_account_confirmations VALUES ('new', 'maker', {n})",
        ],
        "FS005 segregation: maker asked for this nonce account",
    ),
    "a nonce account confirmed in another's name": (
        [
            f"INSERT INTO nonce_accounts VALUES ('new', '{WALLET}', 'x', 'maker', {{n}})",
            "INSERT INTO nonce_account_confirmations VALUES ('new', 'carol', {n})",
            Seal(rows=2),
        ],
        "FS005 actor: nonce_account_confirmations names carol",
    ),
    "signers of a wallet confirmed by whoever named them": (
        [
            f"INSERT INTO solana_sources VALUES ('{WALLET}', 2, 'key', 'x', 1, 'x', "
            "'maker', {n})",
            f"INSERT INTO solana_source_confirmations VALUES ('{WALLET}', 2, 'maker', {{n}})",
        ],
        "FS005 segregation: maker said who signs",
    ),
    "more signatures of a wallet than it has signers": (
        [
            f"INSERT INTO solana_sources VALUES ('{WALLET}', 2, 'multisig', 'x y', 3, 'x', "
            "'maker', {n})"
        ],
        "23514 solana_sources_threshold_check",
    ),
}
