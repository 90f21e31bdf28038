"""How payout lines end: settled, failed by proof, or returned; what is paid twice; netting."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

SEALED_TABLES = (
    "payout_parts",
    "part_outcomes",
    "failure_reports",
    "line_failures",
    "line_returns",
    "double_payments",
    "payout_line_offsets",
)

RULES = r"""
SELECT names_its_sealer('failure_reports', 'reported_by');
SELECT names_its_sealer('line_failures', 'failed_by');

CREATE OR REPLACE FUNCTION batch_transition(state text, action text) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE state || ' ' || action
        WHEN 'frozen approve' THEN 'approved'
        WHEN 'frozen cancel' THEN 'cancelled'
        WHEN 'frozen reject' THEN 'rejected'
        WHEN 'approved export' THEN 'exported'
        WHEN 'approved cancel' THEN 'cancelled'
        WHEN 'approved reject' THEN 'rejected'
        WHEN 'exported settle' THEN 'settled'
        WHEN 'exported fail' THEN 'failed'
    END
$$;

-- Parts lie end to end over the lines, and every slot is a part's.
CREATE FUNCTION check_payout_part() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_freezing(NEW.batch, NEW.change_no);
    IF NEW.first_line <> coalesce(
        (SELECT last_line + 1 FROM payout_parts WHERE batch = NEW.batch AND part = NEW.part - 1),
        CASE NEW.part WHEN 1 THEN 1 END) THEN
        RAISE EXCEPTION 'part: part % of % does not follow on the one before', NEW.part, NEW.batch
            USING ERRCODE = 'FS034';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_whole_parts() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT count(*) FROM payout_lines WHERE batch = NEW.batch)
        IS DISTINCT FROM (SELECT max(last_line) FROM payout_parts WHERE batch = NEW.batch) THEN
        RAISE EXCEPTION 'part: the parts of % are not its lines', NEW.batch
            USING ERRCODE = 'FS034';
    END IF;
    RETURN NULL;
END $$;

