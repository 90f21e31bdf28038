"""Wallets are watched on their chains; what is final there becomes bank lines, and nothing else."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, sealed

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SEALED_TABLES = ("wallet_watches", "watch_openings", "deposit_declarations")
READ_TABLES = (
    "chain_coverage",
    "chain_sightings",
    "chain_transfers",
    "chain_executions",
    "chain_proofs",
)
STATE_TABLES = ("chain_scans", "provider_health")
UNITS = sa.Numeric(78, 0)

RULES = r"""
-- A contract or address as chains write it: hexadecimal has no case, base58 has.
CREATE FUNCTION as_on_chain(written text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN written LIKE '0x%' THEN lower(written) ELSE written END
$$;

CREATE FUNCTION check_wallet_watch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM bank_accounts WHERE id = NEW.bank_account AND kind = 'wallet'
            AND chain = NEW.chain AND as_on_chain(address) = NEW.address) THEN
        RAISE EXCEPTION 'watch: % is no wallet at % on %', NEW.bank_account, NEW.address, NEW.chain
            USING ERRCODE = 'FS070';
    END IF;
    IF EXISTS (SELECT 1 FROM bank_lines WHERE bank_account = NEW.bank_account AND "on" >= NEW.since)
    THEN
        RAISE EXCEPTION 'watch: % has bank lines of % or later, which are not from the chain',
            NEW.bank_account, NEW.since USING ERRCODE = 'FS070';
    END IF;
    RETURN NEW;
END $$;

-- From its first block on, a watched wallet's lines are final transfers, each with what it moved.
CREATE FUNCTION check_chain_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE watch wallet_watches;
BEGIN
    SELECT * INTO watch FROM wallet_watches WHERE bank_account = NEW.bank_account;
    IF watch IS NULL OR NEW."on" < watch.since THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM chain_transfers t
        JOIN tokens k ON k.chain = t.chain AND as_on_chain(k.contract) = t.contract
        WHERE t.chain = watch.chain AND t.transaction = split_part(NEW.external_id, '/', 1)
            AND t.part = split_part(NEW.external_id, '/', 2)
            AND t.block >= watch.first_block AND t.doubt = '' AND t.sender <> t.recipient
            AND k.commodity = NEW.commodity AND NEW."on" = (t.at AT TIME ZONE 'UTC')::date
            AND abs(NEW.amount) * 10::numeric ^ k.decimals = t.units
            AND watch.address = CASE WHEN NEW.amount > 0 THEN t.recipient ELSE t.sender END) THEN
        RAISE EXCEPTION 'chain: % is no final transfer of the watched wallet %',
            NEW.id, NEW.bank_account USING ERRCODE = 'FS071';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_chain_coverage() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first_of_watch bigint;
    covered bigint;
BEGIN
    SELECT first_block INTO first_of_watch FROM wallet_watches
    WHERE bank_account = NEW.bank_account;
    SELECT last_block INTO covered FROM chain_coverage
    WHERE bank_account = NEW.bank_account AND NOT again ORDER BY first_block DESC LIMIT 1;
    IF NEW.again AND (covered IS NULL OR NEW.first_block < first_of_watch
                      OR NEW.last_block > covered)
        OR NOT NEW.again AND NEW.first_block <> coalesce(covered + 1, first_of_watch) THEN
        RAISE EXCEPTION 'coverage: blocks % to % of % do not follow on %',
            NEW.first_block, NEW.last_block, NEW.bank_account,
            coalesce(covered, first_of_watch - 1) USING ERRCODE = 'FS072';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_wallet_of_ours BEFORE INSERT ON wallet_watches
    FOR EACH ROW EXECUTE FUNCTION check_wallet_watch();
CREATE TRIGGER from_the_chain BEFORE INSERT ON bank_lines
    FOR EACH ROW EXECUTE FUNCTION check_chain_line();
CREATE TRIGGER without_a_gap BEFORE INSERT ON chain_coverage
    FOR EACH ROW EXECUTE FUNCTION check_chain_coverage();
