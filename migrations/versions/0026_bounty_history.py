"""What the public tracker says of bounties before the books is kept; a person settles its faults."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, check, key_to, number, sealed, text

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

RULES = r"""
SELECT names_its_sealer('bounty_history', 'loaded_by');
SELECT names_its_sealer('bounty_history_decisions', 'decided_by');

CREATE FUNCTION check_bounty_history() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE newest bigint;
BEGIN
    SELECT coalesce(max(h.version), 0) INTO newest FROM bounty_history h WHERE h.row = NEW.row;
    IF NEW.version <> newest + 1 THEN
        RAISE EXCEPTION 'history: version % of row % does not follow on version %',
            NEW.version, NEW.row, newest USING ERRCODE = 'FS261';
    END IF;
    RETURN NEW;
END $$;

-- What a row's newest version says is settled by another person than whoever loaded it.
CREATE FUNCTION check_bounty_history_decision() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE newest bounty_history; earlier bigint;
BEGIN
    SELECT * INTO newest FROM bounty_history h WHERE h.row = NEW.row
        ORDER BY h.version DESC LIMIT 1;
    IF newest.version IS DISTINCT FROM NEW.version THEN
        RAISE EXCEPTION 'history: version % of row % is not its newest one', NEW.version, NEW.row
            USING ERRCODE = 'FS261';
    END IF;
    IF newest.loaded_by = NEW.decided_by THEN
        RAISE EXCEPTION 'segregation: % loaded row %; another person settles it',
            NEW.decided_by, NEW.row USING ERRCODE = 'FS005';
    END IF;
    PERFORM refuse_roles(NEW.decided_by, '{auditor,maintainer}');
    SELECT coalesce(max(d.number), 0) INTO earlier FROM bounty_history_decisions d
    WHERE d.row = NEW.row AND d.version = NEW.version;
    IF NEW.number <> earlier + 1 THEN
        RAISE EXCEPTION 'history: decision % of row % does not follow on decision %',
            NEW.number, NEW.row, earlier USING ERRCODE = 'FS261';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER in_order BEFORE INSERT ON bounty_history
    FOR EACH ROW EXECUTE FUNCTION check_bounty_history();
CREATE TRIGGER by_another BEFORE INSERT ON bounty_history_decisions
    FOR EACH ROW EXECUTE FUNCTION check_bounty_history_decision();
"""


def upgrade() -> None:
    """Create the tables of history and of what persons decide of it, with their rules."""
    history = "bounty_history"
    op.create_table(
        history,
        *(number(name) for name in ("row", "version")),
        *(text(name) for name in ("bounty", "type", "funder", "connector")),
        sa.Column("amount", QUANTITY, nullable=False),
        *(text(name) for name in ("amount_as_written", "commodity", "status", "link")),
        number("occurrence"),
        *(text(name) for name in ("source", "evidence")),
        number("evidence_row"),
        text("loaded_by"),
        *sealed(history),
        key_to(history, "commodity", "commodities.code"),
        key_to(history, "evidence", "evidence.sha256"),
        sa.UniqueConstraint("evidence", "row", name=op.f(f"{history}_evidence_row_key")),
        check(history, "row", "row > 0 AND occurrence > 0 AND evidence_row > 0"),
        check(history, "amount", "amount >= 0"),
        check(
            history,
            "told",
            "bounty <> '' AND type <> '' AND funder <> '' AND status <> '' AND source <> ''",
        ),
        sa.PrimaryKeyConstraint("row", "version", name=op.f(f"{history}_pkey")),
    )
    decisions = "bounty_history_decisions"
    op.create_table(
        decisions,
        *(number(name) for name in ("row", "version", "number")),
        *(text(name) for name in ("verdict", "reason", "decided_by")),
        *sealed(decisions),
        sa.ForeignKeyConstraint(
            ["row", "version"],
            [f"{history}.row", f"{history}.version"],
            name=op.f(f"{decisions}_row_version_fkey"),
        ),
        check(decisions, "verdict", "verdict IN ('accepted', 'rejected')"),
        check(decisions, "reason", "reason <> ''"),
        sa.PrimaryKeyConstraint("row", "version", "number", name=op.f(f"{decisions}_pkey")),
    )
    for name in (history, decisions):
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
