"""What was accepted and is corrected: statements taken back, write-offs, shares adjusted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)

TABLES = (
    "obligation_adjustments",
    "statement_withdrawals",
    "write_offs",
    "write_off_confirmations",
    "write_off_recoveries",
)

RULES = r"""
-- Less is owed of what has not fallen due, never of what has; and never more than was accrued.
CREATE FUNCTION check_adjustment() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole obligations;
    adjusted numeric;
    parts numeric;
BEGIN
    SELECT * INTO whole FROM obligations WHERE id = NEW.obligation;
    SELECT sum(amount) INTO adjusted FROM obligation_adjustments
        WHERE obligation = NEW.obligation;
    SELECT coalesce(sum(amount), 0) INTO parts FROM obligations WHERE split_from = NEW.obligation;
    IF adjusted > 0 OR whole.amount + adjusted < parts OR whole.split_from IS NOT NULL
        OR EXISTS (SELECT 1 FROM obligation_dues WHERE obligation = NEW.obligation) THEN
        RAISE EXCEPTION 'obligation: % cannot be adjusted by %', NEW.obligation, NEW.amount
            USING ERRCODE = 'FS008';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_statement_version() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM statements s
        JOIN statements l ON l.agreement = s.agreement AND l.period = s.period
            AND l.version > s.version
        JOIN statement_acceptances a ON a.statement = l.id
        WHERE s.id = NEW.statement) THEN
        RAISE EXCEPTION 'statement: a later version than % was accepted', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_write_off() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    proposed write_offs;
    recovered numeric;
BEGIN
    SELECT * INTO proposed FROM write_offs WHERE id = NEW.write_off;
    IF TG_TABLE_NAME = 'write_off_confirmations' THEN
        IF proposed.proposed_by = NEW.confirmed_by THEN
            RAISE EXCEPTION 'segregation: % proposed this; another person confirms it',
                proposed.proposed_by USING ERRCODE = 'FS005';
        END IF;
    ELSE
        SELECT sum(amount) INTO recovered FROM write_off_recoveries
            WHERE write_off = NEW.write_off;
        IF recovered > proposed.amount THEN
            RAISE EXCEPTION 'write_off: more than % of % would be recovered',
                proposed.amount, NEW.write_off USING ERRCODE = 'FS023';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION correction_dependents(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'adjustment ' || number || ' of obligation ' || obligation
    FROM obligation_adjustments WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'the taking back of statement ' || statement
    FROM statement_withdrawals WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, write_off FROM write_off_confirmations
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'recovery ' || number || ' of ' || write_off FROM write_off_recoveries
    WHERE entry_number = ANY(entries)
$$;

GRANT EXECUTE ON FUNCTION correction_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
    UNION ALL SELECT * FROM bounty_dependents(entries)
    UNION ALL SELECT * FROM correction_dependents(entries)
$$;

CREATE TRIGGER of_what_is_not_due AFTER INSERT ON obligation_adjustments
    FOR EACH ROW EXECUTE FUNCTION check_adjustment();
CREATE TRIGGER versions_in_order BEFORE INSERT ON statement_acceptances
    FOR EACH ROW EXECUTE FUNCTION check_statement_version();
CREATE TRIGGER version_in_force BEFORE INSERT ON statement_withdrawals
    FOR EACH ROW EXECUTE FUNCTION check_statement_version();
CREATE TRIGGER two_persons BEFORE INSERT ON write_off_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_write_off();
CREATE TRIGGER within_the_write_off AFTER INSERT ON write_off_recoveries
    FOR EACH ROW EXECUTE FUNCTION check_write_off();

SELECT names_its_sealer('statement_withdrawals', 'withdrawn_by');
SELECT names_its_sealer('write_offs', 'proposed_by');
SELECT names_its_sealer('write_off_confirmations', 'confirmed_by');
"""


def _sealed(table: str) -> list[sa.schema.SchemaItem]:
    """Return the column and the key by which a row belongs to its change."""
    return [
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f(f"{table}_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
    ]


def _key_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"{table}_{column}_fkey"))


def _entry(table: str, *, nullable: bool = False) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("entry_number", sa.BigInteger(), nullable=nullable),
        _key_to(table, "entry_number", "journal_entries.number"),
    ]


def upgrade() -> None:
    """Create the tables of corrections, with their rules."""
    op.create_table(
        "obligation_adjustments",
        sa.Column("obligation", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        *_entry("obligation_adjustments"),
        sa.Column("cause", sa.Text(), nullable=False),
        *_sealed("obligation_adjustments"),
        sa.CheckConstraint("amount <> 0", name=op.f("obligation_adjustments_not_zero_check")),
        _key_to("obligation_adjustments", "obligation", "obligations.id"),
        sa.PrimaryKeyConstraint("obligation", "number", name=op.f("obligation_adjustments_pkey")),
    )
    op.create_table(
        "statement_withdrawals",
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_entry("statement_withdrawals", nullable=True),
        *_sealed("statement_withdrawals"),
        _key_to("statement_withdrawals", "statement", "statement_acceptances.statement"),
        sa.PrimaryKeyConstraint("statement", name=op.f("statement_withdrawals_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("statement_withdrawals_entry_number_key")),
    )
    op.create_table(
        "write_offs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        *_sealed("write_offs"),
        sa.CheckConstraint("amount > 0", name=op.f("write_offs_positive_check")),
        _key_to("write_offs", "commodity", "commodities.code"),
        _key_to("write_offs", "document", "statement_acceptances.statement"),
        sa.PrimaryKeyConstraint("id", name=op.f("write_offs_pkey")),
    )
    op.create_index(op.f("write_offs_document_idx"), "write_offs", ["document"], unique=False)
    op.create_table(
        "write_off_confirmations",
        sa.Column("write_off", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.Text(), nullable=False),
        *_entry("write_off_confirmations"),
        *_sealed("write_off_confirmations"),
        _key_to("write_off_confirmations", "write_off", "write_offs.id"),
        sa.PrimaryKeyConstraint("write_off", name=op.f("write_off_confirmations_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("write_off_confirmations_entry_number_key")),
    )
    op.create_table(
        "write_off_recoveries",
        sa.Column("write_off", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_entry("write_off_recoveries"),
        *_sealed("write_off_recoveries"),
        sa.CheckConstraint("amount > 0", name=op.f("write_off_recoveries_positive_check")),
        _key_to("write_off_recoveries", "write_off", "write_off_confirmations.write_off"),
        sa.PrimaryKeyConstraint("write_off", "number", name=op.f("write_off_recoveries_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("write_off_recoveries_entry_number_key")),
    )
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