-- The newest final block that a watched wallet was read to without a gap.
CREATE FUNCTION covered_to(account text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT max(last_block) FROM chain_coverage WHERE bank_account = account AND NOT again
$$;

-- What is final on chain says how a part ended: its own transaction ran, or failed; or the nonce
-- that it was pinned to is behind the wallet and its transaction is not among what was read.
CREATE FUNCTION check_part_outcome() RETURNS trigger LANGUAGE plpgsql
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
    IF NEW.outcome = 'replaced' THEN
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

-- A line of a part that ended has failed if the wallet is proved past that end, in the line's
-- token, and nothing that left for the line's address is still to be booked or was left in doubt.
CREATE FUNCTION has_failed(wanted text, number bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM payout_batches b
        JOIN payout_lines l ON l.batch = b.id AND l.line = number
        JOIN payout_parts p ON p.batch = b.id AND number BETWEEN p.first_line AND p.last_line
        JOIN part_outcomes o ON o.batch = b.id AND o.part = p.part
        JOIN wallet_watches w ON w.bank_account = b.source_account
        JOIN tokens t ON t.chain = w.chain AND t.commodity = l.commodity
        WHERE b.id = wanted
            AND EXISTS (
                SELECT 1 FROM chain_proofs f WHERE f.bank_account = w.bank_account
                AND f.contract = as_on_chain(t.contract) AND f.block >= o.block
                AND f.expected = f.on_chain)
            AND NOT EXISTS (
                SELECT 1 FROM chain_transfers m
                WHERE m.chain = w.chain AND m.sender = w.address
                AND m.recipient = as_on_chain(l.address) AND m.contract = as_on_chain(t.contract)
                AND m.block >= w.first_block AND m.units > 0 AND NOT EXISTS (
                    SELECT 1 FROM bank_lines k WHERE k.bank_account = w.bank_account
                    AND k.external_id = m.transaction || '/' || m.part))
            AND NOT EXISTS (
                SELECT 1 FROM bank_lines k WHERE k.bank_account = w.bank_account
                AND k.commodity = l.commodity AND k.amount = -l.amount
                AND as_on_chain(k.counterparty) = as_on_chain(l.address) AND NOT EXISTS (
                    SELECT 1 FROM matches m WHERE m.bank_line = k.id AND NOT EXISTS (
                        SELECT 1 FROM match_releases r
                        WHERE r.bank_line = m.bank_line AND r.number = m.number))))
$$;

CREATE FUNCTION check_line_failure() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    reporter text;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    IF batch_state(NEW.batch) <> 'exported' OR EXISTS (
        SELECT 1 FROM line_settlements WHERE batch = NEW.batch AND line = NEW.line) THEN
        RAISE EXCEPTION 'failure: line % of % is paid, or its batch is not exported',
            NEW.line, NEW.batch USING ERRCODE = 'FS039';
    END IF;
    IF b.chain IS NOT NULL THEN
        IF NOT has_failed(NEW.batch, NEW.line) THEN
            RAISE EXCEPTION 'failure: line % of % may still be paid', NEW.line, NEW.batch
                USING ERRCODE = 'FS039';
        END IF;
        RETURN NEW;
    END IF;
    SELECT reported_by INTO reporter FROM failure_reports
        WHERE batch = NEW.batch AND line = NEW.line;
    IF reporter IS NULL OR reporter = NEW.failed_by THEN
        RAISE EXCEPTION 'segregation: % reported that line % of % failed; another person confirms',
            coalesce(reporter, 'nobody'), NEW.line, NEW.batch USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

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
    RAISE EXCEPTION 'release: batch % is % and may still run',
        NEW.batch, batch_state(NEW.batch) USING ERRCODE = 'FS035';
END $$;

CREATE OR REPLACE FUNCTION check_batch_event() RETURNS trigger LANGUAGE plpgsql
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
    IF NEW.action IN ('settle', 'fail') AND EXISTS (
        SELECT 1 FROM payout_lines l
        LEFT JOIN line_settlements s USING (batch, line)
        LEFT JOIN line_failures f USING (batch, line)
        WHERE l.batch = NEW.batch AND s.batch IS NULL AND f.batch IS NULL) THEN
        RAISE EXCEPTION 'batch_state: batch % has lines that were not seen paid', NEW.batch
            USING ERRCODE = 'FS037';
    END IF;
    IF NEW.action IN ('settle', 'fail') AND (NEW.action = 'settle') <> EXISTS (
        SELECT 1 FROM line_settlements WHERE batch = NEW.batch) THEN
        RAISE EXCEPTION 'batch_state: batch % is settled where a line was paid, else it failed',
            NEW.batch USING ERRCODE = 'FS037';
    END IF;
    RETURN NEW;
END $$;

-- What a payee owes back is taken off once: never more than the books say, by all live lines.
CREATE FUNCTION offsets_under_way(payee text, owed_back text, paper text, what text)
    RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.amount), 0) FROM payout_line_offsets o
    JOIN payout_lines l ON l.batch = o.batch AND l.line = o.line
    LEFT JOIN line_settlements s ON s.batch = o.batch AND s.line = o.line
    LEFT JOIN line_failures f ON f.batch = o.batch AND f.line = o.line
    WHERE l.payee = $1 AND o.account = owed_back AND o.document = paper AND l.commodity = what
        AND s.batch IS NULL AND f.batch IS NULL
        AND batch_state(o.batch) NOT IN ('cancelled', 'rejected')
$$;

-- All that was ever taken off and did not come back: settled lines count, too.
CREATE FUNCTION offsets_taken(payee text, owed_back text, paper text, what text)
    RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.amount), 0) FROM payout_line_offsets o
    JOIN payout_lines l ON l.batch = o.batch AND l.line = o.line
    LEFT JOIN line_failures f ON f.batch = o.batch AND f.line = o.line
    LEFT JOIN line_returns r ON r.batch = o.batch AND r.line = o.line
    WHERE l.payee = $1 AND o.account = owed_back AND o.document = paper AND l.commodity = what
        AND f.batch IS NULL AND r.batch IS NULL
        AND batch_state(o.batch) NOT IN ('cancelled', 'rejected')
$$;

CREATE FUNCTION check_line_offset() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    l payout_lines;
    owed numeric;
