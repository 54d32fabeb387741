"""What edges know: live records, the numbered changes on their way out, and the state of both."""

from collections.abc import AsyncIterator, Sequence
from functools import cache

from msgspec import Struct
from sqlalchemy import Column, Table, bindparam, delete, func, insert, select, update

from waypost.control.store.events import events
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Bytes, Number, Plain, metadata
from waypost.control.store.tx import Tx, insert_into, read
from waypost.wire.record import SET_HASH_MODULUS, RecordV1, record_hash, set_hash_bytes

_KEYS_PER_QUERY = 400
_SNAPSHOT_ROWS = 2_000

records = Table(
    "records",
    metadata,
    Column("key", Bytes, primary_key=True),
    Column("ver", Number, nullable=False),
    Column("value", Bytes, nullable=False),
    sqlite_with_rowid=False,
)
outbox = Table(
    "outbox",
    metadata,
    Column("ver", Number, primary_key=True, autoincrement=False),
    Column("key", Bytes, nullable=False),
    Column("value", Bytes),
    Column("at_ms", Number, nullable=False),
)
replication = Table(
    "replication",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("epoch", Plain, nullable=False),
    Column("ver", Number, nullable=False),
    Column("count", Number, nullable=False),
    Column("set_hash", Bytes, nullable=False),
    Column("event_seq", Number, nullable=False),
)

_THE_ONE = select(replication).where(replication.c.id == 1)
_STATE = Prepared(_THE_ONE)
_LOCKED_STATE = Prepared(_THE_ONE.with_for_update())
_LIVE = Prepared(select(records).where(records.c.key.in_(bindparam("keys", expanding=True))))
_REMOVE = Prepared(delete(records).where(records.c.key == bindparam("old_key")))
_WAITING = Prepared(
    select(outbox.c.ver, outbox.c.key, outbox.c.value)
    .where(outbox.c.ver > bindparam("after"))
    .order_by(outbox.c.ver)
    .limit(bindparam("most", type_=Number))
)
_ADD_WAITING = Prepared(insert(outbox))
_ADD_EVENT = Prepared(insert(events))


@cache
def _upsert(is_postgres: bool) -> Prepared:
    statement = insert_into(records, is_postgres)
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[records.c.key],
            set_={"ver": statement.excluded.ver, "value": statement.excluded.value},
        )
    )


@cache
def _advance(is_postgres: bool) -> Prepared:
    # There is one row, and this replaces it.
    statement = insert_into(replication, is_postgres)
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[replication.c.id],
            set_={name: statement.excluded[name] for name in ("ver", "count", "set_hash", "event_seq")},
        )
    )


class ReplicationState(Struct, frozen=True):
    """Where the set of live records stands. One row, locked by whoever is about to commit."""

    epoch: str
    ver: int
    count: int
    set_hash: bytes
    event_seq: int


async def state(tx: Tx, *, lock: bool = False) -> ReplicationState | None:
    """The state, or None in a database that was never initialised."""
    row = await tx.row(_LOCKED_STATE if lock else _STATE)
    return None if row is None else read(row, ReplicationState)


async def initialise(tx: Tx, epoch: str) -> None:
    """Write the first state, unless there is one."""
    values = {"id": 1, "epoch": epoch, "ver": 0, "count": 0, "set_hash": bytes(16), "event_seq": 0}
    await tx.run(tx.insert(replication).values(values).on_conflict_do_nothing())


async def begin_epoch(tx: Tx, epoch: str) -> None:
    """Declare that this database is not the continuation of what edges saw before.

    Waiting changes are dropped: every edge takes a snapshot, which holds them.
    """
    await tx.run(update(replication).values(epoch=epoch))
    await tx.run(delete(outbox))


