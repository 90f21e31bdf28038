"""Governance rules: what votes on proposals needed, and how polls gave, from which day on.

Law: every row of the public history stands here once with its source; where the record contradicts
itself, the row has a note of the other figure and the rule stays one.
"""

from collections.abc import Mapping
from datetime import date

TYPES = ("PRP", "HIP", "NCP", "HGP")
"""Types of proposals: pull requests, improvements, new connectors, governance."""

CIRCULATING, TOTAL = "circulating supply", "total supply"
ENDED = "none"
"""The rule of a type, or of polls, that is not used any more."""

BEGINNING = "2021-12-17"
END = date(2026, 1, 2)
"""From here on one type is left, and no polls (HGP-77)."""

_OLD, _PRP, _HIP, _NCP = "hbot.eth", "hbot-prp.eth", "hbot-ip.eth", "hbot-ncp.eth"
_SITE = "hummingbot/hummingbot-site:docs/"
_PAPER = f"{_SITE}about/whitepaper.md@HEAD"
_RULES = f"{_SITE}governance/proposals"
_SEPARATE = f"{_RULES}.md@e59d9f31"
_HGP_43 = f"{_RULES}.md@ef1b89c0 (HGP-43)"
_HGP_50 = f"{_RULES}.md@a6bcd3ec (HGP-50)"
_HGP_77 = f"{_SITE}about/proposals.md@758247b3 (HGP-77)"

HISTORY: tuple[tuple[str, str, str, str, str, str, int, int | None, str, str], ...] = (
    (BEGINNING, "PRP", "1", "1", CIRCULATING, "", 7, None, _OLD, _PAPER),
    ("2022-01-10", "PRP", "staff only", "", "", "100000", 3, 4, "", "forum.hummingbot.org/t/69"),
    ("2022-01-21", "PRP", "1", "0.1", TOTAL, "", 7, None, _PRP, f"{_RULES}/prp.md@8483da68"),
    ("2022-02-15", "PRP", "1", "0.1", CIRCULATING, "", 7, None, _PRP, f"{_RULES}/prp.md@de4d96fe"),
    ("2022-08-17", "PRP", "1", "0.1", CIRCULATING, "", 7, None, _PRP, _SEPARATE),
    ("2023-07-18", "PRP", "1", "0.1", CIRCULATING, "", 7, None, _PRP, _HGP_43),
    ("2024-01-10", "PRP", "1", "0.05", TOTAL, "500000", 7, None, _PRP, _HGP_50),
    (BEGINNING, "HIP", "10000", "3", CIRCULATING, "", 7, None, _OLD, _PAPER),
    ("2022-01-24", "HIP", "10000", "3", TOTAL, "", 14, None, _HIP, f"{_RULES}/hip.md@db418edc"),
    ("2022-01-26", "HIP", "10000", "1", TOTAL, "", 14, None, _HIP, f"{_RULES}/hip.md@15838ae9"),
    *(
        (day, "HIP", "10000", "1", CIRCULATING, "", days, None, _HIP, f"{_RULES}/hip.md@{commit}")
        for day, days, commit in (("2022-02-15", 14, "de4d96fe"), ("2022-07-19", 7, "59865040"))
    ),
    ("2022-08-17", "HIP", "10000", "3", CIRCULATING, "", 7, None, _HIP, _SEPARATE),
    ("2023-07-18", "HIP", "10000", "3", CIRCULATING, "", 7, None, _HIP, _HGP_43),
    ("2024-01-10", "HIP", "10000", "1.5", TOTAL, "15000000", 7, None, _HIP, _HGP_50),
    ("2023-07-18", "NCP", "200000", "1", CIRCULATING, "", 7, None, _NCP, _HGP_43),
    ("2024-01-10", "NCP", "200000", "0.5", TOTAL, "5000000", 7, None, _NCP, _HGP_50),
    (BEGINNING, "HGP", "50000", "10", CIRCULATING, "", 7, None, _OLD, _PAPER),
    ("2022-01-22", "HGP", "10000", "3", TOTAL, "", 14, None, _OLD, f"{_RULES}/hgp.md@4d6a8138"),
    ("2022-01-26", "HGP", "50000", "3", TOTAL, "", 14, None, _OLD, f"{_RULES}/hgp.md@15838ae9"),
    *(
        (day, "HGP", "50000", "3", CIRCULATING, "", days, None, _OLD, f"{_RULES}/hgp.md@{commit}")
        for day, days, commit in (("2022-02-15", 14, "de4d96fe"), ("2022-07-19", 7, "455a25da"))
    ),
    ("2022-08-17", "HGP", "50000", "10", CIRCULATING, "", 7, None, _OLD, _SEPARATE),
    ("2023-07-18", "HGP", "50000", "10", CIRCULATING, "", 7, None, _OLD, _HGP_43),
    ("2024-01-10", "HGP", "50000", "5", TOTAL, "50000000", 7, None, _OLD, _HGP_50),
    ("2026-01-02", "HGP", "200000", "0.5", TOTAL, "5000000", 3, 2, _OLD, _HGP_77),
)
"""From, type, balance to propose, quorum in percent of which supply, quorum in HBOT, days of the
vote, days of discussion, Snapshot space (blank: not stated, any), source. Where both quorums are
told, the amount rules."""

