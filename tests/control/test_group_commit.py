"""Writers that wait at the same time share one commit, and nothing else."""

import asyncio
from typing import NoReturn

import pytest
from sqlalchemy import text

from waypost.control.model.faults import Unavailable
from waypost.control.store import replication, salts, sqlite_driver
from waypost.control.store.database import Database

WRITERS = 8


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often SQLite was asked to commit something, as the length of a list."""
    made: list[int] = []
    commit = sqlite_driver.Connection.commit

    def counted(self: sqlite_driver.Connection) -> None:
        if self.is_in_transaction and self._writes:
            made.append(1)
        commit(self)

    monkeypatch.setattr(sqlite_driver.Connection, "commit", counted)
    return made


async def write(database: Database, day: int, *, fails: bool = False) -> int:
    """Keep one day's salt, or fail after having done so."""
    async with database.write() as tx:
        await salts.ensure(tx, range(day, day + 1))
        tx.records[f"day {day}".encode()] = b"salted"
        if fails:
            raise LookupError(day)
    return day


async def kept(database: Database) -> tuple[int, list[int]]:
    """How many salts there are, and the numbers of the changes for edges."""
    async with database.read() as tx:
        return len(await salts.all_of_them(tx)), [each.ver for each in await replication.waiting(tx, 0, 100)]


async def test_waiting_writers_share_a_commit_and_one_failure_stays_alone(
    database: Database, commits: list[int]
) -> None:
    """A commit waits for the disk; fifty writers must not wait for it fifty times."""
    writers = (write(database, day, fails=day == 3) for day in range(WRITERS))
    done = await asyncio.gather(*writers, return_exceptions=True)
    assert [each for each in done if isinstance(each, int)] == [0, 1, 2, 4, 5, 6, 7]
    assert isinstance(done[3], LookupError)
    assert await kept(database) == (WRITERS - 1, list(range(1, WRITERS)))
    assert len(commits) < WRITERS - 1


async def test_second_change_of_a_thing_in_one_commit_is_numbered_like_any_other(database: Database) -> None:
    """Edges and webhooks hear of each change, however few commits there were."""

    async def change(value: bytes | None) -> None:
        async with database.write() as tx:
            tx.records[b"key"] = value

    await asyncio.gather(*(change(value) for value in (b"a", b"b", b"b", None, b"c")))
    async with database.read() as tx:
        told = [(each.ver, each.value) for each in await replication.waiting(tx, 0, 100)]
        live = [each async for part in replication.live_records(tx) for each in part]
        state = await replication.state(tx)
    assert told == [(1, b"a"), (2, b"b"), (3, None), (4, b"c")]
    assert live == [(b"key", 4, b"c")]
    assert state is not None
    assert (state.ver, state.count) == (4, 1)


async def test_commit_that_fails_is_told_to_everybody_in_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may take for kept what the disk refused."""

    def refuse(self: sqlite_driver.Connection) -> NoReturn:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(sqlite_driver.Connection, "commit", refuse)
        done = await asyncio.gather(*(write(database, day) for day in range(3)), return_exceptions=True)
    assert [type(each) for each in done] == [OSError] * 3
    assert await kept(database) == (0, [])
    assert await write(database, 1) == 1


async def test_transaction_that_ended_by_itself_is_told_to_everybody_in_it(database: Database) -> None:
    """SQLite rolls back on its own when the disk fails it; what comes after must not be written alone."""

    async def lose() -> None:
        async with database.write() as tx:
            await tx.connection.execute(text("rollback"))
            raise LookupError

    done = await asyncio.gather(write(database, 1), lose(), write(database, 2), return_exceptions=True)
    assert [type(each) for each in done] == [Unavailable, Unavailable, int]
    assert await kept(database) == (1, [1])


@pytest.mark.parametrize("patience_s", [0.0, 0.02])
async def test_writer_that_gives_up_holds_nobody_up(database: Database, patience_s: float) -> None:
    """Whether it waits for its turn or has it, the turn goes to the next."""

    async def linger() -> None:
        async with database.write():
            await asyncio.sleep(30)

    first = asyncio.create_task(write(database, 1))
    lingering = [asyncio.create_task(linger()) for _ in range(2)]
    last = asyncio.create_task(write(database, 2))
    await asyncio.sleep(patience_s)
    for task in lingering:
        task.cancel()
    async with asyncio.timeout(20):
        assert list(await asyncio.gather(first, last)) == [1, 2]
    assert await kept(database) == (2, [1, 2])
