"""Salts of days that are over are gone: from the table, from the file, from the file's log."""

from pathlib import Path
from typing import cast

from tests.control.clock import Clock

from waypost.control.jobs.heartbeat import Heartbeat
from waypost.control.store import salts
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker

DAY_S = 86_400


class Silent:
    """A broker to which nobody listens."""

    async def broadcast(self, subject: str, payload: bytes) -> None:
        """Drop it."""


async def kept(database: Database) -> dict[int, bytes]:
    async with database.read() as tx:
        return await salts.all_of_them(tx)


def on_disk(directory: Path) -> dict[str, bytes]:
    """The files of the database."""
    return {path.name: path.read_bytes() for path in directory.glob("control.db*")}


async def test_a_salt_is_destroyed_the_day_after_the_next(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    """R39: at most 48 hours after its day nobody can make its visitor ids again, with the disk in hand either."""
    heartbeat = Heartbeat(database, cast("Broker", Silent()))
    await heartbeat.beat()
    first = await kept(database)
    today = min(first)
    assert sorted(first) == [today, today + 1, today + 2, today + 3]
    clock.advance(seconds=DAY_S)
    await heartbeat.beat()
    assert (await kept(database))[today] == first[today]
    clock.advance(seconds=DAY_S)
    await heartbeat.beat()
    now = await kept(database)
    assert min(now) == today + 1
    files = on_disk(tmp_path)
    assert any(now[today + 1] in data for data in files.values())
    assert [name for name, data in files.items() if first[today] in data] == []
