"""Attacks on content, by whoever may switch the guards off, and what verification says of each."""

from collections.abc import Callable

from attacks.on_payouts import FROZEN, SETTLED, approval, moved
from attacks.steps import (
    ONE,
    OPENING,
    PAYABLE,
    ROW,
    Attacks,
    Seal,
    balanced,
    entry,
    gone_back,
    match,
    part,
    posting,
    reversal_of,
)
from support.books import Books
from support.forgery import cut_off_the_tail, write_anew

ASLEEP = "SET LOCAL session_replication_role = replica"
"""No trigger is awake, keys between tables included."""

WORTHLESS = "00" * 64

ON_CONTENT: Attacks = {
    "an amount edited": (
        [ASLEEP, "UPDATE postings SET amount = 7 WHERE entry_number = 10 AND line = 1"],
        r"entry 10 \(owe:share:a3\): its content does not hash to its fingerprint",
    ),
    "both sides of an entry edited": (
        [ASLEEP, "UPDATE postings SET amount = 2 * amount WHERE entry_number = 10"],
        r"entry 10 \(owe:share:a3\): its content does not hash",
    ),
    "an entry dated back into a closed month": (
        [
            ASLEEP,
            "UPDATE journal_entries SET effective_date = '2023-01-09' WHERE number = 10",
            "UPDATE postings SET effective_date = '2023-01-09' WHERE entry_number = 10",
        ],
        r"entry 10 \(owe:share:a3\): its content does not hash",
    ),
    "an entry edited with its fingerprint": (
        [
            ASLEEP,
            "UPDATE journal_entries SET narration = 'x', fingerprint = sha256('x') "
            "WHERE number = 10",
        ],
        "change 19: its content does not hash to its root: one of entries 10 to 10",
    ),
    "an entry removed from the middle": (
        [
            ASLEEP,
            "DELETE FROM postings WHERE entry_number = 6",
            "DELETE FROM journal_entries WHERE number = 6",
        ],
        "change 11: entry 6 is missing",
    ),
    "an entry put under an old seal": (
        [
            ASLEEP,
            *(step.replace("{e}", "999") for step in map(str, [entry(change="4"), *balanced()])),
        ],
        "journal_entries 999: it and what follows it is in no change",
    ),
    "a posting moved between entries": (
        [
            ASLEEP,
            "UPDATE postings SET entry_number = 10, line = 3 WHERE entry_number = 11 AND line = 2",
        ],
        r"entry 11 \(owe:share:b2\): its postings|entry 11 \(owe:share:b2\): it does not sum",
    ),
    "a posting without an entry": (
        [
            ASLEEP,
            "INSERT INTO postings SELECT 999, line, account, party, document, commodity, "
            "amount, effective_date, memo FROM postings WHERE entry_number = 10",
        ],
        "posting 999/1: its entry is not there",
    ),
    "a change removed from the middle": (
        [ASLEEP, "DELETE FROM changes WHERE number = 19"],
        "change 20: change 19 is missing",
    ),
    "a header edited": (
        [ASLEEP, "UPDATE changes SET actor = 'carol' WHERE number = 19"],
        "change 19: its header does not hash to its hash",
    ),
    "a change's time moved": (
        [ASLEEP, "UPDATE changes SET recorded_at = '2022-01-01' WHERE number = 19"],
        "change 19: it is recorded before the change before it",
    ),
    "a hash replaced": (
        [ASLEEP, "UPDATE changes SET hash = sha256('x') WHERE number = 19"],
        "change 20: it is not linked to the change before",
    ),
    "a tally changed": (
        [ASLEEP, "UPDATE change_tallies SET row_count = 9 WHERE change_no = 19"],
        "change 19: .* were tallied",
    ),
    "a running balance changed": (
        [ASLEEP, "UPDATE account_balances SET balance = balance + 1 WHERE change_no = 19"],
        "account_balances expenses:maintainer-share alice .* at change 19: it says",
    ),
    "a running balance removed": (
        [ASLEEP, "DELETE FROM account_balances WHERE change_no = 19"],
        "account_balances expenses:maintainer-share alice .* at change 19: it says None",
    ),
    "a frozen balance changed": (
        [ASLEEP, "UPDATE balance_checkpoints SET balance = 7"],
        "close 1 of 2023-01: its balances do not hash",
    ),
    "a frozen balance removed": (
        [ASLEEP, "DELETE FROM balance_checkpoints WHERE account = 'equity:opening'"],
        "close 1 of 2023-01: its balances do not hash",
    ),
    "a close moved to another month": (
        [ASLEEP, "UPDATE period_events SET period = '2022-12-01'"],
        "change 9: .* period_events 2023-01:1:closed",
    ),
    "evidence exchanged": (
        [
            ASLEEP,
            "ALTER TABLE evidence DROP CONSTRAINT evidence_content_check",
            "UPDATE evidence SET content = 'other', size = 5 WHERE file_name = 'file.csv'",
        ],
        "change 7: its content does not hash to its root: one of .* evidence",
    ),
    "an address exchanged": (
        [ASLEEP, "UPDATE destinations SET address = '0x0' WHERE id = 'bob:safe:1'"],
        "change 2: its content does not hash to its root: one of .* destinations",
    ),
    "a payout line raised": (
        [ASLEEP, f"UPDATE payout_lines SET amount = 11 WHERE batch = '{FROZEN}'"],
        f"batch {FROZEN}: its rows do not hash to its content hash",
    ),
    "an obligation raised": (
        [ASLEEP, "UPDATE obligations SET amount = 60 WHERE id = 'share:b2'"],
        "change 21: its content does not hash to its root: .* obligations share:b2",
    ),
    "a role given": (
        [ASLEEP, "UPDATE users SET role = 'treasurer' WHERE name = 'auditor'"],
        "change 2: its content does not hash to its root",
    ),
    "a row added under an old seal": (
        [ASLEEP, "INSERT INTO users VALUES ('mallory', 'approver', NULL, 19)"],
        "change 19: users has 1 rows of it, 0 were tallied",
    ),
    "a row added under a seal to come": (
        [ASLEEP, "INSERT INTO users VALUES ('mallory', 'approver', NULL, 99)"],
        "users mallory: it and what follows it is in no change",
    ),
    "a signature exchanged": (
        [ASLEEP, f"UPDATE approvals SET signature = '{WORTHLESS}'"],
        f"approval of {SETTLED} by carol: its key did not sign this batch",
    ),
    "an approval by the maker put in": (
        [ASLEEP, approval("treasurer").replace("{n}", "18")],
        f"approval of {FROZEN} by treasurer: its key did not sign this batch",
    ),
    "an approval without a signature, sealed": (
        [approval("carol"), Seal(rows=1, claims={"actor": "carol"})],
        f"approval of {FROZEN} by carol: its key did not sign this batch",
    ),
}