async def flush(parts: Sequence[Tx]) -> None:
    """Number and write what transactions gathered that commit together. The last statements before the commit.

    The state row stays locked until the commit, so numbers are handed out in the order of commits.
    """
    telling = [tx for tx in parts if tx.records or tx.events]
    if not telling:
        return
    tx = telling[0]
    before = await state(tx, lock=True)
    if before is None:
        raise RuntimeError("the database was not initialised")
    live = await _live(tx, sorted({key for each in telling for key in each.records}))
    ver, count, total = before.ver, before.count, int.from_bytes(before.set_hash, "big")
    rows, written = [], set[bytes]()
    for each in telling:
        for key, value in sorted(each.records.items()):
            known = live.get(key)
            if value == (None if known is None else known[1]):
                continue  # nothing an edge would see
            ver += 1
            rows.append({"ver": ver, "key": key, "value": value, "at_ms": each.now_ms})
            written.add(key)
            if known is not None:
                total -= record_hash(key, *live.pop(key))
                count -= 1
            if value is not None:
                total += record_hash(key, ver, value)
                count += 1
                live[key] = ver, value
    upserts = [
        {"key": key, "ver": live[key][0], "value": live[key][1]} for key in sorted(written & live.keys())
    ]
    await tx.run_many(_upsert(tx.is_postgres), upserts)
    await tx.run_many(_REMOVE, [{"old_key": key} for key in sorted(written - live.keys())])
    await tx.run_many(_ADD_WAITING, rows)
    seq = await _write_events(telling, before.event_seq)
    set_hash = set_hash_bytes(total % SET_HASH_MODULUS)
    after = {"epoch": before.epoch, "ver": ver, "count": count, "set_hash": set_hash, "event_seq": seq}
    await tx.run(_advance(tx.is_postgres), {"id": 1, **after})


async def _write_events(parts: Sequence[Tx], seq: int) -> int:
    rows = [
        {
            "seq": seq + place,
            "id": tx.new_id(),
            "type": event.type,
            "workspace_id": event.workspace_id,
            "link_id": event.link_id,
            "at_ms": tx.now_ms,
            "data": event.data,
            "webhooks": event.webhooks,
        }
        for place, (tx, event) in enumerate(((tx, event) for tx in parts for event in tx.events), 1)
    ]
    await parts[0].run_many(_ADD_EVENT, rows)
    return seq + len(rows)


async def _live(tx: Tx, keys: list[bytes]) -> dict[bytes, tuple[int, bytes]]:
    found: dict[bytes, tuple[int, bytes]] = {}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        part = keys[start : start + _KEYS_PER_QUERY]
        for row in await tx.rows(_LIVE, {"keys": part}):
            found[bytes(row["key"])] = (row["ver"], bytes(row["value"]))
    return found


async def waiting(tx: Tx, after_ver: int, limit: int) -> list[RecordV1]:
    """The next numbered changes behind `after_ver`, in order."""
    found = await tx.rows(_WAITING, {"after": after_ver, "most": limit})
    return [RecordV1(row["ver"], row["key"], row["value"]) for row in found]


async def oldest_waiting(tx: Tx) -> int | None:
    """The smallest number still kept, or None when nothing is kept."""
    row = await tx.row(select(func.min(outbox.c.ver).label("ver")))
    return None if row is None or row["ver"] is None else int(row["ver"])


async def forget_sent(tx: Tx, up_to_ver: int, before_ms: int, limit: int) -> int:
    """Remove changes that were sent and are old enough; return how many."""
    old = select(outbox.c.ver).where(outbox.c.ver <= up_to_ver, outbox.c.at_ms < before_ms)
    return await tx.run(delete(outbox).where(outbox.c.ver.in_(old.order_by(outbox.c.ver).limit(limit))))


async def live_records(tx: Tx) -> AsyncIterator[Sequence[tuple[bytes, int, bytes]]]:
    """All live records in ascending order of key, in pieces."""
    after = b""
    while True:
        statement = select(records).where(records.c.key > after).order_by(records.c.key)
        part = await tx.rows(statement.limit(_SNAPSHOT_ROWS))
        if not part:
            return
        yield [(bytes(row["key"]), row["ver"], bytes(row["value"])) for row in part]
        after = bytes(part[-1]["key"])
