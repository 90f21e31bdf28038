"""The chart of accounts: codes that say their type, how finely balances are kept, and floors.

`detail` is the finest key at which the database keeps a running balance; `floor` refuses a
balance on the wrong side of zero at that key: no payee is paid more than owed, no deposit is
released twice, no statement is received beyond what it stated.
"""

from enum import StrEnum

from sqlalchemy import select

from ledger.sealing import Change
from ledger.tables import Account


class Chart(StrEnum):
    """The accounts that the service itself posts to."""

    OPENING = "equity:opening"
    CONVERSION = "equity:conversion"
    RECEIVABLE_FEE_SHARE = "assets:receivable:fee-share"
    RECEIVABLE_RENEWAL = "assets:receivable:renewal"
    RECEIVABLE_SPONSORSHIP = "assets:receivable:sponsorship"
    RECEIVABLE_PAYEE = "assets:receivable:payee"
    RECEIVABLE_PAYEE_OVERPAID = "assets:receivable:payee-overpaid"
    RECEIVABLE_REBATE_OVERPAID = "assets:receivable:payee-overpaid:user-rebate"
    IN_TRANSIT = "assets:in-transit"
    SUSPENSE = "assets:suspense"
    ACCRUED_MAINTAINER_SHARE = "liabilities:accrued:maintainer-share"
    ACCRUED_USER_REBATE = "liabilities:accrued:user-rebate"
    PAYABLE_MAINTAINER = "liabilities:payable:maintainer"
    PAYABLE_DEVELOPER = "liabilities:payable:developer"
    PAYABLE_REVIEWER = "liabilities:payable:reviewer"
    PAYABLE_REFUND = "liabilities:payable:exchange-refund"
    PAYABLE_DISTRIBUTION = "liabilities:payable:hbot-distribution"
    PAYABLE_USER_REBATE = "liabilities:payable:user-rebate"
    PAYABLE_SIGNER = "liabilities:payable:signer"
    BOUNTY_DEPOSITS = "liabilities:bounty-deposits"
    DEFERRED_RENEWAL = "liabilities:deferred:renewal"
    DEFERRED_SPONSORSHIP = "liabilities:deferred:sponsorship"
    EXCHANGE_CREDIT = "liabilities:exchange-credit"
    UNIDENTIFIED_RECEIPTS = "liabilities:unidentified-receipts"
    INCOME_FEE_SHARE = "income:fee-share"
    INCOME_USER_REBATE = "income:fee-share:user-rebate"
    INCOME_RENEWAL = "income:renewal"
    INCOME_SPONSORSHIP = "income:sponsorship"
    INCOME_BOUNTY = "income:bounty-administration"
    INCOME_ROUNDING = "income:rounding"
    EXPENSE_MAINTAINER_SHARE = "expenses:maintainer-share"
    EXPENSE_NETWORK_FEES = "expenses:network-fees"
    EXPENSE_BANK_FEES = "expenses:bank-fees"
    EXPENSE_BAD_DEBT = "expenses:bad-debt"
    EXPENSE_BOUNTY = "expenses:bounty"
    EXPENSE_BOUNTY_LOSS = "expenses:bounty-loss"
    EXPENSE_DISTRIBUTION = "expenses:hbot-distribution"


