"""Bringing a database to the schema of this version, at start, forward only.

Each file in `versions/` is one numbered step; its number is its revision. A database that is
current is recognised with one query, without loading Alembic.
"""

import logging
import re
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from waypost.control.store.database import Database, DatabaseUnfit

_DIRECTORY = Path(__file__).parent
_FOLLOWS = re.compile(r'^down_revision[^=]*= "(\d{4})"', re.MULTILINE)


def known() -> dict[str, str]:
    """Every revision that this version knows, and the one it follows ("" for the first)."""
    found = {}
    for path in (_DIRECTORY / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"):
        follows = _FOLLOWS.search(path.read_text())
        found[path.name[:4]] = follows[1] if follows else ""
    return found


def heads() -> set[str]:
    """The revisions that none follows: parts of control number their steps apart from each other."""
    revisions = known()
    return set(revisions) - set(revisions.values())


async def migrate(database: Database) -> bool:
    """Apply what is missing; return whether anything was. Raises DatabaseUnfit for a newer database."""
    async with database.read() as tx:
        try:
            found = {
                row["version_num"] for row in await tx.rows(text("select version_num from alembic_version"))
            }
        except DBAPIError:
            found = set()  # a new database has no such table
    if found == heads():
        return False
    if newer := found - set(known()):
        raise DatabaseUnfit(f"the database has revision {max(newer)}, which this version does not know")
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
    command.upgrade(config, "heads")
