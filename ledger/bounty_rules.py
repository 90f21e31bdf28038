"""The rules of bounties, and of what keeps a connector maintained after its bounty's year."""

from datetime import date

from ledger.rule import BEGINNING, Rule
from ledger.rule_values import (
    is_amount,
    is_division,
    is_github_evidence,
    is_phases,
    is_price_list,
    is_span,
    is_waiver,
    whole,
    whole_by_key,
)


def _split(developer: str, foundation: str, reviewer: str = "0") -> dict[str, str]:
    return {"developer": developer, "foundation": foundation, "reviewer": reviewer}


def _clocks(*, delivery: int) -> dict[str, int]:
    return {"deposit": 7, "developer": 60, "reassign": 90, "delivery": delivery, "refund": 14}


BOUNTY_RULES: dict[str, Rule] = {
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
    "invoice-payment-days": Rule(
        about="Within how many days of the day its year begins the invoice of a renewal or a "
        "sponsorship is paid",
        defaults=((BEGINNING, 30),),
        expected="a whole number of days from 0 to 365",
        fits=whole(0, 365),
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
}
