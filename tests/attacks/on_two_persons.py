"""Attacks on what two persons decide: wallets, tokens, keys of wallets, floors under policies."""

from attacks.on_payouts import FROZEN, SETTLED, batch_of_mine, confirmed, destination, line
from attacks.steps import PROOF, ROW, Attacks, Seal
from support.payouts import HBOT_CONTRACT, WALLET

UNKNOWN = "0x" + "ab" * 20
ADDRESS = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
FOR_MAIN = "INSERT INTO bank_account_confirmations VALUES ('main', '{who}', {{n}})"


def for_token(who: str) -> str:
    return (
        f"INSERT INTO token_confirmations VALUES ('ethereum', '{HBOT_CONTRACT}', '{who}', {{n}})"
    )


def held_by(account: str) -> str:
    return f"INSERT INTO account_holders VALUES ('{account}', 1, 'Ours', 'X', 'maker', {{n}})"


def for_holder(who: str) -> str:
    return f"INSERT INTO account_holder_confirmations VALUES ('bank-main', 1, '{who}', {{n}})"


def proposed(batch: str) -> str:
    return (
        f"INSERT INTO part_proposals VALUES ('{batch}', 1, '0xbad', 'https://x', '0x1', 'maker', "
        "{n})"
    )


def key(public_key: str) -> str:
    return f"INSERT INTO user_keys VALUES ('{public_key}', 'dave', 'maker', {{n}})"


def policy(name: str, value: str) -> str:
    return (
        "INSERT INTO policies (name, version, effective_from, value, reason, proposed_by, "
        f"change_no) VALUES ('{name}', 9, '2023-10-01', '{value}', '', 'maker', {{n}})"
    )


SECOND_WORDS = {
    "bank_account_confirmations": "confirmed_by",
    "destination_lift_confirmations": "confirmed_by",
    "destination_override_confirmations": "confirmed_by",
    "destination_vouchers": "vouched_by",
    "nonce_account_confirmations": "confirmed_by",
    "payee_hold_lifts": "lifted_by",
    "payee_signer_confirmations": "confirmed_by",
    "policy_confirmations": "confirmed_by",
    "price_acceptances": "accepted_by",
    "solana_source_confirmations": "confirmed_by",
    "token_confirmations": "confirmed_by",
    "user_key_confirmations": "confirmed_by",
    "waiver_override_confirmations": "confirmed_by",
    "write_off_confirmations": "confirmed_by",
}
"""Tables of second words, and whose each is."""


def by_a_reader(table: str) -> Attacks:
    """Return an attack on a table of second words by somebody who only reads."""
    column, what = SECOND_WORDS[table], table.replace("_", " ")
    second = (
        f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, "
        f"jsonb_build_object('{column}', 'auditor', 'change_no', {{n}}))).*"
    )
    refused = "FS005 segregation: auditor has a role that only reads"
    return {f"{what} by an auditor": ([second], refused)}


