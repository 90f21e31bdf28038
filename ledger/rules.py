"""The table of rules: which policies there are, their defaults, and what values fit.

Law: a rule that may change with time is named here once, with every default that ever held and
the day it began; a value that does not fit is never proposed.
"""

from datetime import date

from ledger.bounty_rules import BOUNTY_RULES
from ledger.governance_rules import POLLS, TYPES, defaults_of, policy_of
from ledger.governance_values import is_poll_rule, is_vote_rule
from ledger.rule import BEGINNING, Rule
from ledger.rule_values import (
    fractions,
    is_amounts,
    is_bands,
    is_code,
    is_codes,
    is_confirmation,
    is_feeds,
    is_holiday_calendar,
    is_limit,
    is_outlier,
    is_price_checks,
    is_supply,
    is_timing,
    is_tolerances,
    one_of,
    whole,
)

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
    **BOUNTY_RULES,
    "holiday-calendar": Rule(
        about="Which days are no business days: weekends and public holidays of a country, and "
        "days of one's own",
        defaults=((BEGINNING, {"country": "none", "subdivision": "none", "extra_days": []}),),
        expected="a country and subdivision by their ISO 3166 codes, or none, and days, such as "
        '{"country": "KY", "subdivision": "none", "extra_days": ["2026-12-24"]}',
        fits=is_holiday_calendar,
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
