"""Parts on Solana end by proof: what their nonces said, since when; who signs for Safes."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, number, sealed, text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

RULES = r"""
-- Whoever named the nonce account in a transaction that uses up its value signed as its authority;
-- a memo in any other transaction is anybody's word.
CREATE FUNCTION is_of_part(used nonce_uses, pin durable_slots) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT used.nonce_account = pin.nonce_account AND (
        used.message_hash = pin.message_hash OR (used.advances
            AND 'payout:' || pin.batch || ':' || pin.part
                = ANY (string_to_array(used.memos, E'\n'))))
$$;

-- A part on Solana ran if a final transaction of it succeeded. It can never run once its nonce
-- account, at a final slot after the one at which the pinned value was seen, said another value,
-- the transaction that took the pinned one is known, and none that succeeded is of the part.
CREATE FUNCTION is_durable_end(ended part_outcomes) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE ended.outcome
        WHEN 'ran' THEN EXISTS (
            SELECT 1 FROM nonce_uses u WHERE is_of_part(u, pin) AND u.succeeded
            AND u.signature = ended.transaction AND u.slot = ended.block)
        ELSE EXISTS (
                SELECT 1 FROM durable_starts s
                JOIN nonce_looks k ON k.nonce_account = pin.nonce_account
                    AND k.slot = ended.block AND k.slot > s.slot AND k.first_slot <= s.slot + 1
                    AND k.value <> pin.nonce_value
                JOIN nonce_uses u ON u.nonce_account = pin.nonce_account
                    AND u.slot > s.slot AND u.slot <= k.slot AND u.signature = ended.transaction
                    AND u.advances AND (u.succeeded OR u.nonce_value = pin.nonce_value)
                    AND is_of_part(u, pin) = (ended.outcome = 'failed')
                WHERE s.batch = ended.batch)
            AND NOT EXISTS (
                SELECT 1 FROM nonce_uses u WHERE is_of_part(u, pin) AND u.succeeded)
        END
    FROM durable_slots pin WHERE pin.batch = ended.batch AND pin.part = ended.part
$$;

CREATE OR REPLACE FUNCTION check_part_outcome() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    p payout_parts;
    w wallet_watches;
    slot execution_slots;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    SELECT * INTO p FROM payout_parts WHERE batch = NEW.batch AND part = NEW.part;
    SELECT * INTO w FROM wallet_watches WHERE bank_account = b.source_account;
    SELECT * INTO slot FROM execution_slots WHERE batch = NEW.batch AND part = NEW.part;
    IF b.rail = 'solana' THEN
        IF is_durable_end(NEW) IS NOT TRUE THEN
            RAISE EXCEPTION 'outcome: part % of % is not proved to have %',
                NEW.part, NEW.batch, NEW.outcome USING ERRCODE = 'FS039';
        END IF;
    ELSIF NEW.outcome = 'replaced' THEN
        IF NOT EXISTS (
                SELECT 1 FROM safe_nonces n WHERE n.chain = w.chain AND n.safe = w.address
                AND n.block = NEW.block AND n.nonce > slot.nonce)
            OR coalesce(covered_to(w.bank_account), -1) < NEW.block
            OR EXISTS (SELECT 1 FROM chain_executions e WHERE e.chain = w.chain
                AND e.safe = w.address AND e.safe_tx_hash = p.transaction_hash) THEN
            RAISE EXCEPTION 'outcome: part % of % may still run', NEW.part, NEW.batch
                USING ERRCODE = 'FS039';
        END IF;
    ELSIF NOT EXISTS (
        SELECT 1 FROM chain_executions e WHERE e.chain = w.chain AND e.safe = w.address
        AND e.safe_tx_hash = p.transaction_hash AND e.transaction = NEW.transaction
        AND e.block = NEW.block AND e.succeeded = (NEW.outcome = 'ran')) THEN
        RAISE EXCEPTION 'outcome: part % of % was not seen to have %',
            NEW.part, NEW.batch, NEW.outcome USING ERRCODE = 'FS039';
    END IF;
    IF batch_state(NEW.batch) <> 'exported' THEN
        RAISE EXCEPTION 'outcome: batch % is %, not exported', NEW.batch, batch_state(NEW.batch)
            USING ERRCODE = 'FS039';
    END IF;
    RETURN NEW;
END $$;

