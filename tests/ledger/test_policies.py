from datetime import date

import pytest

from ledger.errors import BadInput, DatabaseRefused, Denied, UnknownReference
from ledger.people_tables import Policy
from ledger.policies import confirm, default_policies, in_force, propose
from ledger.rules import RULES
from support.books import Books

DAY = date(2023, 10, 1)

COIN = {"source": "coingecko", "commodity": "HBOT", "quote": "USD", "feed": "hummingbot"}
HOUSE = {
    "repositories": ["owner/name"],
    "boards": ["https://github.com/orgs/owner/projects/1"],
    "status_field": "Status",
    "qa_passed": ["Done"],
}
FEED = {
    "source": "chainlink",
    "commodity": "ETH",
    "quote": "USD",
    "feed": "0x" + "ab" * 20,
    "chain_id": 1,
    "description": "ETH / USD",
    "max_age_hours": 3,
}


def test_the_defaults_fit_their_own_rules() -> None:
    for rule in RULES.values():
        assert all(rule.fits(value) for _, value in rule.defaults), rule.about
    assert len({(policy.name, policy.version) for policy in default_policies()}) == len(
        default_policies()
    )


def test_a_policy_is_in_force_once_another_person_confirms_it(books: Books) -> None:
    with books.write("maker") as change:
        propose(change, "renewal-price", "2500", effective_from=DAY, reason="r")
    with books.read() as session:
        assert in_force(session, "renewal-price", DAY) == "2000"
    with pytest.raises(Denied, match="another person"), books.write("maker") as change:
        confirm(change, "renewal-price", 2)
    with books.write("checker") as change:
        confirm(change, "renewal-price", 2)
    with books.read() as session:
        assert in_force(session, "renewal-price", DAY) == "2500"
        assert in_force(session, "renewal-price", date(2023, 9, 30)) == "2000"
    digest = books.digest()
    with books.write("third") as change:
        assert confirm(change, "renewal-price", 2)[1] is False
    assert books.digest() == digest


def test_the_same_proposal_twice_is_one(books: Books) -> None:
    for _ in range(2):
        with books.write("maker") as change:
            made = propose(change, "renewal-price", "2500", effective_from=DAY, reason="r")
            assert made.version == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("renewal-price", 2000),
        ("renewal-price", "-1"),
        ("renewal-price", "two thousand"),
        ("maintainer-rates", {"variable": "0.2"}),
        ("maintainer-rates", {"variable": "1.2", "fixed": "0"}),
        ("maintainer-rates", {"variable": "20 %", "fixed": "0.5"}),
        ("bounty-division-hbot", {"developer": "0.9", "foundation": "0.2", "reviewer": "0"}),
        ("approval-bands", []),
        ("approval-bands", [{"from": "0", "checkers": 0}]),
        ("approval-bands", [{"from": "1", "checkers": 1}]),
        ("destination-hold-days", 0),
        ("destination-hold-days", True),
        ("share-becomes-due", "never"),
        ("statement-timing", 10),
        ("statement-timing", {"statement_day": 10}),
        ("statement-timing", {"statement_day": 29, "payment_days": 30}),
        ("statement-timing", {"statement_day": 10, "payment_days": 366}),
        ("renewal-notice-days", 0),
        ("renewal-waiver", {"usd": "200", "at_most": 12}),
        ("renewal-waiver", {"usd": 200, "at_most": 12, "at_least": 6}),
        ("renewal-waiver", {"usd": "200", "at_most": 121, "at_least": 6}),
        ("renewal-waiver", {"usd": "200", "at_most": 12, "at_least": 13}),
        ("sponsorship-prices", {}),
        ("sponsorship-prices", {"gold": 50000}),
        ("sponsorship-prices", {"gold": "0"}),
        ("sponsorship-prices", {"gold": "50000", "silver": "50000.0"}),
        ("price-checks", {"max_age_days": 45, "outlier_factor": "3"}),
        ("price-checks", {"max_age_days": 0, "outlier_factor": "3", "window": 7}),
        ("price-checks", {"max_age_days": 45, "outlier_factor": "1", "window": 7}),
        ("price-checks", {"max_age_days": 45, "outlier_factor": 3, "window": 7}),
        ("price-checks", {"max_age_days": 45, "outlier_factor": "3", "window": 0}),
        ("price-checks", {"max_age_days": 45, "outlier_factor": "three", "window": 7}),
        ("price-feeds", {}),
        ("price-feeds", ["hummingbot"]),
        ("price-feeds", [{"source": "coingecko", "commodity": "HBOT", "quote": "USD"}]),
        ("price-feeds", [COIN | {"feed": " "}]),
        ("price-feeds", [COIN | {"chain_id": 1}]),
        ("price-feeds", [COIN, COIN | {"feed": "other"}]),
        ("price-feeds", [COIN | {"source": "chainlink"}]),
        ("price-feeds", [FEED | {"feed": "0x12"}]),
        ("price-feeds", [FEED | {"chain_id": "1"}]),
        ("price-feeds", [FEED | {"description": ""}]),
        ("price-feeds", [FEED | {"max_age_hours": 0}]),
        ("par-commodities", "USDC"),
        ("par-commodities", [1]),
        ("reporting-currency", ""),
        ("own-token", " HBOT"),
        ("own-token-supply", {"total": "1000000000"}),
        ("own-token-supply", {"total": "0", "locked": []}),
        ("own-token-supply", {"total": "none", "locked": "vesting"}),
        ("own-token-supply", "1000000000"),
        ("github-evidence", HOUSE | {"repositories": ["name"]}),
        ("github-evidence", HOUSE | {"boards": ["http://github.com/orgs/owner/projects/1"]}),
        ("github-evidence", {"repositories": ["owner/name"]}),
    ],
)
def test_a_value_that_does_not_fit_is_refused(books: Books, name: str, value: object) -> None:
    digest = books.digest()
    with pytest.raises(BadInput, match="policy_invalid"), books.write() as change:
        propose(change, name, value, effective_from=DAY, reason="r")
    assert books.digest() == digest


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("price-feeds", [COIN, FEED]),
        ("par-commodities", []),
        ("reporting-currency", "USDC"),
        ("github-evidence", HOUSE),
    ],
)
def test_a_value_that_fits_is_proposed(books: Books, name: str, value: object) -> None:
    with books.write() as change:
        assert propose(change, name, value, effective_from=DAY, reason="r").version == 2


def test_unknown_policies_and_versions_are_refused(books: Books) -> None:
    with pytest.raises(UnknownReference), books.write() as change:
        propose(change, "nonsense", "1", effective_from=DAY, reason="r")
    with pytest.raises(UnknownReference), books.write() as change:
        confirm(change, "renewal-price", 99)
    with books.read() as session, pytest.raises(UnknownReference):
        in_force(session, "renewal-price", date(2020, 1, 1))


def test_nobody_passes_a_later_version_off_as_a_default(books: Books) -> None:
    sly = Policy(
        name="renewal-price",
        version=2,
        effective_from=DAY,
        value='"1"',
        reason="r",
        proposed_by="defaults",
    )
    with pytest.raises(DatabaseRefused, match="takes two persons"), books.write() as change:
        change.add(sly)
