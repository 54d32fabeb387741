"""Fetching a snapshot from control into a new store, piece by piece, while the old one serves."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple, Unpack

from waypost.redirect.replica_writer import Draft, ReplicaWriter
from waypost.redirect.store_format import Applied
from waypost.runtime.broker import Broker, StreamState
from waypost.runtime.logs import Log
from waypost.wire import subjects
from waypost.wire.codec import DECODE_ERRORS, encode
from waypost.wire.snapshot import SnapshotDamaged, SnapshotOffer, SnapshotOpen, SnapshotRead, decode_offer

_log = Log(__name__)
_OPEN_TIMEOUT_S = 30.0
"""Control may have to write a snapshot first."""

T = TypeVar("T")
Args = TypeVarTuple("Args")


class SnapshotUnfit(Exception):
    """Control's snapshot would take this edge back, or is of another epoch than announced."""


async def fetch_snapshot(
    broker: Broker,
    writer: ReplicaWriter,
    thread: Executor,
    *,
    epoch: str,
    stream: StreamState,
) -> Applied:
    """Fetch, check and put in force a snapshot of `epoch` ("" takes any); return where the edge stands then.

    `stream` is where the links stream stood before: whatever it held, the snapshot holds too.
    Raises BrokerUnavailable, SnapshotDamaged, SnapshotUnfit or StoreFull; the store in force is untouched.
    """
    before = writer.applied
    ver_min = before.ver if before is not None and before.epoch == epoch else 0
    offer = await _open(broker, ver_min)
    if epoch and offer.header.epoch != epoch:
        raise SnapshotUnfit(f"epoch {offer.header.epoch} instead of {epoch}")
    if offer.header.ver < ver_min:
        raise SnapshotUnfit(f"version {offer.header.ver}, this edge has {ver_min}")
    draft = writer.draft(f"{offer.header.epoch}-{offer.header.ver}")
    try:
        await _fill(broker, draft, offer, thread)
        applied = await _in(thread, draft.finish, stream.created, stream.last_seq)
        await _in(thread, writer.put_in_force, draft, applied)
    except BaseException:
        await asyncio.shield(_in(thread, draft.discard))
        raise
    _log.info("snapshot_applied", epoch=applied.epoch, ver=applied.ver, count=applied.count)
    return applied


async def _open(broker: Broker, ver_min: int) -> SnapshotOffer:
    raw = await broker.request(
        subjects.SNAPSHOT_OPEN, encode(SnapshotOpen(ver_min)), timeout_s=_OPEN_TIMEOUT_S
    )
    try:
        return decode_offer(raw)
    except DECODE_ERRORS as error:
        raise SnapshotDamaged("unreadable offer") from error


async def _fill(broker: Broker, draft: Draft, offer: SnapshotOffer, thread: Executor) -> None:
    """Ask for the next piece while the last is being written."""
    offset = 0
    writing: asyncio.Future[None] | None = None
    while offset < offer.size_bytes:
        chunk = await broker.request(subjects.SNAPSHOT_READ, encode(SnapshotRead(offer.name, offset)))
        if not chunk:
            raise SnapshotDamaged("ends before its size")
        offset += len(chunk)
        if writing is not None:
            await writing
        writing = asyncio.ensure_future(_in(thread, draft.feed, chunk))
    if writing is not None:
        await writing


async def _in(thread: Executor, work: Callable[[Unpack[Args]], T], *args: *Args) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, work, *args)