BEGIN
    PERFORM require_freezing(NEW.batch, NEW.change_no);
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT coalesce(sum(amount), 0) INTO owed FROM postings WHERE account = NEW.account
        AND party = l.payee AND document = NEW.document AND commodity = l.commodity;
    IF NOT starts_with(NEW.account, 'assets:receivable:payee') OR owed < NEW.amount
            + offsets_under_way(l.payee, NEW.account, NEW.document, l.commodity) THEN
        RAISE EXCEPTION 'offset: % does not owe back % for %', l.payee, NEW.amount, NEW.document
            USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_whole_line() RETURNS trigger LANGUAGE plpgsql
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
    SELECT paid - coalesce(sum(amount), 0) INTO paid FROM payout_line_offsets
        WHERE batch = NEW.batch AND line = NEW.line;
    IF paid IS DISTINCT FROM whole OR NOT claimed THEN
        RAISE EXCEPTION 'line: line % of % is not the sum of the obligations it claims',
            NEW.line, NEW.batch USING ERRCODE = 'FS033';
    END IF;
    RETURN NULL;
END $$;

-- What settling a line moves, with its sign; a return moves the same back.
CREATE FUNCTION line_postings(wanted text, number bigint)
    RETURNS TABLE (account text, party text, document text, commodity text, amount numeric)
    LANGUAGE sql STABLE AS $$
    SELECT o.payable_account, o.payee, o.id, o.commodity, p.amount::numeric
    FROM payout_line_obligations p JOIN obligations o ON o.id = p.obligation
    WHERE p.batch = wanted AND p.line = number
    UNION ALL
    SELECT f.account, l.payee, f.document, l.commodity, -f.amount
    FROM payout_line_offsets f JOIN payout_lines l USING (batch, line)
    WHERE f.batch = wanted AND f.line = number
$$;

CREATE OR REPLACE FUNCTION check_line_settlement() RETURNS trigger LANGUAGE plpgsql
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
    IF EXISTS (SELECT 1 FROM line_failures WHERE batch = NEW.batch AND line = NEW.line) THEN
        RAISE EXCEPTION 'settlement: line % of % has failed', NEW.line, NEW.batch
            USING ERRCODE = 'FS038';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM bank_lines WHERE id = NEW.bank_line AND bank_account = b.source_account
            AND commodity = l.commodity AND amount = -l.amount) THEN
        RAISE EXCEPTION 'settlement: % does not pay line % of %',
            NEW.bank_line, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (SELECT 1 FROM double_payments WHERE bank_line = NEW.bank_line) THEN
        RAISE EXCEPTION 'settlement: % was booked as paid twice', NEW.bank_line
            USING ERRCODE = 'FS038';
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
            SELECT * FROM line_postings(NEW.batch, NEW.line)
            UNION ALL SELECT wallet, l.payee, NEW.batch || '#' || NEW.line, l.commodity, -l.amount)
        (SELECT * FROM posted EXCEPT ALL SELECT * FROM owed)
        UNION ALL (SELECT * FROM owed EXCEPT ALL SELECT * FROM posted)) THEN
        RAISE EXCEPTION 'settlement: entry % does not pay what line % of % claims',
            NEW.entry_number, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_line_return() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    l payout_lines;
    came bank_lines;
    wallet text;
