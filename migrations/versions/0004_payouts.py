"""How obligations are paid: destinations, batches, approvals, claims and settlement."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)

TABLES = (
    "destinations",
    "destination_confirmations",
    "payout_batches",
    "approvals",
    "batch_events",
    "execution_slots",
    "payout_lines",
    "line_settlements",
    "payout_line_obligations",
    "slot_releases",
    "obligation_claims",
    "claim_releases",
)

RULES = r"""
SELECT names_its_sealer('destinations', 'requested_by');
SELECT names_its_sealer('destination_confirmations', 'confirmed_by');
SELECT names_its_sealer('payout_batches', 'maker');
SELECT names_its_sealer('approvals', 'approver');
SELECT names_its_sealer('batch_events', 'actor');

-- Claims and their releases name each other, and so do slots and theirs.
ALTER TABLE obligation_claims ADD CONSTRAINT obligation_claims_after_release_fkey
    FOREIGN KEY (obligation, previous_attempt) REFERENCES claim_releases (obligation, attempt);
ALTER TABLE execution_slots ADD CONSTRAINT execution_slots_after_release_fkey
    FOREIGN KEY (source_account, nonce, previous_attempt)
    REFERENCES slot_releases (source_account, nonce, attempt);

CREATE FUNCTION batch_transition(state text, action text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE state || ' ' || action
        WHEN 'frozen approve' THEN 'approved'
        WHEN 'frozen cancel' THEN 'cancelled'
        WHEN 'frozen reject' THEN 'rejected'
        WHEN 'approved export' THEN 'exported'
        WHEN 'approved cancel' THEN 'cancelled'
        WHEN 'approved reject' THEN 'rejected'
        WHEN 'exported settle' THEN 'settled'
    END
$$;

CREATE FUNCTION batch_state(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT state FROM batch_events WHERE batch = wanted
                     ORDER BY number DESC LIMIT 1), 'frozen')
$$;

-- A moment that is not before the last change, so that a hold cannot be waited out on paper.
CREATE FUNCTION require_present(moment timestamptz) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF moment < (SELECT recorded_at FROM changes ORDER BY number DESC LIMIT 1)
        OR moment > clock_timestamp() + interval '5 min' THEN
        RAISE EXCEPTION 'time: % is before the last change, or in the future', moment
            USING ERRCODE = 'FS030';
    END IF;
END $$;

CREATE FUNCTION check_destination_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE d destinations;
BEGIN
    SELECT * INTO d FROM destinations WHERE id = NEW.destination;
    IF d.requested_by IS NULL OR d.requested_by = NEW.confirmed_by THEN
        RAISE EXCEPTION 'segregation: % asked for this destination; another person confirms it',
            coalesce(d.requested_by, 'nobody') USING ERRCODE = 'FS005';
    END IF;
    IF EXISTS (SELECT 1 FROM users WHERE name = NEW.confirmed_by AND party = d.payee) THEN
        RAISE EXCEPTION 'segregation: % is paid at this destination; another person confirms it',
            NEW.confirmed_by USING ERRCODE = 'FS005';
    END IF;
    PERFORM require_present(NEW.confirmed_at);
    RETURN NEW;
END $$;

CREATE FUNCTION check_batch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_present(NEW.frozen_at);
    RETURN NEW;
END $$;

-- What a batch consists of is written by the change that froze it, and by no later one.
CREATE FUNCTION require_freezing(wanted text, change bigint) RETURNS payout_batches
    LANGUAGE plpgsql STABLE AS $$
DECLARE b payout_batches;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = wanted;
    IF b.change_no IS DISTINCT FROM change THEN
        RAISE EXCEPTION 'frozen: batch % was frozen by change %, not %',
            wanted, b.change_no, change USING ERRCODE = 'FS031';
    END IF;
    RETURN b;
END $$;

CREATE FUNCTION check_payout_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    d destinations;
    confirmed timestamptz;
