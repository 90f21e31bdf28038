"""Attacks by the owner of the tables, as long as the triggers stand."""

from attacks.on_payouts import FROZEN, approval
from attacks.steps import (
    APPEND_ONLY,
    FEES,
    ONE,
    OPENING,
    ROW,
    Attacks,
    balanced,
    entry,
    policy,
    posting,
    reversal_of,
)

AS_OWNER: Attacks = {
    "an edited amount": (["UPDATE postings SET amount = 2 * amount"], APPEND_ONLY),
    "an edit of no rows": (["UPDATE postings SET memo = '' WHERE false"], APPEND_ONLY),
    "a deleted entry": (["DELETE FROM journal_entries"], APPEND_ONLY),
    "truncated postings": (["TRUNCATE postings"], APPEND_ONLY),
    "truncated changes": (["TRUNCATE changes CASCADE"], APPEND_ONLY),
    "a moved period event": (["UPDATE period_events SET period = '2022-01-01'"], APPEND_ONLY),
    "a changed checkpoint": (["UPDATE balance_checkpoints SET balance = 1"], APPEND_ONLY),
    "a changed balance": (["UPDATE account_balances SET balance = 1"], APPEND_ONLY),
    "a changed header": (["UPDATE changes SET actor = 'x'"], APPEND_ONLY),
    "an upsert": (
        [
            "INSERT INTO users VALUES ('alice', 'auditor', NULL, {n}) "
            "ON CONFLICT (name) DO UPDATE SET role = 'auditor'"
        ],
        APPEND_ONLY,
    ),
    "a merge": (
        [
            "MERGE INTO users u USING (SELECT 'alice' AS name) s ON u.name = s.name "
            "WHEN MATCHED THEN DELETE"
        ],
        APPEND_ONLY,
    ),
    "a balance by hand": (
        [f"INSERT INTO account_balances VALUES ('{FEES}', 'USDT', '', '', {{n}}, 1)"],
        "FS001 by_hand",
    ),
    "a tally by hand": (
        ["INSERT INTO change_tallies (change_no, table_name, row_count) VALUES (1, 'x', 1)"],
        "FS001 by_hand",
    ),
    "a row without a seal": ([policy(3)], "23503 change_no_fkey"),
    "an unbalanced entry": (
        [entry(), posting(1, "1"), posting(2, "-2", OPENING), ONE],
        "FS011 unbalanced: entry",
    ),
    "a posting moved to another entry": (["UPDATE postings SET entry_number = 1"], APPEND_ONLY),
    "evidence exchanged": (["UPDATE evidence SET content = 'x'"], APPEND_ONLY),
    "evidence deleted": (["DELETE FROM evidence"], APPEND_ONLY),
    "a user deleted": (["DELETE FROM users WHERE name = 'carol'"], APPEND_ONLY),
    "an address exchanged": (["UPDATE destinations SET address = '0x0'"], APPEND_ONLY),
    "a payout line changed": (["UPDATE payout_lines SET amount = 1"], APPEND_ONLY),
    "an approval withdrawn": (["DELETE FROM approvals"], APPEND_ONLY),
    "fewer checkers than were asked for": (
        ["UPDATE payout_batches SET checkers = 1"],
        APPEND_ONLY,
    ),
    "a claim freed": (["DELETE FROM obligation_claims"], APPEND_ONLY),
    "an obligation raised": (["UPDATE obligations SET amount = 2 * amount"], APPEND_ONLY),
    "an acceptance withdrawn": (["DELETE FROM statement_acceptances"], APPEND_ONLY),
    "terms changed afterwards": (["UPDATE agreement_terms SET rate_low = 1"], APPEND_ONLY),
    "a tally changed": (["UPDATE change_tallies SET row_count = 0"], APPEND_ONLY),
    "a job's result changed": (["UPDATE job_results SET result = 'done'"], APPEND_ONLY),
    "a recovery forgotten": (["DELETE FROM recoveries"], APPEND_ONLY),
    "an entry under an old seal": ([entry(change="1"), *balanced()], "FS003 sealed: rows of jour"),
    "a posting to a sealed entry": (
        [posting(3, "1", number="1")],
        "FS003 sealed: a posting names",
    ),
    "an entry in a closed month": (
        [entry(on="2023-01-20"), *balanced(on="2023-01-20"), ONE],
        "FS004 period_closed",
    ),
    "not a number": ([entry(), posting(1, "'NaN'")], "23514 exact"),
    "a reversal under a live match": (reversal_of("fee:0"), "FS015 depended_on"),
    "a batch approved by its maker": (
        [approval("treasurer")],
        "FS005 segregation: treasurer made batch " + FROZEN,
    ),
    "a checkpoint by hand": (
        [
            "INSERT INTO balance_checkpoints VALUES "
            "('2023-01-01', 1, 'income:rounding', '', 'USDT', 5, {n})",
            ROW,
        ],
        "FS006 checkpoint: balances are frozen",
    ),
}
