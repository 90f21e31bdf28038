"""Run the revisions: one transaction each, under a lock, with time-outs that free the service."""

from alembic import context
from sqlalchemy import Connection, text

LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "600s"
MIGRATION_LOCK = 7305011
"""Key of the advisory lock that lets one process migrate at a time."""


def run(connection: Connection) -> None:
    """Apply the wanted revisions on a connection of the owner's."""
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
    connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
