"""Who holds an account of ours is said by two persons; an address is found by an index."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import key_to, number, sealed, text

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TABLES = ("account_holders", "account_holder_confirmations", "part_proposals")

RULES = r"""
SELECT names_its_sealer('account_holders', 'requested_by');
SELECT names_its_sealer('account_holder_confirmations', 'confirmed_by');
SELECT names_its_sealer('part_proposals', 'proposed_by');

CREATE FUNCTION check_account_holder() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM bank_accounts WHERE id = NEW.bank_account AND kind = 'bank') THEN
        RAISE EXCEPTION 'holder: % is no bank account', NEW.bank_account USING ERRCODE = 'FS210';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_account_holder_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM account_holders
                   WHERE bank_account = NEW.bank_account AND version = NEW.version
                       AND requested_by <> NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % said who holds this account; another person confirms it',
            NEW.confirmed_by USING ERRCODE = 'FS005';
    END IF;
    PERFORM refuse_roles(NEW.confirmed_by, '{auditor,maintainer}');
    RETURN NEW;
END $$;

-- What owners are asked to sign is what was exported, and nothing else.
CREATE FUNCTION check_part_proposal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF batch_state(NEW.batch) <> 'exported' THEN
        RAISE EXCEPTION 'proposal: batch % is %, not exported',
            NEW.batch, batch_state(NEW.batch) USING ERRCODE = 'FS211';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM payout_parts WHERE batch = NEW.batch AND part = NEW.part
                       AND transaction_hash = NEW.transaction_hash) THEN
        RAISE EXCEPTION 'proposal: % is not what part % of % has signed',
            NEW.transaction_hash, NEW.part, NEW.batch USING ERRCODE = 'FS211';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER of_a_bank BEFORE INSERT ON account_holders
    FOR EACH ROW EXECUTE FUNCTION check_account_holder();
CREATE TRIGGER another_person BEFORE INSERT ON account_holder_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_account_holder_confirmation();
CREATE TRIGGER as_exported BEFORE INSERT ON part_proposals
    FOR EACH ROW EXECUTE FUNCTION check_part_proposal();
"""

ADDRESSES = r"""
-- What two addresses have in common that are taken for each other; nothing for short ones. An index
-- is made and restored with no schema in its path.
CREATE FUNCTION look_alike_key(address text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN length(a) >= 32
        THEN length(a) || ':' || left(a, 4) || right(a, 4) END
    FROM (SELECT regexp_replace(public.bare_address(address), '^0x', '') AS a) bare
$$;

GRANT EXECUTE ON FUNCTION look_alike_key(text) TO feeshare_app;

CREATE OR REPLACE FUNCTION address_risks(who text, wanted text)
    RETURNS TABLE (risk text, other text) LANGUAGE sql STABLE AS $$
    SELECT DISTINCT 'address_shared', d.payee FROM destinations d
    WHERE d.payee <> who AND bare_address(d.address) = bare_address(wanted)
    UNION
    SELECT 'address_lookalike', known.address FROM (
        SELECT address FROM destinations
        WHERE look_alike_key(address) = look_alike_key(wanted)
        UNION SELECT address FROM bank_accounts
        UNION SELECT counterparty FROM bank_lines UNION SELECT contract FROM tokens) known
    WHERE look_alike(wanted, known.address)
$$;
"""


def upgrade() -> None:
    """Create the tables with their rules, and index addresses by what they are compared by."""
    _holders()
    _proposals()
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
    op.execute(ADDRESSES)
    for name, key in (("bare_address", "bare_address"), ("look_alike", "look_alike_key")):
        op.create_index(
            op.f(f"destinations_{name}_idx"), "destinations", [sa.text(f"{key}(address)")]
        )


def _holders() -> None:
    name = "account_holders"
    op.create_table(
        name,
        text("bank_account"),
        number("version"),
        *(text("holder"), text("bic"), text("requested_by")),
        *sealed(name),
        sa.CheckConstraint("holder <> ''", name=op.f(f"{name}_holder_check")),
        key_to(name, "bank_account", "bank_accounts.id"),
        sa.PrimaryKeyConstraint("bank_account", "version", name=op.f(f"{name}_pkey")),
    )
    name = "account_holder_confirmations"
    op.create_table(
        name,
        text("bank_account"),
        number("version"),
        text("confirmed_by"),
        *sealed(name),
        _pair(name, ("bank_account", "version"), "account_holders"),
        sa.PrimaryKeyConstraint("bank_account", "version", name=op.f(f"{name}_pkey")),
    )


def _proposals() -> None:
    name = "part_proposals"
    op.create_table(
        name,
        text("batch"),
        number("part"),
        *(text("transaction_hash"), text("service"), text("delegate"), text("proposed_by")),
        *sealed(name),
        _pair(name, ("batch", "part"), "payout_parts"),
        sa.PrimaryKeyConstraint("batch", "part", name=op.f(f"{name}_pkey")),
    )


def _pair(table: str, columns: tuple[str, str], target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        list(columns),
        [f"{target}.{column}" for column in columns],
        name=op.f(f"{table}_{'_'.join(columns)}_fkey"),
    )
