# ruff: noqa: INP001 - a script beside its data, no package
"""Makes the example statements and receipts of 2023 from `data/`; run it again for the same bytes.

It is deterministic: no clock, no chance, one output for one input. Every real exchange's fee share
is the input's figure exactly; the layouts are this project's. The two exchanges named "made up"
and their amounts are invented. Receipts come before month end, as payments on account.
"""

import calendar
import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
REVENUE = HERE / "data" / "fee_share_revenue_by_exchange_2023.csv"

HUOBI_RATE = Decimal("0.4")
"""The upper end of Huobi's range: it divides every input figure without a remainder."""

DEMO_MONTH = "2023-10"
"""The only month with made-up exchanges, split and short payments."""

FIRST_RECEIPT_DAY = 20

Record = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one exchange writes its statement; `records` takes the month and what it owes us."""

    slug: str
    header: Record
    records: Callable[[str, Decimal], list[Record]]
    delimiter: str = ","
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What an exchange owes us for a month, and the account of ours that it pays to."""

    exchange: str
    amount: Decimal
    currency: str = "USDT"
    account: str = "wallet-ethereum-treasury"


def german(amount: Decimal) -> str:
    """Return an amount with full stops between thousands and a decimal comma."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def comma(amount: Decimal) -> str:
    """Return an amount with a decimal comma and no grouping."""
    return f"{amount:f}".replace(".", ",")


def turned(month: str, separator: str) -> str:
    """Return YYYY-MM with the month first."""
    year, number = month.split("-")
    return f"{number}{separator}{year}"


def last_day(month: str) -> str:
    """Return the last day of YYYY-MM as DD/MM/YYYY."""
    year, number = map(int, month.split("-"))
    return f"{calendar.monthrange(year, number)[1]}/{number:02}/{year}"


LAYOUTS = {
    "Binance": Layout(
        slug="binance",
        header=("Month", "Commission Asset", "Commission", "Remark"),
        records=lambda month, owed: [(month, "USDT", f"{owed:,.2f}", "fee share")],
    ),
    "KuCoin": Layout(
        slug="kucoin",
        header=("Period", "Coin", "Broker Rebate", "Note"),
        records=lambda month, owed: [(turned(month, "."), "USDT", german(owed), "")],
        delimiter=";",
    ),
    "Gate.io": Layout(
        slug="gate-io",
        header=("settlement_month", "rebate_usdt"),
        records=lambda month, owed: [(month.replace("-", "/"), f"{owed:f}")],
        delimiter="\t",
    ),
    "AscendEx": Layout(
        slug="ascendex",
        header=("Billing Month", "Currency", "Payable"),
        records=lambda month, owed: [
            (month, "USDT", f"{owed:.2f}"),
            ("Total", "", f"{owed:.2f}"),
        ],
    ),
    "Huobi": Layout(
        slug="huobi",
        header=("month", "coin", "trading_fees", "share_percent", "fee_share"),
        records=lambda month, owed: [
            (month, "USDT", f"{owed / HUOBI_RATE:.2f}", f"{HUOBI_RATE * 100:.0f}", f"{owed:.2f}")
        ],
    ),
    "HitBTC": Layout(
        slug="hitbtc",
        header=("PERIOD", "CCY", "AMOUNT", "DESCRIPTION"),
        records=lambda month, owed: [
            (month.replace("-", ""), "USDT", f"{owed:.6f}", "fee share \u2013 one month")
        ],
        delimiter="|",
        encoding="windows-1252",
    ),
    "Hyperliquid": Layout(
        slug="hyperliquid",
        header=("venue", "month", "asset", "referral_rewards"),
        records=lambda month, owed: [("Hyperliquid", turned(month, "/"), "USDT", f"{owed:.6f}")],
    ),
    "Vega": Layout(
        slug="vega",
        header=("Epoch End", "Asset", "Fee Share", "Memo"),
        records=lambda month, owed: [(last_day(month), "USDT", f"{owed:.2f}", "one lump")],
        delimiter=";",
    ),
    "Examplex (made up)": Layout(
        slug="examplex-made-up",
        header=("month", "description", "fixed_fee_usd"),
        records=lambda month, owed: [(month, "fixed monthly fee", f"{owed:.2f}")],
    ),
    "Duomarket (made up)": Layout(
        slug="duomarket-made-up",
        header=("Period", "Currency", "Volume", "Trading Fees", "Rate", "Fee Share"),
        records=lambda month, owed: [
            (month, "USDT", "3086419,73", comma(owed / Decimal("0.4")), "0,4", comma(owed)),
            ("Total", "", "", "", "", comma(owed)),
        ],
        delimiter=";",
    ),
}

BANK_LAYOUT = Layout(
    slug="receipts",
    header=("date", "account", "amount", "currency", "external_id", "counterparty", "memo"),
    records=lambda _month, _owed: [],
)

MADE_UP = (
    Owed(
        exchange="Examplex (made up)",
        amount=Decimal("750.00"),
        currency="USD",
        account="bank-operating",
    ),
    Owed(exchange="Duomarket (made up)", amount=Decimal("1234.567891")),
)
"""Invented, for the demo's month: a fixed fee, and an amount that does not divide evenly."""

