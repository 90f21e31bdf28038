"""The public record of 2023, read and reckoned without any of the project's code."""

import csv
from decimal import ROUND_UP, Decimal

from support.databases import EXAMPLES

WITH_MAINTAINER = {"Binance", "KuCoin", "Gate.io", "AscendEx", "Huobi"}
"""Exchanges of the public record whose agreement names one maintainer, CoinAlpha."""


def public_revenue() -> dict[tuple[str, str], Decimal]:
    """Read the input once more, by itself: month and exchange to the published figure."""
    path = EXAMPLES / "data" / "fee_share_revenue_by_exchange_2023.csv"
    with path.open(newline="") as file:
        return {
            (row["month"], row["partner"]): Decimal(row["amount_est"])
            for row in csv.DictReader(file)
        }


def independent_share(amount: Decimal) -> Decimal:
    """Compute 20 % rounded up to six decimals."""
    return (amount / 5).quantize(Decimal("0.000001"), ROUND_UP)