ON_RULES: Attacks = {
    "an entry back-dated while the guards slept": (
        [ASLEEP, entry(on="2023-01-20"), *balanced(on="2023-01-20"), ONE],
        r"entry \d+ \(x\): it is dated 2023-01-20, but 2023-01 was closed",
    ),
    "a reversal that mirrors nothing while the guards slept": (
        [ASLEEP, entry(reverses="14"), *balanced(amount="7"), ONE],
        r"entry \d+ \(x\): it does not mirror entry 14",
    ),
    "a reversal under a live match while the guards slept": (
        [ASLEEP, *reversal_of("fee:0")],
        "entry 1: it is reversed while match 1 of bank line main/1 stands on it",
    ),
    "a reversal of what settled a line while the guards slept": (
        [ASLEEP, *reversal_of(f"settlement:{SETTLED}:2")],
        f"entry 9: it is reversed while line 2 of batch {SETTLED} stands on it",
    ),
    "an overdraft while the guards slept": (
        [
            ASLEEP,
            entry(),
            posting(1, "1", PAYABLE, party="'payee'", document="'o1'"),
            posting(2, "-1", OPENING),
            f"INSERT INTO account_balances VALUES ('{PAYABLE}', 'USDT', 'payee', 'o1', {{n}}, 1)",
            ONE,
        ],
        r"account_balances liabilities:payable:maintainer payee o1 USDT at change \d+: 1 passes",
    ),
    "a party that is not there while the guards slept": (
        [ASLEEP, entry(), posting(1, "1", party="'nobody'"), posting(2, "-1", OPENING), ONE],
        r"entry \d+: party nobody is not there",
    ),
    "a bank line matched twice while the guards slept": (
        [ASLEEP, match(2, "100"), ROW],
        "bank line main/1: it is matched beyond its amount",
    ),
    "parts beyond the whole while the guards slept": (
        [ASLEEP, part("101"), ROW],
        "obligation o1: its parts are 101, it is 100",
    ),
    "more going back than was due while the guards slept": (
        [ASLEEP, *gone_back("share:b2", "51"), Seal(1, 2, 1)],
        "obligation share:b2: -1 of it is due, it is 50",
    ),
    "something going back of what is claimed while the guards slept": (
        [ASLEEP, *gone_back("share:a3", "1", "alice"), Seal(1, 2, 1)],
        f"batch {FROZEN}: line 1 pays 10 of share:a3, 9 is due",
    ),
    "an approval by the maker while the guards slept": (
        [ASLEEP, approval("treasurer"), Seal(rows=1, claims={"actor": "treasurer"})],
        f"approval of {FROZEN} by treasurer: treasurer made the batch",
    ),
    "an approval by a payee while the guards slept": (
        [ASLEEP, approval("alice"), Seal(rows=1, claims={"actor": "alice"})],
        f"approval of {FROZEN} by alice: alice is paid by the batch",
    ),
    "a batch moved on while the guards slept": (
        [ASLEEP, moved(FROZEN, 1, "approve", "approved"), ROW],
        f"batch {FROZEN}: it has 0 approvals, it needed 1",
    ),
}

BEYOND_THE_BOOKS: dict[str, tuple[Callable[[Books], None], str]] = {
    "a tail cut off whole": (
        lambda books: cut_off_the_tail(books, 2),
        "change 25: the books end at change 23: changes 24 to 25 are missing",
    ),
    "the whole chain written anew": (
        lambda books: write_anew(books, "another story"),
        "change 25: the books were written anew",
    ),
}
"""What verification alone does not see, and what the comparison with an anchor says."""
