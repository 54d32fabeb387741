"""Once a second, tell every edge where an up-to-date one stands, and the salts of these days."""

import asyncio

from waypost.control import limits
from waypost.control.store import replication, salts
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.record import HeartbeatV1

EVERY_S = 1.0
DAY_MS = 24 * 3600 * 1000
_log = Log(__name__)


class Heartbeat:
    """Keeps the salts of the days and sends the beat."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._salted_day = -1

    async def run(self) -> None:
        """Beat for ever."""
        while True:
            await self.beat()
            await asyncio.sleep(EVERY_S)

    async def beat(self) -> None:
        """Send one heartbeat; one that cannot be sent is not missed, the next says more."""
        day = self._database.clock() // DAY_MS
        if day != self._salted_day:
            await self._turn_day(day)
            self._salted_day = day
        async with self._database.read() as tx:
            state = await replication.state(tx)
            known = await salts.all_of_them(tx)
            now_ms = tx.now_ms
        if state is None:
            return
        message = HeartbeatV1(state.epoch, state.ver, state.count, state.set_hash, now_ms, known)
        try:
            await self._broker.broadcast(subjects.HEARTBEAT, codec.encode(message))
        except BrokerUnavailable:
            _log.debug("heartbeat_not_sent")

    async def _turn_day(self, day: int) -> None:
        async with self._database.write() as tx:
            await salts.ensure(tx, range(day, day + limits.SALT_DAYS_AHEAD + 1))
            destroyed = await salts.destroy_before(tx, day - limits.SALT_DAYS_KEPT)
        if destroyed:
            # The log of the database still has the old pages until it is folded in and emptied.
            await self._database.checkpoint()
            _log.info("salts_destroyed", days=destroyed)
