"""Where events come from: the table that control writes, and the stream that analytics writes."""

import asyncio

from waypost.control.core.webhook_fanout import (
    EVENTS_CURSOR,
    STREAM_CURSOR,
    Shapes,
    fan_out_events,
    fan_out_stream,
    send_waiting_scans,
)
from waypost.control.model.webhooks import limits
from waypost.control.model.webhooks.names import SCANNED, THRESHOLD
from waypost.control.store import cursors, events, webhook_scans
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.runtime.stream_reader import Message, StreamReader
from waypost.wire import codec, subjects
from waypost.wire.event import CountedScanV1, ThresholdV1

LOOK_EVERY_S = 0.25
GATHER_S = 0.1
"""Changes that follow each other within this time are handed on in one transaction: each costs a commit, and those
who edit wait for it."""
_RETRY_S = 1.0
_FETCH_S = 1.0
_log = Log(__name__)


class TableSource:
    """Follows the events table, and sends scans that waited for company."""

    def __init__(self, database: Database, shapes: Shapes, wake: asyncio.Event, made: asyncio.Event) -> None:
        self._database = database
        self._shapes = shapes
        self._wake = wake
        self._made = made

    async def run(self) -> None:
        """Fan out until cancelled; looks when woken and every quarter of a second."""
        while True:
            self._wake.clear()
            if await self._is_behind():
                async with self._database.write() as tx:
                    told = await fan_out_events(tx, self._shapes)
                    batches = await send_waiting_scans(tx, self._shapes)
                self._made.set()
                if told < limits.EVENTS_PER_TURN_MAX and batches < limits.BATCHES_PER_TURN_MAX:
                    await asyncio.sleep(GATHER_S)
                continue
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _is_behind(self) -> bool:
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, EVENTS_CURSOR)
            if await events.last_seq(tx) > (cursor.seq if cursor else 0):
                return True
            full_at, since_ms = limits.SCANS_PER_BATCH_MAX, tx.now_ms - limits.BATCH_WINDOW_MS
            return bool(await webhook_scans.due(tx, full_at=full_at, waiting_since_ms=since_ms, limit=1))


class StreamSource:
    """Follows the EVENTS stream from a cursor in our own database."""

    def __init__(self, database: Database, broker: Broker, shapes: Shapes, made: asyncio.Event) -> None:
        self._database = database
        self._broker = broker
        self._shapes = shapes
        self._made = made

    async def run(self) -> None:
        """Fan out until cancelled; while the broker or the stream is away, waits and begins anew."""
        waiting = ""
        while True:
            try:
                await self._follow()
            except (BrokerUnavailable, BrokerRefused) as trouble:
                if str(trouble) != waiting:
                    waiting = str(trouble)
                    _log.warning("webhook_events_wait", error=waiting)
                await asyncio.sleep(_RETRY_S)

    async def _follow(self) -> None:
        """Read the stream that exists now; returns when it was made anew."""
        created = (await self._broker.stream_state(subjects.EVENTS_STREAM)).created
        async with self._database.read() as tx:
            cursor = await cursors.get(tx, STREAM_CURSOR)
        after_seq = cursor.seq if cursor and cursor.source == created else 0
        reader = StreamReader(self._broker, subjects.EVENTS_STREAM, after_seq)
        while True:
            messages = await reader.fetch(timeout_s=_FETCH_S)
            if messages:
                await self._take(created, messages)
            elif (await self._broker.stream_state(subjects.EVENTS_STREAM)).created != created:
                return

    async def _take(self, created: str, messages: list[Message]) -> None:
        scans: list[tuple[int, CountedScanV1]] = []
        thresholds: list[tuple[int, ThresholdV1]] = []
        for message in messages:
            try:
                if message.subject == subjects.events(SCANNED):
                    scans += [(message.seq, scan) for scan in codec.decode_scanned(message.data).scans]
                elif message.subject == subjects.events(THRESHOLD):
                    thresholds.append((message.seq, codec.decode_threshold(message.data)))
            except codec.DECODE_ERRORS as error:
                _log.error("webhook_event_unreadable", cause=error, seq=message.seq, subject=message.subject)
        async with self._database.write() as tx:
            await fan_out_stream(
                tx,
                self._shapes,
                source=created,
                up_to_seq=messages[-1].seq,
                scans=scans,
                thresholds=thresholds,
            )
        self._made.set()
