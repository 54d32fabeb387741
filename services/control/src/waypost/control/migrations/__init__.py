"""Bringing a database to the schema of this version, at start, forward only.

Each file in `versions/` is one numbered step; its number is its revision. A database that is
current is recognised with one query, without loading Alembic.
"""

import logging
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from waypost.control.store.database import Database, DatabaseUnfit

_DIRECTORY = Path(__file__).parent


def head() -> str:
    """The newest revision that this version knows."""
    return max(path.name for path in (_DIRECTORY / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))[:4]


async def migrate(database: Database) -> bool:
    """Apply what is missing; return whether anything was. Raises DatabaseUnfit for a newer database."""
    async with database.reader.connect() as connection:
        try:
            found = (await connection.execute(text("select version_num from alembic_version"))).scalar()
        except DBAPIError:
            found = None  # a new database has no such table
    if found == head():
        return False
    if found is not None and found > head():
        raise DatabaseUnfit(f"the database has revision {found}, newer than {head()}; use a newer Waypost")
    async with database.migrating() as connection:
        await connection.run_sync(_upgrade)
    return True


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(_DIRECTORY))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
