"""Attacks on how payouts end: outcomes, failures, returns, offsets without a ground."""

from attacks.on_payouts import CANCELLED, FROZEN, SETTLED, batch_of_mine, line, slot
from attacks.steps import PROOF, ROW, Attacks, Seal
from support.payouts import WALLET

RECEIVABLE = "assets:receivable:payee"


def outcome(batch: str, what: str = "ran") -> str:
    return f"INSERT INTO part_outcomes VALUES ('{batch}', 1, '{what}', '0x1', 1, {{n}})"


def failure(batch: str, line: int = 1, by: str = "maker") -> str:
    return f"INSERT INTO line_failures VALUES ('{batch}', {line}, '{by}', 'r', {{n}})"


ON_ENDINGS: Attacks = {
    "a part said to have run that no chain carried out": (
        [outcome(FROZEN)],
        "FS039 outcome: part 1 of .* was not seen to have ran",
    ),
    "a part said to be replaced whose nonce is free": (
        [outcome(SETTLED, "replaced")],
        "FS039 outcome: part 1 of .* may still run",
    ),
    "a part added to a batch that is frozen": (
        [f"INSERT INTO payout_parts VALUES ('{FROZEN}', 2, 2, 2, '0x2', {{n}})"],
        "FS031 frozen: batch",
    ),
    "a line said to have failed in a batch that is not exported": (
        [failure(FROZEN)],
        "FS039 failure: line 1 of .* is paid, or its batch is not exported",
    ),
    "a line said to have failed that is paid": ([failure(SETTLED)], "FS039 failure: line 1"),
    "a failure in another's name": (
        [
            f"INSERT INTO failure_reports VALUES ('{SETTLED}', 1, 'carol', 'r', '{PROOF}', {{n}})",
            ROW,
        ],
        "FS005 actor: failure_reports names carol",
    ),
    "a slot without its part": (
        [batch_of_mine(), slot(9), line("50"), Seal(rows=3)],
        "FS034 part: the parts of mine are not its lines",
    ),
    "a claim of a settled line released without a return": (
        [
            "INSERT INTO claim_releases SELECT obligation, attempt, batch, 'r', {n} "
            f"FROM obligation_claims WHERE batch = '{SETTLED}' AND line = 1"
        ],
        "FS035 release: batch",
    ),
    "a return without money": (
        [f"INSERT INTO line_returns VALUES ('{SETTLED}', 1, 'main/1', 0, 1, {{n}})"],
        "FS038 return: main/1 does not bring line 1",
    ),
    "a return of a line that was never paid": (
        [f"INSERT INTO line_returns VALUES ('{CANCELLED}', 1, 'main/1', 0, 1, {{n}})"],
        "FS038 return:",
    ),
    "a second payment that is the first": (
        [f"INSERT INTO double_payments VALUES ('{SETTLED}', 1, '{WALLET}/0x1', 1, {{n}})"],
        "FS038 twice:",
    ),
    "an offset added to a frozen line": (
        [f"INSERT INTO payout_line_offsets VALUES ('{FROZEN}', 1, '{RECEIVABLE}', 'd', 1, {{n}})"],
        "FS031 frozen: batch",
    ),
}