PARTS = {
    (DEMO_MONTH, "KuCoin"): (Decimal(1200), Decimal(800)),
    (DEMO_MONTH, "Gate.io"): (Decimal(1000),),
}
"""Who did not pay a month in one piece, and what came in instead."""

LATE = {"2023-11": (("Gate.io", Decimal(500), DEMO_MONTH),)}
"""Month of receipt to (exchange, amount, month that it is for)."""


def stated() -> dict[str, list[Owed]]:
    """Return what each exchange owes us, by month: the input file and what is made up."""
    months: dict[str, list[Owed]] = {}
    with REVENUE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            owed = Owed(exchange=row["partner"], amount=Decimal(row["amount_est"]))
            months.setdefault(row["month"], []).append(owed)
    months[DEMO_MONTH].extend(MADE_UP)
    return months


def receipts(month: str, claims: Iterable[Owed]) -> list[Record]:
    """Return the bank lines of a month: one a day from the 20th, a receipt for every claim."""
    lines = []
    for owed in claims:
        reference = f"example-tx-{month}-{LAYOUTS[owed.exchange].slug}"
        parts = PARTS.get((month, owed.exchange), (owed.amount,))
        for number, part in enumerate(parts, start=1):
            external_id = f"{reference}-{number}" if len(parts) > 1 else reference
            lines.append((owed.account, part, owed.currency, external_id, owed.exchange, month))
    for exchange, amount, owed_for in LATE.get(month, ()):
        late = Owed(exchange=exchange, amount=amount)
        external_id = f"example-tx-{month}-{LAYOUTS[exchange].slug}-rest"
        memo = f"{owed_for} rest"
        lines.append((late.account, amount, late.currency, external_id, exchange, memo))
    return [
        (
            f"{month}-{day}",
            account,
            f"{amount:f}",
            currency,
            external_id,
            exchange,
            f"fee share {memo}",
        )
        for day, (account, amount, currency, external_id, exchange, memo) in enumerate(
            lines, start=FIRST_RECEIPT_DAY
        )
    ]


def write(path: Path, layout: Layout, records: Iterable[Record]) -> None:
    """Write one file with a header."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=layout.delimiter, lineterminator="\n")
    writer.writerows([layout.header, *records])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.getvalue().encode(layout.encoding))


def build(folder: Path) -> None:
    """Write every month's statements and receipts below a folder."""
    for month, claims in stated().items():
        for owed in claims:
            layout = LAYOUTS[owed.exchange]
            path = folder / month / "statements" / f"{layout.slug}-{month}.csv"
            write(path, layout, layout.records(month, owed.amount))
        path = folder / month / "bank" / f"receipts-{month}.csv"
        write(path, BANK_LAYOUT, receipts(month, claims))


if __name__ == "__main__":
    build(HERE)
