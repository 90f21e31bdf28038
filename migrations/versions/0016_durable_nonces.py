"""Payouts on Solana: who signs for a wallet, its nonce accounts, and what is pinned to them."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, sealed

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = (
    "solana_sources",
    "solana_source_confirmations",
    "nonce_accounts",
    "nonce_account_confirmations",
    "durable_slots",
    "durable_slot_releases",
)

FOLLOWS = (
    "(attempt = 1) = (previous_attempt IS NULL)"
    " AND (previous_attempt IS NULL OR previous_attempt = attempt - 1) AND attempt > 0"
)

RULES = r"""
SELECT names_its_sealer('solana_sources', 'requested_by');
SELECT names_its_sealer('solana_source_confirmations', 'confirmed_by');
SELECT names_its_sealer('nonce_accounts', 'requested_by');
SELECT names_its_sealer('nonce_account_confirmations', 'confirmed_by');

-- Slots and their releases name each other.
ALTER TABLE durable_slots ADD CONSTRAINT durable_slots_after_release_fkey
    FOREIGN KEY (nonce_account, nonce_value, previous_attempt)
    REFERENCES durable_slot_releases (nonce_account, nonce_value, attempt);

ALTER TABLE payout_batches DROP CONSTRAINT payout_batches_nonce_check;
ALTER TABLE payout_batches ADD CONSTRAINT payout_batches_nonce_check
    CHECK (nonce >= 0 AND (rail NOT IN ('wire','solana')) = (nonce IS NOT NULL));

CREATE FUNCTION check_nonce_account_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM nonce_accounts
                   WHERE address = NEW.nonce_account AND requested_by <> NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % asked for this nonce account; another person confirms it',
            NEW.confirmed_by USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_solana_source_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM solana_sources
                   WHERE source_account = NEW.source_account AND version = NEW.version
                       AND requested_by <> NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % said who signs for this wallet; another person confirms it',
            NEW.confirmed_by USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_durable_slot() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches := require_freezing(NEW.batch, NEW.change_no);
BEGIN
    IF b.rail <> 'solana' OR b.source_account <> NEW.source_account OR NOT EXISTS (
        SELECT 1 FROM nonce_accounts
        WHERE address = NEW.nonce_account AND source_account = b.source_account) THEN
        RAISE EXCEPTION 'slot: nonce account % is not one of the wallet that pays batch %',
            NEW.nonce_account, NEW.batch USING ERRCODE = 'FS034';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_whole_batch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payout_lines WHERE batch = NEW.id)
        OR (NEW.nonce IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM execution_slots WHERE batch = NEW.id AND part = 1))
        OR (NEW.rail = 'solana' AND NOT EXISTS (
            SELECT 1 FROM durable_slots WHERE batch = NEW.id
            HAVING count(*) > 0 AND max(part) = count(*))) THEN
        RAISE EXCEPTION 'batch: % has no line, or no slot for its nonce', NEW.id
            USING ERRCODE = 'FS031';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER another_person BEFORE INSERT ON nonce_account_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_nonce_account_confirmation();
CREATE TRIGGER another_person BEFORE INSERT ON solana_source_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_solana_source_confirmation();
CREATE TRIGGER pinned BEFORE INSERT ON durable_slots
    FOR EACH ROW EXECUTE FUNCTION check_durable_slot();
CREATE TRIGGER dead_batch BEFORE INSERT ON durable_slot_releases
    FOR EACH ROW EXECUTE FUNCTION check_release();
