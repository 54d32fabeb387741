"""Running totals from analytics into the database, each message exactly once, gaps asked for again."""

import asyncio

from waypost.control.core.link_publish import publish_counts
from waypost.control.core.workspace_record import apply_totals
from waypost.control.store import cursors
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.runtime.stream_reader import Message, StreamReader
from waypost.wire import codec, subjects
from waypost.wire.ids import to_text

_CURSOR = "totals"
_RETRY_S = 1.0
_log = Log(__name__)


class Totals:
    """Reads TOTALS behind the stored cursor."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker

    async def run(self) -> None:
        """Apply for ever, over every absence of the stream."""
        while True:
            try:
                await self._follow()
            except (BrokerUnavailable, BrokerRefused) as error:
                _log.debug("totals_wait", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        stream = await self._broker.stream_state(subjects.TOTALS_STREAM)
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, _CURSOR)
        seq = cursor.seq if cursor and cursor.source == stream.created else 0
        if stream.last_seq < seq:
            seq = 0
        if cursor is None or seq == 0 or stream.first_seq > seq + 1:
            await self._ask_for_all()
        reader = StreamReader(self._broker, subjects.TOTALS_STREAM, seq)
        generation = self._broker.generation
        while generation == self._broker.generation:
            for message in await reader.fetch(timeout_s=5.0):
                if message.seq > seq + 1:
                    await self._ask_for_all()
                await self._apply(message, stream.created)
                seq = message.seq

    async def _apply(self, message: Message, source: str) -> None:
        decoded = codec.decode_totals(message.data)
        async with self._database.write() as tx:
            await apply_totals(tx, decoded)
            await cursors.put(tx, _CURSOR, message.seq, source)
            await publish_counts(tx, [to_text(each.link_id) for each in decoded.totals])

    async def _ask_for_all(self) -> None:
        """What was missed is absolute, so asking for all of it again repairs every gap."""
        try:
            await self._broker.broadcast(subjects.ANALYTICS_REPUBLISH, b"")
        except BrokerUnavailable as error:
            _log.warning("republish_not_asked", error=str(error))
