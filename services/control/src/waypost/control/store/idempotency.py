"""Answers kept under a caller's Idempotency-Key, written in the transaction of their effect."""

from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Index, Table, delete, select, update

from waypost.control.store.schema import Bytes, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

idempotency = Table(
    "idempotency",
    metadata,
    Column("owner", Plain, primary_key=True),
    Column("route", Plain, primary_key=True),
    Column("key", Plain, primary_key=True),
    Column("fingerprint", Bytes, nullable=False),
    Column("status", Number, nullable=False),
    Column("etag", Plain, nullable=False),
    Column("body", Bytes, nullable=False),
    Column("created_ms", Number, nullable=False),
    Index(None, "created_ms"),
)


class KeptAnswer(Struct, frozen=True, kw_only=True):
    """What was answered, its body sealed, and the SHA-256 of the request it answered."""

    fingerprint: bytes
    status: int
    etag: str
    body: bytes
    created_ms: int


async def begin(tx: Tx, owner: str, route: str, key: str, fingerprint: bytes) -> KeptAnswer | None:
    """Reserve the key in this transaction, or return what was answered under it.

    Whoever comes at the same time waits for this transaction, then sees its answer.
    """
    values = {
        "owner": owner, "route": route, "key": key, "fingerprint": fingerprint,
        "status": 0, "etag": "", "body": b"", "created_ms": tx.now_ms,
    }  # fmt: skip
    if await tx.run(tx.insert(idempotency).values(values).on_conflict_do_nothing()):
        return None
    return await find(tx, owner, route, key)


async def find(tx: Tx, owner: str, route: str, key: str) -> KeptAnswer | None:
    """What was answered under a key, without reserving it."""
    row = await tx.row(select(idempotency).where(*_named(owner, route, key)))
    return None if row is None else read(row, KeptAnswer)


async def finish(tx: Tx, owner: str, route: str, key: str, *, status: int, etag: str, body: bytes) -> None:
    """Keep the answer with its effect."""
    statement = update(idempotency).where(*_named(owner, route, key))
    await tx.run(statement.values(status=status, etag=etag, body=body))


async def remove(tx: Tx, owner: str, route: str, key: str) -> None:
    """Remove one answer."""
    await tx.run(delete(idempotency).where(*_named(owner, route, key)))


async def forget(tx: Tx, before_ms: int) -> int:
    """Remove old answers; return how many."""
    return await tx.run(delete(idempotency).where(idempotency.c.created_ms < before_ms))


def _named(owner: str, route: str, key: str) -> tuple[ColumnElement[bool], ...]:
    columns = idempotency.c
    return columns.owner == owner, columns.route == route, columns.key == key