NOTES = {
    (BEGINNING, "HGP"): "the prose says more than 66.6667 percent; its table says 50 (D17)",
    ("2022-01-10", "PRP"): "beta",
    ("2022-02-15", "PRP"): "HGP-3",
    ("2022-02-15", "HIP"): "HGP-3",
    ("2022-02-15", "HGP"): "HGP-3",
    ("2022-07-19", "HIP"): "HGP-12",
    ("2022-07-19", "HGP"): "HGP-12",
    ("2024-01-10", "NCP"): "docs/bounties/process.md@f61485ad (2025-09-02) says a quorum of "
    "4000000 and 7 days of discussion; the table in force says 5000000 (D2)",
    ("2026-01-02", "HGP"): "the only type from here on",
}
"""What the record says of a row besides, contradictions among it."""


def policy_of(kind: str) -> str:
    """Return the name of the policy that rules proposals of a type."""
    return f"governance-{kind.lower()}"


def defaults_of(kind: str) -> tuple[tuple[date, object], ...]:
    """Return the rules of a type as they followed on each other, each with its first day."""
    rows = [_dated(row) for row in HISTORY if row[1] == kind]
    return (*rows, *([] if rows[-1][0] == END else [(END, ENDED)]))


def _dated(
    row: tuple[str, str, str, str, str, str, int, int | None, str, str],
) -> tuple[date, object]:
    day, kind, balance, percent, of, amount, days, discussion, space, source = row
    quorum = {"percent": percent, "of": of, "amount": amount}
    return date.fromisoformat(day), {
        "minimum_balance": balance,
        "quorum": {name: told for name, told in quorum.items() if told},
        "approval_above_percent": "50",
        "vote_days": days,
        "discussion_days": discussion,
        "space": space,
        "source": source,
        "note": NOTES.get((day, kind), ""),
    }


def _poll(
    day: date,
    categories: str,
    threshold: str,
    days: int,
    source: str,
    *,
    note: str = "",
    method: str = "weighted",
    pot: Mapping[str, object] | None = None,
) -> tuple[date, object]:
    return day, {
        "categories": categories.split("; "),
        "method": method,
        "days": days,
        "threshold": threshold,
        "rule": "none",
        "pot": None,
        "places": None,
        "cap": None,
        "tiers": [],
        **(pot or {}),
        "source": source,
        "note": note,
    }


_WITH_ISSUES = "CEX; DEX; Core Strategies; Priority Issues"
_TIERS = [
    {"name": "Gold", "amount": "400000", "places": 1},
    {"name": "Silver", "amount": "100000", "places": 3},
]
_PRO_RATA: dict[str, object] = {"rule": "pro-rata", "pot": "1000000"}
_TOP_4: dict[str, object] = {**_PRO_RATA, "places": 4, "cap": "800000"}

POLLS: tuple[tuple[date, object], ...] = (
    _poll(
        *(date(2022, 12, 29), _WITH_ISSUES, "100000", 7),
        f"{_SITE}governance/polls.md@a0091efc",
        note="tiers only; Priority Issues monthly",
        method="quadratic",
    ),
    _poll(
        *(date(2023, 4, 14), _WITH_ISSUES, "100000", 7),
        f"{_SITE}blog/posts/epoch-4-polls-recap/index.md",
        note="tiers only",
    ),
    _poll(
        *(date(2023, 7, 6), "CEX; DEX; Core Strategies", "100000", 7),
        f"{_SITE}blog/posts/epoch-5-polls-recap/index.md",
        note="7000000 HBOT for the bounties of epoch 5 (HGP-43); Priority Issues dropped",
    ),
    _poll(
        *(date(2023, 10, 14), "CEX; DEX; Chain", "200000", 7),
        f"{_SITE}blog/posts/epoch-6-polls-recap/index.md (HGP-45)",
        note="the proposal had split DEX-AMM and DEX-CLOB",
        pot={"rule": "fixed", "pot": "700000", "places": 4, "tiers": _TIERS},
    ),
    _poll(
        *(date(2024, 1, 26), "CEX; DEX; Chain", "200000", 14),
        f"{_SITE}governance/polls.md@172f6e8d (HGP-50)",
        pot=_TOP_4,
    ),
    _poll(
        *(date(2024, 9, 24), "CLOB Spot; CLOB Perp; AMM", "200000", 14),
        f"{_SITE}governance/polls.md@b74d3a92",
        pot=_TOP_4,
    ),
    _poll(
        *(date(2025, 8, 20), "CLOB CEX; CLOB DEX; Gateway DEX", "400000", 14),
        f"{_SITE}governance/polls.md@a902c4d4; docs/about/epochs.md@a67c8592",
        note="applied in the polls of 2025 Q2 already (HGP-70); the lowest 1 or 2 are removed "
        "where there are 19 or 20 choices; how many connectors and which cap is not stated",
        pot=_PRO_RATA,
    ),
    (END, ENDED),
)
"""How polls of connectors were held and what their pots gave."""
