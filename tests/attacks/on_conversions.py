"""Attacks on conversions and signers' fees: prices of nobody, amounts that do not follow."""

from attacks.on_payouts import FROZEN, SETTLED, batch_of_mine, line
from attacks.steps import NO_RIGHT, PROOF, ROW, Attacks

CHECKED = "SET CONSTRAINTS by_its_rule IMMEDIATE"
SIGNER = "0x" + "ab" * 20


def preferred(commodity: str = "HBOT", payee: str = "bob", who: str = "maker") -> str:
    return (
        f"INSERT INTO payee_preferences VALUES ('{payee}', 1, '{commodity}', '2023-11-01', "
        f"'a call', '{who}', {{n}})"
    )


def price(commodity: str = "USDC", rule: str = "par", figure: str = "1", to: str = "mine") -> str:
    return f"INSERT INTO payout_prices VALUES ('{to}', '{commodity}', '{rule}', {figure}, {{n}})"


def source(
    commodity: str = "USDC",
    figure: str = "1",
    on: str = "2023-01-01",
    name: str = "policy: stablecoins at par",
) -> str:
    return (
        f"INSERT INTO payout_price_sources VALUES ('mine', '{commodity}', '{on}', '{name}', "
        f"{figure}, {{n}})"
    )


def told(commodity: str, figure: str, on: str = "2023-11-02") -> str:
    return (
        'INSERT INTO prices (commodity, quote, "on", source, price, change_no) '
        f"VALUES ('{commodity}', 'USD', '{on}', 'me', {figure}, {{n}})"
    )


def answered(commodity: str, on: str) -> str:
    return (
        f"INSERT INTO price_origins VALUES ('{commodity}', 'USD', '{on}', 'me', 'a market', NULL, "
        f"now(), '{PROOF}', {{n}})"
    )


def converted(owed: str, commodity: str = "USDT") -> str:
    return f"INSERT INTO payout_line_conversions VALUES ('mine', 1, '{commodity}', {owed}, {{n}})"


def signer(who: str = "maker", payee: str = "bob") -> str:
    return f"INSERT INTO payee_signers VALUES ('{SIGNER}', '{payee}', 'a call', '{who}', {{n}})"


PRICED = [price("USDC"), price("USDT")]
"""Two prices of which nobody asked yet whether they follow from figures."""

ON_CONVERSIONS: Attacks = {
    "a preference set by who is paid": (
        [preferred(payee="alice", who="alice")],
        "FS005 segregation: alice is alice",
    ),
    "a preference in another's name": (
        [preferred(who="carol"), ROW],
        "FS005 actor: payee_preferences names carol",
    ),
    "a line in what is owed to a payee who prefers something else": (
        [preferred(), batch_of_mine(), line("50")],
        "FS180 preference: line 1 of mine pays bob in USDC",
    ),
    "a figure that is not in force": (
        [batch_of_mine(), price(figure="2"), source(figure="2")],
        "FS181 price: 2 of USDC on 2023-01-01",
    ),
    "a figure that is one person's word": (
        [
            told("ETH", "1"),
            batch_of_mine(),
            price("ETH", "newest"),
            source("ETH", "1", "2023-11-02", "me"),
        ],
        "FS181 price: 1 of ETH .* one person's word",
    ),
    "a price without figures": (
        [batch_of_mine(), price("ETH", "newest"), CHECKED],
        'FS181 price: 1 of ETH in mine does not follow from its figures by the rule "newest"',
    ),
    "a price that is not the newest": (
        [
            *(told("ETH", "1", "2023-11-01"), answered("ETH", "2023-11-01"), told("ETH", "2")),
            *(batch_of_mine(), price("ETH", "newest"), source("ETH", "1", "2023-11-01", "me")),
            CHECKED,
        ],
        'FS181 price: .* by the rule "newest"',
    ),
    "a token at par that the house does not count so": (
        [batch_of_mine(), price("HBOT", "par"), CHECKED],
        'FS181 price: .* by the rule "par"',
    ),
    "a mean over too few days": (
        [batch_of_mine(), price("HBOT", "average"), CHECKED],
        'FS181 price: .* by the rule "average"',
    ),
    "a price added to a frozen batch": ([price(to=FROZEN)], "FS031 frozen: batch"),
    "a line that pays more than it converts": (
        [preferred("USDC"), batch_of_mine(), *PRICED, line("50"), converted("49.999999")],
        "FS182 conversion: 49.999999 USDT is not 50 USDC",
    ),
    "a line that keeps back a payable unit": (
        [preferred("USDC"), batch_of_mine(), *PRICED, line("50"), converted("50.000001")],
        "FS182 conversion: 50.000001 USDT is not 50 USDC",
    ),
    "a conversion that nobody asked for": (
        [batch_of_mine(), *PRICED, line("50"), converted("50")],
        "FS182 conversion:",
    ),
    "a conversion without prices": (
        [preferred("USDC"), batch_of_mine(), line("50"), converted("50")],
        "FS182 conversion:",
    ),
    "a signer confirmed by whoever registered it": (
        [signer(), f"INSERT INTO payee_signer_confirmations VALUES ('{SIGNER}', 'maker', {{n}})"],
        "FS005 segregation: maker registered",
    ),
    "a signer confirmed by who is paid": (
        [
            signer(payee="alice"),
            f"INSERT INTO payee_signer_confirmations VALUES ('{SIGNER}', 'alice', {{n}})",
        ],
        "FS005 segregation: alice registered",
    ),
    "a fee given back that no chain tells of": (
        [
            "INSERT INTO fee_reimbursements VALUES "
            f"('ethereum', '0x1', '{SETTLED}', 'share:b2', {{n}})"
        ],
        "FS183 fee: 0x1 on ethereum gives nobody",
    ),
    "a fee on chain rewritten": (["UPDATE chain_fees SET payer = '0x1'"], NO_RIGHT),
}
