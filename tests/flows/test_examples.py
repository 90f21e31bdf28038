"""The examples say what the public record says, and name what is assumed or made up."""

import csv
from decimal import Decimal
from pathlib import Path

EXAMPLES = Path(__file__).parents[2] / "examples"


def rows(path: str) -> list[dict[str, str]]:
    with (EXAMPLES / path).open(newline="") as file:
        return list(csv.DictReader(file))


def recorded() -> dict[str, dict[str, str]]:
    """Return the public agreements by the exchange's name in the books' spelling."""
    return {row["exchange"]: row for row in rows("data/fee_share_agreements.csv")}


def test_agreements_with_a_public_source_have_its_rates_and_maintainer() -> None:
    public = recorded()
    compared = 0
    for row in rows("books/agreements.csv"):
        if row["source"].startswith(("assumed", "made up")):
            continue
        source = public[row["exchange"]]
        assert row["source"].startswith(source["source"].partition(" (")[0])
        assert Decimal(row["rate_low"]) * 100 == Decimal(source["pct_low"]), row["exchange"]
        assert Decimal(row["rate_high"]) * 100 == Decimal(source["pct_high"]), row["exchange"]
        assert row["effective_from"] == source["as_of"]
        # HitBTC's agreement names nobody who maintains it.
        assert row["maintainers"] == (f"{source['maintainer']}:1" if source["maintainer"] else "")
        compared += 1
    assert compared == 6


def test_every_exchange_with_revenue_has_terms_or_says_that_they_are_assumed() -> None:
    aliases = {
        alias.strip(): row["name"]
        for row in rows("books/exchanges.csv")
        for alias in (row["name"], *row["aliases"].split(";"))
    }
    with_terms = {aliases[row["exchange"]] for row in rows("books/agreements.csv")}
    paid = {row["partner"] for row in rows("data/fee_share_revenue_by_exchange_2023.csv")}
    assert paid <= with_terms


def test_what_the_record_does_not_give_says_so() -> None:
    for name in ("exchanges", "payees", "agreements", "bounties", "renewals", "proposals"):
        for row in rows(f"books/{name}.csv"):
            label = row.get("exchange") or row.get("name") or row.get("label", "")
            made_up = "made up" in label or "MADE-UP" in label
            assert made_up == (row["source"] == "made up"), (name, row)
