"""The relay ends when it is told to."""

import asyncio

from waypost.control.jobs.relay import Relay
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker


class Idle(Relay):
    """A relay for which nothing waits."""

    async def _publish_next(self) -> bool:
        return False


async def test_a_relay_that_is_stopped_as_it_is_woken_stops(database: Database, broker: Broker) -> None:
    """Some ways to wait with a deadline keep a cancellation to themselves that comes just then."""
    for turns_between in range(5):
        relay = Idle(database, broker)
        running = asyncio.create_task(relay._relay())
        for _ in range(10):
            await asyncio.sleep(0)
        relay.wake()
        for _ in range(turns_between):
            await asyncio.sleep(0)
        running.cancel()
        ended, _ = await asyncio.wait({running}, timeout=5)
        running.cancel()
        assert ended, turns_between
