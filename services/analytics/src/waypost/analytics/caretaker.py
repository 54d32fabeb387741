"""What happens beside counting: days that are over are settled, scans are put in order, old ones are
forgotten, events leave."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor

from waypost.analytics.consumer import RunInStore
from waypost.analytics.limits import (
    ORDER_EVERY_S,
    ORDER_PAUSES_MAX,
    OUTBOX_EVERY_S,
    OUTBOX_ROUND,
    SETTLE_EVERY_S,
    UPKEEP_EVERY_S,
)
from waypost.analytics.store.commit import StoreTrouble
from waypost.analytics.store.scan_store import ScanStore
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import subjects

_log = Log(__name__)


class Caretaker:
    """Four loops, each of which tries again after trouble; the store stays whole whenever they end."""

    def __init__(
        self,
        broker: Broker,
        store: ScanStore,
        run: RunInStore,
        readers: Executor,
        *,
        is_catching_up: Callable[[], bool],
    ) -> None:
        self._broker = broker
        self._is_catching_up = is_catching_up
        self._store = store
        self._run = run
        self._readers = readers

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._settle())
            tasks.create_task(self._order())
            tasks.create_task(self._forget())
            tasks.create_task(self._announce())

    async def _settle(self) -> None:
        """Count days that are over, one at a time and beside the writer."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                days = await self._run(self._store.open_days, _now_ms())
                for day in days:
                    prepared = await loop.run_in_executor(self._readers, self._store.prepare_day, day)
                    done = await self._run(self._store.finish_day, prepared)
                    _log.info("day_settled" if done else "day_not_settled_yet", day=day)
            except StoreTrouble as trouble:
                _log.warning("settling_waits", error=str(trouble))
            await asyncio.sleep(SETTLE_EVERY_S)

    async def _order(self) -> None:
        """Put scans into the order in which they are asked for, with pauses that leave the writer to counting;
        longer ones while many scans wait to be counted."""
        paused = 0
        while True:
            await asyncio.sleep(ORDER_EVERY_S)
            paused += 1
            if self._is_catching_up() and paused < ORDER_PAUSES_MAX:
                continue
            paused = 0
            try:
                await self._run(self._store.order_block)
            except StoreTrouble as trouble:
                _log.warning("ordering_waits", error=str(trouble))

    async def _forget(self) -> None:
        """Delete scans that their workspaces no longer keep."""
        while True:
            try:
                gone = await self._run(self._store.forget_old, _now_ms())
                if gone:
                    _log.info("scans_forgotten", count=gone)
            except StoreTrouble as trouble:
                _log.warning("forgetting_waits", error=str(trouble))
            await asyncio.sleep(UPKEEP_EVERY_S)

    async def _announce(self) -> None:
        """Publish waiting events in order. Their number as message id makes a repeat harmless."""
        while True:
            try:
                waiting = await self._run(self._store.waiting_events)
                for event in waiting:
                    subject = subjects.events(event.kind)
                    await self._broker.publish(subject, event.payload, message_id=f"analytics.{event.number}")
                if waiting:
                    await self._run(self._store.forget_events, waiting[-1].number)
            except (BrokerUnavailable, BrokerRefused, StoreTrouble) as trouble:
                _log.debug("events_wait", error=str(trouble))
                waiting = []
            if len(waiting) < OUTBOX_ROUND:
                await asyncio.sleep(OUTBOX_EVERY_S)


def _now_ms() -> int:
    return int(time.time() * 1000)
