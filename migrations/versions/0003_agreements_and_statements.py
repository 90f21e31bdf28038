"""What exchanges owe: agreements with dated terms, and the statements that come of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)

TABLES = (
    "statement_waivers",
    "agreements",
    "agreement_terms",
    "statements",
    "statement_acceptances",
    "statement_lines",
    "statement_rejections",
    "terms_maintainers",
)

RULES = r"""
CREATE FUNCTION check_terms() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM agreement_terms t
        WHERE t.agreement = NEW.agreement AND t.version <> NEW.version
            AND (t.effective_from = NEW.effective_from
                OR (t.effective_to IS NOT NULL AND t.effective_from < NEW.effective_from
                    AND t.effective_to >= NEW.effective_from)
                OR (t.effective_from > NEW.effective_from
                    AND coalesce(NEW.effective_to, 'infinity') >= t.effective_from))) THEN
        RAISE EXCEPTION 'agreement_overlap: terms of % from % overlap others',
            NEW.agreement, NEW.effective_from USING ERRCODE = 'FS020';
    END IF;
    RETURN NEW;
END $$;

-- Deferred, because weights may be written one after another; it runs when the change commits.
CREATE FUNCTION check_weights() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT sum(weight) FROM terms_maintainers
        WHERE agreement = NEW.agreement AND terms_version = NEW.terms_version) <> 1 THEN
        RAISE EXCEPTION 'split_invalid: weights of % do not sum to 1', NEW.agreement
            USING ERRCODE = 'FS021';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_statement_end() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM statement_acceptances WHERE statement = NEW.statement)
        OR EXISTS (SELECT 1 FROM statement_rejections WHERE statement = NEW.statement) THEN
        RAISE EXCEPTION 'statement: % is accepted or rejected already', NEW.statement
            USING ERRCODE = 'FS022';
    END IF;
    RETURN NEW;
END $$;

-- Whoever a row names as acting (the column is the argument) is whoever seals its change. Deferred,
-- because the header comes last.
CREATE FUNCTION require_sealer() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    named text := to_jsonb(NEW) ->> TG_ARGV[0];
    sealer text;
BEGIN
    SELECT actor INTO sealer FROM changes WHERE number = NEW.change_no;
    IF named IS DISTINCT FROM sealer THEN
        RAISE EXCEPTION 'actor: % names %, but % seals it', TG_TABLE_NAME, named, sealer
            USING ERRCODE = 'FS005';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION names_its_sealer(table_name text, column_name text) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER names_its_sealer AFTER INSERT ON %I
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_sealer(%L)',
        table_name, column_name);
END $$;

SELECT names_its_sealer('statement_acceptances', 'accepted_by');
SELECT names_its_sealer('statement_rejections', 'rejected_by');
SELECT names_its_sealer('statement_waivers', 'waived_by');

