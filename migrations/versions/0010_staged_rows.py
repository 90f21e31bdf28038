"""Every row of a statement's file is accounted for: lines, skipped, quarantined, corrected."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = (
    "statement_readings",
    "statement_rows_aside",
    "statement_corrections",
    "statement_warnings",
    "statement_acknowledgements",
    "personal_erasures",
    "reported_volumes",
)

RULES = r"""
-- A key looked up for each of a million lines takes longer than everything else; a set is checked.
ALTER TABLE statement_lines DROP CONSTRAINT statement_lines_change_no_fkey;
ALTER TABLE statement_lines DROP CONSTRAINT statement_lines_statement_fkey;

CREATE FUNCTION check_lines() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    strange text;
BEGIN
    SELECT a.statement INTO strange
    FROM (SELECT DISTINCT statement, change_no FROM added) a
    LEFT JOIN statements s ON s.id = a.statement
    WHERE s.change_no IS DISTINCT FROM a.change_no LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'rows: % takes no more rows than it was staged with', strange
            USING ERRCODE = 'FS024';
    END IF;
    RETURN NULL;
END $$;

-- Deferred, because a statement comes before its rows. Nothing of a file is lost or added: what
-- came in is what counts, what was skipped and what is in quarantine, and the total is their sum.
CREATE FUNCTION check_reading() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    staged statements;
    lines bigint;
    summed numeric;
    skipped bigint;
    quarantined bigint;
BEGIN
    SELECT * INTO staged FROM statements WHERE id = NEW.statement;
    SELECT count(*), coalesce(sum(fee_share), 0) INTO lines, summed
        FROM statement_lines WHERE statement = NEW.statement;
    SELECT count(*) FILTER (WHERE state = 'skipped'), count(*) FILTER (WHERE state <> 'skipped')
        INTO skipped, quarantined FROM statement_rows_aside WHERE statement = NEW.statement;
    IF staged.change_no <> NEW.change_no OR lines <> staged.row_count
        OR summed <> staged.fee_share OR skipped <> NEW.rows_skipped
        OR quarantined <> NEW.rows_quarantined
        OR NEW.rows_in <> lines + skipped + quarantined THEN
        RAISE EXCEPTION 'rows: % has % in and % lines, % skipped, % quarantined, % in all',
            NEW.statement, NEW.rows_in, lines, skipped, quarantined, summed
            USING ERRCODE = 'FS024';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_statement_reading() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM statement_readings
        WHERE statement = NEW.id AND change_no = NEW.change_no) THEN
        RAISE EXCEPTION 'rows: % does not say how its file was read', NEW.id
            USING ERRCODE = 'FS024';
    END IF;
    RETURN NULL;
END $$;

