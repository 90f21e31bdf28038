"""Where a payout is paid from, and how much may be: the choice and the floor in one place each.

Law: a plan spends no more than an account holds less what other batches have claimed, and never
takes what is left over all accounts below the bounty deposits held for exchanges.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.accounts import Chart
from ledger.bank_tables import BankAccount
from ledger.money import CONTEXT

TREASURY = "treasury"
"""Word in the purpose of the wallets that payouts leave from."""


def source_for(
    accounts: Iterable[BankAccount], chain: str | None, holding: Collection[str] = ()
) -> BankAccount | None:
    """Return the account that pays: the chain's treasury wallet, or a bank where no chain is.

    Of several the first by id; of banks' accounts, which have one currency each, the first that
    holds what is to be paid; nothing if there is none.

    Args:
        accounts: the confirmed accounts of ours.
        chain: where it is paid; none for a bank.
        holding: ids of the accounts that hold what is to be paid.
    """
    fitting = [
        account
        for account in accounts
        if account.chain == chain
        and account.kind == ("bank" if chain is None else "wallet")
        and (chain is None or TREASURY in account.purpose.casefold())
    ]
    return min(
        fitting,
        key=lambda account: (chain is None and account.id not in holding, account.id),
        default=None,
    )


_BALANCES = text("""
    SELECT b.id, b.kind, newest.account, newest.commodity, sum(newest.balance) AS balance FROM (
        SELECT DISTINCT ON (account, commodity, party, document) account, commodity, balance
        FROM account_balances
        WHERE account = :deposits OR account IN (SELECT account FROM bank_accounts)
        ORDER BY account, commodity, party, document, change_no DESC) newest
    LEFT JOIN bank_accounts b ON b.account = newest.account
    GROUP BY 1, 2, 3, 4
""")

_CLAIMED = text("""
    SELECT b.source_account, l.commodity, sum(l.amount) AS amount
    FROM payout_lines l JOIN payout_batches b ON b.id = l.batch
    LEFT JOIN line_settlements s ON s.batch = l.batch AND s.line = l.line
    LEFT JOIN line_failures f ON f.batch = l.batch AND f.line = l.line
    WHERE s.batch IS NULL AND f.batch IS NULL
        AND b.id IS DISTINCT FROM :leaving_out AND NOT EXISTS (
        SELECT 1 FROM batch_events e
        WHERE e.batch = b.id AND e.state IN ('cancelled', 'rejected'))
    GROUP BY 1, 2
""")


@dataclass(frozen=True, slots=True)
class Funds:
    """What may still be spent: from each account, and over all above the deposits."""

    by_account: defaultdict[tuple[str, str], Decimal]
    above_deposits: defaultdict[str, Decimal]

    def left(self, source_account: str, commodity: str) -> Decimal:
        """Return how much of a commodity may still leave an account; below zero is nothing."""
        return min(self.by_account[source_account, commodity], self.above_deposits[commodity])

    def holding(self, commodity: str) -> set[str]:
        """Return the accounts of which some of a commodity may be spent."""
        return {
            account
            for (account, held), amount in self.by_account.items()
            if held == commodity and amount > 0
        }

    def take(self, source_account: str, commodity: str, amount: Decimal) -> None:
        """Count an amount as spent."""
        key = (source_account, commodity)
        self.by_account[key] = CONTEXT.subtract(self.by_account[key], amount)
        self.above_deposits[commodity] = CONTEXT.subtract(self.above_deposits[commodity], amount)


def funds(session: Session, *, leaving_out: str | None = None) -> Funds:
    """Return what may be spent now, with what live batches claimed taken off.

    Args:
        session: a session.
        leaving_out: a batch whose own claims do not count against it.
    """
    found = Funds(defaultdict(Decimal), defaultdict(Decimal))
    for row in session.execute(_BALANCES, {"deposits": Chart.BOUNTY_DEPOSITS.value}):
        if row.id is not None:
            found.by_account[row.id, row.commodity] = row.balance
        # Money at an exchange is out of reach of those who ask for a deposit back.
        if row.kind != "exchange":
            total = CONTEXT.add(found.above_deposits[row.commodity], row.balance)
            found.above_deposits[row.commodity] = total
    for row in session.execute(_CLAIMED, {"leaving_out": leaving_out}):
        found.take(row.source_account, row.commodity, row.amount)
    return found