-- On an accepted statement stand the receipts matched to it, and shares not reversed themselves.
CREATE FUNCTION revenue_dependents(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT a.entry_number, 'match ' || m.number || ' of bank line ' || m.bank_line
    FROM statement_acceptances a JOIN matches m ON m.document = a.statement
    WHERE a.entry_number = ANY(entries) AND NOT EXISTS (
        SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line AND r.number = m.number)
    UNION ALL
    SELECT a.entry_number, 'obligation ' || o.id
    FROM statement_acceptances a JOIN obligations o ON o.document = a.statement
    WHERE a.entry_number = ANY(entries) AND NOT EXISTS (
        SELECT 1 FROM journal_entries r WHERE r.reverses = o.entry_number)
$$;

GRANT EXECUTE ON FUNCTION revenue_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
$$;

CREATE TRIGGER no_overlap BEFORE INSERT ON agreement_terms
    FOR EACH ROW EXECUTE FUNCTION check_terms();
CREATE CONSTRAINT TRIGGER weights_sum_to_one AFTER INSERT ON terms_maintainers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_weights();
CREATE TRIGGER one_end BEFORE INSERT ON statement_acceptances
    FOR EACH ROW EXECUTE FUNCTION check_statement_end();
CREATE TRIGGER one_end BEFORE INSERT ON statement_rejections
    FOR EACH ROW EXECUTE FUNCTION check_statement_end();
"""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("agreements_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("agreements_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["exchange"], ["parties.id"], name=op.f("agreements_exchange_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("agreements_pkey")),
        sa.UniqueConstraint(
            "exchange",
            "stream",
            "commodity",
            name=op.f("agreements_exchange_stream_commodity_key"),
        ),
    )
    op.create_index(op.f("agreements_change_no_idx"), "agreements", ["change_no"], unique=False)
    op.create_table(
        "agreement_terms",
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("rate_low", QUANTITY, nullable=True),
        sa.Column("rate_high", QUANTITY, nullable=True),
        sa.Column("fixed_amount", QUANTITY, nullable=True),
        sa.Column("maintainer_rate", QUANTITY, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "coalesce((kind = 'variable' AND rate_low > 0 AND rate_low <= rate_high"
            " AND rate_high <= 1 AND fixed_amount IS NULL)"
            " OR (kind = 'fixed' AND fixed_amount > 0 AND rate_low IS NULL"
            " AND rate_high IS NULL), false)",
            name=op.f("agreement_terms_kind_check"),
        ),
        sa.CheckConstraint(
            "effective_to >= effective_from", name=op.f("agreement_terms_dates_check")
        ),
        sa.CheckConstraint(
            "maintainer_rate BETWEEN 0 AND 1", name=op.f("agreement_terms_maintainer_rate_check")
        ),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.id"], name=op.f("agreement_terms_agreement_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("agreement_terms_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("agreement", "version", name=op.f("agreement_terms_pkey")),
    )
    op.create_index(
        op.f("agreement_terms_change_no_idx"), "agreement_terms", ["change_no"], unique=False
    )
    op.create_table(
        "statements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=False),
        sa.Column("mapping_version", sa.BigInteger(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("fee_share", QUANTITY, nullable=False),
        sa.Column("rate", QUANTITY, nullable=True),
        sa.Column("row_count", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.id"], name=op.f("statements_agreement_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("statements_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("statements_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["evidence"], ["evidence.sha256"], name=op.f("statements_evidence_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("statements_pkey")),
        sa.UniqueConstraint(
            "agreement", "period", "version", name=op.f("statements_agreement_period_version_key")
        ),
    )
    op.create_index(op.f("statements_change_no_idx"), "statements", ["change_no"], unique=False)
    op.create_index(op.f("statements_evidence_idx"), "statements", ["evidence"], unique=False)
    op.create_table(
        "statement_acceptances",
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=True),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("statement_acceptances_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("statement_acceptances_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name=op.f("statement_acceptances_statement_fkey")
        ),
        sa.PrimaryKeyConstraint("statement", name=op.f("statement_acceptances_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("statement_acceptances_entry_number_key")),
    )
    op.create_index(
        op.f("statement_acceptances_change_no_idx"),
        "statement_acceptances",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "statement_lines",
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("occurrence", sa.BigInteger(), nullable=False),
        sa.Column("fee_share", QUANTITY, nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("statement_lines_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name=op.f("statement_lines_statement_fkey")
        ),
        sa.PrimaryKeyConstraint("statement", "row", name=op.f("statement_lines_pkey")),
    )
    op.create_index(
        op.f("statement_lines_change_no_idx"), "statement_lines", ["change_no"], unique=False
    )
    op.create_table(
        "statement_rejections",
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("rejected_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("statement_rejections_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["statement"], ["statements.id"], name=op.f("statement_rejections_statement_fkey")
        ),
        sa.PrimaryKeyConstraint("statement", name=op.f("statement_rejections_pkey")),
    )
    op.create_index(
        op.f("statement_rejections_change_no_idx"),
        "statement_rejections",
        ["change_no"],
        unique=False,
    )
    op.create_table(
        "terms_maintainers",
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("weight", QUANTITY, nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "weight > 0 AND weight <= 1", name=op.f("terms_maintainers_weight_check")
        ),
        sa.ForeignKeyConstraint(
            ["agreement", "terms_version"],
            ["agreement_terms.agreement", "agreement_terms.version"],
            name=op.f("terms_maintainers_agreement_terms_version_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("terms_maintainers_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["payee"], ["parties.id"], name=op.f("terms_maintainers_payee_fkey")
        ),
        sa.PrimaryKeyConstraint(
            "agreement", "terms_version", "payee", name=op.f("terms_maintainers_pkey")
        ),
    )
    op.create_index(
        op.f("terms_maintainers_change_no_idx"), "terms_maintainers", ["change_no"], unique=False
    )

    op.create_table(
        "statement_waivers",
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("waived_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.id"], name=op.f("statement_waivers_agreement_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("statement_waivers_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("agreement", "period", name=op.f("statement_waivers_pkey")),
    )
    op.create_index(
        op.f("statement_waivers_change_no_idx"), "statement_waivers", ["change_no"], unique=False
    )

    for name in TABLES:
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
