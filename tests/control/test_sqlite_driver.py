"""SQLite's driver: short queries cost no thread, long ones hold nobody up, and giving up ends the work."""

import asyncio
from typing import NoReturn

import pytest
from sqlalchemy import text

from waypost.control.store import salts, sqlite_driver
from waypost.control.store.database import Database

COUNT = """select count(*) as n from (with recursive numbers(n) as (
    select 1 union all select n + 1 from numbers {end}) select n from numbers)"""
LONG = text(COUNT.format(end="where n < 3000000"))
ENDLESS = text(COUNT.format(end=""))


async def test_short_query_wakes_no_thread(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up takes microseconds; being woken by another thread takes many times as long."""
    async with database.read() as tx:
        await tx.rows(text("select 1"))  # opening a connection may use its thread

    def used(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a thread was asked")

    monkeypatch.setattr(sqlite_driver.Connection, "_on_thread", used)
    monkeypatch.setattr(sqlite_driver, "SHORT_NS", 60 * 10**9)  # on a busy machine nothing is short
    async with database.read() as tx:
        assert await tx.number(text("select count(*) from workspaces")) == 1


async def test_long_query_holds_nobody_up(database: Database) -> None:
    """One search over everything must not stop all other requests while it runs."""
    counting = asyncio.create_task(_count(database))
    turns = 0
    while not counting.done():
        await asyncio.sleep(0.005)
        turns += 1
    assert counting.result() == 3_000_000
    assert turns > 3


async def test_long_query_keeps_what_its_transaction_wrote(database: Database) -> None:
    """The first try is interrupted, and nothing but the query may be undone by that."""
    async with database.write() as tx:
        await salts.ensure(tx, range(7, 8))
        assert await tx.number(LONG) == 3_000_000
    async with database.read() as tx:
        assert len(await salts.all_of_them(tx)) == 1


@pytest.mark.parametrize("writing", [False, True])
async def test_cancelled_query_stops_and_gives_its_connection_back(database: Database, writing: bool) -> None:
    """Nobody waits for the answer any more, and the only writing connection must not be lost with it."""
    begun = asyncio.Event()

    async def ask() -> None:
        async with database.write() if writing else database.read() as tx:
            begun.set()
            await tx.number(ENDLESS)

    asking = asyncio.create_task(ask())
    await begun.wait()
    await asyncio.sleep(0.05)
    asking.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await asking
        for _ in range(20):
            async with database.read() as tx:
                await tx.number(text("select count(*) from workspaces"))
        async with database.write() as tx:
            await salts.ensure(tx, range(1, 2))


async def _count(database: Database) -> int:
    async with database.read() as tx:
        return await tx.number(LONG)
