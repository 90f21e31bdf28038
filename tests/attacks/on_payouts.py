"""Attacks on payouts: approvals, claims, nonces, addresses, and batches moved by hand."""

from attacks.steps import ROW, Attacks, Seal, Step, gone_back
from support.payouts import WALLET, public_key

CANCELLED = f"2023-10:{WALLET}:1"
SETTLED = f"2023-10:{WALLET}:2"
FROZEN = f"2023-10:{WALLET}:3"
STRANGE = "cd" * 32
"""A key that is enrolled within an attack, and confirmed by nobody."""


def approval(
    who: str, key: str | None = None, batch: str = FROZEN, content: str = "content_hash"
) -> str:
    return (
        "INSERT INTO approvals (batch, approver, public_key, content_hash, signature, change_no) "
        f"SELECT id, '{who}', '{key or public_key(who)}', {content}, 'x', {{n}} "
        f"FROM payout_batches WHERE id = '{batch}'"
    )


def moved(batch: str, number: int, action: str, state: str) -> str:
    files = "'{}'" if action == "export" else "NULL"
    return (
        "INSERT INTO batch_events (batch, number, action, state, actor, reason, files, change_no) "
        f"VALUES ('{batch}', {number}, '{action}', '{state}', 'maker', 'r', {files}, {{n}})"
    )


def batch_of_mine(nonce: str = "9", at: str = "'2023-11-03 09:00+00'") -> str:
    return (
        "INSERT INTO payout_batches (change_no, id, period, maker, plan_hash, content_hash, rail, "
        "chain, source_account, nonce, checkers, frozen_at) VALUES ({n}, 'mine', '2023-10-01', "
        f"'maker', 'x', 'x', 'safe', 'ethereum', '{WALLET}', {nonce}, 1, {at})"
    )


def line(
    amount: str,
    batch: str = "mine",
    number: int = 1,
    to: str = "bob:safe:1",
    where: str = "address",
) -> str:
    return (
        "INSERT INTO payout_lines (change_no, batch, line, payee, payee_name, destination, "
        f"address, commodity, amount, reference) SELECT {{n}}, '{batch}', {number}, payee, 'x', "
        f"id, {where}, 'USDC', {amount}, 'x' FROM destinations WHERE id = '{to}'"
    )


def pays(obligation: str, amount: str, batch: str = "mine") -> str:
    return (
        "INSERT INTO payout_line_obligations (change_no, batch, line, obligation, amount) "
        f"VALUES ({{n}}, '{batch}', 1, '{obligation}', {amount})"
    )


def claim(obligation: str, attempt: int = 1, before: str = "NULL", batch: str = "mine") -> str:
    return (
        "INSERT INTO obligation_claims (change_no, obligation, attempt, batch, line, "
        f"previous_attempt) VALUES ({{n}}, '{obligation}', {attempt}, '{batch}', 1, {before})"
    )


PART = "INSERT INTO payout_parts VALUES ('mine', 1, 1, 1, '0x9', {n})"
"""The part that a slot of one's own is for."""


def slot(nonce: int, attempt: int = 1, before: str = "NULL") -> str:
    return (
        "INSERT INTO execution_slots (change_no, source_account, nonce, attempt, batch, part, "
        f"previous_attempt) VALUES ({{n}}, '{WALLET}', {nonce}, {attempt}, 'mine', 1, {before})"
    )


def destination(payee: str, asked_by: str) -> str:
    return (
        "INSERT INTO destinations (id, payee, rail, chain, address, requested_by, source, "
        f"change_no) VALUES ('new', '{payee}', 'safe', 'ethereum', '0x1', '{asked_by}', '', {{n}})"
    )


def confirmed(who: str, at: str = "'2023-11-03 09:00+00'") -> str:
    return (
        "INSERT INTO destination_confirmations (destination, confirmed_by, confirmed_at, "
        f"change_no) VALUES ('new', '{who}', {at}, {{n}})"
    )


def vouched(who: str) -> str:
    return f"INSERT INTO destination_vouchers VALUES ('new', '{who}', 'r', NULL, {{n}})"


