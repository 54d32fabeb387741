"""Keeps the link store up to date: follows the links stream, listens to heartbeats, resyncs on any doubt.

The store never goes back: a batch must follow on from what is applied, a snapshot must not be older,
and another epoch is only believed from a heartbeat that is newer by its clock.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple, Unpack

import lmdb
import msgspec

from waypost.redirect.applier import Health, Step, compare, judge
from waypost.redirect.limits import (
    READER_CHECK_INTERVAL_S,
    RESYNC_INTERVAL_MIN_S,
    RESYNC_RETRY_S,
    SCRUB_RECORDS_PER_STEP,
    STALLED_AFTER_S,
    STORE_GROWN_LOOK_INTERVAL_S,
    STREAM_CHECK_INTERVAL_S,
)
from waypost.redirect.replica_writer import ReplicaWriter, StoreFull
from waypost.redirect.snapshot_fetch import SnapshotUnfit, fetch_snapshot
from waypost.redirect.store_format import Applied, ValueDamaged
from waypost.runtime.broker import Broker, BrokerRefused, BrokerUnavailable
from waypost.runtime.logs import Log
from waypost.runtime.stream_reader import Message, StreamReader
from waypost.wire import subjects
from waypost.wire.codec import DECODE_ERRORS, decode_heartbeat, decode_record_batch
from waypost.wire.record import HeartbeatV1, RecordV1
from waypost.wire.snapshot import SnapshotDamaged

_log = Log(__name__)
_FETCH_TIMEOUT_S = 0.5
T = TypeVar("T")
Args = TypeVarTuple("Args")


class _Resync(Exception):
    """The store cannot be brought up to date record by record; the argument says why."""


class Follower:
    """One per edge host. `run` follows for ever; the rest only reads what it knows."""

    def __init__(self, broker: Broker, writer: ReplicaWriter) -> None:
        self._broker = broker
        self._writer = writer
        self._thread = ThreadPoolExecutor(1, "link-store")
        self._heartbeat: HeartbeatV1 | None = None
        self._heard_s = 0.0
        self._checked_stream_s = 0.0
        self._checked_readers_s = 0.0
        self._behind_since_s = 0.0
        self._behind_ver = 0
        self._scrub_after = b""
        self._resynced_s = -RESYNC_INTERVAL_MIN_S
        self.resyncs = 0
        self.trouble = ""
        """Why the store is being replaced at the moment; empty when it need not be."""
        self.ready = asyncio.Event()
        """Set once there is a store to serve from."""
        self.damage_reported = asyncio.Event()
        """Set by whoever saw a damaged value; the follower answers with a resync."""
        if writer.applied is not None:
            self.ready.set()

    @property
    def applied(self) -> Applied | None:
        """Where the store stands."""
        return self._writer.applied

    def heartbeat_age_s(self) -> float | None:
        """How long ago control was heard; None when it was not yet."""
        return time.monotonic() - self._heard_s if self._heartbeat is not None else None

    def behind(self) -> int | None:
        """How many changes this edge lacks by the last heartbeat; None when that is not known."""
        applied, heartbeat = self.applied, self._heartbeat
        if applied is None or heartbeat is None or heartbeat.epoch != applied.epoch:
            return None
        return max(heartbeat.ver - applied.ver, 0)

    def hear(self, heartbeat: HeartbeatV1) -> None:
        """Take a heartbeat; one that is older than the last is ignored."""
        if self._heartbeat is None or heartbeat.at_ms > self._heartbeat.at_ms:
            self._heartbeat = heartbeat
            self._heard_s = time.monotonic()

    async def listen(self, payload: bytes) -> None:
        """Take a heartbeat as it comes from the bus. Raises msgspec.DecodeError for what is none."""
        self.hear(decode_heartbeat(payload))

    async def run(self) -> None:
        """Follow for ever. Cancel to stop."""
        try:
            while True:
                generation = self._broker.generation
                try:
                    await self._follow()
                except _Resync as reason:
                    self.trouble = str(reason)
                    await self._resync(self.trouble)
                    self.trouble = ""
                except (BrokerUnavailable, BrokerRefused) as away:
                    _log.warning("links_wait", why=str(away))
                    await self._broker.wait_for_connection_after(generation, timeout_s=RESYNC_RETRY_S)
        finally:
            self._thread.shutdown(wait=True)

    async def _follow(self) -> None:
        if self._writer.applied is None:
            raise _Resync("there is no store yet")
        await self._check_stream()
        reader = StreamReader(self._broker, subjects.LINKS_STREAM, self._writer.applied.stream_seq)
        generation = self._broker.generation
        while True:
            messages = await reader.fetch(timeout_s=_FETCH_TIMEOUT_S)
            if messages:
                await self._apply(messages)
            if generation != self._broker.generation:
                generation = self._broker.generation
                self._checked_stream_s = 0.0
            await self._check()

    async def _apply(self, messages: list[Message]) -> None:
        """Apply what several messages bring, in one transaction."""
        applied = self._writer.applied
        if applied is None:
            raise _Resync("there is no store yet")
        records: list[RecordV1] = []
        ahead = applied
        for message in messages:
            try:
                batch = decode_record_batch(message.data)
            except DECODE_ERRORS as error:
                raise _Resync(f"unreadable message {message.seq} in the links stream") from error
            step, fresh = judge(ahead, batch)
            if step is Step.GAP:
                raise _Resync(f"changes are missing before message {message.seq}")
            # Another epoch's records mean nothing here until a heartbeat announces it.
            if fresh:
                records += fresh
                ahead = msgspec.structs.replace(ahead, ver=fresh[-1].ver)
        await self._in_thread(self._write, records, messages[-1].seq, applied.stream_created)

    def _write(self, records: list[RecordV1], stream_seq: int, stream_created: str) -> None:
        try:
            self._writer.apply(records, stream_seq, stream_created)
        except (StoreFull, ValueDamaged, lmdb.Error) as error:
            raise _Resync(f"the store cannot take records: {error!r}") from error

    async def _check(self) -> None:
        """Everything that can show that following is not enough. Raises _Resync."""
        now_s = time.monotonic()
        if self.damage_reported.is_set():
            raise _Resync("a worker met a damaged value")
        self._check_heartbeat(now_s)
        if now_s - self._checked_stream_s >= STREAM_CHECK_INTERVAL_S:
            await self._check_stream()
        await self._keep_small(now_s)
        # A slice at a time, so that damage nobody has asked for is found too and no edit waits for it.
        self._scrub_after, damaged = await self._in_thread(
            self._writer.scrub, self._scrub_after, SCRUB_RECORDS_PER_STEP
        )
        if damaged:
            raise _Resync(f"damaged value under key {damaged!r}")

    async def _keep_small(self, now_s: float) -> None:
        """Let go of what dead readers held, and of a file that grew meanwhile."""
        since_s = now_s - self._checked_readers_s
        if since_s < STORE_GROWN_LOOK_INTERVAL_S:
            return
        is_grown = await self._in_thread(self._writer.is_grown)
        if is_grown or since_s >= READER_CHECK_INTERVAL_S:
            self._checked_readers_s = now_s
            await self._in_thread(self._writer.check_readers)
        if is_grown:
            await self._in_thread(self._writer.compact_if_grown)

    def _check_heartbeat(self, now_s: float) -> None:
        applied, heartbeat = self._writer.applied, self._heartbeat
        if applied is None or heartbeat is None:
            return
        health = compare(applied, heartbeat)
        if health is Health.OTHER_EPOCH:
            raise _Resync(f"control announced epoch {heartbeat.epoch}")
        if health is Health.DIFFERENT:
            raise _Resync(f"the records differ from control's at version {applied.ver}")
        if health is not Health.BEHIND:
            self._behind_since_s = 0.0
        elif not self._behind_since_s:
            self._behind_since_s = now_s
            self._behind_ver = applied.ver
        elif applied.ver != self._behind_ver:
            self._behind_since_s, self._behind_ver = now_s, applied.ver
        elif now_s - self._behind_since_s > STALLED_AFTER_S:
            raise _Resync(f"stuck at version {applied.ver}, control is at {heartbeat.ver}")

    async def _check_stream(self) -> None:
        """Compare the stream with what was read: made again, restored from a copy, or cut off before us."""
        applied = self._writer.applied
        state = await self._broker.stream_state(subjects.LINKS_STREAM)
        self._checked_stream_s = time.monotonic()
        if applied is None:
            return
        if applied.stream_created not in {"", state.created}:
            raise _Resync("the links stream was made again")
        if state.last_seq < applied.stream_seq:
            raise _Resync(f"the links stream ends at {state.last_seq}, {applied.stream_seq} was read")
        if state.first_seq > applied.stream_seq + 1:
            raise _Resync(f"the links stream begins at {state.first_seq}, {applied.stream_seq} was read")

    async def _resync(self, reason: str) -> None:
        """Replace the store by a snapshot, trying until one fits; the old store serves meanwhile."""
        (_log.error if self._writer.applied is not None else _log.info)("resync", why=reason)
        await asyncio.sleep(self._resynced_s + RESYNC_INTERVAL_MIN_S - time.monotonic())
        while True:
            try:
                state = await self._broker.stream_state(subjects.LINKS_STREAM)
                epoch = self._heartbeat.epoch if self._heartbeat is not None else ""
                if not epoch and self._writer.applied is not None:
                    epoch = self._writer.applied.epoch
                await fetch_snapshot(self._broker, self._writer, self._thread, epoch=epoch, stream=state)
                break
            except (BrokerUnavailable, BrokerRefused, SnapshotDamaged, SnapshotUnfit, StoreFull) as error:
                _log.warning("resync_waits", why=str(error))
                await asyncio.sleep(RESYNC_RETRY_S)
        self.resyncs += 1
        self._resynced_s = time.monotonic()
        self.damage_reported.clear()
        self._behind_since_s = 0.0
        self.ready.set()

    async def _in_thread(self, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
