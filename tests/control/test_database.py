"""The database layer: unsafe set-ups are refused, writers take turns, readers cannot write."""

import asyncio
import fcntl
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from waypost.control.model.installation import Installation
from waypost.control.store import replication, salts
from waypost.control.store.database import Database, DatabaseUnfit, open_database
from waypost.control.store.turn import WriterTurn


async def test_fifty_writers_and_a_second_process_never_meet_a_locked_database(
    client: httpx.AsyncClient, database: Database, tmp_path: Path
) -> None:
    """API and worker write at the same time all day; nobody is told to try again, no number is lost."""
    other = await open_database("", tmp_path / "control.db", installation=database.installation)

    async def create(number: int) -> int:
        body = {"target_url": f"https://example.com/{number}", "tags": [f"t{number % 7}"]}
        return (await client.post("/v1/links", json=body)).status_code

    async def work() -> None:
        for day in range(40):
            async with other.write() as tx:
                await salts.ensure(tx, range(day, day + 1))

    writers = [asyncio.create_task(create(number)) for number in range(300)]
    await asyncio.gather(work(), *writers)
    assert {task.result() for task in writers} == {201}
    await other.close()
    async with database.read() as tx:
        assert [record.ver for record in await replication.waiting(tx, 0, 1000)] == list(range(1, 301))
        assert len(await salts.all_of_them(tx)) == 40


async def test_every_connection_is_set_as_promised(database: Database) -> None:
    """What is acknowledged must be on disk, and a reader must not be able to write."""
    async with database.writer.connect() as connection:
        found = {
            name: (await connection.execute(text(f"pragma {name}"))).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    async with database.read() as tx:
        with pytest.raises(OperationalError, match="readonly"):
            await tx.connection.execute(text("delete from salts"))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("journal_mode", "delete"),
        ("synchronous", 1),
        ("busy_timeout", 100),
        ("foreign_keys", 0),
        ("query_only", 0),
    ],
)
async def test_start_refuses_a_connection_that_does_not_keep_what_it_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, wrong: object
) -> None:
    """A build or a file system that ignores a setting must stop the start, not lose the last second of writes."""

    class Doctored(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            return super().cursor(DoctoredCursor)

    class DoctoredCursor(sqlite3.Cursor):
        def execute(self, sql: str, *parameters: Any) -> Any:
            told = repr(wrong) if sql == f"pragma {name}" else ""
            return super().execute(f"select {told}" if told else sql, *parameters)

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **more: connect(*args, **more, factory=Doctored))

    async def start() -> None:
        opened = await open_database("", tmp_path / "control.db", installation=Installation())
        try:
            async with opened.read():
                pass
        finally:
            await opened.close()

    with pytest.raises(DatabaseUnfit, match=name):
        await start()


async def test_writing_begins_immediately(database: Database) -> None:
    """A deferred transaction that reads first and then writes would fail under load."""
    async with database.write(), database.reader.connect() as reader:
        file = (await reader.execute(text("pragma database_list"))).mappings().one()["file"]
        beside = sqlite3.connect(str(file), timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            beside.execute("begin immediate")
        beside.close()


async def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """One clear line instead of a trace."""
    (tmp_path / "control.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(DatabaseUnfit):
        await open_database("", tmp_path / "control.db", installation=Installation())


async def test_turn_that_was_cancelled_while_waiting_is_given_back(tmp_path: Path) -> None:
    """A request that is cancelled must not stop all writing for ever."""
    first, second = WriterTurn(tmp_path / "turn"), WriterTurn(tmp_path / "turn")

    async def wait_for_turn() -> None:
        async with second.hold():
            raise AssertionError("the turn was taken")

    async with first.hold():
        waiting = asyncio.create_task(wait_for_turn())
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    async with asyncio.timeout(5), first.hold():
        assert waiting.cancelled()
    first.close()
    second.close()


async def test_turn_is_not_kept_from_whoever_waits(tmp_path: Path) -> None:
    """An API that writes without a pause must let the worker write, or webhooks stand still."""
    busy, patient = WriterTurn(tmp_path / "turn"), WriterTurn(tmp_path / "turn")
    turns = 0

    async def wait_for_turn() -> int:
        async with patient.hold():
            return turns

    async with busy.hold():
        waiting = asyncio.create_task(wait_for_turn())
        while _took(tmp_path / "turn-door"):
            await asyncio.sleep(0)
    async with asyncio.timeout(20):
        while not waiting.done():
            async with busy.hold():
                turns += 1
    assert waiting.result() <= 1
    busy.close()
    patient.close()


def _took(path: Path) -> bool:
    """Whether nobody stands at the door."""
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