"""


def _movement() -> list[sa.schema.SchemaItem]:
    """Return the columns of a movement, beside those that it is known by."""
    return [
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("units", UNITS, nullable=False),
        sa.Column("doubt", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _sealed_tables() -> None:
    op.create_table(
        "wallet_watches",
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        *sealed("wallet_watches"),
        sa.CheckConstraint(
            "kind IN ('account','safe','solana')", name=op.f("wallet_watches_kind_check")
        ),
        sa.CheckConstraint("first_block >= 0", name=op.f("wallet_watches_first_block_check")),
        key_to("wallet_watches", "bank_account", "bank_accounts.id"),
        sa.PrimaryKeyConstraint("bank_account", name=op.f("wallet_watches_pkey")),
        sa.UniqueConstraint("chain", "address", name=op.f("wallet_watches_chain_address_key")),
    )
    op.create_table(
        "watch_openings",
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("units", UNITS, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        *sealed("watch_openings"),
        sa.CheckConstraint(
            "how IN ('start','read','reckoned')", name=op.f("watch_openings_how_check")
        ),
        sa.CheckConstraint("units >= 0", name=op.f("watch_openings_units_check")),
        key_to("watch_openings", "bank_account", "wallet_watches.bank_account"),
        sa.PrimaryKeyConstraint("bank_account", "contract", name=op.f("watch_openings_pkey")),
    )
    op.create_table(
        "deposit_declarations",
        sa.Column("bounty", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        *sealed("deposit_declarations"),
        sa.CheckConstraint("evidence <> ''", name=op.f("deposit_declarations_evidence_check")),
        key_to("deposit_declarations", "bounty", "bounties.id"),
        sa.PrimaryKeyConstraint(
            "bounty", "chain", "transaction", name=op.f("deposit_declarations_pkey")
        ),
    )
    for name in SEALED_TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")


def _read_tables() -> None:
    op.create_table(
        "chain_coverage",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.Column("last_block", sa.BigInteger(), nullable=False),
        sa.Column("last_hash", sa.Text(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("providers", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_block <= last_block", name=op.f("chain_coverage_range_check")),
        key_to("chain_coverage", "bank_account", "wallet_watches.bank_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("chain_coverage_pkey")),
    )
    op.create_index(
        "chain_coverage_onward_idx",
        "chain_coverage",
        ["bank_account", "first_block"],
        unique=True,
        postgresql_where=sa.text("NOT again"),
    )
    op.create_table(
        "chain_sightings",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=False),
        *_movement(),
        sa.PrimaryKeyConstraint(
            "chain", "transaction", "part", "block_hash", name=op.f("chain_sightings_pkey")
        ),
    )
    op.create_table(
        "chain_transfers",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=False),
        *_movement(),
        sa.CheckConstraint("units >= 0", name=op.f("chain_transfers_units_check")),
        sa.PrimaryKeyConstraint("chain", "transaction", "part", name=op.f("chain_transfers_pkey")),
    )
    for side in ("sender", "recipient"):
        op.create_index(f"chain_transfers_{side}_idx", "chain_transfers", ["chain", side])
    op.create_table(
        "chain_executions",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("safe", sa.Text(), nullable=False),
        sa.Column("safe_tx_hash", sa.Text(), nullable=False),
        sa.Column("transaction", sa.Text(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "chain", "safe", "safe_tx_hash", "transaction", name=op.f("chain_executions_pkey")
        ),
    )
    op.create_table(
        "chain_proofs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bank_account", sa.Text(), nullable=False),
        sa.Column("contract", sa.Text(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.Text(), nullable=False),
        sa.Column("expected", UNITS, nullable=False),
        sa.Column("on_chain", UNITS, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        key_to("chain_proofs", "bank_account", "wallet_watches.bank_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("chain_proofs_pkey")),
    )
    op.create_index(
        "chain_proofs_newest_idx", "chain_proofs", ["bank_account", "contract", "block"]
    )
    for name in READ_TABLES:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT, INSERT ON {name} TO feeshare_app")


def _state_tables() -> None:
    op.create_table(
        "chain_scans",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.Column("final", sa.BigInteger(), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("chain_scans_pkey")),
    )
    op.create_table(
        "provider_health",
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("final", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chain", "provider", name=op.f("provider_health_pkey")),
    )
    # How things are now is no record: a row a pass would be six million a year.
    for name in STATE_TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {name} TO feeshare_app")


def upgrade() -> None:
    """Create the tables of chains, with what holds bank lines against them."""
    _sealed_tables()
    _read_tables()
    _state_tables()
    op.execute(RULES)
