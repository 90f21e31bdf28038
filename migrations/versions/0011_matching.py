"""What differs in a match has a kind, exchanges' credit is used, exceptions have owners."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("match_differences", "credit_uses", "exception_assignments", "exception_notes")

RULES = r"""
-- What a match's entry booked is said with the match, in one change, or never.
CREATE FUNCTION check_match_difference() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM matches WHERE bank_line = NEW.bank_line
                   AND number = NEW.number AND change_no = NEW.change_no) THEN
        RAISE EXCEPTION 'match: a difference comes with its match, which % of % is not',
            NEW.number, NEW.bank_line USING ERRCODE = 'FS007';
    END IF;
    RETURN NEW;
END $$;

-- A credit is its exchange's: it pays what that exchange owes, or goes back to it.
CREATE FUNCTION check_credit_use() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM statements s JOIN agreements a ON a.id = s.agreement
        WHERE s.id = NEW.document AND s.commodity = NEW.commodity AND a.exchange IN (
            SELECT b.exchange FROM statements t JOIN agreements b ON b.id = t.agreement
            WHERE t.id = NEW.used_for AND t.id <> s.id AND t.commodity = NEW.commodity
            UNION ALL
            SELECT o.payee FROM obligations o WHERE o.id = NEW.refund
                AND o.amount = NEW.amount AND o.commodity = NEW.commodity)) THEN
        RAISE EXCEPTION 'credit: that of % is of another exchange or commodity', NEW.document
            USING ERRCODE = 'FS023';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION matching_dependents(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'use ' || number || ' of the credit of ' || document
    FROM credit_uses WHERE entry_number = ANY(entries)
$$;

GRANT EXECUTE ON FUNCTION matching_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
    UNION ALL SELECT * FROM bounty_dependents(entries)
    UNION ALL SELECT * FROM correction_dependents(entries)
    UNION ALL SELECT * FROM matching_dependents(entries)
$$;

CREATE TRIGGER with_its_match BEFORE INSERT ON match_differences
    FOR EACH ROW EXECUTE FUNCTION check_match_difference();
CREATE TRIGGER of_one_exchange BEFORE INSERT ON credit_uses
    FOR EACH ROW EXECUTE FUNCTION check_credit_use();

SELECT names_its_sealer('exception_assignments', 'assigned_by');
SELECT names_its_sealer('exception_notes', 'written_by');
"""


def upgrade() -> None:
    """Create the tables of differences, credits and exceptions, with their rules."""
    op.create_table(
        "match_differences",
        sa.Column("bank_line", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        *sealed("match_differences"),
        sa.CheckConstraint(
            "kind IN ('network-fee','bank-fee','fx','short-pay','unknown')",
            name=op.f("match_differences_kind_check"),
        ),
        sa.CheckConstraint(
            "amount > 0",
            name=op.f("match_differences_amount_check"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_line", "number"],
            ["matches.bank_line", "matches.number"],
            name=op.f("match_differences_bank_line_number_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_line", "number", name=op.f("match_differences_pkey")),
    )
    op.create_table(
        "credit_uses",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("used_for", sa.Text(), nullable=True),
        sa.Column("refund", sa.Text(), nullable=True),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        *sealed("credit_uses"),
        sa.CheckConstraint("amount > 0", name=op.f("credit_uses_positive_check")),
        sa.CheckConstraint(
            "(used_for IS NULL) <> (refund IS NULL)", name=op.f("credit_uses_one_use_check")
        ),
        key_to("credit_uses", "document", "statement_acceptances.statement"),
        key_to("credit_uses", "used_for", "statement_acceptances.statement"),
        key_to("credit_uses", "refund", "obligations.id"),
        key_to("credit_uses", "commodity", "commodities.code"),
        key_to("credit_uses", "entry_number", "journal_entries.number"),
        sa.PrimaryKeyConstraint("document", "number", name=op.f("credit_uses_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("credit_uses_entry_number_key")),
    )
    op.create_index(op.f("credit_uses_used_for_idx"), "credit_uses", ["used_for"], unique=False)
    op.create_table(
        "exception_assignments",
        sa.Column("exception", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("assigned_by", sa.Text(), nullable=False),
        *sealed("exception_assignments"),
        sa.PrimaryKeyConstraint("exception", "number", name=op.f("exception_assignments_pkey")),
    )
    op.create_table(
        "exception_notes",
        sa.Column("exception", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        *sealed("exception_notes"),
        sa.PrimaryKeyConstraint("exception", "number", name=op.f("exception_notes_pkey")),
    )
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
