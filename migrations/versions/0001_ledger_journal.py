"""The books: changes, entries, postings, balances, and who and what they name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)


def upgrade() -> None:
    """Create the tables."""
    op.execute(
        "CREATE DOMAIN quantity AS numeric CONSTRAINT exact CHECK ("
        "VALUE <> 'NaN' AND scale(VALUE) <= 18 AND abs(VALUE) < 1e20)"
    )

    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("posting_count", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("entry_last", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("changes_pkey")),
        sa.UniqueConstraint("request_id", name=op.f("changes_request_id_key")),
    )
    op.create_table(
        "requests",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "fingerprint ~ '^[0-9a-f]{64}$'", name=op.f("requests_fingerprint_check")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("requests_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("requests_pkey")),
    )
    op.create_index(op.f("requests_change_no_idx"), "requests", ["change_no"], unique=False)
    op.create_table(
        "journal_entries",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("narration", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("relates_to_period", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "octet_length(fingerprint) = 32", name=op.f("journal_entries_fingerprint_check")
        ),
        sa.CheckConstraint(
            "reverses < number", name=op.f("journal_entries_reverses_earlier_check")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("journal_entries_pkey")),
        sa.UniqueConstraint("reference", name=op.f("journal_entries_reference_key")),
    )
    op.create_index(
        "journal_entries_effective_date_idx", "journal_entries", ["effective_date"], unique=False
    )
    op.create_index(
        "journal_entries_reverses_key",
        "journal_entries",
        ["reverses"],
        unique=True,
        postgresql_where="reverses IS NOT NULL",
    )
    op.create_table(
        "postings",
        sa.Column("entry_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("effective_date", sa.Date(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.CheckConstraint("amount <> 0", name=op.f("postings_amount_not_zero_check")),
        sa.PrimaryKeyConstraint("entry_number", "line", name=op.f("postings_pkey")),
    )
    op.create_index(
        "postings_account_effective_date_idx",
        "postings",
        ["account", "effective_date"],
        unique=False,
    )
    op.create_index(
        "postings_document_idx",
        "postings",
        ["document"],
        unique=False,
        postgresql_where="document IS NOT NULL",
    )
    op.create_table(
        "accounts",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("floor", sa.Boolean(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "detail IN ('account','party','document')", name=op.f("accounts_detail_check")
        ),
        sa.CheckConstraint(
            "type IN ('asset','liability','equity','income','expense')",
            name=op.f("accounts_type_check"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("accounts_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("accounts_pkey")),
    )
    op.create_index(op.f("accounts_change_no_idx"), "accounts", ["change_no"], unique=False)
    op.create_table(
        "change_tallies",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("change_tallies_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("change_tallies_pkey")),
    )
    op.create_index(
        op.f("change_tallies_change_no_idx"), "change_tallies", ["change_no"], unique=False
    )
    op.create_table(
        "commodities",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("allocation_scale", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "allocation_scale BETWEEN 0 AND 18", name=op.f("commodities_scale_check")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("commodities_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("commodities_pkey")),
    )
    op.create_index(op.f("commodities_change_no_idx"), "commodities", ["change_no"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "sha256 = encode(sha256(content), 'hex')", name=op.f("evidence_content_check")
        ),
        sa.CheckConstraint("size = octet_length(content)", name=op.f("evidence_size_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("evidence_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("evidence_pkey")),
    )
    op.create_index(op.f("evidence_change_no_idx"), "evidence", ["change_no"], unique=False)
    op.create_table(
        "match_releases",
        sa.Column("bank_line", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("match_releases_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("match_releases_entry_number_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_line", "number", name=op.f("match_releases_pkey")),
    )
    op.create_index(
        op.f("match_releases_change_no_idx"), "match_releases", ["change_no"], unique=False
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('exchange','payee')", name=op.f("parties_kind_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("parties_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("parties_pkey")),
    )
    op.create_index(op.f("parties_change_no_idx"), "parties", ["change_no"], unique=False)
    op.create_table(
        "period_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("close_no", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("trial_balance_hash", sa.Text(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "date_trunc('month', period) = period", name=op.f("period_events_first_day_check")
        ),
        sa.CheckConstraint(
            "event IN ('closed','reopened')", name=op.f("period_events_event_check")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("period_events_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("period_events_pkey")),
        sa.UniqueConstraint(
            "period", "close_no", "event", name=op.f("period_events_period_close_no_event_key")
        ),
    )
    op.create_index(
        op.f("period_events_change_no_idx"), "period_events", ["change_no"], unique=False
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("policies_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("policies_pkey")),
    )
    op.create_index(op.f("policies_change_no_idx"), "policies", ["change_no"], unique=False)
    op.create_table(
        "policy_confirmations",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("policy_confirmations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("policy_confirmations_pkey")),
    )
    op.create_index(
        op.f("policy_confirmations_change_no_idx"),
        "policy_confirmations",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "account_balances",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("balance", QUANTITY, nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.code"], name=op.f("account_balances_account_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("account_balances_commodity_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "account",
            "commodity",
            "party",
            "document",
            "change_no",
            name=op.f("account_balances_pkey"),
        ),
    )
    op.create_table(
        "balance_checkpoints",
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("close_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("balance", QUANTITY, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.code"], name=op.f("balance_checkpoints_account_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("balance_checkpoints_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("balance_checkpoints_commodity_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "period",
            "close_no",
            "account",
            "party",
            "commodity",
            name=op.f("balance_checkpoints_pkey"),
        ),
    )
    op.create_index(
        op.f("balance_checkpoints_change_no_idx"),
        "balance_checkpoints",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "bank_accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bank','exchange','wallet')", name=op.f("bank_accounts_kind_check")
        ),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.code"], name=op.f("bank_accounts_account_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bank_accounts_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bank_accounts_pkey")),
        sa.UniqueConstraint("account", name=op.f("bank_accounts_account_key")),
    )
    op.create_index(
        op.f("bank_accounts_change_no_idx"), "bank_accounts", ["change_no"], unique=False
    )
    op.create_table(
        "obligations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("payable_account", sa.Text(), nullable=False),
        sa.Column("split_from", sa.Text(), nullable=True),
        sa.Column("agreement", sa.Text(), nullable=True),
        sa.Column("terms_version", sa.BigInteger(), nullable=True),
        sa.Column("base", QUANTITY, nullable=True),
        sa.Column("rate", QUANTITY, nullable=True),
        sa.Column("pool", QUANTITY, nullable=True),
        sa.Column("weight", QUANTITY, nullable=True),
        sa.Column("residue_rank", sa.BigInteger(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("obligations_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("obligations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("obligations_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("obligations_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["payable_account"], ["accounts.code"], name=op.f("obligations_payable_account_fkey")
        ),
        sa.ForeignKeyConstraint(["payee"], ["parties.id"], name=op.f("obligations_payee_fkey")),
        sa.ForeignKeyConstraint(
            ["split_from"], ["obligations.id"], name=op.f("obligations_split_from_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("obligations_pkey")),
    )
    op.create_index(op.f("obligations_change_no_idx"), "obligations", ["change_no"], unique=False)
    op.create_index(op.f("obligations_document_idx"), "obligations", ["document"], unique=False)
    op.create_index(op.f("obligations_payee_idx"), "obligations", ["payee"], unique=False)
    op.create_index(
        op.f("obligations_split_from_idx"), "obligations", ["split_from"], unique=False
    )
    op.create_table(
        "party_aliases",
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("party_aliases_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["party"], ["parties.id"], name=op.f("party_aliases_party_fkey")),
        sa.PrimaryKeyConstraint("alias", name=op.f("party_aliases_pkey")),
    )
    op.create_index(
        op.f("party_aliases_change_no_idx"), "party_aliases", ["change_no"], unique=False
    )
    op.create_table(
        "prices",
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("price", QUANTITY, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price > 0", name=op.f("prices_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("prices_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("prices_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(["quote"], ["commodities.code"], name=op.f("prices_quote_fkey")),
        sa.PrimaryKeyConstraint("commodity", "quote", "on", "source", name=op.f("prices_pkey")),
    )
    op.create_index(op.f("prices_change_no_idx"), "prices", ["change_no"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("decimals", sa.BigInteger(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("decimals BETWEEN 0 AND 36", name=op.f("tokens_decimals_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("tokens_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("tokens_commodity_fkey")
        ),
        sa.PrimaryKeyConstraint("chain", "contract", name=op.f("tokens_pkey")),
        sa.UniqueConstraint("chain", "commodity", name=op.f("tokens_chain_commodity_key")),
    )
    op.create_index(op.f("tokens_change_no_idx"), "tokens", ["change_no"], unique=False)
    op.create_table(
        "users",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('treasurer','approver','auditor','maintainer')",
            name=op.f("users_role_check"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("users_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["party"], ["parties.id"], name=op.f("users_party_fkey")),
        sa.PrimaryKeyConstraint("name", name=op.f("users_pkey")),
    )
    op.create_index(op.f("users_change_no_idx"), "users", ["change_no"], unique=False)
    op.create_table(
        "bank_lines",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("counterparty", sa.Text(), nullable=False),
        sa.Column("memo", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("evidence_row", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("bank_lines_amount_not_zero_check")),
        sa.ForeignKeyConstraint(
            ["bank_account"], ["bank_accounts.id"], name=op.f("bank_lines_bank_account_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bank_lines_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("bank_lines_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["evidence"], ["evidence.sha256"], name=op.f("bank_lines_evidence_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("bank_lines_pkey")),
        sa.UniqueConstraint(
            "bank_account", "external_id", name=op.f("bank_lines_bank_account_external_id_key")
        ),
    )
    op.create_index(op.f("bank_lines_change_no_idx"), "bank_lines", ["change_no"], unique=False)
    op.create_table(
        "account_statements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("opening", QUANTITY, nullable=False),
        sa.Column("closing", QUANTITY, nullable=False),
        sa.Column("entry_count", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("number_in_file", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("since <= until", name=op.f("account_statements_days_check")),
        sa.ForeignKeyConstraint(
            ["bank_account"],
            ["bank_accounts.id"],
            name=op.f("account_statements_bank_account_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("account_statements_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("account_statements_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["evidence"], ["evidence.sha256"], name=op.f("account_statements_evidence_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("account_statements_pkey")),
    )
    op.create_index(
        op.f("account_statements_change_no_idx"),
        "account_statements",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "obligation_dues",
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("obligation_dues_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("obligation_dues_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["obligation"], ["obligations.id"], name=op.f("obligation_dues_obligation_fkey")
        ),
        sa.PrimaryKeyConstraint("obligation", name=op.f("obligation_dues_pkey")),
    )
    op.create_index(
        op.f("obligation_dues_change_no_idx"), "obligation_dues", ["change_no"], unique=False
    )
    op.create_table(
        "user_keys",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("enrolled_by", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("user_keys_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["user_name"], ["users.name"], name=op.f("user_keys_user_name_fkey")
        ),
        sa.PrimaryKeyConstraint("public_key", name=op.f("user_keys_pkey")),
    )
    op.create_index(op.f("user_keys_change_no_idx"), "user_keys", ["change_no"], unique=False)
    op.create_table(
        "matches",
        sa.Column("bank_line", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("matches_amount_not_zero_check")),
        sa.ForeignKeyConstraint(
            ["bank_line"], ["bank_lines.id"], name=op.f("matches_bank_line_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("matches_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"], ["journal_entries.number"], name=op.f("matches_entry_number_fkey")
        ),
        sa.PrimaryKeyConstraint("bank_line", "number", name=op.f("matches_pkey")),
    )
    op.create_index(op.f("matches_change_no_idx"), "matches", ["change_no"], unique=False)
    op.create_index(op.f("matches_document_idx"), "matches", ["document"], unique=False)
    op.create_table(
        "user_key_confirmations",
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("user_key_confirmations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["public_key"],
            ["user_keys.public_key"],
            name=op.f("user_key_confirmations_public_key_fkey"),
        ),
        sa.PrimaryKeyConstraint("public_key", name=op.f("user_key_confirmations_pkey")),
    )
    op.create_index(
        op.f("user_key_confirmations_change_no_idx"),
        "user_key_confirmations",
        ["change_no"],
        unique=False,
    )
