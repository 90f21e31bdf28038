"""Attacks on what was read from chains, and on the bank lines that it is held against."""

from attacks.steps import NO_RIGHT, PROOF, Attacks
from support.payouts import WALLET

WATCHED = "0x" + "aa" * 20


def watch(wallet: str, address: str = WATCHED, since: str = "2023-10-05") -> str:
    return (
        f"INSERT INTO wallet_watches VALUES ('{wallet}', 'ethereum', '{address}', 'account', 1, "
        f"'{since}', {{n}})"
    )


def line(part: str = "log:0", amount: str = "5", commodity: str = "USDC", **more: str) -> str:
    on = more.get("on", "2023-10-06")
    return (
        f"INSERT INTO bank_lines VALUES ('watched/0x1/{part}', 'watched', '0x1/{part}', '{on}', "
        f"'{commodity}', {amount}, '', '', '{PROOF}', 1, {{n}})"
    )


def coverage(first: int, last: int, *, again: bool = False) -> str:
    return (
        "INSERT INTO chain_coverage (bank_account, first_block, last_block, last_hash, again, "
        "providers, digest, recorded_at) "
        f"VALUES ('watched', {first}, {last}, '', {again}, '', '', now())"
    )


ON_CHAINS: Attacks = {
    "a watch of another address than the wallet's": (
        [watch(WALLET, "0x" + "bb" * 20)],
        "FS070 watch: wallet-ethereum-treasury is no wallet",
    ),
    "a watch of an account that is no wallet": ([watch("main")], "FS070 watch: main is no wallet"),
    "a watch over bank lines that came another way": (
        [
            "INSERT INTO wallet_watches SELECT id, chain, lower(address), 'safe', 1, "
            f"'2023-01-01', {{n}} FROM bank_accounts WHERE id = '{WALLET}'"
        ],
        "FS070 watch: wallet-ethereum-treasury has bank lines",
    ),
    "a second watch of one wallet": ([watch("watched")], "23505 wallet_watches_pkey"),
    "a line of a watched wallet that its chain never told": (
        [line("log:9")],
        "FS071 chain: watched/0x1/log:9 is no final transfer",
    ),
    "a line of more than its transfer": ([line(amount="5.000001")], "FS071 chain: watched"),
    "a line the other way round": ([line(amount="-5")], "FS071 chain: watched"),
    "a line of another commodity than its transfer": (
        [line(commodity="USDT")],
        "FS071 chain: watched",
    ),
    "a line of another day than its transfer": ([line(on="2023-10-07")], "FS071 chain: watched"),
    "a line of a transfer in doubt": ([line("log:1")], "FS071 chain: watched"),
    "a line of a transfer of the wallet to itself": ([line("log:2")], "FS071 chain: watched"),
    "a line of a token that is not registered": ([line("log:3")], "FS071 chain: watched"),
    "a line of a block before the watch": ([line("log:4")], "FS071 chain: watched"),
    "blocks that leave a gap": ([coverage(203, 300)], "FS072 coverage: blocks 203 to 300"),
    "blocks that were read before": ([coverage(200, 300)], "FS072 coverage: blocks 200 to 300"),
    "blocks read again that were never read": (
        [coverage(150, 202, again=True)],
        "FS072 coverage: blocks 150 to 202",
    ),
    "blocks read again before the watch": (
        [coverage(99, 120, again=True)],
        "FS072 coverage: blocks 99 to 120",
    ),
    "a transfer of fewer units than none": (
        [
            "INSERT INTO chain_transfers SELECT chain, transaction, 'log:9', block_hash, block, "
            "at, contract, sender, recipient, -1, doubt, seen_at FROM chain_transfers LIMIT 1"
        ],
        "23514 chain_transfers_units_check",
    ),
    "a transfer told a second time otherwise": (
        [
            "INSERT INTO chain_transfers SELECT chain, transaction, part, block_hash, block, "
            "at, contract, sender, recipient, 9, doubt, seen_at FROM chain_transfers LIMIT 1"
        ],
        "23505 chain_transfers_pkey",
    ),
    "a transfer changed": (["UPDATE chain_transfers SET units = 9"], NO_RIGHT),
    "a transfer deleted": (["DELETE FROM chain_transfers"], NO_RIGHT),
    "blocks forgotten": (["DELETE FROM chain_coverage"], NO_RIGHT),
    "a proof changed": (["UPDATE chain_proofs SET on_chain = expected"], NO_RIGHT),
    "a declared deposit without its source": (
        ["INSERT INTO deposit_declarations VALUES ('bounty', 'ethereum', '0x1', '', {n})"],
        "23514 deposit_declarations_evidence_check",
    ),
}
