"""What revisions share: the domain of quantities, the key of a sealed row, a key to another table.

What stands here is as final as the revisions that use it: another shape is another function.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)


def sealed(table: str) -> list[sa.schema.SchemaItem]:
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


def key_to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    """Return the key of a column to another table's."""
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"{table}_{column}_fkey"))
