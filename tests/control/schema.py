"""Databases with the schema of this version: the steps to it are taken once, the outcome is copied."""

import asyncio
import tempfile
from pathlib import Path

from waypost.control.migrations import migrate
from waypost.control.model.installation import Installation
from waypost.control.store.database import open_database

_made: list[bytes] = []


async def put_current_schema(file: Path) -> None:
    """Write an SQLite file that is migrated, and otherwise empty."""
    if not _made:
        with tempfile.TemporaryDirectory() as directory:
            template = Path(directory) / "control.db"
            await make_current("", template)
            _made.append(template.read_bytes())
    await asyncio.to_thread(file.write_bytes, _made[0])


async def make_current(url: str, file: Path) -> None:
    """Migrate the database of a URL, or when that is empty, an SQLite file."""
    database = await open_database(url, file, installation=Installation())
    await migrate(database)
    await database.close()
