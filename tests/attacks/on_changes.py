"""Attacks on the seals: headers, links, hashes, counts, and rows that want none."""

from datetime import UTC, datetime

from attacks.steps import ROW, Attacks, Seal, asked, balanced, entry, policy

ON_CHANGES: Attacks = {
    "rows without a seal": ([policy(3)], "23503 change_no_fkey"),
    "a row under an old seal": ([policy(3, change="1")], "FS003 sealed: rows of policies"),
    "a row under a later change": (
        [policy(3, change="{n} + 1")],
        "FS003 sealed: rows of policies",
    ),
    "a row after the seal": (
        [policy(3), Seal(rows=1), policy(4)],
        "FS003 sealed: rows of policies",
    ),
    "a row beside the header": (
        [
            policy(3),
            Seal(rows=1, before=f"WITH late AS ({policy(4)} RETURNING 1) "),  # one statement
        ],
        "FS003 sealed: rows of policies",
    ),
    "a gap in the changes": (
        [policy(3), Seal(rows=1, claims={"number": 999})],
        "FS010 number: change",
    ),
    "a forged hash": (
        [policy(3), Seal(rows=1, claims={"hash": bytes(32)})],
        "FS010 hash: the header",
    ),
    "a header edited after hashing": (
        [policy(3), Seal(rows=1, claims={"actor": "maker", "!reason": "another"})],
        "FS010 hash: the header",
    ),
    "a forged link": (
        [policy(3), Seal(rows=1, claims={"previous_hash": bytes(32)})],
        "FS010 link: the previous hash",
    ),
    "a short root": ([policy(3), Seal(rows=1, claims={"root": b"x"})], "FS010 hash: the header"),
    "a time before the last change": (
        [policy(3), Seal(rows=1, claims={"recorded_at": datetime(2022, 1, 1, tzinfo=UTC)})],
        "FS010 time:",
    ),
    "a time in the future": (
        [policy(3), Seal(rows=1, claims={"recorded_at": datetime(2999, 1, 1, tzinfo=UTC)})],
        "FS010 time:",
    ),
    "a change by nobody": (
        [policy(3), Seal(rows=1, claims={"actor": " "})],
        "FS010 actor: a change",
    ),
    "an empty change": ([Seal()], "FS010 count: a change without content"),
    "fewer rows than claimed": ([policy(3), Seal(rows=2)], "FS010 count: header"),
    "the same request twice, quietly": (
        [
            entry(),
            *balanced(),
            asked("once", " ON CONFLICT DO NOTHING"),
            Seal(
                1, 2, claims={"request_id": "once"}, after=" ON CONFLICT (request_id) DO NOTHING"
            ),
        ],
        "FS010 request: a change names its key",
    ),
    "the same request twice": (
        [entry(), *balanced(), asked("once"), Seal(1, 2, 1, claims={"request_id": "once"})],
        "23505 requests_pkey",
    ),
    "a request without what was asked": (
        [entry(), *balanced(), Seal(1, 2, claims={"request_id": "new"})],
        "FS010 request: a change names its key",
    ),
    "what was asked without a request": (
        [entry(), *balanced(), asked("new"), Seal(1, 2, 1)],
        "FS010 request: a change names its key",
    ),
    "two requests in a change": (
        [
            entry(),
            *balanced(),
            asked("new"),
            asked("newer"),
            Seal(1, 2, 2, claims={"request_id": "new"}),
        ],
        "FS010 request: a change names its key",
    ),
    "an older view of the books": (
        ["SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", policy(3)],
        "FS002 isolation:",
    ),
    "a serializable view of the books": (
        ["SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", entry()],
        "FS002 isolation:",
    ),
    "a row that conflicts quietly, counted all the same": (
        [
            "INSERT INTO users VALUES ('carol', 'treasurer', NULL, {n}) ON CONFLICT DO NOTHING",
            ROW,
        ],
        "FS010 count: header",
    ),
    "a row taken back to a savepoint, counted all the same": (
        ["SAVEPOINT s", policy(3), "ROLLBACK TO s", ROW],
        "FS010 count: header",
    ),
    "rows without a seal, constraints deferred": (
        ["SET CONSTRAINTS ALL DEFERRED", policy(3)],
        "23503 change_no_fkey",
    ),
    "rows without a seal, constraints immediate": (
        ["SET CONSTRAINTS ALL IMMEDIATE", policy(3)],
        "23503 change_no_fkey",
    ),
    "a seal before its rows": ([Seal(rows=1), policy(3)], "FS010 count: header"),
    "two seals in one statement": (
        [policy(3), Seal(rows=1, after=", (999, now(), 'a', '', NULL, 0, 0, 1, 0, '', '', '')")],
        "FS010 number: change",
    ),
    "rows without a seal, prepared for a commit later": (
        [policy(3), "PREPARE TRANSACTION 'half'"],
        "23503 change_no_fkey",
    ),
}