BEGIN
    SELECT * INTO d FROM destinations WHERE id = NEW.destination;
    IF d.payee IS DISTINCT FROM NEW.payee OR d.rail <> b.rail OR d.chain IS DISTINCT FROM b.chain
        OR d.address <> NEW.address OR d.commodity <> NEW.commodity THEN
        RAISE EXCEPTION 'destination: line % of % does not pay where % is paid',
            NEW.line, NEW.batch, NEW.payee USING ERRCODE = 'FS032';
    END IF;
    SELECT confirmed_at INTO confirmed FROM destination_confirmations
        WHERE destination = NEW.destination;
    -- No policy makes the hold shorter than a day.
    IF confirmed IS NULL OR confirmed + interval '24 hours' > b.frozen_at THEN
        RAISE EXCEPTION 'hold: destination % is not confirmed, or not for a day yet',
            NEW.destination USING ERRCODE = 'FS032';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_line_obligation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    l payout_lines;
    o obligations;
BEGIN
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT * INTO o FROM obligations WHERE id = NEW.obligation;
    IF (o.payee, o.commodity, o.amount) IS DISTINCT FROM (l.payee, l.commodity, NEW.amount) THEN
        RAISE EXCEPTION 'claim: obligation % is not owed whole to % in %',
            NEW.obligation, l.payee, l.commodity USING ERRCODE = 'FS033';
    END IF;
    IF EXISTS (SELECT 1 FROM obligations WHERE split_from = o.id) OR NOT EXISTS (
        SELECT 1 FROM obligation_dues
        WHERE obligation = o.id AND due_on <= (b.frozen_at AT TIME ZONE 'UTC')::date) THEN
        RAISE EXCEPTION 'claim: obligation % is not due, or is paid in parts', NEW.obligation
            USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_frozen_with() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_freezing(NEW.batch, NEW.change_no);
    RETURN NEW;
END $$;

CREATE FUNCTION check_slot() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches := require_freezing(NEW.batch, NEW.change_no);
BEGIN
    IF b.source_account <> NEW.source_account OR NEW.nonce IS DISTINCT FROM b.nonce + NEW.part - 1
    THEN
        RAISE EXCEPTION 'slot: batch % is not pinned to nonce % of %',
            NEW.batch, NEW.nonce, NEW.source_account USING ERRCODE = 'FS034';
    END IF;
    -- One wallet under two names has one row of nonces all the same.
    IF EXISTS (
        SELECT 1 FROM execution_slots s
        JOIN bank_accounts mine ON mine.id = NEW.source_account
        JOIN bank_accounts other ON other.id = s.source_account AND other.id <> mine.id
            AND other.chain = mine.chain AND lower(other.address) = lower(mine.address)
        WHERE s.nonce = NEW.nonce AND NOT EXISTS (
            SELECT 1 FROM slot_releases r WHERE r.source_account = s.source_account
                AND r.nonce = s.nonce AND r.attempt = s.attempt)) THEN
        RAISE EXCEPTION 'slot: nonce % of that wallet is pinned under another name', NEW.nonce
            USING ERRCODE = 'FS034';
    END IF;
    RETURN NEW;
END $$;

-- Runs at the end of the transaction: only then are all rows of a batch there.
CREATE FUNCTION check_whole_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole numeric;
    paid numeric;
    claimed boolean;
