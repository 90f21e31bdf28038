"""The table of rules: which policies there are, their defaults, and what values fit.

Law: a rule that may change with time is named here once, with every default that ever held and
the day it began; a value that does not fit is never proposed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.governance_rules import POLLS, TYPES, defaults_of, policy_of
from ledger.governance_values import is_poll_rule, is_vote_rule
from ledger.rule_values import (
    fractions,
    is_amount,
    is_amounts,
    is_bands,
    is_code,
    is_codes,
    is_confirmation,
    is_division,
    is_feeds,
    is_github_evidence,
    is_holiday_calendar,
    is_limit,
    is_outlier,
    is_phases,
    is_price_checks,
    is_price_list,
    is_span,
    is_supply,
    is_timing,
    is_tolerances,
    is_waiver,
    one_of,
    whole,
    whole_by_key,
)

BEGINNING = date(2021, 1, 1)
"""Defaults hold from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a policy is about, its default from a day on, and what its values look like."""

    about: str
    defaults: tuple[tuple[date, object], ...]
    expected: str
    fits: Callable[[Any], bool]


def _split(developer: str, foundation: str, reviewer: str = "0") -> dict[str, str]:
    return {"developer": developer, "foundation": foundation, "reviewer": reviewer}


def _clocks(*, delivery: int) -> dict[str, int]:
    return {"deposit": 7, "developer": 60, "reassign": 90, "delivery": delivery, "refund": 14}


RULES: dict[str, Rule] = {
    "share-becomes-due": Rule(
        about="When a maintainer's share becomes due",
        defaults=((BEGINNING, "received"),),
        expected="received or stated",
        fits=one_of("received", "stated"),
    ),
    "maintainer-rates": Rule(
        about="The maintainers' part of a fee share, by kind of agreement",
        defaults=((BEGINNING, {"variable": "0.2", "fixed": "0.5"}),),
        expected='fractions, such as {"variable": "0.2", "fixed": "0.5"}',
        fits=fractions("variable", "fixed"),
    ),
    "statement-outlier": Rule(
        about="When a statement needs a second look: above so many times the median of the months "
        "before",
        defaults=((BEGINNING, {"factor": "10", "months": 6}),),
        expected='a factor above 1 and 3 to 60 months, such as {"factor": "10", "months": 6}',
        fits=is_outlier,
    ),
    "volume-outlier": Rule(
        about="When fee share per trading volume is far off: so many times the median of the "
        "months before, or as small a part of it",
        defaults=((BEGINNING, {"factor": "3", "months": 6}),),
        expected='a factor above 1 and 3 to 60 months, such as {"factor": "3", "months": 6}',
        fits=is_outlier,
    ),
    "bounty-division-stablecoin": Rule(
        about="How a bounty in a stablecoin or in dollars is divided on release",
        defaults=(
            (BEGINNING, _split("0.75", "0.25")),
            (date(2023, 5, 25), _split("0.8", "0.2")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=is_division,
    ),
    "bounty-division-hbot": Rule(
        about="How a bounty in HBOT is divided on release",
        defaults=(
            (BEGINNING, _split("0.8", "0.2")),
            (date(2022, 8, 17), _split("0.8", "0.1", "0.1")),
            (date(2022, 8, 18), _split("0.8", "0", "0.2")),
            (date(2023, 1, 13), _split("0.8", "0.2")),
            (date(2023, 5, 3), _split("0.95", "0.05")),
            (date(2023, 10, 2), _split("0.9", "0.1")),
        ),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=is_division,
    ),
    "bounty-division-foundation-stablecoin": Rule(
        about="How a bounty in a stablecoin or in dollars is divided that the Foundation alone "
        "puts up",
        defaults=((date(2024, 8, 1), _split("0.9", "0.1")),),
        expected="developer, foundation and reviewer as fractions that sum to 1",
        fits=is_division,
    ),
    "bounty-price": Rule(
        about="What an exchange's bounty costs, in USD or a stablecoin",
        defaults=(
            (date(2025, 9, 2), {"low": "10000", "high": "10000"}),
            (date(2026, 1, 27), {"low": "10000", "high": "25000"}),
        ),
        expected='a low and a high amount, such as {"low": "10000", "high": "25000"}',
        fits=is_span,
    ),
    "bounty-clocks": Rule(
        about="Within how many days a deposit comes in, a developer is found, another one is "
        "found, and a bounty is delivered; and within how many business days a deposit goes back. "
        "0 is never",
        defaults=(
            (date(2025, 9, 2), _clocks(delivery=0)),
            (date(2026, 2, 10), _clocks(delivery=90)),
        ),
        expected='whole numbers from 0 to 365, such as {"deposit": 7, "developer": 60, '
        '"reassign": 90, "delivery": 90, "refund": 14}',
        fits=whole_by_key("deposit", "developer", "reassign", "delivery", "refund"),
    ),
    "bounty-phases": Rule(
        about="How many weeks each phase of a bounty takes, at least and at most",
        defaults=(
            (
                BEGINNING,
                {"set-up": [1, 1], "development": [2, 4], "testing": [1, 2], "governance": [1, 2]},
            ),
        ),
        expected='weeks from 0 to 52, such as {"set-up": [1, 1], "development": [2, 4], '
        '"testing": [1, 2], "governance": [1, 2]}',
        fits=is_phases,
    ),
    "github-evidence": Rule(
        about="From which repositories and boards of GitHub evidence for a bounty's gates may "
        "come, and by which status an item of a board passed its tests",
        defaults=(
            (
                BEGINNING,
                {
                    "repositories": ["hummingbot/hummingbot", "hummingbot/gateway"],
                    "boards": [],
                    "status_field": "Status",
                    "qa_passed": ["QA passed"],
                },
            ),
        ),
        expected='such as {"repositories": ["owner/name"], "boards": '
        '["https://github.com/orgs/owner/projects/1"], "status_field": "Status", '
        '"qa_passed": ["QA passed"]}; boards as https addresses',
        fits=is_github_evidence,
    ),
    "holiday-calendar": Rule(
        about="Which days are no business days: weekends and public holidays of a country, and "
        "days of one's own",
        defaults=((BEGINNING, {"country": "none", "subdivision": "none", "extra_days": []}),),
        expected="a country and subdivision by their ISO 3166 codes, or none, and days, such as "
        '{"country": "KY", "subdivision": "none", "extra_days": ["2026-12-24"]}',
        fits=is_holiday_calendar,
    ),
    "renewal-price": Rule(
        about="A renewal's price a year, in USD",
        defaults=((BEGINNING, "2000"),),
        expected="an amount such as 2000",
        fits=is_amount,
    ),
    "renewal-notice-days": Rule(
        about="How many days before a connector's year its notice is due",
        defaults=((BEGINNING, 60),),
        expected="a whole number of days from 1 to 365",
        fits=whole(1, 365),
    ),
    "renewal-waiver": Rule(
        about="Above which average fee share received a month, in USD, a renewal is waived, and "
        "over how many whole months since the release",
        defaults=((BEGINNING, {"usd": "200", "at_most": 12, "at_least": 6}),),
        expected='an amount, and months from 1 to 120, such as {"usd": "200", "at_most": 12, '
        '"at_least": 6}',
        fits=is_waiver,
    ),
    "sponsorship-prices": Rule(
        about="What a year of sponsorship costs, in USD, by tier; a tier reaches to the next one",
        defaults=((BEGINNING, {"gold": "50000", "platinum": "100000", "diamond": "250000"}),),
        expected='amounts above 0 by tier, no two the same, such as {"gold": "50000", '
        '"platinum": "100000", "diamond": "250000"}',
        fits=is_price_list,
    ),
    "approval-bands": Rule(
        about="How many checkers a batch needs from an amount in USD on",
        defaults=((BEGINNING, [{"from": "0", "checkers": 1}, {"from": "5000", "checkers": 2}]),),
        expected="bands, the first from 0, each with at least one checker",
        fits=is_bands,
    ),
    **{
        f"payout-limit-{name}": Rule(
            about=f"How much may be paid {to}, in USD by prices that a control may rest on",
            defaults=((BEGINNING, "none"),),
            expected="an amount above 0, such as 20000, or none",
            fits=is_limit,
        )
        for name, to in (
            ("payee-day", "to a payee in a day"),
            ("payee-month", "to a payee in a month"),
            ("day", "in a day"),
            ("month", "in a month"),
        )
    },
    "destination-hold-days": Rule(
        about="Days that a first or changed payout address waits after its confirmation",
        defaults=((BEGINNING, 7),),
        expected="a whole number of days from 1 to 365",
        fits=whole(1, 365),
    ),
    "destination-proof": Rule(
        about="Which payout addresses a payee's key signs for, or a further person vouches for: "
        "those that replace another one, or first ones, too",
        defaults=((BEGINNING, "changes"),),
        expected="changes or all",
        fits=one_of("changes", "all"),
    ),
    "payee-form-gates": Rule(
        about="Without which approved forms a payee is not paid",
        defaults=((BEGINNING, []),),
        expected='kinds of forms, such as ["tax", "aml"]',
        fits=lambda value: is_codes(value) and set(value) <= {"tax", "aml"},
    ),
    "fee-reimbursement": Rule(
        about="Whose network fees come back: nobody's, or those of signers who paid for a batch "
        "from a wallet of their own",
        defaults=((BEGINNING, "none"),),
        expected="none or signer",
        fits=one_of("none", "signer"),
    ),
    "match-tolerance": Rule(
        about="How far a receipt may be from what is owed and still be matched, by exchange",
        defaults=((BEGINNING, {"default": {}}),),
        expected='limits by exchange and kind, such as {"default": {}, "gate-io": {"network-fee": '
        '{"amount": "5", "fraction": "0.01"}}}; kinds are network-fee, bank-fee, fx, short-pay '
        "and overpaid",
        fits=is_tolerances,
    ),
    "transfer-days": Rule(
        about="How many days apart the two lines of a transfer of our own may be",
        defaults=((BEGINNING, 3),),
        expected="a whole number of days from 0 to 31",
        fits=whole(0, 31),
    ),
    "exception-limit": Rule(
        about="How much may be open as exceptions when a month closes, by commodity",
        defaults=((BEGINNING, {}),),
        expected='amounts by commodity, such as {"USDT": "100"}; nothing where none is named',
        fits=is_amounts,
    ),
    "deposit-confirmation": Rule(
        about="Within how many minutes of its first sight a deposit is promised to be confirmed, "
        "and for how many days one that nobody declared is taken for a bounty of its amount",
        defaults=((BEGINNING, {"minutes": 60, "days": 30}),),
        expected='whole numbers, such as {"minutes": 60, "days": 30}: minutes from 1 to 10080, '
        "days from 0 to 365",
        fits=is_confirmation,
    ),
    "statement-timing": Rule(
        about="By which day of the next month a statement is expected, and how many days after "
        "its month the money is due, where the terms do not say",
        defaults=((BEGINNING, {"statement_day": 10, "payment_days": 30}),),
        expected='whole numbers, such as {"statement_day": 10, "payment_days": 30}: a day from '
        "1 to 28, and days from 0 to 365",
        fits=is_timing,
    ),
    "price-checks": Rule(
        about="How old a price may be, and how far from the median of those before it",
        defaults=((BEGINNING, {"max_age_days": 45, "outlier_factor": "3", "window": 7}),),
        expected='such as {"max_age_days": 45, "outlier_factor": "3", "window": 7}; days and '
        "window from 1 to 366, the factor above 1",
        fits=is_price_checks,
    ),
    "price-feeds": Rule(
        about="Which coin or feed of which source is the price of which commodity",
        defaults=((BEGINNING, []),),
        expected="feeds with source, commodity, quote and feed; those of chainlink have an "
        "address as feed, and chain_id, description and max_age_hours (1 to 744) too",
        fits=is_feeds,
    ),
    "par-commodities": Rule(
        about="Which commodities may have a price of 1 by a rule of the house",
        defaults=((BEGINNING, ["USDC", "USDT"]),),
        expected='commodities, such as ["USDC", "USDT"]',
        fits=is_codes,
    ),
    "hbot-averaging-days": Rule(
        about="Over how many days the price is averaged at which HBOT is converted",
        defaults=((date(2023, 7, 28), 7), (date(2025, 3, 30), 30)),
        expected="a whole number of days from 1 to 366",
        fits=whole(1, 366),
    ),
    "reporting-currency": Rule(
        about="The commodity in which reports state values",
        defaults=((BEGINNING, "USD"),),
        expected="a commodity, such as USD",
        fits=is_code,
    ),
    "own-token": Rule(
        about="The token of our own, with and without which totals are shown",
        defaults=((BEGINNING, "HBOT"),),
        expected="a commodity, such as HBOT",
        fits=is_code,
    ),
    **{
        policy_of(kind): Rule(
            about=f"What a vote on a proposal of type {kind} needs, by the day it starts",
            defaults=defaults_of(kind),
            expected="none, or minimum_balance, quorum (amount, or percent of a supply), "
            "approval_above_percent, vote_days, discussion_days, space, source and note",
            fits=is_vote_rule,
        )
        for kind in TYPES
    },
    "governance-polls": Rule(
        about="How polls of connectors are held and what their pots give, by the day they start",
        defaults=POLLS,
        expected="none, or categories, method, days, threshold, rule (none, fixed or pro-rata), "
        "pot, places, cap, tiers, source and note",
        fits=is_poll_rule,
    ),
    "own-token-supply": Rule(
        about="How many of our own token there are, and which accounts hold what is locked",
        defaults=((BEGINNING, {"total": "none", "locked": []}),),
        expected='an amount above 0 or none, and ids of accounts, such as {"total": "1000000000", '
        '"locked": ["wallet-vesting"]}',
        fits=is_supply,
    ),
}
