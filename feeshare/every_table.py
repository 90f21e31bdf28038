"""Every table there is, imported for whoever looks at the whole books."""

from types import ModuleType

import feeshare.tables
import ledger.bank_tables
import ledger.obligation_tables
import ledger.people_tables
import ledger.revenue.bounty_tables
import ledger.revenue.tables
import ledger.tables
import payouts.distribution_tables
import payouts.tables

MODULES: tuple[ModuleType, ...] = (
    ledger.tables,
    ledger.people_tables,
    ledger.obligation_tables,
    ledger.bank_tables,
    ledger.revenue.tables,
    ledger.revenue.bounty_tables,
    payouts.tables,
    payouts.distribution_tables,
    feeshare.tables,
)
"""One module of tables a package or part of it; verification reads what they declare."""