BEGIN
    SELECT amount INTO whole FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT sum(p.amount), bool_and(c.obligation IS NOT NULL) INTO paid, claimed
    FROM payout_line_obligations p
    LEFT JOIN obligation_claims c
        ON c.batch = p.batch AND c.line = p.line AND c.obligation = p.obligation
    WHERE p.batch = NEW.batch AND p.line = NEW.line;
    IF paid IS DISTINCT FROM whole OR NOT claimed THEN
        RAISE EXCEPTION 'line: line % of % is not the sum of the obligations it claims',
            NEW.line, NEW.batch USING ERRCODE = 'FS033';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_whole_batch() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payout_lines WHERE batch = NEW.id)
        OR (NEW.nonce IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM execution_slots WHERE batch = NEW.id AND part = 1)) THEN
        RAISE EXCEPTION 'batch: % has no line, or no slot for its nonce', NEW.id
            USING ERRCODE = 'FS031';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_release() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF batch_state(NEW.batch) NOT IN ('cancelled', 'rejected') THEN
        RAISE EXCEPTION 'release: batch % is % and may still run',
            NEW.batch, batch_state(NEW.batch) USING ERRCODE = 'FS035';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_approval() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    IF batch_state(NEW.batch) <> 'frozen' THEN
        RAISE EXCEPTION 'approval: batch % is %, not frozen', NEW.batch, batch_state(NEW.batch)
            USING ERRCODE = 'FS036';
    END IF;
    IF b.content_hash IS DISTINCT FROM NEW.content_hash THEN
        RAISE EXCEPTION 'approval: % is not the content hash of batch %',
            NEW.content_hash, NEW.batch USING ERRCODE = 'FS036';
    END IF;
    IF b.maker = NEW.approver THEN
        RAISE EXCEPTION 'segregation: % made batch %', NEW.approver, NEW.batch
            USING ERRCODE = 'FS005';
    END IF;
    IF EXISTS (SELECT 1 FROM payout_lines l JOIN users u ON u.party = l.payee
               WHERE l.batch = NEW.batch AND u.name = NEW.approver) THEN
        RAISE EXCEPTION 'segregation: % is paid by batch %', NEW.approver, NEW.batch
            USING ERRCODE = 'FS005';
    END IF;
    IF EXISTS (
        SELECT 1 FROM payout_lines l JOIN destinations d ON d.id = l.destination
        JOIN destination_confirmations c ON c.destination = d.id
        WHERE l.batch = NEW.batch AND NEW.approver IN (d.requested_by, c.confirmed_by)) THEN
        RAISE EXCEPTION 'segregation: % set a destination of batch %', NEW.approver, NEW.batch
            USING ERRCODE = 'FS005';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM users WHERE name = NEW.approver
                   AND role IN ('treasurer', 'approver')) THEN
        RAISE EXCEPTION 'segregation: % has no role that approves', NEW.approver
            USING ERRCODE = 'FS005';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM user_keys k JOIN user_key_confirmations c ON c.public_key = k.public_key
        WHERE k.public_key = NEW.public_key AND k.user_name = NEW.approver) THEN
        RAISE EXCEPTION 'approval: the key is not a confirmed one of %', NEW.approver
            USING ERRCODE = 'FS036';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_batch_event() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    earlier bigint;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    SELECT coalesce(max(number), 0) INTO earlier FROM batch_events WHERE batch = NEW.batch;
    IF NEW.number <> earlier + 1
        OR NEW.state IS DISTINCT FROM batch_transition(batch_state(NEW.batch), NEW.action) THEN
        RAISE EXCEPTION 'batch_state: batch % is %: no event % to %',
            NEW.batch, batch_state(NEW.batch), NEW.action, NEW.state USING ERRCODE = 'FS037';
    END IF;
    IF NEW.action = 'approve'
        AND (SELECT count(*) FROM approvals WHERE batch = NEW.batch) < b.checkers THEN
        RAISE EXCEPTION 'batch_state: batch % needs % approvals', NEW.batch, b.checkers
            USING ERRCODE = 'FS037';
    END IF;
    IF NEW.action = 'settle' AND EXISTS (
        SELECT 1 FROM payout_lines l LEFT JOIN line_settlements s USING (batch, line)
        WHERE l.batch = NEW.batch AND s.batch IS NULL) THEN
        RAISE EXCEPTION 'batch_state: batch % has lines that were not seen paid', NEW.batch
            USING ERRCODE = 'FS037';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_line_settlement() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    l payout_lines;
    wallet text;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT account INTO wallet FROM bank_accounts WHERE id = b.source_account;
    IF batch_state(NEW.batch) <> 'exported' THEN
        RAISE EXCEPTION 'settlement: batch % is %, not exported',
            NEW.batch, batch_state(NEW.batch) USING ERRCODE = 'FS038';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM bank_lines WHERE id = NEW.bank_line AND bank_account = b.source_account
            AND commodity = l.commodity AND amount = -l.amount) THEN
        RAISE EXCEPTION 'settlement: % does not pay line % of %',
            NEW.bank_line, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (SELECT 1 FROM journal_entries WHERE reverses = NEW.entry_number) THEN
        RAISE EXCEPTION 'settlement: entry % is reversed, nothing is settled by it',
            NEW.entry_number USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (
        WITH posted AS (
            SELECT account, party, document, commodity, amount FROM postings
            WHERE entry_number = NEW.entry_number),
        owed AS (
            SELECT o.payable_account, o.payee, o.id, o.commodity, p.amount
            FROM payout_line_obligations p JOIN obligations o ON o.id = p.obligation
            WHERE p.batch = NEW.batch AND p.line = NEW.line
            UNION ALL SELECT wallet, l.payee, NEW.batch || '#' || NEW.line, l.commodity, -l.amount)
        (SELECT * FROM posted EXCEPT ALL SELECT * FROM owed)
        UNION ALL (SELECT * FROM owed EXCEPT ALL SELECT * FROM posted)) THEN
        RAISE EXCEPTION 'settlement: entry % does not pay what line % of % claims',
            NEW.entry_number, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    RETURN NEW;