NOT_DUE: Step = (
    "INSERT INTO obligations (id, kind, payee, commodity, amount, document, period, entry_number, "
    "payable_account, explanation, change_no) VALUES ('early', 'k', 'bob', 'USDC', 5, 'd', "
    "'2023-10', 1, 'liabilities:payable:maintainer', '', {n})"
)

ON_PAYOUTS: Attacks = {
    "a batch approved by its maker": (
        [approval("treasurer")],
        "FS005 segregation: treasurer made",
    ),
    "a batch approved by a payee": ([approval("alice")], "FS005 segregation: alice is paid"),
    "a batch approved by whoever confirmed an address": (
        [approval("erin")],
        "FS005 segregation: erin set a destination",
    ),
    "a batch approved by an auditor": (
        [approval("auditor")],
        "FS005 segregation: auditor has no role",
    ),
    "a batch approved with another's key": (
        [approval("carol", public_key("dave"))],
        "FS036 approval: the key is not",
    ),
    "a batch approved with a key that nobody confirmed": (
        [
            f"INSERT INTO user_keys VALUES ('{STRANGE}', 'dave', 'maker', {{n}})",
            approval("dave", STRANGE),
        ],
        "FS036 approval: the key is not",
    ),
    "a batch approved with another content": (
        [approval("carol", content="'00'")],
        "FS036 approval: 00 is not the content",
    ),
    "a batch approved in another's name": (
        [approval("carol"), ROW],
        "FS005 actor: approvals names carol",
    ),
    "a batch approved twice by one checker": (
        [approval("carol"), approval("carol")],
        "23505 approvals_pkey",
    ),
    "a cancelled batch approved": (
        [approval("carol", batch=CANCELLED)],
        "FS036 approval: batch .* is cancelled",
    ),
    "a batch moved on without its approvals": (
        [moved(FROZEN, 1, "approve", "approved")],
        "FS037 batch_state: batch .* needs 1 approvals",
    ),
    "a batch exported without approval": (
        [moved(FROZEN, 1, "export", "exported")],
        "FS037 batch_state: batch .* is frozen",
    ),
    "a frozen batch called settled": (
        [moved(FROZEN, 1, "settle", "settled")],
        "FS037 batch_state: batch .* is frozen",
    ),
    "a settled batch cancelled": (
        [moved(SETTLED, 4, "cancel", "cancelled")],
        "FS037 batch_state: batch .* is settled",
    ),
    "a cancelled batch brought back": (
        [moved(CANCELLED, 2, "approve", "approved")],
        "FS037 batch_state: batch .* is cancelled",
    ),
    "a batch's event out of order": (
        [moved(FROZEN, 5, "cancel", "cancelled")],
        "FS037 batch_state",
    ),
    "a batch cancelled in another's name": (
        [moved(FROZEN, 1, "cancel", "cancelled"), Seal(rows=1, claims={"actor": "mallory"})],
        "FS005 actor: batch_events names maker",
    ),
    "a line added to a frozen batch": (
        [line("50", batch=FROZEN, number=2)],
        "FS031 frozen: batch",
    ),
    "a claim added to a frozen batch": (
        [claim("share:b2", batch=FROZEN)],
        "FS031 frozen: batch",
    ),
    "an obligation claimed a second time": (
        [
            batch_of_mine(),
            line("10", to="alice:safe:1"),
            pays("share:a3", "10"),
            claim("share:a3"),
        ],
        "23505 obligation_claims_pkey",
    ),
    "a claim that no release went before": (
        [batch_of_mine(), line("50"), pays("share:b2", "50"), claim("share:b2", 2, "1")],
        "23503 obligation_claims_after_release_fkey",
    ),
    "an obligation claimed in part": (
        [batch_of_mine(), line("20"), pays("share:b2", "20")],
        "FS033 claim: obligation share:b2 is not owed whole",
    ),
    "an obligation claimed for more than is left due": (
        [*gone_back("share:b2", "20"), batch_of_mine(), line("50"), pays("share:b2", "50")],
        "FS033 claim: obligation share:b2 is not owed whole",
    ),
    "an obligation claimed that went back whole": (
        [*gone_back("share:b2", "50"), batch_of_mine(), line("1"), pays("share:b2", "0")],
        "FS033 claim: obligation share:b2 is not owed whole",
    ),
    "an obligation of which something goes back before its claim": (
        [
            batch_of_mine(),
            line("50"),
            pays("share:b2", "50"),
            *gone_back("share:b2", "20"),
            claim("share:b2"),
        ],
        "FS033 claim: line 1 of mine does not pay what is due of share:b2",
    ),
    "an obligation paid to somebody else": (
        [batch_of_mine(), line("10"), pays("share:a3", "10")],
        "FS033 claim: obligation share:a3 is not owed whole to bob",
    ),
    "an obligation claimed before it is due": (
        [NOT_DUE, batch_of_mine(), line("5"), pays("early", "5")],
        "FS033 claim: obligation early is not due",
    ),
    "a line that pays more than it claims": (
        [
            batch_of_mine(),
            slot(9),
            PART,
            line("51"),
            pays("share:b2", "50"),
            claim("share:b2"),
            Seal(rows=6),
        ],
        "FS033 line: line 1 of mine",
    ),
    "a line that claims nothing": (
        [batch_of_mine(), slot(9), PART, line("50"), Seal(rows=4)],
        "FS033 line: line 1 of mine",
    ),
    "a batch without a line": (
        [batch_of_mine(), slot(9), Seal(rows=2)],
        "FS031 batch: mine has no line",
    ),
    "a batch frozen on paper a month ago": (
        [batch_of_mine(at="'2023-10-01 09:00+00'")],
        "FS030 time:",
    ),
    "a nonce used twice": ([batch_of_mine("8"), slot(8)], "23505 execution_slots_pkey"),
    "a nonce that the batch does not name": (
        [batch_of_mine(), slot(10)],
        "FS034 slot: batch mine",
    ),
    "a nonce used under the wallet's other name": (
        [
            batch_of_mine("8").replace(f"'{WALLET}'", "'alias'"),
            slot(8).replace(f"'{WALLET}'", "'alias'"),
        ],
        "FS034 slot: nonce 8 of that wallet",
    ),
    "a nonce released while its batch may run": (
        [f"INSERT INTO slot_releases VALUES ('{WALLET}', 8, 1, '{FROZEN}', 'r', {{n}})"],
        "FS035 release: batch",
    ),
    "a claim released while its batch may run": (
        [f"INSERT INTO claim_releases VALUES ('share:a3', 1, '{FROZEN}', 'r', {{n}})"],
        "FS035 release: batch",
    ),
    "a line to an address that nobody asked for": (
        [batch_of_mine(), line("50", where="'0x0'")],
        "FS032 destination: line 1 of mine",
    ),
    "a line to an address that nobody confirmed": (
        [destination("bob", "maker"), batch_of_mine(), line("50", to="new", where="'0x1'")],
        "FS032",
    ),
    "a line to an address confirmed a moment ago": (
        [
            destination("bob", "maker"),
            vouched("dave"),
            confirmed("carol"),
            batch_of_mine(),
            line("50", to="new", where="'0x1'"),
        ],
        "FS032",
    ),
    "an address confirmed by whoever asked for it": (
        [destination("bob", "maker"), confirmed("maker")],
        "FS005 segregation: maker asked",
    ),
    "an address confirmed by who is paid there": (
        [destination("alice", "maker"), confirmed("alice")],
        "FS005 segregation: alice is paid",
    ),
    "an address confirmed on paper a month ago": (
        [destination("bob", "maker"), confirmed("carol", "'2023-10-01 09:00+00'")],
        "FS030 time:",
    ),
    "an address asked for in another's name": (
        [destination("bob", "carol"), ROW],
        "FS005 actor: destinations names carol",
    ),
    "a line settled before its batch was exported": (
        [f"INSERT INTO line_settlements VALUES ('{FROZEN}', 1, 'main/1', 1, {{n}})"],
        "FS038 settlement: batch .* is frozen",
    ),
    "a line settled twice": (
        [f"INSERT INTO line_settlements VALUES ('{SETTLED}', 1, 'main/1', 1, {{n}})"],
        "FS038 settlement: batch .* is settled",
    ),
}
