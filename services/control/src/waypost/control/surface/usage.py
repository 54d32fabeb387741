"""What was used since the last flush: API calls per workspace and month, and keys. Flushed in one write."""

import asyncio
from collections import Counter

from waypost.control.core.quotas import count_calls, month_of
from waypost.control.model.access import Actor
from waypost.control.model.faults import QuotaReached
from waypost.control.store import keys, usage
from waypost.control.store.database import Database

FLUSH_S = 5.0


class UsageBook:
    """Counts in memory, so that a request that only reads writes nothing.

    A killed process forgets at most the last FLUSH_S seconds of calls; limits are meant for months.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._calls: Counter[tuple[str, int]] = Counter()
        self._known: dict[tuple[str, int], int] = {}
        self._used: dict[str, int] = {}

    async def count(self, actor: Actor, now_ms: int) -> None:
        """Count one call of a key. Raises QuotaReached when the plan's month is used up."""
        limit = self._database.installation.plan(actor.plan).api_calls_month
        if limit and await self.calls(actor, now_ms) >= limit:
            raise QuotaReached("API calls a month", limit)
        self.note(actor, now_ms)

    async def calls(self, actor: Actor, now_ms: int) -> int:
        """Calls of the actor's workspace in this month so far."""
        place = (actor.workspace_id, month_of(now_ms))
        if place not in self._known:
            async with self._database.read() as tx:
                self._known[place] = await usage.calls_in(tx, *place)
        return self._known[place] + self._calls[place]

    def note(self, actor: Actor, now_ms: int) -> None:
        """Count one call that was allowed elsewhere."""
        self._calls[actor.workspace_id, month_of(now_ms)] += 1
        self._used[actor.id] = now_ms

    async def run(self) -> None:
        """Flush for ever."""
        while True:
            await asyncio.sleep(FLUSH_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what was counted."""
        calls, used = Counter(self._calls), dict(self._used)
        if not calls:
            return
        async with self._database.write() as tx:
            await count_calls(tx, calls)
            await keys.touch(tx, used)
        # Only now, and in one step: nobody sees a month that runs backwards while this is written.
        self._calls -= calls
        self._used = {key: at_ms for key, at_ms in self._used.items() if used.get(key) != at_ms}
        self._known.clear()
