"""A gate of a bounty that GitHub shows stands on a kept file, which its evidence names."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, sealed

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

RULES = r"""
-- A proof without its gate, or of another address or file than the gate was passed on, proves
-- nothing.
CREATE FUNCTION check_bounty_proof() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM bounty_gates
        WHERE bounty = NEW.bounty AND gate = NEW.gate
            AND evidence = NEW.url || ' (sha256 ' || NEW.evidence || ')') THEN
        RAISE EXCEPTION 'bounty_proof: % did not pass % on % (sha256 %)',
            NEW.bounty, NEW.gate, NEW.url, NEW.evidence USING ERRCODE = 'FS250';
    END IF;
    PERFORM require_present(NEW.fetched_at);
    RETURN NEW;
END $$;

CREATE TRIGGER of_its_gate BEFORE INSERT ON bounty_proofs
    FOR EACH ROW EXECUTE FUNCTION check_bounty_proof();
"""


def upgrade() -> None:
    """Create the table of proofs, with its rule."""
    name = "bounty_proofs"
    op.create_table(
        name,
        *(
            sa.Column(column, sa.Text(), nullable=False)
            for column in ("bounty", "gate", "evidence", "url", "says", "source")
        ),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        *sealed(name),
        key_to(name, "bounty", "bounties.id"),
        key_to(name, "evidence", "evidence.sha256"),
        sa.CheckConstraint(
            "gate IN ('delivered','approved','qa-passed','merged','released')",
            name=op.f(f"{name}_gate_check"),
        ),
        sa.CheckConstraint("source IN ('file','api')", name=op.f(f"{name}_source_check")),
        sa.CheckConstraint("url <> '' AND says <> ''", name=op.f(f"{name}_told_check")),
        sa.PrimaryKeyConstraint("bounty", "gate", "evidence", name=op.f(f"{name}_pkey")),
    )
    op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
    op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
