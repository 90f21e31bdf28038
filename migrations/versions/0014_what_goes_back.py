"""What fell due and nobody has claimed may go back, and fall due again; a claim is of what is due."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

RULES = r"""
-- What may be paid of an obligation is the sum of its moves. Not bound to a schema, so that it
-- reads what was known where a session reads `as_known`.
CREATE FUNCTION payable_moves()
    RETURNS TABLE (obligation text, amount quantity, entry_number bigint)
    LANGUAGE sql STABLE AS $$
    SELECT d.obligation, o.amount, d.entry_number
    FROM obligation_dues d JOIN obligations o ON o.id = d.obligation
    UNION ALL
    SELECT a.obligation, a.amount, a.entry_number FROM due_adjustments a
$$;

CREATE FUNCTION is_claimed(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM obligation_claims c WHERE c.obligation = wanted AND NOT EXISTS (
            SELECT 1 FROM claim_releases r
            WHERE r.obligation = c.obligation AND r.attempt = c.attempt))
$$;

-- Parts count from their row on, which comes before their due day's.
CREATE FUNCTION fallen_due(whole text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(moved.amount), 0) FROM (
        SELECT amount FROM obligations WHERE split_from = whole
        UNION ALL
        SELECT o.amount FROM obligations o JOIN obligation_dues d ON d.obligation = o.id
        WHERE o.id = whole
        UNION ALL
        SELECT a.amount FROM due_adjustments a JOIN obligations o ON o.id = a.obligation
        WHERE whole IN (o.id, o.split_from)) moved
$$;

GRANT EXECUTE ON FUNCTION payable_moves(), is_claimed(text), fallen_due(text) TO feeshare_app;

-- A share that fell due whole, of which some went back, falls due in parts from then on.
CREATE OR REPLACE FUNCTION check_obligation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole obligations;
    adjusted numeric;
BEGIN
    SELECT coalesce(sum(amount), 0) INTO adjusted FROM obligation_adjustments
        WHERE obligation = CASE WHEN TG_TABLE_NAME = 'obligation_dues'
            THEN to_jsonb(NEW) ->> 'obligation' ELSE to_jsonb(NEW) ->> 'split_from' END;
    IF TG_TABLE_NAME = 'obligation_dues' THEN
        IF adjusted <> 0
            OR EXISTS (SELECT 1 FROM obligations WHERE split_from = NEW.obligation) THEN
            RAISE EXCEPTION 'obligation: % falls due in parts', NEW.obligation
                USING ERRCODE = 'FS008';
        END IF;
        IF EXISTS (
            SELECT 1 FROM journal_entries r WHERE r.reverses = NEW.entry_number
            UNION ALL
            SELECT 1 FROM obligations o JOIN journal_entries r ON r.reverses = o.entry_number
            WHERE o.id = NEW.obligation) THEN
            RAISE EXCEPTION 'obligation: what % rests on is reversed', NEW.obligation
                USING ERRCODE = 'FS008';
        END IF;
    ELSIF NEW.split_from IS NOT NULL THEN
        SELECT * INTO whole FROM obligations WHERE id = NEW.split_from;
        IF whole.split_from IS NOT NULL OR whole.payee <> NEW.payee
            OR whole.commodity <> NEW.commodity
            OR fallen_due(whole.id) > whole.amount + adjusted THEN
            RAISE EXCEPTION 'obligation: % is no part of %', NEW.id, NEW.split_from
                USING ERRCODE = 'FS008';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_adjustment() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole obligations;
    adjusted numeric;
BEGIN
    SELECT * INTO whole FROM obligations WHERE id = NEW.obligation;
    SELECT sum(amount) INTO adjusted FROM obligation_adjustments
        WHERE obligation = NEW.obligation;
    IF adjusted > 0 OR whole.split_from IS NOT NULL
        OR whole.amount + adjusted < fallen_due(whole.id) THEN
        RAISE EXCEPTION 'obligation: % cannot be adjusted by %', NEW.obligation, NEW.amount
            USING ERRCODE = 'FS008';
    END IF;
    RETURN NULL;
END $$;

-- Only what nobody has claimed goes back, and no more than fell due; only what went back falls due
-- again, as far as it is owed. Its entry says so on the payable account.
CREATE FUNCTION check_due_adjustment() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    payable obligations;
    whole obligations;
    left_due numeric;
    owed numeric;