-- What is said of a statement's rows is said while it waits; corrections follow on each other.
CREATE FUNCTION check_waiting() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    counted numeric;
BEGIN
    IF EXISTS (SELECT 1 FROM statement_acceptances WHERE statement = NEW.statement)
        OR EXISTS (SELECT 1 FROM statement_rejections WHERE statement = NEW.statement) THEN
        RAISE EXCEPTION 'statement: % is accepted or rejected already', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    IF TG_TABLE_NAME = 'statement_rows_aside' THEN
        IF NOT EXISTS (SELECT 1 FROM statements
            WHERE id = NEW.statement AND change_no = NEW.change_no) THEN
            RAISE EXCEPTION 'rows: % takes no more rows than it was staged with', NEW.statement
                USING ERRCODE = 'FS024';
        END IF;
    ELSIF TG_TABLE_NAME = 'statement_corrections' THEN
        SELECT fee_share INTO counted FROM (
            SELECT fee_share, number FROM statement_corrections
            WHERE statement = NEW.statement AND row = NEW.row
            UNION ALL
            SELECT fee_share, 0 FROM statement_lines
            WHERE statement = NEW.statement AND row = NEW.row
            UNION ALL
            SELECT 0, 0 FROM statement_rows_aside
            WHERE statement = NEW.statement AND row = NEW.row AND state = 'quarantined'
        ) said ORDER BY number DESC LIMIT 1;
        IF counted IS NULL OR NEW.difference <> NEW.fee_share - counted THEN
            RAISE EXCEPTION 'rows: a correction of row % of % does not follow on what it counts',
                NEW.row, NEW.statement USING ERRCODE = 'FS024';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_reviewed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM statement_rows_aside a
        WHERE a.statement = NEW.statement AND a.state = 'quarantined' AND NOT EXISTS (
            SELECT 1 FROM statement_corrections c
            WHERE c.statement = a.statement AND c.row = a.row)) THEN
        RAISE EXCEPTION 'statement: rows of % are in quarantine', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    IF EXISTS (
        SELECT 1 FROM statement_warnings w
        WHERE w.statement = NEW.statement AND NOT EXISTS (
            SELECT 1 FROM statement_acknowledgements k
            WHERE k.statement = w.statement AND k.number = w.number)) THEN
        RAISE EXCEPTION 'statement: nobody has acknowledged the warnings of %', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    IF EXISTS (
        SELECT 1 FROM statement_readings r JOIN statements s ON s.id = r.statement
        WHERE r.statement = NEW.statement AND r.control_total <> s.fee_share + (
            SELECT coalesce(sum(c.difference), 0) FROM statement_corrections c
            JOIN statement_rows_aside a USING (statement, row)
            WHERE c.statement = NEW.statement)) THEN
        RAISE EXCEPTION 'statement: % does not sum to the total that its file states',
            NEW.statement USING ERRCODE = 'FS022';
    END IF;
    RETURN NEW;
END $$;

-- A part of a month comes on top of the others, in any order; a whole one replaces what was before.
CREATE OR REPLACE FUNCTION check_statement_version() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM statements s
        JOIN statements l ON l.agreement = s.agreement AND l.period = s.period
            AND l.version > s.version
        JOIN statement_acceptances a ON a.statement = l.id
        WHERE s.id = NEW.statement AND NOT EXISTS (
            SELECT 1 FROM statement_readings r WHERE r.statement = l.id AND r.adds)) THEN
        RAISE EXCEPTION 'statement: a later version than % was accepted', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_erasure() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM personal_erasures WHERE evidence = OLD.evidence) THEN
        RAISE EXCEPTION 'erasure: nobody has said why the file of % is erased', OLD.evidence
            USING ERRCODE = 'FS025';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER of_a_staged_statement AFTER INSERT ON statement_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_lines();
CREATE CONSTRAINT TRIGGER rows_add_up AFTER INSERT ON statement_readings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_reading();
CREATE CONSTRAINT TRIGGER has_its_reading AFTER INSERT ON statements
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_statement_reading();
CREATE TRIGGER while_it_waits BEFORE INSERT ON statement_rows_aside
    FOR EACH ROW EXECUTE FUNCTION check_waiting();
CREATE TRIGGER while_it_waits BEFORE INSERT ON statement_corrections
    FOR EACH ROW EXECUTE FUNCTION check_waiting();
CREATE TRIGGER while_it_waits BEFORE INSERT ON statement_acknowledgements
    FOR EACH ROW EXECUTE FUNCTION check_waiting();
CREATE TRIGGER reviewed BEFORE INSERT ON statement_acceptances
    FOR EACH ROW EXECUTE FUNCTION check_reviewed();

SELECT names_its_sealer('statement_corrections', 'corrected_by');
SELECT names_its_sealer('statement_acknowledgements', 'acknowledged_by');
SELECT names_its_sealer('personal_erasures', 'erased_by');
"""

PERSONAL = """
CREATE TRIGGER not_rewritten BEFORE UPDATE OR TRUNCATE ON personal_files
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER not_rewritten BEFORE UPDATE OR TRUNCATE ON pseudonym_keys
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER for_a_reason BEFORE DELETE ON personal_files
    FOR EACH ROW EXECUTE FUNCTION check_erasure();
