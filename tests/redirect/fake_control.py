"""Control as the edge sees it: a links stream, heartbeats and snapshots, over a real broker."""

import asyncio
import os
import time
from collections.abc import Mapping

import msgspec

from waypost.runtime.broker import Broker, StreamConfig
from waypost.wire import snapshot, subjects
from waypost.wire.codec import encode
from waypost.wire.ids import DEFAULT_DOMAIN_ID
from waypost.wire.limits import SNAPSHOT_CHUNK_BYTES
from waypost.wire.link import LinkOptionsV1, LinkState, LinkV1
from waypost.wire.record import HeartbeatV1, RecordBatchV1, RecordV1, record_hash, set_hash_bytes
from waypost.wire.slug import link_key

LINKS = StreamConfig(subjects.LINKS_STREAM, (subjects.LINKS_SUBJECTS,), 3600, 100_000_000, 262_144)
SCANS = StreamConfig(subjects.SCANS_STREAM, (subjects.SCANS_SUBJECTS,), 3600, 500_000_000, 262_144)
WORKSPACE = b"w" * 16


def link_id(slug: str) -> bytes:
    """An id that can be told from the slug."""
    return slug.encode().rjust(16, b"\x00")[:16]


def link_value(
    slug: str,
    target: str,
    *,
    state: LinkState = LinkState.ACTIVE,
    status: int = 302,
    starts_ms: int = 0,
    expires_ms: int = 0,
    options: LinkOptionsV1 | None = None,
) -> bytes:
    """An encoded link."""
    record = LinkV1(link_id(slug), WORKSPACE, state, target.encode(), status, starts_ms, expires_ms, options)
    return encode(record)


def key_of(slug: str, domain: bytes = DEFAULT_DOMAIN_ID) -> bytes:
    """The key of a link."""
    return link_key(domain, slug)


class FakeControl:
    """Holds the live records of one epoch and publishes every change of them."""

    def __init__(self, broker: Broker, epoch: str = "e1") -> None:
        self.broker = broker
        self.epoch = epoch
        self.ver = 0
        self.live: dict[bytes, tuple[int, bytes]] = {}
        self.stream_seq = 0
        self.may_open = asyncio.Event()
        """While it is not set, whoever asks for a snapshot waits."""
        self.may_open.set()
        self.opened = 0
        self.salts: dict[int, bytes] = {}
        self._file = b""
        self._beating: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the streams, answer for snapshots, begin to beat."""
        await self.broker.ensure_stream(LINKS)
        await self.broker.ensure_stream(SCANS)
        await self.broker.serve(subjects.SNAPSHOT_OPEN, self._open)
        await self.broker.serve(subjects.SNAPSHOT_READ, self._read)
        self._beating = asyncio.create_task(self._beat())

    async def stop(self) -> None:
        """Stop beating, and let nobody wait."""
        self.may_open.set()
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)

    def change(self, values: Mapping[bytes, bytes | None]) -> list[RecordV1]:
        """Change records without telling anybody; the records as they would travel."""
        records = []
        for key, value in values.items():
            self.ver += 1
            records.append(RecordV1(self.ver, key, value))
            if value is None:
                self.live.pop(key, None)
            else:
                self.live[key] = (self.ver, value)
        return records

    async def publish(self, records: list[RecordV1]) -> None:
        """Send records as one batch."""
        ack = await self.broker.publish(
            subjects.links(self.epoch), encode(RecordBatchV1(self.epoch, tuple(records)))
        )
        self.stream_seq = ack.seq

    async def put(self, **links: str | bytes | None) -> None:
        """Create, change or (None) remove links by slug: a target, or an encoded link."""
        values = {
            key_of(slug): link_value(slug, value) if isinstance(value, str) else value
            for slug, value in links.items()
        }
        await self.publish(self.change(values))

    def set_hash(self) -> bytes:
        """The set hash of the live records."""
        return set_hash_bytes(sum(record_hash(key, ver, value) for key, (ver, value) in self.live.items()))

    def heartbeat(self) -> HeartbeatV1:
        """What control says now."""
        now_ms = time.time_ns() // 1_000_000
        return HeartbeatV1(self.epoch, self.ver, len(self.live), self.set_hash(), now_ms, self.salts)

    def snapshot_file(self) -> bytes:
        """A snapshot of the live records."""
        header = snapshot.SnapshotHeader(
            self.epoch, self.ver, self.stream_seq, len(self.live), self.set_hash()
        )
        records = ((key, ver, value) for key, (ver, value) in sorted(self.live.items()))
        return b"".join(snapshot.write(header, records))

    async def _open(self, payload: bytes) -> bytes:
        await self.may_open.wait()
        snapshot.decode_open(payload)
        self.opened += 1
        self._file = self.snapshot_file()
        reader = snapshot.SnapshotReader()
        for _ in reader.feed(self._file):
            pass
        return msgspec.msgpack.encode(snapshot.SnapshotOffer("s", len(self._file), reader.finish()))

    async def _read(self, payload: bytes) -> bytes:
        read = snapshot.decode_read(payload)
        return self._file[read.offset : read.offset + SNAPSHOT_CHUNK_BYTES]

    async def _beat(self) -> None:
        while True:
            if self.broker.is_connected:
                await self.broker.broadcast(subjects.HEARTBEAT, encode(self.heartbeat()))
            await asyncio.sleep(0.2)


def random_salt() -> bytes:
    """A salt of the size that travels."""
    return os.urandom(32)
