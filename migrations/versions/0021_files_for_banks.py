"""Who holds an account of ours is said by two persons; an address is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0018"
branch_labels = None
depends_on = None

RULES = r"""
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
    """Index addresses by what they are compared by."""
    op.execute(RULES)
    for name, key in (("bare_address", "bare_address"), ("look_alike", "look_alike_key")):
        op.create_index(
            op.f(f"destinations_{name}_idx"), "destinations", [sa.text(f"{key}(address)")]
        )
