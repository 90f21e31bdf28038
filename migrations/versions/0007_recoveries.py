"""Restored books pay nothing until their head was compared: when that began and what ended it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

RULE = r"""
CREATE FUNCTION check_recovery_end() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE restorer text;
BEGIN
    SELECT started_by INTO restorer FROM recoveries WHERE id = NEW.recovery;
    IF NEW.anchor_number IS NULL AND (NEW.ended_by = restorer OR trim(NEW.reason) = '') THEN
        RAISE EXCEPTION 'segregation: % restored these books; another person answers for them',
            restorer USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER two_persons BEFORE INSERT ON recovery_ends
    FOR EACH ROW EXECUTE FUNCTION check_recovery_end();
"""


def upgrade() -> None:
    """Create the tables; they are append-only, and outside the sealed books."""
    op.create_table(
        "recoveries",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.Column("head_number", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("recoveries_pkey")),
    )
    op.create_table(
        "recovery_ends",
        sa.Column("recovery", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("anchor_number", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recovery"], ["recoveries.id"], name=op.f("recovery_ends_recovery_fkey")
        ),
        sa.PrimaryKeyConstraint("recovery", name=op.f("recovery_ends_pkey")),
    )
    for table in ("recoveries", "recovery_ends"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        op.execute(f"GRANT SELECT, INSERT ON {table} TO feeshare_app")
    op.execute(RULE)