"""


def upgrade() -> None:
    """Create the tables with their rules."""
    _sources()
    _nonce_accounts()
    _slots()
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=nullable)


def _sources() -> None:
    name = "solana_sources"
    op.create_table(
        name,
        _text("source_account"),
        _number("version"),
        *(_text("kind"), _text("signers")),
        _number("threshold"),
        *(_text("fee_payer"), _text("requested_by")),
        *sealed(name),
        sa.CheckConstraint("kind IN ('key','multisig')", name=op.f(f"{name}_kind_check")),
        sa.CheckConstraint(
            "threshold BETWEEN 1 AND cardinality(string_to_array(signers, ' '))",
            name=op.f(f"{name}_threshold_check"),
        ),
        sa.CheckConstraint(
            "kind <> 'key' OR cardinality(string_to_array(signers, ' ')) = 1",
            name=op.f(f"{name}_one_key_check"),
        ),
        key_to(name, "source_account", "bank_accounts.id"),
        sa.PrimaryKeyConstraint("source_account", "version", name=op.f(f"{name}_pkey")),
    )
    name = "solana_source_confirmations"
    op.create_table(
        name,
        _text("source_account"),
        _number("version"),
        _text("confirmed_by"),
        *sealed(name),
        sa.ForeignKeyConstraint(
            ["source_account", "version"],
            ["solana_sources.source_account", "solana_sources.version"],
            name=op.f(f"{name}_source_account_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("source_account", "version", name=op.f(f"{name}_pkey")),
    )


def _nonce_accounts() -> None:
    name = "nonce_accounts"
    op.create_table(
        name,
        *map(_text, ("address", "source_account", "authority", "requested_by")),
        *sealed(name),
        key_to(name, "source_account", "bank_accounts.id"),
        sa.PrimaryKeyConstraint("address", name=op.f(f"{name}_pkey")),
    )
    op.create_index(op.f(f"{name}_source_account_idx"), name, ["source_account"], unique=False)
    name = "nonce_account_confirmations"
    op.create_table(
        name,
        *map(_text, ("nonce_account", "confirmed_by")),
        *sealed(name),
        key_to(name, "nonce_account", "nonce_accounts.address"),
        sa.PrimaryKeyConstraint("nonce_account", name=op.f(f"{name}_pkey")),
    )


def _slots() -> None:
    name = "durable_slots"
    op.create_table(
        name,
        *(_text("nonce_account"), _text("nonce_value"), _number("attempt"), _text("batch")),
        *(_number("part"), _number("previous_attempt", nullable=True), _text("source_account")),
        *(_number("source_version"), _text("message_hash")),
        *sealed(name),
        sa.CheckConstraint(FOLLOWS, name=op.f(f"{name}_follows_check")),
        sa.CheckConstraint("part > 0", name=op.f(f"{name}_part_check")),
        key_to(name, "batch", "payout_batches.id"),
        key_to(name, "nonce_account", "nonce_account_confirmations.nonce_account"),
        sa.ForeignKeyConstraint(
            ["source_account", "source_version"],
            [
                "solana_source_confirmations.source_account",
                "solana_source_confirmations.version",
            ],
            name=op.f(f"{name}_source_account_source_version_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "nonce_account", "nonce_value", "attempt", name=op.f(f"{name}_pkey")
        ),
        sa.UniqueConstraint("batch", "part", name=op.f(f"{name}_batch_part_key")),
        sa.UniqueConstraint(
            "batch", "nonce_account", name=op.f(f"{name}_batch_nonce_account_key")
        ),
        sa.UniqueConstraint(
            *("nonce_account", "nonce_value", "attempt", "batch"),
            name=op.f(f"{name}_nonce_account_nonce_value_attempt_batch_key"),
        ),
    )
    name = "durable_slot_releases"
    key = ("nonce_account", "nonce_value", "attempt")
    op.create_table(
        name,
        *(_text("nonce_account"), _text("nonce_value"), _number("attempt")),
        *(_text("batch"), _text("reason")),
        *sealed(name),
        sa.ForeignKeyConstraint(
            [*key, "batch"],
            [f"durable_slots.{each}" for each in (*key, "batch")],
            name=op.f(f"{name}_nonce_account_nonce_value_attempt_batch_fkey"),
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"{name}_pkey")),
    )