-- As before; but a transaction on Solana pays all its lines or none, so that a line of one that
-- ran was paid, whatever is known of the other side.
ALTER FUNCTION has_failed(text, bigint) RENAME TO is_left_unpaid;
CREATE FUNCTION has_failed(wanted text, number bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT is_left_unpaid(wanted, number) AND NOT EXISTS (
        SELECT 1 FROM payout_batches b
        JOIN payout_parts p ON p.batch = b.id AND number BETWEEN p.first_line AND p.last_line
        JOIN part_outcomes o ON o.batch = b.id AND o.part = p.part
        WHERE b.id = wanted AND b.rail = 'solana' AND o.outcome = 'ran')
$$;

CREATE OR REPLACE FUNCTION check_release() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE paid_by obligation_claims;
BEGIN
    IF batch_state(NEW.batch) IN ('cancelled', 'rejected') THEN
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME = 'claim_releases' THEN
        SELECT * INTO paid_by FROM obligation_claims
        WHERE obligation = to_jsonb(NEW) ->> 'obligation' AND attempt = NEW.attempt;
        IF EXISTS (SELECT 1 FROM line_failures
                WHERE batch = paid_by.batch AND line = paid_by.line)
            OR EXISTS (SELECT 1 FROM line_returns
                WHERE batch = paid_by.batch AND line = paid_by.line) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF TG_TABLE_NAME = 'durable_slot_releases' AND EXISTS (
        SELECT 1 FROM durable_slots d JOIN part_outcomes o USING (batch, part)
        WHERE d.nonce_account = to_jsonb(NEW) ->> 'nonce_account'
            AND d.nonce_value = to_jsonb(NEW) ->> 'nonce_value' AND d.attempt = NEW.attempt
            AND o.outcome IN ('failed', 'replaced')) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'release: batch % is % and may still run',
        NEW.batch, batch_state(NEW.batch) USING ERRCODE = 'FS035';
END $$;

CREATE FUNCTION check_durable_start() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches := require_freezing(NEW.batch, NEW.change_no);
BEGIN
    IF b.rail <> 'solana' THEN
        RAISE EXCEPTION 'slot: batch % is not pinned to nonces of Solana', NEW.batch
            USING ERRCODE = 'FS034';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_safe_signers() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches := require_freezing(NEW.batch, NEW.change_no);
BEGIN
    IF b.rail <> 'safe' THEN
        RAISE EXCEPTION 'signers: batch % is not paid by a Safe', NEW.batch
            USING ERRCODE = 'FS034';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER as_frozen BEFORE INSERT ON safe_signers
    FOR EACH ROW EXECUTE FUNCTION check_safe_signers();
CREATE TRIGGER seen_before BEFORE INSERT ON durable_starts
    FOR EACH ROW EXECUTE FUNCTION check_durable_start();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nonce_looks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON nonce_uses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON nonce_looks, nonce_uses TO feeshare_app;
GRANT EXECUTE ON FUNCTION has_failed(text, bigint), is_left_unpaid(text, bigint)
    TO feeshare_app;
"""


def upgrade() -> None:
    """Create the tables with their rules."""
    _seen()
    name = "durable_starts"
    op.create_table(
        name,
        text("batch"),
        number("slot"),
        *sealed(name),
        sa.CheckConstraint("slot >= 0", name=op.f(f"{name}_slot_check")),
        key_to(name, "batch", "payout_batches.id"),
        sa.PrimaryKeyConstraint("batch", name=op.f(f"{name}_pkey")),
    )
    signers = "safe_signers"
    op.create_table(
        signers,
        text("batch"),
        number("threshold"),
        text("owners"),
        *sealed(signers),
        sa.CheckConstraint(
            "threshold BETWEEN 1 AND cardinality(string_to_array(owners, ' '))",
            name=op.f(f"{signers}_threshold_check"),
        ),
        key_to(signers, "batch", "payout_batches.id"),
        sa.PrimaryKeyConstraint("batch", name=op.f(f"{signers}_pkey")),
    )
    for each in (name, signers):
        op.create_index(op.f(f"{each}_change_no_idx"), each, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{each}')")
    op.execute(RULES)


def _seen() -> None:
    name = "nonce_looks"
    op.create_table(
        name,
        text("nonce_account"),
        number("slot"),
        number("first_slot"),
        text("value"),
        sa.CheckConstraint("first_slot <= slot", name=op.f(f"{name}_range_check")),
        sa.PrimaryKeyConstraint("nonce_account", "slot", "first_slot", name=op.f(f"{name}_pkey")),
    )
    name = "nonce_uses"
    op.create_table(
        name,
        *(text("nonce_account"), text("signature"), number("slot"), _flag("succeeded")),
        *(text("message_hash"), text("nonce_value"), text("memos"), _flag("advances")),
        sa.PrimaryKeyConstraint("nonce_account", "signature", name=op.f(f"{name}_pkey")),
    )


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)