NAMES = {
    Chart.OPENING: "Opening balances at cut-over",
    Chart.CONVERSION: "Conversions between commodities",
    Chart.RECEIVABLE_FEE_SHARE: "Fee share owed by exchanges",
    Chart.RECEIVABLE_RENEWAL: "Renewals invoiced",
    Chart.RECEIVABLE_SPONSORSHIP: "Sponsorships invoiced",
    Chart.RECEIVABLE_PAYEE: "Owed back by payees",
    Chart.RECEIVABLE_PAYEE_OVERPAID: "Overpaid to payees after restatements",
    Chart.RECEIVABLE_REBATE_OVERPAID: "Overpaid to who passes rebates on, after restatements",
    Chart.IN_TRANSIT: "Between our own accounts, or sent and not final",
    Chart.SUSPENSE: "Left our accounts without a known reason",
    Chart.ACCRUED_MAINTAINER_SHARE: "Maintainers' shares accrued, not yet due",
    Chart.ACCRUED_USER_REBATE: "User rebates accrued, not yet due",
    Chart.PAYABLE_MAINTAINER: "Maintainers' shares due",
    Chart.PAYABLE_DEVELOPER: "Developers' parts of bounties due",
    Chart.PAYABLE_REVIEWER: "Reviewers' parts of bounties due",
    Chart.PAYABLE_REFUND: "Refunds due to exchanges",
    Chart.PAYABLE_DISTRIBUTION: "HBOT distributions due",
    Chart.PAYABLE_USER_REBATE: "User rebates due to who passes them on",
    Chart.PAYABLE_SIGNER: "Network fees due to signers who paid them",
    Chart.BOUNTY_DEPOSITS: "Bounty deposits held for exchanges",
    Chart.DEFERRED_RENEWAL: "Renewals not yet earned",
    Chart.DEFERRED_SPONSORSHIP: "Sponsorships not yet earned",
    Chart.EXCHANGE_CREDIT: "Paid too much by exchanges",
    Chart.UNIDENTIFIED_RECEIPTS: "Received, not yet identified",
    Chart.INCOME_FEE_SHARE: "Fee share stated by exchanges",
    Chart.INCOME_USER_REBATE: "Less: fee share given back to users",
    Chart.INCOME_RENEWAL: "Renewals earned",
    Chart.INCOME_SPONSORSHIP: "Sponsorships earned",
    Chart.INCOME_BOUNTY: "Foundation's part of bounties",
    Chart.INCOME_ROUNDING: "Rounding",
    Chart.EXPENSE_MAINTAINER_SHARE: "Maintainers' part of the fee share",
    Chart.EXPENSE_NETWORK_FEES: "Network fees",
    Chart.EXPENSE_BANK_FEES: "Bank fees",
    Chart.EXPENSE_BAD_DEBT: "Fee share that exchanges never paid",
    Chart.EXPENSE_BOUNTY: "Bounties funded by the Foundation",
    Chart.EXPENSE_BOUNTY_LOSS: "Bounties: cost overruns, and stages paid before a refund",
    Chart.EXPENSE_DISTRIBUTION: "HBOT distributed under proposals",
}

TYPES = {
    "assets": "asset",
    "liabilities": "liability",
    "equity": "equity",
    "income": "income",
    "expenses": "expense",
}

BY_DOCUMENT = frozenset(
    {
        Chart.RECEIVABLE_FEE_SHARE,
        Chart.RECEIVABLE_RENEWAL,
        Chart.RECEIVABLE_SPONSORSHIP,
        Chart.RECEIVABLE_PAYEE,
        Chart.RECEIVABLE_PAYEE_OVERPAID,
        Chart.RECEIVABLE_REBATE_OVERPAID,
        Chart.ACCRUED_MAINTAINER_SHARE,
        Chart.ACCRUED_USER_REBATE,
        Chart.PAYABLE_MAINTAINER,
        Chart.PAYABLE_DEVELOPER,
        Chart.PAYABLE_REVIEWER,
        Chart.PAYABLE_REFUND,
        Chart.PAYABLE_DISTRIBUTION,
        Chart.PAYABLE_USER_REBATE,
        Chart.PAYABLE_SIGNER,
        Chart.BOUNTY_DEPOSITS,
        Chart.DEFERRED_RENEWAL,
        Chart.DEFERRED_SPONSORSHIP,
        Chart.EXCHANGE_CREDIT,
        Chart.UNIDENTIFIED_RECEIPTS,
    }
)
"""Accounts whose balances are kept by document, and may not pass zero for any of them."""

BY_ACCOUNT = frozenset(
    {Chart.OPENING, Chart.CONVERSION, Chart.IN_TRANSIT, Chart.SUSPENSE, Chart.INCOME_ROUNDING}
)
"""Accounts whose balances are kept as one; all others are kept by party."""


def type_of(code: str) -> str:
    """Return the type of an account by the first part of its code."""
    return TYPES[code.partition(":")[0]]


def default_accounts() -> list[Account]:
    """Return the chart of accounts that every set of books starts with."""
    return [
        Account(
            code=account.value,
            name=NAMES[account],
            type=type_of(account),
            detail=_detail(account),
            floor=account in BY_DOCUMENT,
        )
        for account in Chart
    ]


def add_conversion_account(change: Change, first: str, second: str) -> str:
    """Add the account of a pair of commodities unless it is there, and return its code.

    Both directions go through one account, so that its balance is what conversions gained.
    """
    pair = sorted((first, second))
    code = f"{Chart.CONVERSION}:{'-'.join(pair).lower()}"
    add_wallet_account(change, code, f"Conversions between {pair[0]} and {pair[1]}")
    return code


def add_wallet_account(change: Change, code: str, name: str) -> None:
    """Add an account of ours whose balance is kept as one, unless it is there."""
    exists = change.session.scalar(select(Account.code).where(Account.code == code))
    if exists is None:
        change.add(
            Account(code=code, name=name, type=type_of(code), detail="account", floor=False)
        )


def _detail(account: Chart) -> str:
    if account in BY_DOCUMENT:
        return "document"
    return "account" if account in BY_ACCOUNT else "party"
