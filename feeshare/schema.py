"""The schema: bringing a database to the newest revision, and asking where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import URL

import migrations


def upgrade(url: URL) -> None:
    """Apply every revision that the database lacks, as its owner."""
    engine = create_engine(url, isolation_level="READ COMMITTED")
    try:
        with engine.connect() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def newest_revision() -> str:
    """Return the newest revision that this version of the software knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def revision(url: URL) -> str | None:
    """Return the revision a database is at; nothing if it has no books yet."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    return config
