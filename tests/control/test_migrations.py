"""Migrations: they lead to exactly the schema the statements expect, and cost nothing when current."""

import importlib
import pkgutil

from sqlalchemy import Connection

from waypost.control import store
from waypost.control.migrations import heads, known, migrate
from waypost.control.store.database import Database
from waypost.control.store.schema import metadata


def differences(connection: Connection) -> list[object]:
    """What Alembic would change to reach the metadata."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    for module in pkgutil.iter_modules(store.__path__):
        importlib.import_module(f"waypost.control.store.{module.name}")
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    return list(compare_metadata(context, metadata))


async def test_migrated_database_equals_the_tables(database: Database) -> None:
    """A column that only one of both knows would fail in production first."""
    async with database.migrating() as connection:
        assert await connection.run_sync(differences) == []


async def test_current_database_is_left_alone(database: Database) -> None:
    """Every start asks; only an upgrade may write."""
    assert await migrate(database) is False
    assert heads() <= set(known())
