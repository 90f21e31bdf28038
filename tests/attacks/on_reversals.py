"""Attacks by reversal: what mirrors nothing, twice, or under what stands on the original."""

from attacks.steps import (
    ONE,
    OPENING,
    ROW,
    Attacks,
    Seal,
    balanced,
    entry,
    gone_back,
    match,
    posting,
    reversal_of,
)

SETTLED = "settlement:2023-10:wallet-ethereum-treasury:2:2"

ON_REVERSALS: Attacks = {
    "a reversal that mirrors nothing": (
        [entry(reverses="1"), *balanced(amount="7"), ONE],
        "FS013 reversal: entry",
    ),
    "a second reversal": (
        [entry(reverses="2"), *balanced(amount="12.5")],
        "23505 journal_entries_reverses_key",
    ),
    "a reversal of a reversal": (
        [entry(reverses="3"), *balanced(amount="12.5"), ONE],
        "FS013 reversal: entry",
    ),
    "a reversal of what comes later": ([entry(reverses="{e} + 1")], "23514 reverses_earlier"),
    "a reversal to other accounts": (
        [
            entry(reverses="12"),
            posting(1, "-12.5", "expenses:bank-fees"),
            posting(2, "12.5", OPENING),
            ONE,
        ],
        "FS013 reversal: entry",
    ),
    "a reversal in parts": (
        [
            entry(reverses="12"),
            posting(1, "-10"),
            posting(2, "12.5", OPENING),
            posting(3, "-2.5"),
            Seal(1, 3),
        ],
        "FS013 reversal: entry",
    ),
    "a reversal under a live match": (
        reversal_of("fee:0"),
        "FS015 depended_on: entry 1 .* match 1 of bank line main/1",
    ),
    "a reversal under an obligation that is due": (
        reversal_of("owe:share:b2"),
        "FS015 depended_on: .* obligation share:b2",
    ),
    "a reversal of what something went back by": (
        [
            *gone_back("share:b2", "1"),
            entry("{e} + 1", on="2023-11-02", reference="undo", reverses="{e}"),
            "INSERT INTO postings SELECT {e} + 1, line, account, party, document, commodity, "
            "-amount, '2023-11-02', NULL FROM postings WHERE entry_number = {e}",
            Seal(2, 4, 1),
        ],
        "FS015 depended_on: .* adjustment 1 of what is due of share:b2",
    ),
    "something going back by an entry that is reversed": (
        [
            *gone_back("share:b2", "1")[:-1],
            entry("{e} + 1", on="2023-11-02", reference="undo", reverses="{e}"),
            gone_back("share:b2", "1")[-1],
        ],
        "FS009 due: entry .* does not move -1 of share:b2",
    ),
    "a reversal under a claimed payout line": (
        reversal_of("owe:share:a3"),
        "FS015 depended_on: .* line 1 of batch",
    ),
    "a reversal of what settled a payout line": (
        reversal_of(SETTLED),
        "FS015 depended_on: .* line 2 of batch",
    ),
    "a reversal of a statement that was received": (
        reversal_of("statement:received"),
        "FS015 depended_on: .* match 8 of bank line main/1",
    ),
    "a reversal of a statement that was shared out": (
        reversal_of("statement:shared"),
        "FS015 depended_on: .* obligation s1",
    ),
    "a reversal of a bounty's end": (
        reversal_of("bounty:1"),
        "FS015 depended_on: .* the end of bounty bounty-1",
    ),
    "a reversal of a distribution": (
        reversal_of("distribution:1"),
        "FS015 depended_on: .* distribution part-1",
    ),
    "a reversal of a renewal that was paid": (
        reversal_of("renewal:paid"),
        "FS015 depended_on: .* match 9 of bank line main/1",
    ),
    "a reversal of a renewal that was earned": (
        reversal_of("renewal:earned"),
        "FS015 depended_on: .* earned in 2023-10 of renewal renewal-2",
    ),
    "a reversal of what a renewal earned": (
        reversal_of("earning:1"),
        "FS015 depended_on: .* earned in 2023-10 of renewal renewal-2",
    ),
    "a reversal of a renewal that was cancelled": (
        reversal_of("renewal:ended"),
        "FS015 depended_on: .* the end of renewal renewal-3",
    ),
    "a match by an entry that is reversed": (
        [match(2, "1", entry_number=2), ROW],
        "FS007 match: entry 2 is reversed",
    ),
    "an obligation due by an entry that is reversed": (
        ["INSERT INTO obligation_dues VALUES ('o1', '2023-10-05', 2, 'c', {n})"],
        "FS008 obligation: what o1 rests on",
    ),
}
