"""Ships one spool to the scans stream: reads runs, publishes them one at a time, remembers how far.

Blocks nobody: workers only ever touch their own files, so a broker that is away only makes the spool
longer.
"""

import asyncio
import time
from pathlib import Path

import msgspec
from msgspec import Raw

from waypost.redirect.limits import (
    PUBLISH_TIMEOUT_S,
    SHIP_POLL_MAX_S,
    SHIP_POLL_MIN_S,
    SHIP_RETRY_S,
    SPOOL_BYTES_MAX,
)
from waypost.redirect.shipping import Fenced, Remembered, message_id, resume
from waypost.redirect.spool import segments_in
from waypost.redirect.spool_reader import Position, ScanRun, SpoolReader, prune
from waypost.runtime.broker import (
    Broker,
    BrokerRefused,
    BrokerUnavailable,
    StreamFull,
    StreamState,
    WrongLastSequence,
)
from waypost.runtime.logs import Log
from waypost.wire import subjects
from waypost.wire.codec import encode
from waypost.wire.limits import SCAN_BATCH_BYTES_MAX, SCANS_PER_BATCH_MAX
from waypost.wire.scan import ScanBatchV1

_log = Log(__name__)
_REMEMBERED_FILE = "shipped"
_PRUNE_INTERVAL_S = 10.0
_FENCED_RETRY_S = 10.0
_PAYLOAD_OVERHEAD_BYTES = 8 * 1024
"""Node, epoch and array heads of a batch, generously."""


class Shipper:
    """One spool, one node, one message in flight."""

    def __init__(self, broker: Broker, directory: Path, node: str) -> None:
        self._broker = broker
        self._node = node
        self._subject = subjects.scans(node)
        self._reader = SpoolReader(directory)
        self._file = directory / _REMEMBERED_FILE
        self._remembered = _load(self._file)
        self._last_seq = 0
        self._stream_created = ""
        self._pruned_at_s = 0.0
        self.shipped = 0
        """Scans acknowledged since this process started."""
        self.trouble = ""
        """Why nothing goes out at the moment; empty when all is well."""
        self.spool_bytes = 0

    @property
    def position(self) -> Position:
        """The next scan that the broker does not have."""
        return self._remembered.position if self._remembered else Position(0, 0)

    @property
    def bad_frames(self) -> int:
        """Scans that the disk lost before they were shipped."""
        return self._reader.bad_frames

    async def run(self) -> None:
        """Ship for ever, over every trouble of the broker. Cancel to stop."""
        try:
            while True:
                try:
                    await self._resume()
                    await self._ship()
                except WrongLastSequence:
                    continue  # our own earlier attempt arrived, or somebody else writes: look
                except Fenced as fenced:
                    self._tell(str(fenced), grave=True)
                    await asyncio.sleep(_FENCED_RETRY_S)
                except StreamFull as full:
                    self._tell(f"the stream is full: {full}", grave=True)
                    await asyncio.sleep(SHIP_RETRY_S)
                except (BrokerUnavailable, BrokerRefused) as away:
                    self._tell(str(away))
                    await self._wait_for_broker()
        finally:
            self._reader.close()

    async def _resume(self) -> None:
        stream: StreamState = await self._broker.stream_state(subjects.SCANS_STREAM)
        newest = await self._broker.last_message(subjects.SCANS_STREAM, self._subject)
        segments = segments_in(self._reader.directory)
        found = resume(self._node, newest, stream, self._remembered, segments)
        if found.rewound:
            _log.error("scans_shipped_again", node=self._node, offset=found.position.offset)
        self._last_seq, self._stream_created = found.last_seq, stream.created
        # Also so that nothing that must be sent again is pruned meanwhile.
        self._remembered = Remembered(found.position, stream.created, found.last_seq)
        self._reader.seek(found.position)

    async def _ship(self) -> None:
        """Publish runs until something is wrong or the connection is another one."""
        generation = self._broker.generation
        pause_s = SHIP_POLL_MIN_S
        while generation == self._broker.generation:
            self._prune()
            run = self._reader.read(SCANS_PER_BATCH_MAX, SCAN_BATCH_BYTES_MAX - _PAYLOAD_OVERHEAD_BYTES)
            if run is None:
                self._tell_well()
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, SHIP_POLL_MAX_S)
                continue
            await self._publish(run)
            pause_s = SHIP_POLL_MIN_S

    async def _publish(self, run: ScanRun) -> None:
        batch = ScanBatchV1(self._node, run.epoch, run.first, tuple(map(Raw, run.payloads)))
        ack = await self._broker.publish(
            self._subject,
            encode(batch),
            message_id=message_id(self._node, run),
            expected_last_subject_sequence=self._last_seq,
            timeout_s=PUBLISH_TIMEOUT_S,
        )
        if ack.stream != subjects.SCANS_STREAM or ack.seq <= self._last_seq:
            raise BrokerRefused(0, f"unexpected acknowledgement: {ack.stream} {ack.seq}")
        self._last_seq = ack.seq
        self.shipped += len(run.payloads)
        self._remembered = Remembered(run.end, self._stream_created, ack.seq)
        # Not synced: the broker's own newest message is what is believed after a crash.
        self._file.write_bytes(msgspec.msgpack.encode(self._remembered))
        self._tell_well()

    def _prune(self) -> None:
        now_s = time.time()
        if now_s - self._pruned_at_s >= _PRUNE_INTERVAL_S:
            self._pruned_at_s = now_s
            directory = self._reader.directory
            self.spool_bytes = prune(directory, self.position, now_s, bytes_max=SPOOL_BYTES_MAX)

    async def _wait_for_broker(self) -> None:
        """Until the next try: a little while, or the connection's return."""
        generation = self._broker.generation
        for _ in range(int(SHIP_RETRY_S / SHIP_POLL_MAX_S)):
            await asyncio.sleep(SHIP_POLL_MAX_S)
            if generation != self._broker.generation:
                return

    def _tell(self, trouble: str, *, grave: bool = False) -> None:
        if trouble != self.trouble:
            (_log.error if grave else _log.warning)("scans_wait", node=self._node, why=trouble)
        self.trouble = trouble

    def _tell_well(self) -> None:
        """The broker answers, and nothing waits that could not go out."""
        if self.trouble:
            self.trouble = ""
            _log.info("scans_ship_again", node=self._node)


def _load(file: Path) -> Remembered | None:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=Remembered)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
