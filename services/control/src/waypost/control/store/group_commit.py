"""Group commit: transactions that wait for SQLite's one writer at the same time share one commit.

A commit waits for the disk, and beginning costs nearly as much as writing a link, so whoever waits meanwhile
goes along: one after the other, each in a savepoint of its own, then one commit for all of them. Nobody is
answered before it, those that failed included: what they were refused for may be another's write.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic_ns

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from waypost.control import limits
from waypost.control.model.faults import Unavailable
from waypost.control.store import replication, sqlite_driver
from waypost.control.store.turn import WriterTurn
from waypost.control.store.tx import Tx


class _Group:
    """One transaction of the database, and the parts that ended well in it."""

    def __init__(self, connection: AsyncConnection, driver: sqlite_driver.Connection) -> None:
        loop = asyncio.get_running_loop()
        self.connection = connection
        self.driver = driver
        self.parts: list[Tx] = []
        self.all_done: asyncio.Future[None] = loop.create_future()
        self.committed: asyncio.Future[None] = loop.create_future()
        # Asked for here, because a group may fail that nobody waits for any more.
        self.committed.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._full_ns = monotonic_ns() + limits.GROUP_COMMIT_NS

    @property
    def is_open(self) -> bool:
        """Whether one more may come along."""
        is_full = len(self.parts) >= limits.GROUP_COMMIT_PARTS_MAX or monotonic_ns() >= self._full_ns
        return self.driver.is_in_transaction and not is_full


class GroupCommit:
    """Hands out transactions on the one connection that writes, in the order in which they were asked for."""

    def __init__(
        self,
        turn: WriterTurn,
        writer: AsyncEngine,
        *,
        make: Callable[[AsyncConnection, sqlite_driver.Connection], Tx],
        tell: Callable[[Tx], None],
    ) -> None:
        self._turn = turn
        self._writer = writer
        self._make = make
        self._tell = tell
        self._waiting: deque[asyncio.Future[_Group]] = deque()
        self._running: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def part(self) -> AsyncIterator[Tx]:
        """A transaction of one's own, which is on the disk when the block was left."""
        group = await self._place()
        earlier = len(group.parts)
        try:
            tx = self._make(group.connection, group.driver)
            async with group.driver.savepoint():
                yield tx
            group.parts.append(tx)
        except Exception:
            self._pass_on(group)
            if earlier:
                await asyncio.shield(group.committed)
            raise
        except BaseException:
            self._pass_on(group)
            raise
        self._pass_on(group)
        await asyncio.shield(group.committed)

    async def _place(self) -> _Group:
        place: asyncio.Future[_Group] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            return await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                self._pass_on(place.result())  # it was handed over in the moment in which its owner gave up
            raise

    def _pass_on(self, group: _Group) -> None:
        if not (group.is_open and self._hand_over(group)):
            group.all_done.set_result(None)

    def _hand_over(self, group: _Group) -> bool:
        next_one = self._next()
        if next_one is not None:
            next_one.set_result(group)
        return next_one is not None

    def _next(self) -> asyncio.Future[_Group] | None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                return place
        return None

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._run_group()
        finally:
            self._running = None

    async def _run_group(self) -> None:
        group: _Group | None = None
        try:
            async with self._turn.hold(), self._writer.connect() as connection, connection.begin():
                group = _Group(connection, await sqlite_driver.connection_of(connection))
                if not self._hand_over(group):
                    return
                await group.all_done
                if not group.driver.is_in_transaction:
                    raise Unavailable("The database")
                await replication.flush(group.parts)
        except asyncio.CancelledError:
            self._fail(group, None)
            raise
        except Exception as error:  # noqa: BLE001 - every one of them belongs to those who wait
            self._fail(group, error)
        else:
            group.committed.set_result(None)
            for tx in group.parts:
                self._tell(tx)

    def _fail(self, group: _Group | None, error: Exception | None) -> None:
        concerned = self._next() if group is None else group.committed
        if concerned is not None and error is None:
            concerned.cancel()
        elif concerned is not None and error is not None:
            concerned.set_exception(error)
