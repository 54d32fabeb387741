"""Snapshots for edges that are new or too far behind: built as files, served in pieces over the broker."""

import asyncio
import re
from pathlib import Path

from waypost.control import limits
from waypost.control.jobs.relay import Relay
from waypost.control.store import replication
from waypost.control.store.database import Database
from waypost.runtime.broker import Broker
from waypost.runtime.logs import Log
from waypost.wire import codec, snapshot, subjects
from waypost.wire.limits import SNAPSHOT_CHUNK_BYTES
from waypost.wire.snapshot import SnapshotHeader, SnapshotOffer

_NAME = re.compile(r"links-[A-Za-z0-9_-]{1,64}-[0-9]{20}\.wps\Z")
_CHECK_S = 10.0
_log = Log(__name__)


class Snapshots:
    """Builds a snapshot when one is asked for or due, keeps the last few, and reads pieces of them."""

    def __init__(self, database: Database, broker: Broker, relay: Relay, directory: Path) -> None:
        self._database = database
        self._broker = broker
        self._relay = relay
        self._directory = directory
        self._building = asyncio.Lock()
        self._latest: SnapshotOffer | None = None

    async def serve(self) -> None:
        """Answer agents from now on."""
        self._directory.mkdir(parents=True, exist_ok=True)
        await self._broker.serve(subjects.SNAPSHOT_OPEN, self._open, queue="control")
        await self._broker.serve(subjects.SNAPSHOT_READ, self._read, queue="control")

    async def run(self) -> None:
        """Keep a snapshot that is not too old, so that a new edge waits for no building."""
        waited_s = 0.0
        while True:
            async with self._database.read() as tx:
                state = await replication.state(tx)
            behind = state.ver - self._latest.header.ver if state and self._latest else 0
            stale = self._latest is not None and state is not None and (
                self._latest.header.epoch != state.epoch
                or behind >= limits.SNAPSHOT_EVERY_CHANGES
                or (behind > 0 and waited_s >= limits.SNAPSHOT_EVERY_S)
            )  # fmt: skip
            if self._latest is None or stale:
                await self.build()
                waited_s = 0.0
            await asyncio.sleep(_CHECK_S)
            waited_s += _CHECK_S

    async def build(self) -> SnapshotOffer:
        """Write a snapshot of now and return its offer."""
        async with self._building:
            seq = self._relay.position.seq
            async with self._database.read() as tx:
                state = await replication.state(tx)
                if state is None:
                    raise RuntimeError("the database was not initialised")
                name = f"links-{state.epoch}-{state.ver:020d}.wps"
                if self._latest is not None and self._latest.name == name:
                    return self._latest
                rows: list[tuple[bytes, int, bytes]] = []
                async for part in replication.live_records(tx):
                    rows.extend(part)
            if self._relay.position.epoch != state.epoch:
                seq = 0
            header = SnapshotHeader(state.epoch, state.ver, seq, state.count, state.set_hash)
            path = self._directory / name
            size = await asyncio.to_thread(_write, path, header, rows)
            self._latest = SnapshotOffer(name, size, header)
            self._forget_old()
            _log.info("snapshot_built", ver=state.ver, count=state.count, size_bytes=size)
            return self._latest

    async def _open(self, payload: bytes) -> bytes:
        wanted = snapshot.decode_open(payload)
        offer = self._latest
        async with self._database.read() as tx:
            state = await replication.state(tx)
        outdated = offer is None or offer.header.ver < wanted.ver_min
        if offer is None or outdated or (state is not None and state.epoch != offer.header.epoch):
            offer = await self.build()
        return codec.encode(offer)

    async def _read(self, payload: bytes) -> bytes:
        wanted = snapshot.decode_read(payload)
        if not _NAME.match(wanted.name):
            raise ValueError(f"not the name of a snapshot: {wanted.name!r}")
        return await asyncio.to_thread(_read_piece, self._directory / wanted.name, wanted.offset)

    def _forget_old(self) -> None:
        files = sorted(self._directory.glob("links-*.wps"), key=lambda path: path.stat().st_mtime_ns)
        for path in files[: -limits.SNAPSHOTS_KEPT]:
            path.unlink(missing_ok=True)


def _write(path: Path, header: SnapshotHeader, rows: list[tuple[bytes, int, bytes]]) -> int:
    beside = path.with_suffix(".new")
    with beside.open("wb", buffering=1 << 20) as file:
        for piece in snapshot.write(header, rows):
            file.write(piece)
    size = beside.stat().st_size
    beside.rename(path)
    return size


def _read_piece(path: Path, offset: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(SNAPSHOT_CHUNK_BYTES)
