"""Attacks on entries and their postings: sums, numbers, dates, quantities, references."""

from attacks.steps import (
    FEES,
    NO_RIGHT,
    ONE,
    OPENING,
    PAYABLE,
    Attacks,
    Seal,
    balanced,
    entry,
    event,
    posting,
)

ON_ENTRIES: Attacks = {
    "an entry without a seal": ([entry(), *balanced()], "23503 change_tallies_change_no_fkey"),
    "an entry under an old seal": (
        [entry(change="1"), *balanced()],
        "FS003 sealed: rows of journal",
    ),
    "a posting to a sealed entry": (
        [posting(3, "1", number="2")],
        "FS003 sealed: a posting names",
    ),
    "a posting after the seal": (
        [entry(), *balanced(), ONE, posting(3, "1")],
        "FS003 sealed: a posting names",
    ),
    "an unbalanced entry": (
        [entry(), posting(1, "1"), posting(2, "-2", OPENING), ONE],
        "FS011 unbalanced: entry",
    ),
    "balanced across commodities only": (
        [entry(), posting(1, "1"), posting(2, "-1", OPENING, commodity="USDC"), ONE],
        "FS011 unbalanced: entry",
    ),
    "an entry of one posting": ([entry(), posting(1, "1"), Seal(1, 1)], "FS011 unbalanced|line:"),
    "an entry without postings": ([entry(), Seal(1, 0)], "FS011 line: an entry has two"),
    "postings without an entry": (
        [*balanced(), Seal(0, 2)],
        "FS010 without content|without an entry",
    ),
    "postings numbered with a gap": (
        [entry(), posting(1, "1"), posting(2, "1"), posting(4, "-2", OPENING), Seal(1, 3)],
        "FS011 line: an entry has two",
    ),
    "a posting on line zero": (
        [entry(), posting(0, "1"), posting(1, "1"), posting(2, "-2", OPENING), Seal(1, 3)],
        "FS011 line: an entry has two",
    ),
    "a gap in the entries": (
        [entry("{e} + 1"), *balanced("{e} + 1"), ONE],
        "FS010 number: entries are numbered",
    ),
    "a gap hidden by an entry below zero": (
        [
            entry("{e}"),
            entry("{e} + 2", reference="y"),
            entry("-1", reference="z"),
            *balanced("{e}"),
            *balanced("{e} + 1"),
            *balanced("{e} + 2"),
            Seal(3, 6),
        ],
        "FS010 number: entries are numbered",
    ),
    "an entry in a closed month": (
        [entry(on="2023-01-20"), *balanced(on="2023-01-20"), ONE],
        "FS004 period_closed",
    ),
    "an entry in the month that its own change closes": (
        [
            entry(on="2023-02-20"),
            *balanced(on="2023-02-20"),
            event("2023-02-01", "closed", 1, "maker"),
            Seal(1, 2, 1),
        ],
        "FS006 checkpoint|period_closed",
    ),
    "a posting dated otherwise than its entry": (
        [entry(), posting(1, "1", on="2023-10-06"), posting(2, "-1", OPENING), ONE],
        "FS011 date: a posting and its entry",
    ),
    "a date outside the calendar": (
        [entry(on="infinity"), *balanced(on="infinity"), ONE],
        "FS011 date: an entry is dated",
    ),
    "not a number": ([entry(), posting(1, "'NaN'")], "23514 exact"),
    "an infinite amount": ([entry(), posting(1, "'Infinity'")], "23514 exact"),
    "a nineteenth decimal": ([entry(), posting(1, "0.0000000000000000001")], "23514 exact"),
    "an amount too large": ([entry(), posting(1, "1e20")], "23514 exact"),
    "an amount of zero": ([entry(), posting(1, "0")], "23514 amount_not_zero"),
    "a reference used twice": ([entry(reference="fee:1")], "23505 journal_entries_reference_key"),
    "a payment beyond what is owed": (
        [
            entry(),
            posting(1, "1", PAYABLE, party="'payee'", document="'o1'"),
            posting(2, "-1", OPENING),
            ONE,
        ],
        "FS014 floor: liabilities:payable",
    ),
    "an unknown account": (
        [entry(), posting(1, "1", "assets:nowhere"), posting(2, "-1"), ONE],
        "23503 account_balances_account_fkey",
    ),
    "an unknown commodity": (
        [
            entry(),
            posting(1, "1", commodity="XXX"),
            posting(2, "-1", OPENING, commodity="XXX"),
            ONE,
        ],
        "23503 account_balances_commodity_fkey",
    ),
    "an unknown party": (
        [entry(), posting(1, "1", party="'nobody'"), posting(2, "-1", OPENING), ONE],
        "FS012 reference: there is no party",
    ),
    "unknown evidence": ([entry(proof="'none'"), *balanced(), ONE], "FS012 reference: entry"),
    "an amount that is minus infinity": ([entry(), posting(1, "'-Infinity'")], "23514 exact"),
    "a share paid that only accrued": (
        [
            entry(),
            posting(
                1, "1", "liabilities:accrued:maintainer-share", party="'bob'", document="'none'"
            ),
            posting(2, "-1", OPENING),
            ONE,
        ],
        "FS014 floor: liabilities:accrued",
    ),
    "a deposit released that nobody made": (
        [
            entry(),
            posting(1, "1", "liabilities:bounty-deposits", party="'payee'", document="'b'"),
            posting(2, "-1", OPENING),
            ONE,
        ],
        "FS014 floor: liabilities:bounty-deposits",
    ),
    "a receipt beyond what was stated": (
        [
            entry(),
            posting(1, "-1", "assets:receivable:fee-share", party="'payee'", document="'st-1'"),
            posting(2, "1", OPENING),
            ONE,
        ],
        "FS014 floor: assets:receivable",
    ),
    "a sealed entry written again": ([entry("1")], "23505 journal_entries_pkey"),
    "postings taken out and put in again": (
        [
            "WITH gone AS (DELETE FROM postings RETURNING *) "
            "INSERT INTO postings SELECT * FROM gone"
        ],
        NO_RIGHT,
    ),
    "an edited entry": (["UPDATE journal_entries SET narration = 'x'"], NO_RIGHT),
    "a deleted posting": (["DELETE FROM postings"], NO_RIGHT),
    "a balance by hand": (
        [f"INSERT INTO account_balances VALUES ('{FEES}', 'USDT', '', '', {{n}}, 1)"],
        NO_RIGHT,
    ),
}
