"""What values fit the rules of governance: of votes, and of polls and their pots."""

from ledger.governance_rules import CIRCULATING, ENDED, TOTAL
from ledger.money import parse_plain
from ledger.rule_values import is_amount, is_code, whole

VOTE_KEYS = {
    *("minimum_balance", "quorum", "approval_above_percent", "vote_days", "discussion_days"),
    *("space", "source", "note"),
}
POLL_KEYS = {
    *("categories", "method", "days", "threshold", "rule", "pot", "places", "cap", "tiers"),
    *("source", "note"),
}
PERCENT_MAX = 100
DAYS_MAX = 90
PLACES_MAX = 1000


def is_vote_rule(value: object) -> bool:
    """Return whether a value says what a vote needs, or that its type is not used any more."""
    return value == ENDED or (
        isinstance(value, dict)
        and set(value) == VOTE_KEYS
        and (is_amount(value["minimum_balance"]) or value["minimum_balance"] == "staff only")
        and _is_quorum(value["quorum"])
        and _is_percent(value["approval_above_percent"])
        and whole(1, DAYS_MAX)(value["vote_days"])
        and _is_blank_or_whole(value["discussion_days"], DAYS_MAX)
        and (value["space"] == "" or is_code(value["space"]))
        and is_code(value["source"])
        and isinstance(value["note"], str)
    )


def is_poll_rule(value: object) -> bool:
    """Return whether a value says how polls are held and what they give, or that none are."""
    return value == ENDED or (
        isinstance(value, dict)
        and set(value) == POLL_KEYS
        and isinstance(value["categories"], list)
        and all(is_code(name) for name in value["categories"])
        and value["method"] in ("weighted", "quadratic", "approval", "ranked-choice")
        and whole(1, DAYS_MAX)(value["days"])
        and is_amount(value["threshold"])
        and value["rule"] in ("none", "fixed", "pro-rata")
        and (value["pot"] is None) == (value["rule"] == "none")
        and all(value[name] is None or is_amount(value[name]) for name in ("pot", "cap"))
        and _is_blank_or_whole(value["places"], PLACES_MAX)
        and _are_tiers(value["tiers"], needed=value["rule"] == "fixed")
        and is_code(value["source"])
        and isinstance(value["note"], str)
    )


def _is_quorum(value: object) -> bool:
    """Return whether a quorum is an amount, a percentage of a supply, or both."""
    if not isinstance(value, dict) or set(value) not in (
        {"amount"},
        {"percent", "of"},
        {"amount", "percent", "of"},
    ):
        return False
    told = "of" not in value or (
        value["of"] in (CIRCULATING, TOTAL) and _is_percent(value["percent"])
    )
    return told and is_amount(value.get("amount", "0"))


def _is_percent(value: object) -> bool:
    return isinstance(value, str) and is_amount(value) and parse_plain(value) <= PERCENT_MAX


def _is_blank_or_whole(value: object, most: int) -> bool:
    return value is None or whole(1, most)(value)


def _are_tiers(value: object, *, needed: bool) -> bool:
    return (
        isinstance(value, list)
        and bool(value) == needed
        and all(
            isinstance(tier, dict)
            and set(tier) == {"name", "amount", "places"}
            and is_code(tier["name"])
            and is_amount(tier["amount"])
            and whole(1, PLACES_MAX)(tier["places"])
            for tier in value
        )
    )