GRANT SELECT, INSERT, DELETE ON personal_files, pseudonym_keys TO feeshare_app;
"""


def _of_a_statement(table: str, *numbers: str) -> list[sa.schema.SchemaItem]:
    """Return a key to statements, and whole numbers beside it that complete the primary key."""
    return [
        sa.Column("statement", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)
            for name in numbers
        ),
        sa.PrimaryKeyConstraint("statement", *numbers, name=op.f(f"{table}_pkey")),
        *sealed(table),
    ]


def upgrade() -> None:
    """Create the tables of what is staged, with their rules."""
    op.create_table(
        "statement_readings",
        *_of_a_statement("statement_readings"),
        key_to("statement_readings", "statement", "statements.id"),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=True),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("rows_in", sa.BigInteger(), nullable=False),
        sa.Column("rows_skipped", sa.BigInteger(), nullable=False),
        sa.Column("rows_quarantined", sa.BigInteger(), nullable=False),
        sa.Column("control_total", QUANTITY, nullable=True),
        sa.Column("trading_fees", QUANTITY, nullable=True),
        sa.Column("volume", QUANTITY, nullable=True),
        sa.Column("adds", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "rows_skipped >= 0 AND rows_quarantined >= 0",
            name=op.f("statement_readings_counts_check"),
        ),
        sa.CheckConstraint(
            "volume >= 0 AND trading_fees >= 0",
            name=op.f("statement_readings_cross_checks_check"),
        ),
    )
    op.create_table(
        "statement_rows_aside",
        *_of_a_statement("statement_rows_aside", "row"),
        key_to("statement_rows_aside", "statement", "statements.id"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("codes", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('skipped','quarantined')", name=op.f("statement_rows_aside_state_check")
        ),
    )
    op.create_table(
        "statement_corrections",
        *_of_a_statement("statement_corrections", "row", "number"),
        key_to("statement_corrections", "statement", "statements.id"),
        sa.Column("fee_share", QUANTITY, nullable=False),
        sa.Column("difference", QUANTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("corrected_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "fee_share >= 0", name=op.f("statement_corrections_not_negative_check")
        ),
    )
    op.create_table(
        "statement_warnings",
        *_of_a_statement("statement_warnings", "number"),
        key_to("statement_warnings", "statement", "statements.id"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
    )
    op.create_table(
        "statement_acknowledgements",
        *_of_a_statement("statement_acknowledgements", "number"),
        sa.ForeignKeyConstraint(
            ["statement", "number"],
            ["statement_warnings.statement", "statement_warnings.number"],
            name=op.f("statement_acknowledgements_statement_number_fkey"),
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
    )
    op.create_table(
        "personal_files",
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        key_to("personal_files", "evidence", "evidence.sha256"),
        sa.PrimaryKeyConstraint("evidence", name=op.f("personal_files_pkey")),
    )
    op.create_table(
        "pseudonym_keys",
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(key) = 32", name=op.f("pseudonym_keys_length_check")),
        key_to("pseudonym_keys", "exchange", "parties.id"),
        sa.PrimaryKeyConstraint("exchange", name=op.f("pseudonym_keys_pkey")),
    )
    op.create_table(
        "personal_erasures",
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("erased_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *sealed("personal_erasures"),
        key_to("personal_erasures", "evidence", "evidence.sha256"),
        sa.PrimaryKeyConstraint("evidence", name=op.f("personal_erasures_pkey")),
    )
    op.create_table(
        "reported_volumes",
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("volume", QUANTITY, nullable=False),
        *sealed("reported_volumes"),
        sa.CheckConstraint("volume >= 0", name=op.f("reported_volumes_not_negative_check")),
        key_to("reported_volumes", "agreement", "agreements.id"),
        key_to("reported_volumes", "commodity", "commodities.code"),
        sa.PrimaryKeyConstraint(
            "agreement", "period", "source", name=op.f("reported_volumes_pkey")
        ),
    )
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
    op.execute(PERSONAL)