ON_TWO_PERSONS: Attacks = {
    "a month reopened by an auditor": (
        [
            "INSERT INTO period_events SELECT (jsonb_populate_record(NULL::period_events, "
            "jsonb_build_object('event', 'reopened', 'actor', 'auditor', 'change_no', {n}))).*"
        ],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "restored books answered for by an auditor": (
        [
            "INSERT INTO recovery_ends SELECT (jsonb_populate_record(NULL::recovery_ends, "
            "jsonb_build_object('recovery', 1, 'ended_by', 'auditor'))).*"
        ],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "a bank's failure confirmed by an auditor": (
        [
            f"INSERT INTO failure_reports VALUES ('{SETTLED}', 1, 'maker', 'r', '{PROOF}', {{n}})",
            f"INSERT INTO line_failures VALUES ('{SETTLED}', 1, 'auditor', 'r', {{n}})",
        ],
        "FS005 segregation: auditor has a role that only reads",
    ),
    **{name: told for table in SECOND_WORDS for name, told in by_a_reader(table).items()},
    "an account confirmed by who added it": (
        [FOR_MAIN.format(who="maker")],
        "FS005 segregation: maker added",
    ),
    "an account confirmed that was added a moment ago": (
        [
            "INSERT INTO accounts SELECT 'assets:wallet:new', name, type, detail, floor, {n} "
            "FROM accounts WHERE code = 'assets:wallet:ethereum-treasury'",
            "INSERT INTO bank_accounts SELECT 'new', kind, 'assets:wallet:new', purpose, chain, "
            f"'0x1', source, {{n}} FROM bank_accounts WHERE id = '{WALLET}'",
            "INSERT INTO bank_account_confirmations VALUES ('new', 'carol', {n})",
        ],
        "FS005 segregation: nobody added",
    ),
    "an account confirmed in another's name": (
        [FOR_MAIN.format(who="carol"), ROW],
        "FS005 actor: bank_account_confirmations names carol",
    ),
    "a holder said of what is no bank account": (
        [held_by("wallet-ethereum-treasury")],
        "FS210 holder: wallet-ethereum-treasury is no bank account",
    ),
    "a holder confirmed by who said it": (
        [held_by("bank-main"), for_holder("maker")],
        "FS005 segregation: maker said who holds this account",
    ),
    "a holder confirmed in another's name": (
        [held_by("bank-main"), for_holder("carol"), Seal(rows=2)],
        "FS005 actor: account_holder_confirmations names carol",
    ),
    "a part proposed of a batch that is not exported": (
        [proposed(FROZEN)],
        "FS211 proposal: batch .* is frozen, not exported",
    ),
    "a part proposed of a batch that is paid": (
        [proposed(SETTLED)],
        "FS211 proposal: batch .* is settled, not exported",
    ),
    "a batch from an account that nobody confirmed": (
        [batch_of_mine().replace(f"'{WALLET}'", "'main'")],
        "FS047 unconfirmed: nobody but who added main",
    ),
    "a batch made by an auditor": (
        [batch_of_mine().replace("'maker'", "'auditor'")],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "an address asked for by an auditor": (
        [destination("bob", "auditor")],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "an address confirmed by an auditor": (
        [destination("payee", "maker"), confirmed("auditor")],
        "FS005 segregation: auditor has a role that only reads",
    ),
    "a bank slipped in beside an address that is there": (
        ["INSERT INTO destination_banks VALUES ('bob:safe:1', 'COBADEFF', 'DE', {n})"],
        "FS032 destination: the bank of bob:safe:1 was not asked for with it",
    ),
    "a token confirmed by who added it": (
        [for_token("tests")],
        "FS005 segregation: tests added",
    ),
    "a token confirmed in another's name": (
        [for_token("carol"), ROW],
        "FS005 actor: token_confirmations names carol",
    ),
    "a line in a token that nobody confirmed": (
        [
            "INSERT INTO tokens SELECT chain, '" + UNKNOWN + "', 'USD', decimals, chain_id, "
            f"source, {{n}} FROM tokens WHERE contract = '{HBOT_CONTRACT}'",
            batch_of_mine(),
            "INSERT INTO destinations (id, payee, rail, chain, address, requested_by, source, "
            "commodity, change_no) VALUES ('usd', 'bob', 'safe', 'ethereum', '0x1', 'maker', '', "
            "'USD', {n})",
            line("50", to="usd").replace("'USDC'", "'USD'"),
        ],
        "FS047 unconfirmed: nobody but who added USD on ethereum",
    ),
    "a key that is neither Ed25519 nor an address": ([key("00")], "FS048 key: 00 is neither"),
    "a wallet enrolled in another spelling": (
        [key(ADDRESS), key(ADDRESS.lower())],
        "FS048 key: 0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed is enrolled in another",
    ),
    "a band without a checker": (
        [policy("approval-bands", '[{"from":"0","checkers":0}]')],
        "FS049 policy: every batch has a checker",
    ),
    "bands that begin above nothing": (
        [policy("approval-bands", '[{"from":"9","checkers":1}]')],
        "FS049 policy: every batch has a checker",
    ),
    "a limit of nothing": ([policy("payout-limit-day", '"0"')], 'FS049 policy: "0" is no limit'),
}
