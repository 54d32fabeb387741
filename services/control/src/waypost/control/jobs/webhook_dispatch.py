"""The loop that sends: one transaction keeps what finished and claims what is due, then the calls run."""

import asyncio

from waypost.control.core.webhook_delivery import claim, record
from waypost.control.jobs.webhook_sender import Sender
from waypost.control.model.webhooks.delivery import Job, Result
from waypost.control.model.webhooks.limits import IN_FLIGHT_MAX
from waypost.control.store import webhook_deliveries
from waypost.control.store.database import Database

IDLE_S = 0.5
"""How long the loop looks away when nothing is due; another worker may have made work meanwhile."""
GATHER_S = 0.005
"""Results that arrive within this time share one transaction and one fsync."""


class Dispatcher:
    """Keeps at most IN_FLIGHT_MAX calls under way."""

    def __init__(self, database: Database, sender: Sender) -> None:
        self._database = database
        self._sender = sender
        self._finished: list[Result] = []
        self._under_way = 0
        self.changed = asyncio.Event()
        """Set it when there may be something to send."""

    async def run(self) -> None:
        """Send until cancelled. A call that is cut off by the end is repeated when its lease is over."""
        async with asyncio.TaskGroup() as calls:
            while True:
                self.changed.clear()
                jobs = await self._turn() if self._finished or await self._is_due() else []
                for job in jobs:
                    self._under_way += 1
                    calls.create_task(self._call(job))
                if not jobs:
                    await self._rest()

    async def _turn(self) -> list[Job]:
        results, self._finished = self._finished, []
        async with self._database.write() as tx:
            await record(tx, results)
            return await claim(tx, self._under_way) if self._under_way < IN_FLIGHT_MAX else []

    async def _call(self, job: Job) -> None:
        result = await self._sender.attempt(job)
        self._finished.append(result)
        self._under_way -= 1
        self.changed.set()

    async def _is_due(self) -> bool:
        if self._under_way >= IN_FLIGHT_MAX:
            return False
        async with self._database.read() as tx:
            next_ms = await webhook_deliveries.next_due_ms(tx)
            return next_ms is not None and next_ms <= tx.now_ms

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(IDLE_S):
                await self.changed.wait()
        except TimeoutError:
            return
        await asyncio.sleep(GATHER_S)