BEGIN
    SELECT * INTO payable FROM obligations WHERE id = NEW.obligation;
    SELECT * INTO whole FROM obligations WHERE id = coalesce(payable.split_from, payable.id);
    SELECT sum(amount) INTO left_due FROM payable_moves() WHERE obligation = payable.id;
    SELECT whole.amount + coalesce(sum(amount), 0) INTO owed FROM obligation_adjustments
        WHERE obligation = whole.id;
    IF left_due < 0 OR left_due > payable.amount OR fallen_due(whole.id) > owed THEN
        RAISE EXCEPTION 'due: of % that fell due, % cannot go back or fall due again',
            NEW.obligation, abs(NEW.amount) USING ERRCODE = 'FS009';
    END IF;
    IF is_claimed(payable.id) THEN
        RAISE EXCEPTION 'due: % is claimed by a batch', NEW.obligation USING ERRCODE = 'FS009';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM postings WHERE entry_number = NEW.entry_number
            AND account = payable.payable_account AND party = payable.payee
            AND document = payable.id AND commodity = payable.commodity
            AND amount = -NEW.amount)
        OR EXISTS (SELECT 1 FROM journal_entries WHERE reverses = NEW.entry_number) THEN
        RAISE EXCEPTION 'due: entry % does not move % of %',
            NEW.entry_number, NEW.amount, NEW.obligation USING ERRCODE = 'FS009';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION check_line_obligation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    l payout_lines;
    o obligations;
    left_due numeric;
BEGIN
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT * INTO o FROM obligations WHERE id = NEW.obligation;
    SELECT sum(amount) INTO left_due FROM payable_moves() WHERE obligation = NEW.obligation;
    IF (o.payee, o.commodity) IS DISTINCT FROM (l.payee, l.commodity)
        OR NEW.amount <= 0 OR NEW.amount <> coalesce(left_due, o.amount) THEN
        RAISE EXCEPTION 'claim: obligation % is not owed whole to % in %',
            NEW.obligation, l.payee, l.commodity USING ERRCODE = 'FS033';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM obligation_dues
        WHERE obligation = o.id AND due_on <= (b.frozen_at AT TIME ZONE 'UTC')::date) THEN
        RAISE EXCEPTION 'claim: obligation % is not due, or is paid in parts', NEW.obligation
            USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

-- Between a line's row and its claim something may have gone back.
CREATE FUNCTION check_claim() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT amount FROM payout_line_obligations WHERE batch = NEW.batch AND line = NEW.line
            AND obligation = NEW.obligation)
        <> (SELECT sum(amount) FROM payable_moves() WHERE obligation = NEW.obligation) THEN
        RAISE EXCEPTION 'claim: line % of % does not pay what is due of %',
            NEW.line, NEW.batch, NEW.obligation USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION due_dependents(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'adjustment ' || number || ' of what is due of ' || obligation
    FROM due_adjustments WHERE entry_number = ANY(entries)
$$;

GRANT EXECUTE ON FUNCTION due_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
    UNION ALL SELECT * FROM bounty_dependents(entries)
    UNION ALL SELECT * FROM correction_dependents(entries)
    UNION ALL SELECT * FROM matching_dependents(entries)
    UNION ALL SELECT * FROM due_dependents(entries)
$$;

CREATE TRIGGER of_what_is_unclaimed AFTER INSERT ON due_adjustments
    FOR EACH ROW EXECUTE FUNCTION check_due_adjustment();
CREATE TRIGGER of_what_is_due BEFORE INSERT ON obligation_claims
    FOR EACH ROW EXECUTE FUNCTION check_claim();
"""


def upgrade() -> None:
    """Create the table of what went back, with its rules."""
    name = "due_adjustments"
    op.create_table(
        name,
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        *sealed(name),
        sa.CheckConstraint("amount <> 0", name=op.f("due_adjustments_not_zero_check")),
        key_to(name, "entry_number", "journal_entries.number"),
        key_to(name, "obligation", "obligation_dues.obligation"),
        sa.PrimaryKeyConstraint("obligation", "number", name=op.f("due_adjustments_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("due_adjustments_entry_number_key")),
    )
    op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
    op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
