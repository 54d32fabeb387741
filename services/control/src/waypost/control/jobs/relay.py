"""From the outbox to the LINKS stream: in order, one message in flight, each change exactly once.

Where the relay stands is not stored here but read from the stream, which cannot disagree with itself.
When the stream holds more than the database ever numbered, the database was restored from an older
copy: it gets a new epoch, and every edge takes a snapshot.
"""

import asyncio

import msgspec
from msgspec import Struct

from waypost.control import limits
from waypost.control.core.bootstrap import new_epoch
from waypost.control.store import replication
from waypost.control.store.database import Database
from waypost.runtime.broker import (
    Broker,
    BrokerRefused,
    BrokerUnavailable,
    StreamConfig,
    StreamFull,
    WrongLastSequence,
)
from waypost.runtime.logs import Log
from waypost.wire import codec, subjects
from waypost.wire.limits import MESSAGE_BYTES_MAX, RECORD_BATCH_BYTES_MAX, RECORDS_PER_BATCH_MAX
from waypost.wire.record import RecordBatchV1, RecordV1

LINKS_CONFIG = StreamConfig(
    subjects.LINKS_STREAM,
    (subjects.LINKS_SUBJECTS,),
    max_age_s=30 * 24 * 3600,
    max_bytes=512 * 1024 * 1024,
    max_message_bytes=MESSAGE_BYTES_MAX,
    # An edge that is further behind than the stream takes a snapshot, so old changes may go.
    discard_new=False,
)
EVENTS_CONFIG = StreamConfig(
    subjects.EVENTS_STREAM,
    (subjects.EVENTS_SUBJECTS,),
    max_age_s=7 * 24 * 3600,
    max_bytes=256 * 1024 * 1024,
    max_message_bytes=MESSAGE_BYTES_MAX,
    discard_new=False,
)
_RECORD_OVERHEAD_BYTES = 16
_BATCH_HEAD_BYTES = 128
_POLL_S = 1.0
_RETRY_S = 0.2
_log = Log(__name__)


class Position(Struct, frozen=True):
    """The last change that the stream holds, and where."""

    epoch: str = ""
    ver: int = 0
    seq: int = 0


class Relay:
    """Publishes what waits whenever it is woken, and looks once a second."""

    def __init__(self, database: Database, broker: Broker) -> None:
        self._database = database
        self._broker = broker
        self._wake = asyncio.Event()
        self.position = Position()

    def wake(self) -> None:
        """Something was committed."""
        self._wake.set()

    async def run(self) -> None:
        """Relay for ever. Cancel to stop; nothing is lost, since the stream knows where it was."""
        while True:
            try:
                self.position = await self._find_position()
                _log.info("relay_ready", epoch=self.position.epoch, ver=self.position.ver)
                await self._relay()
            except (BrokerUnavailable, BrokerRefused) as error:
                # WrongLastSequence comes here too: our earlier attempt arrived after all, or another
                # worker writes; either way the stream says where to go on.
                level = _log.error if isinstance(error, (StreamFull, WrongLastSequence)) else _log.warning
                level("relay_waits", error=str(error))
                await asyncio.sleep(_RETRY_S)

    async def _relay(self) -> None:
        while True:
            self._wake.clear()
            while await self._publish_next():
                pass
            try:
                # Not `wait_for`: Python 3.11's keeps a cancellation to itself that comes with the waking.
                async with asyncio.timeout(_POLL_S):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _find_position(self) -> Position:
        """Ask the stream what it holds of our epoch; begin a new epoch when it knows more than we do."""
        await self._broker.ensure_stream(LINKS_CONFIG)
        await self._broker.ensure_stream(EVENTS_CONFIG)
        async with self._database.read() as tx:
            state = await replication.state(tx)
            oldest = await replication.oldest_waiting(tx)
        if state is None:
            raise RuntimeError("the database was not initialised")
        last = await self._broker.last_message(subjects.LINKS_STREAM, subjects.links(state.epoch))
        if last is None:
            return Position(state.epoch, oldest - 1 if oldest else state.ver, 0)
        ver = codec.decode_record_batch(last.data).records[-1].ver
        if ver > state.ver:
            async with self._database.write() as tx:
                epoch = new_epoch(tx)
                await replication.begin_epoch(tx, epoch)
            _log.warning("epoch_begun", epoch=epoch, reason="database older than the stream")
            return Position(epoch, state.ver, 0)
        return Position(state.epoch, ver, last.seq)

    async def _publish_next(self) -> bool:
        """Publish one batch; False when nothing waits."""
        async with self._database.read() as tx:
            state = await replication.state(tx)
            waiting = await replication.waiting(tx, self.position.ver, RECORDS_PER_BATCH_MAX)
        if state is not None and state.epoch != self.position.epoch:
            self.position = await self._find_position()
            return True
        if not waiting:
            return False
        batch = cut(waiting)
        message_id = f"L.{self.position.epoch}.{batch[0].ver}-{batch[-1].ver}"
        ack = await self._broker.publish(
            subjects.links(self.position.epoch),
            codec.encode(RecordBatchV1(self.position.epoch, batch)),
            message_id=message_id,
            expected_last_subject_sequence=self.position.seq,
        )
        self.position = msgspec.structs.replace(self.position, ver=batch[-1].ver, seq=ack.seq)
        return True

    async def clear_up(self) -> None:
        """Remove changes that the stream has had for a day."""
        async with self._database.write() as tx:
            before_ms = tx.now_ms - limits.OUTBOX_KEPT_MS
            await replication.forget_sent(tx, self.position.ver, before_ms, limits.CLEAR_UP_ROWS_MAX)


def cut(waiting: list[RecordV1]) -> tuple[RecordV1, ...]:
    """The first records that fit one message together; at least one."""
    size, taken = _BATCH_HEAD_BYTES, 0
    for record in waiting[:RECORDS_PER_BATCH_MAX]:
        size += len(record.key) + len(record.value or b"") + _RECORD_OVERHEAD_BYTES
        if taken and size > RECORD_BATCH_BYTES_MAX - _BATCH_HEAD_BYTES:
            break
        taken += 1
    return tuple(waiting[:taken])