BEGIN
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT * INTO came FROM bank_lines WHERE id = NEW.bank_line;
    SELECT account INTO wallet FROM bank_accounts WHERE id = came.bank_account;
    IF NOT EXISTS (SELECT 1 FROM line_settlements WHERE batch = NEW.batch AND line = NEW.line)
        OR came.commodity <> l.commodity OR came.amount <= 0
        OR came.amount + NEW.fee <> l.amount THEN
        RAISE EXCEPTION 'return: % does not bring line % of % back',
            NEW.bank_line, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (
        WITH posted AS (
            SELECT account, party, document, commodity, amount FROM postings
            WHERE entry_number = NEW.entry_number),
        owed AS (
            SELECT account, party, document, commodity, -amount
            FROM line_postings(NEW.batch, NEW.line)
            UNION ALL
            SELECT wallet, l.payee, NEW.batch || '#' || NEW.line, l.commodity, came.amount
            UNION ALL
            SELECT 'expenses:bank-fees', l.payee, NEW.batch || '#' || NEW.line, l.commodity,
                NEW.fee::numeric
            WHERE NEW.fee > 0)
        (SELECT * FROM posted EXCEPT ALL SELECT * FROM owed)
        UNION ALL (SELECT * FROM owed EXCEPT ALL SELECT * FROM posted)) THEN
        RAISE EXCEPTION 'return: entry % does not take line % of % back',
            NEW.entry_number, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_double_payment() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    l payout_lines;
    wallet text;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT account INTO wallet FROM bank_accounts WHERE id = b.source_account;
    IF NOT EXISTS (
            SELECT 1 FROM bank_lines WHERE id = NEW.bank_line AND bank_account = b.source_account
            AND commodity = l.commodity AND amount = -l.amount)
        OR NOT EXISTS (SELECT 1 FROM line_settlements
            WHERE batch = NEW.batch AND line = NEW.line AND bank_line <> NEW.bank_line)
        OR EXISTS (SELECT 1 FROM line_settlements WHERE bank_line = NEW.bank_line) THEN
        RAISE EXCEPTION 'twice: % is no second payment of line % of %',
            NEW.bank_line, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (
        WITH posted AS (
            SELECT account, party, document, commodity, amount FROM postings
            WHERE entry_number = NEW.entry_number),
        owed AS (
            SELECT 'assets:receivable:payee' AS account, l.payee AS party,
                NEW.batch || '#' || NEW.line AS document, l.commodity AS commodity,
                l.amount::numeric AS amount
            UNION ALL SELECT wallet, l.payee, NEW.batch || '#' || NEW.line, l.commodity, -l.amount)
        (SELECT * FROM posted EXCEPT ALL SELECT * FROM owed)
        UNION ALL (SELECT * FROM owed EXCEPT ALL SELECT * FROM posted)) THEN
        RAISE EXCEPTION 'twice: entry % does not say that % owes line % of % back',
            NEW.entry_number, l.payee, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION ending_dependents(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'the return of line ' || line || ' of batch ' || batch
    FROM line_returns WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'the second payment of line ' || line || ' of batch ' || batch
    FROM double_payments WHERE entry_number = ANY(entries)
$$;

GRANT EXECUTE ON FUNCTION as_on_chain(text), batch_state(text), has_failed(text, bigint),
    covered_to(text), ending_dependents(bigint[]), offsets_taken(text, text, text, text),
    offsets_under_way(text, text, text, text) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
    UNION ALL SELECT * FROM bounty_dependents(entries)
    UNION ALL SELECT * FROM correction_dependents(entries)
    UNION ALL SELECT * FROM matching_dependents(entries)
    UNION ALL SELECT * FROM due_dependents(entries)
    UNION ALL SELECT * FROM ending_dependents(entries)
$$;

CREATE TRIGGER end_to_end BEFORE INSERT ON payout_parts
    FOR EACH ROW EXECUTE FUNCTION check_payout_part();
CREATE CONSTRAINT TRIGGER whole_parts AFTER INSERT ON payout_parts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_parts();
CREATE CONSTRAINT TRIGGER of_a_part AFTER INSERT ON execution_slots
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_parts();
CREATE TRIGGER final_on_chain BEFORE INSERT ON part_outcomes
    FOR EACH ROW EXECUTE FUNCTION check_part_outcome();
CREATE TRIGGER proved BEFORE INSERT ON line_failures
    FOR EACH ROW EXECUTE FUNCTION check_line_failure();
CREATE TRIGGER brought_back BEFORE INSERT ON line_returns
    FOR EACH ROW EXECUTE FUNCTION check_line_return();
CREATE TRIGGER paid_before BEFORE INSERT ON double_payments
    FOR EACH ROW EXECUTE FUNCTION check_double_payment();
CREATE TRIGGER owed_back BEFORE INSERT ON payout_line_offsets
    FOR EACH ROW EXECUTE FUNCTION check_line_offset();
CREATE CONSTRAINT TRIGGER whole_line_offset AFTER INSERT ON payout_line_offsets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_line();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON safe_nonces
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON safe_nonces TO feeshare_app;
"""


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _line_key(table: str) -> list[sa.schema.SchemaItem]:
    """Return the columns and the key of a fact about one line."""
    return [
        _text("batch"),
        _number("line"),
        sa.ForeignKeyConstraint(
            ["batch", "line"],
            ["payout_lines.batch", "payout_lines.line"],
            name=op.f(f"{table}_batch_line_fkey"),
        ),
    ]


def _part_tables() -> None:
    op.create_table(
        "payout_parts",
        _text("batch"),
        _number("part"),
        _number("first_line"),
        _number("last_line"),
        _text("transaction_hash"),
        *sealed("payout_parts"),
        sa.CheckConstraint(
            "part > 0 AND first_line > 0 AND last_line >= first_line",
            name=op.f("payout_parts_lines_check"),
        ),
        key_to("payout_parts", "batch", "payout_batches.id"),
        sa.PrimaryKeyConstraint("batch", "part", name=op.f("payout_parts_pkey")),
        sa.UniqueConstraint("transaction_hash", name=op.f("payout_parts_transaction_hash_key")),
    )
    op.create_table(
        "part_outcomes",
        _text("batch"),
        _number("part"),
        _text("outcome"),
        _text("transaction"),
        _number("block"),
        *sealed("part_outcomes"),
        sa.CheckConstraint(
            "outcome IN ('ran','failed','replaced')", name=op.f("part_outcomes_outcome_check")
        ),
        sa.ForeignKeyConstraint(
            ["batch", "part"],
            ["payout_parts.batch", "payout_parts.part"],
            name=op.f("part_outcomes_batch_part_fkey"),
        ),
        sa.PrimaryKeyConstraint("batch", "part", name=op.f("part_outcomes_pkey")),
    )
    op.create_table(
        "safe_nonces",
        _text("chain"),
        _text("safe"),
        _number("block"),
        _text("block_hash"),
        _number("nonce"),
        sa.CheckConstraint("nonce >= 0", name=op.f("safe_nonces_nonce_check")),
        sa.PrimaryKeyConstraint("chain", "safe", "block", name=op.f("safe_nonces_pkey")),
    )


def _line_tables() -> None:
    op.create_table(
        "failure_reports",
        *_line_key("failure_reports"),
        _text("reported_by"),
        _text("reason"),
        _text("evidence"),
        *sealed("failure_reports"),
        key_to("failure_reports", "evidence", "evidence.sha256"),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("failure_reports_pkey")),
    )
    op.create_table(
        "line_failures",
        *_line_key("line_failures"),
        _text("failed_by"),
        _text("reason"),
        *sealed("line_failures"),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("line_failures_pkey")),
    )
    op.create_table(
        "line_returns",
        *_line_key("line_returns"),
        _text("bank_line"),
        sa.Column("fee", QUANTITY, nullable=False),
        _number("entry_number"),
        *sealed("line_returns"),
        sa.CheckConstraint("fee >= 0", name=op.f("line_returns_fee_check")),
        key_to("line_returns", "bank_line", "bank_lines.id"),
        key_to("line_returns", "entry_number", "journal_entries.number"),
        sa.PrimaryKeyConstraint("batch", "line", name=op.f("line_returns_pkey")),
        sa.UniqueConstraint("bank_line", name=op.f("line_returns_bank_line_key")),
        sa.UniqueConstraint("entry_number", name=op.f("line_returns_entry_number_key")),
    )
    op.create_table(
        "double_payments",
        *_line_key("double_payments"),
        _text("bank_line"),
        _number("entry_number"),
        *sealed("double_payments"),
        key_to("double_payments", "bank_line", "bank_lines.id"),
        key_to("double_payments", "entry_number", "journal_entries.number"),
        sa.PrimaryKeyConstraint("bank_line", name=op.f("double_payments_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("double_payments_entry_number_key")),
    )
    op.create_table(
        "payout_line_offsets",
        *_line_key("payout_line_offsets"),
        _text("account"),
        _text("document"),
        sa.Column("amount", QUANTITY, nullable=False),
        *sealed("payout_line_offsets"),
        sa.CheckConstraint("amount > 0", name=op.f("payout_line_offsets_positive_check")),
        key_to("payout_line_offsets", "account", "accounts.code"),
        sa.PrimaryKeyConstraint(
            "batch", "line", "account", "document", name=op.f("payout_line_offsets_pkey")
        ),
    )


def upgrade() -> None:
    """Create the tables of how lines end, with their rules."""
    _part_tables()
    _line_tables()
    for name in SEALED_TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