END $$;

-- A line stands on the entry that settled it, and on what made its obligations and their dues.
CREATE FUNCTION payout_dependents(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT s.entry_number, 'line ' || s.line || ' of batch ' || s.batch FROM line_settlements s
    WHERE s.entry_number = ANY(entries)
    UNION ALL
    SELECT made.entry_number, 'line ' || c.line || ' of batch ' || c.batch
    FROM (SELECT id AS obligation, entry_number FROM obligations
          UNION ALL SELECT obligation, entry_number FROM obligation_dues
          UNION ALL SELECT p.id, w.entry_number FROM obligations p
              JOIN obligations w ON w.id = p.split_from) made
    JOIN obligation_claims c ON c.obligation = made.obligation
    WHERE made.entry_number = ANY(entries) AND NOT EXISTS (
        SELECT 1 FROM claim_releases r
        WHERE r.obligation = c.obligation AND r.attempt = c.attempt)
$$;

GRANT EXECUTE ON FUNCTION payout_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
$$;

CREATE TRIGGER another_person BEFORE INSERT ON destination_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_destination_confirmation();
CREATE TRIGGER present BEFORE INSERT ON payout_batches
    FOR EACH ROW EXECUTE FUNCTION check_batch();
CREATE TRIGGER live_destination BEFORE INSERT ON payout_lines
    FOR EACH ROW EXECUTE FUNCTION check_payout_line();
CREATE TRIGGER owed_whole BEFORE INSERT ON payout_line_obligations
    FOR EACH ROW EXECUTE FUNCTION check_line_obligation();
CREATE TRIGGER frozen_with BEFORE INSERT ON obligation_claims
    FOR EACH ROW EXECUTE FUNCTION check_frozen_with();
CREATE TRIGGER pinned BEFORE INSERT ON execution_slots
    FOR EACH ROW EXECUTE FUNCTION check_slot();
CREATE CONSTRAINT TRIGGER whole_line AFTER INSERT ON payout_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_line();
CREATE CONSTRAINT TRIGGER whole_line_again AFTER INSERT ON payout_line_obligations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_line();
CREATE CONSTRAINT TRIGGER whole_batch AFTER INSERT ON payout_batches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_batch();
CREATE TRIGGER dead_batch BEFORE INSERT ON claim_releases
    FOR EACH ROW EXECUTE FUNCTION check_release();
CREATE TRIGGER dead_batch BEFORE INSERT ON slot_releases
    FOR EACH ROW EXECUTE FUNCTION check_release();
CREATE TRIGGER four_eyes BEFORE INSERT ON approvals
    FOR EACH ROW EXECUTE FUNCTION check_approval();
CREATE TRIGGER allowed BEFORE INSERT ON batch_events
    FOR EACH ROW EXECUTE FUNCTION check_batch_event();
CREATE TRIGGER paid_by_the_bank_line BEFORE INSERT ON line_settlements
    FOR EACH ROW EXECUTE FUNCTION check_line_settlement();
"""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "destinations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(rail = 'wire') = (chain IS NULL)", name=op.f("destinations_chain_check")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("destinations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("destinations_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(["payee"], ["parties.id"], name=op.f("destinations_payee_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("destinations_pkey")),
    )
    op.create_index(
        op.f("destinations_change_no_idx"), "destinations", ["change_no"], unique=False
    )
    op.create_index(op.f("destinations_payee_idx"), "destinations", ["payee"], unique=False)
    op.create_table(
        "destination_confirmations",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("destination_confirmations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["destination"],
            ["destinations.id"],
            name=op.f("destination_confirmations_destination_fkey"),
        ),
        sa.PrimaryKeyConstraint("destination", name=op.f("destination_confirmations_pkey")),
    )
    op.create_index(
        op.f("destination_confirmations_change_no_idx"),
        "destination_confirmations",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "payout_batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("plan_hash", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=True),
        sa.Column("source_account", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=True),
        sa.Column("checkers", sa.BigInteger(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(rail = 'wire') = (chain IS NULL)", name=op.f("payout_batches_chain_check")
        ),
        sa.CheckConstraint(
            "nonce >= 0 AND (rail <> 'wire') = (nonce IS NOT NULL)",
            name=op.f("payout_batches_nonce_check"),
        ),
        sa.CheckConstraint("checkers >= 1", name=op.f("payout_batches_checkers_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("payout_batches_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["source_account"],
            ["bank_accounts.id"],
            name=op.f("payout_batches_source_account_fkey"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("payout_batches_pkey")),
        sa.UniqueConstraint("content_hash", name=op.f("payout_batches_content_hash_key")),
        sa.UniqueConstraint(
            "plan_hash", "source_account", name=op.f("payout_batches_plan_hash_source_account_key")
        ),
    )
    op.create_index(
        op.f("payout_batches_change_no_idx"), "payout_batches", ["change_no"], unique=False
    )
    op.create_index(
        op.f("payout_batches_source_account_idx"),
        "payout_batches",
        ["source_account"],
        unique=False,
    )
    op.create_table(
        "approvals",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("approver", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["approver"], ["users.name"], name=op.f("approvals_approver_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["batch"], ["payout_batches.id"], name=op.f("approvals_batch_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("approvals_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["public_key"], ["user_keys.public_key"], name=op.f("approvals_public_key_fkey")
        ),
        sa.PrimaryKeyConstraint("batch", "approver", name=op.f("approvals_pkey")),
    )
    op.create_index(op.f("approvals_change_no_idx"), "approvals", ["change_no"], unique=False)
    op.create_table(
        "batch_events",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(action = 'export') = (files IS NOT NULL)", name=op.f("batch_events_files_check")
        ),
        sa.ForeignKeyConstraint(
            ["batch"], ["payout_batches.id"], name=op.f("batch_events_batch_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("batch_events_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("batch", "number", name=op.f("batch_events_pkey")),
    )
    op.create_index(
        op.f("batch_events_change_no_idx"), "batch_events", ["change_no"], unique=False
    )
    op.create_table(
        "execution_slots",
        sa.Column("source_account", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("previous_attempt", sa.BigInteger(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(attempt = 1) = (previous_attempt IS NULL) AND (previous_attempt IS NULL OR previous_attempt = attempt - 1) AND attempt > 0",
            name=op.f("execution_slots_follows_check"),
        ),
        sa.ForeignKeyConstraint(
            ["batch"], ["payout_batches.id"], name=op.f("execution_slots_batch_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("execution_slots_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["source_account"],
            ["bank_accounts.id"],
            name=op.f("execution_slots_source_account_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "source_account", "nonce", "attempt", name=op.f("execution_slots_pkey")
        ),
        sa.UniqueConstraint("batch", "part", name=op.f("execution_slots_batch_part_key")),
        sa.UniqueConstraint(
            "source_account",
            "nonce",
            "attempt",
            "batch",
            name=op.f("execution_slots_source_account_nonce_attempt_batch_key"),
        ),
    )
    op.create_index(
        op.f("execution_slots_change_no_idx"), "execution_slots", ["change_no"], unique=False
    )
    op.create_table(
        "payout_lines",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("payee_name", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("payout_lines_positive_check")),
        sa.ForeignKeyConstraint(
            ["batch"], ["payout_batches.id"], name=op.f("payout_lines_batch_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("payout_lines_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("payout_lines_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["destination"], ["destinations.id"], name=op.f("payout_lines_destination_fkey")
        ),
        sa.ForeignKeyConstraint(["payee"], ["parties.id"], name=op.f("payout_lines_payee_fkey")),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("payout_lines_pkey")),
        sa.UniqueConstraint("reference", name=op.f("payout_lines_reference_key")),
    )
    op.create_index(
        op.f("payout_lines_change_no_idx"), "payout_lines", ["change_no"], unique=False
    )
    op.create_index(op.f("payout_lines_payee_idx"), "payout_lines", ["payee"], unique=False)
    op.create_table(
        "line_settlements",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bank_line", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_line"], ["bank_lines.id"], name=op.f("line_settlements_bank_line_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["batch", "line"],
            ["payout_lines.batch", "payout_lines.line"],
            name=op.f("line_settlements_batch_line_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("line_settlements_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("line_settlements_entry_number_fkey"),
        ),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("line_settlements_pkey")),
        sa.UniqueConstraint("bank_line", name=op.f("line_settlements_bank_line_key")),
        sa.UniqueConstraint("entry_number", name=op.f("line_settlements_entry_number_key")),
    )
    op.create_index(
        op.f("line_settlements_change_no_idx"), "line_settlements", ["change_no"], unique=False
    )
    op.create_table(
        "payout_line_obligations",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch", "line"],
            ["payout_lines.batch", "payout_lines.line"],
            name=op.f("payout_line_obligations_batch_line_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("payout_line_obligations_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["obligation"],
            ["obligations.id"],
            name=op.f("payout_line_obligations_obligation_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "batch", "line", "obligation", name=op.f("payout_line_obligations_pkey")
        ),
    )
    op.create_index(
        op.f("payout_line_obligations_change_no_idx"),
        "payout_line_obligations",
        ["change_no"],
        unique=False,
    )
    op.create_index(
        op.f("payout_line_obligations_obligation_idx"),
        "payout_line_obligations",
        ["obligation"],
        unique=False,
    )
    op.create_table(
        "slot_releases",
        sa.Column("source_account", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("slot_releases_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["source_account", "nonce", "attempt", "batch"],
            [
                "execution_slots.source_account",
                "execution_slots.nonce",
                "execution_slots.attempt",
                "execution_slots.batch",
            ],
            name=op.f("slot_releases_source_account_nonce_attempt_batch_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "source_account", "nonce", "attempt", name=op.f("slot_releases_pkey")
        ),
    )
    op.create_index(
        op.f("slot_releases_change_no_idx"), "slot_releases", ["change_no"], unique=False
    )
    op.create_table(
        "obligation_claims",
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("previous_attempt", sa.BigInteger(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(attempt = 1) = (previous_attempt IS NULL) AND (previous_attempt IS NULL OR previous_attempt = attempt - 1) AND attempt > 0",
            name=op.f("obligation_claims_follows_check"),
        ),
        sa.ForeignKeyConstraint(
            ["batch", "line", "obligation"],
            [
                "payout_line_obligations.batch",
                "payout_line_obligations.line",
                "payout_line_obligations.obligation",
            ],
            name=op.f("obligation_claims_batch_line_obligation_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("obligation_claims_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("obligation", "attempt", name=op.f("obligation_claims_pkey")),
        sa.UniqueConstraint(
            "batch", "line", "obligation", name=op.f("obligation_claims_batch_line_obligation_key")
        ),
        sa.UniqueConstraint(
            "obligation",
            "attempt",
            "batch",
            name=op.f("obligation_claims_obligation_attempt_batch_key"),
        ),
    )
    op.create_index(
        op.f("obligation_claims_change_no_idx"), "obligation_claims", ["change_no"], unique=False
    )
    op.create_table(
        "claim_releases",
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("claim_releases_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["obligation", "attempt", "batch"],
            [
                "obligation_claims.obligation",
                "obligation_claims.attempt",
                "obligation_claims.batch",
            ],
            name=op.f("claim_releases_obligation_attempt_batch_fkey"),
        ),
        sa.PrimaryKeyConstraint("obligation", "attempt", name=op.f("claim_releases_pkey")),
    )
    op.create_index(
        op.f("claim_releases_change_no_idx"), "claim_releases", ["change_no"], unique=False
    )

    for name in TABLES:
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
