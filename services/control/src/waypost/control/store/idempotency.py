"""Answers kept under a caller's Idempotency-Key, written in the transaction of their effect."""

from functools import cache

from msgspec import Struct
from sqlalchemy import Column, Index, Table, bindparam, delete, select, update

from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Bytes, Number, Plain, metadata
from waypost.control.store.tx import Tx, insert_into, read

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
_ITS = (
    idempotency.c.owner == bindparam("its_owner"),
    idempotency.c.route == bindparam("its_route"),
    idempotency.c.key == bindparam("its_key"),
)
_ONE = Prepared(select(idempotency).where(*_ITS))
_FINISH = Prepared(
    update(idempotency).where(*_ITS).values({name: bindparam(name) for name in ("status", "etag", "body")})
)
_REMOVE = Prepared(delete(idempotency).where(*_ITS))


@cache
def _reserve(is_postgres: bool) -> Prepared:
    return Prepared(insert_into(idempotency, is_postgres).on_conflict_do_nothing())


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
    row = {
        "owner": owner, "route": route, "key": key, "fingerprint": fingerprint,
        "status": 0, "etag": "", "body": b"", "created_ms": tx.now_ms,
    }  # fmt: skip
    if await tx.run(_reserve(tx.is_postgres), row):
        return None
    return await find(tx, owner, route, key)


async def find(tx: Tx, owner: str, route: str, key: str) -> KeptAnswer | None:
    """What was answered under a key, without reserving it."""
    row = await tx.row(_ONE, {"its_owner": owner, "its_route": route, "its_key": key})
    return None if row is None else read(row, KeptAnswer)


async def finish(tx: Tx, owner: str, route: str, key: str, *, status: int, etag: str, body: bytes) -> None:
    """Keep the answer with its effect."""
    named = {"its_owner": owner, "its_route": route, "its_key": key}
    await tx.run(_FINISH, {**named, "status": status, "etag": etag, "body": body})


async def remove(tx: Tx, owner: str, route: str, key: str) -> None:
    """Remove one answer."""
    await tx.run(_REMOVE, {"its_owner": owner, "its_route": route, "its_key": key})


async def forget(tx: Tx, before_ms: int) -> int:
    """Remove old answers; return how many."""
    return await tx.run(delete(idempotency).where(idempotency.c.created_ms < before_ms))
