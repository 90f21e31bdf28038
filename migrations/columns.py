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


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """Return a column of text."""
    return sa.Column(name, sa.Text(), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    """Return a column of whole numbers that nothing counts up by itself."""
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def day(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column of days."""
    return sa.Column(name, sa.Date(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column of moments, which are in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def quantity(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column of exact quantities."""
    return sa.Column(name, QUANTITY, nullable=nullable)


def check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    """Return a rule that each row of a table keeps."""
    return sa.CheckConstraint(rule, name=op.f(f"{table}_{name}_check"))


def make(
    name: str, keys: list[str], *parts: sa.schema.SchemaItem, found_by: tuple[str, ...] = ()
) -> None:
    """Make a guarded table of sealed rows, with an index of its change and of other columns."""
    op.create_table(
        name,
        *parts,
        *sealed(name),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"{name}_pkey")),
    )
    for column in ("change_no", *found_by):
        op.create_index(op.f(f"{name}_{column}_idx"), name, [column], unique=False)
    op.execute(f"SELECT guard_table('{name}')")
