"""Many codes as one ZIP: drawn one after the other while the archive is sent, with progress in a job.

Nothing but the picture at hand is held, so a thousand codes need no more memory than one.
"""

import json
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from io import RawIOBase
from typing import Any

import msgspec
from msgspec import Struct

from waypost.control import limits
from waypost.control.core.qr_codes import order_for_link, order_for_text
from waypost.control.core.qr_studio import Studio
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault, InProgress, Invalid, TooLarge
from waypost.control.model.jobs import Job, RowResult
from waypost.control.model.qr import PictureWish
from waypost.control.store import jobs
from waypost.control.store.database import Database
from waypost.control.store.tx import Tx

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""Every member has this time, so that the same codes give the same archive."""
_UNSAFE = re.compile(r"[^\w.-]+")


class BatchItem(Struct, frozen=True, kw_only=True):
    """One code: of a link, or of a text. `name` becomes part of its file name."""

    link_id: str = ""
    text: str = ""
    name: str = ""


async def start_batch(tx: Tx, actor: Actor, items: Sequence[BatchItem]) -> Job:
    """Keep a job that shows the progress. Raises Invalid, TooLarge, InProgress while another batch is sent."""
    if not items:
        raise Invalid("items", "is required")
    if len(items) > limits.QR_BATCH_ITEMS_MAX:
        raise TooLarge("items", limits.QR_BATCH_ITEMS_MAX)
    for index, item in enumerate(items):
        if bool(item.link_id) is bool(item.text):
            raise Invalid(f"items.{index}", "give either `link_id` or `text`")
    if await jobs.batch_since(tx, actor.workspace_id, tx.now_ms - limits.QR_BATCH_SILENT_MS_MAX):
        raise InProgress
    job = Job(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        kind="qr.batch",
        state="running",
        total=len(items),
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
    )
    await jobs.rows.insert(tx, job)
    return job


async def archive(
    database: Database, studio: Studio, actor: Actor, job: Job, items: Sequence[BatchItem], wish: PictureWish
) -> AsyncIterator[bytes]:
    """The bytes of the ZIP as they are made. `results.json`, its last member, tells what became of each item.

    An item that cannot be drawn is told there and in the job, and the others go on. A download that
    is broken off leaves the job failed.
    """
    sink = _Sink()
    results: list[dict[str, Any]] = []
    failures: list[RowResult] = []
    finished = False
    try:
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as packed:
            for index, item in enumerate(items):
                try:
                    async with database.read() as tx:
                        order = await _order(tx, actor, item, wish)
                    picture = await studio.draw(order, in_line=False)
                except Fault as fault:
                    failure = _failure(index, fault)
                    failures.append(failure)
                    results.append(msgspec.to_builtins(failure))
                else:
                    name = f"{index + 1:04}-{_stem(item)}.{order.format}"
                    packed.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), picture.body)
                    results.append({"index": index, "status": "drawn", "file": name})
                yield sink.taken()
                if (index + 1) % limits.QR_BATCH_ITEMS_PER_PROGRESS == 0:
                    await _progress(database, job, index + 1, len(failures))
            said = json.dumps(results, ensure_ascii=False, indent=1).encode()
            packed.writestr(zipfile.ZipInfo("results.json", _ZIP_EPOCH), said)
        yield sink.taken()
        finished = True
    finally:
        await _end(database, job, len(results), failures, finished=finished)


async def _order(tx: Tx, actor: Actor, item: BatchItem, wish: PictureWish) -> Any:
    if item.link_id:
        return await order_for_link(tx, actor, item.link_id, wish)
    return await order_for_text(tx, actor, item.text, wish)


async def _progress(database: Database, job: Job, done: int, failed: int) -> None:
    async with database.write() as tx:
        await jobs.rows.save(tx, _at(job, tx.now_ms, done, failed))


async def _end(
    database: Database, job: Job, done: int, failures: Sequence[RowResult], *, finished: bool
) -> None:
    async with database.write() as tx:
        last = _at(job, tx.now_ms, done, len(failures))
        state, reason = ("done", "") if finished else ("failed", "The download was broken off.")
        await jobs.rows.save(tx, msgspec.structs.replace(last, state=state, reason=reason))
        if failures:
            await jobs.keep_results(tx, job.id, failures)


def _at(job: Job, now_ms: int, done: int, failed: int) -> Job:
    return msgspec.structs.replace(job, done=done, failed=failed, succeeded=done - failed, updated_ms=now_ms)


def _failure(index: int, fault: Fault) -> RowResult:
    field = fault.field if isinstance(fault, Invalid) else ""
    return RowResult(index=index, status="failed", code=fault.code, field=field, detail=str(fault))


def _stem(item: BatchItem) -> str:
    words = _UNSAFE.sub("-", item.name or item.link_id or "code").strip(".-")
    return words[: limits.QR_BATCH_NAME_CHARACTERS_MAX] or "code"


class _Sink(RawIOBase):
    """What zipfile writes to: it cannot seek, so members are described behind their bytes."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last look."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
