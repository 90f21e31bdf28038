# ruff: noqa: F401 - what is imported here is there to be known, not to be called
"""Every table there is, imported for whoever looks at the whole books."""

import chains.tables
import feeshare.tables
import ledger.bank_tables
import ledger.exception_tables
import ledger.obligation_tables
import ledger.people_tables
import ledger.price_tables
import ledger.revenue.bounty_history_tables
import ledger.revenue.bounty_tables
import ledger.revenue.connector_tables
import ledger.revenue.credit_tables
import ledger.revenue.proof_tables
import ledger.revenue.sponsorship_tables
import ledger.revenue.staging_tables
import ledger.revenue.tables
import ledger.revenue.terms_tables
import ledger.revenue.waiver_tables
import ledger.tables
import payouts.conversion_tables
import payouts.destination_tables
import payouts.distribution_tables
import payouts.durable_tables
import payouts.ending_tables
import payouts.holder_tables
import payouts.payee_tables
import payouts.purchase_tables
import payouts.signer_tables
import payouts.tables
import payouts.vote_tables
