"""Leads and sales that analytics was asked to record and that nobody has counted here yet."""

import msgspec
from msgspec import Struct
from sqlalchemy import Column, ColumnElement, Index, Table, delete, select, update

from waypost.control.model.customers import WriteCustomer
from waypost.control.store.schema import Bytes, Number, Plain, metadata
from waypost.control.store.tx import Tx
from waypost.wire.conversion import RecordConversion
from waypost.wire.ids import to_text

pending_conversions = Table(
    "pending_conversions",
    metadata,
    Column("workspace_id", Plain, primary_key=True),
    Column("kind", Plain, primary_key=True),
    Column("external_id", Plain, primary_key=True),
    Column("command", Bytes, nullable=False),
    Column("due_ms", Number, nullable=False),
    Index(None, "due_ms"),
)


class Pending(Struct, frozen=True, tag="pending", tag_field="kind"):
    """What analytics was asked to record, and what its caller said of the customer: None for a caller that
    says nothing of customers, and is told nothing of the visit."""

    command: RecordConversion
    customer: WriteCustomer | None = None


class ConversionKey(Struct, frozen=True):
    """What tells conversions apart."""

    workspace_id: str
    kind: str
    external_id: str


def key_of(command: RecordConversion) -> ConversionKey:
    """The key of a command."""
    return ConversionKey(to_text(command.workspace_id), command.conversion, command.external_id)


async def put(tx: Tx, pending: Pending, due_ms: int) -> None:
    """Keep a command until it is counted; one that waits already stays as it is."""
    values = {
        **_values(key_of(pending.command)),
        "command": msgspec.msgpack.encode(pending),
        "due_ms": due_ms,
    }
    await tx.run(tx.insert(pending_conversions).on_conflict_do_nothing(), values)


async def due(tx: Tx, limit: int) -> list[Pending]:
    """Commands whose process should have counted them long ago, the longest first."""
    statement = select(pending_conversions.c.command).where(pending_conversions.c.due_ms <= tx.now_ms)
    rows = await tx.rows(statement.order_by(pending_conversions.c.due_ms).limit(limit))
    return [_read(bytes(row["command"])) for row in rows]


async def postpone(tx: Tx, key: ConversionKey, due_ms: int) -> None:
    """Try again later."""
    await tx.run(update(pending_conversions).where(*_is(key)).values(due_ms=due_ms))


async def forget(tx: Tx, key: ConversionKey) -> None:
    """Counted, or refused."""
    await tx.run(delete(pending_conversions).where(*_is(key)))


def _read(data: bytes) -> Pending:
    # A version before this one kept the command alone.
    found = msgspec.msgpack.decode(data, type=Pending | RecordConversion)
    return found if isinstance(found, Pending) else Pending(found)


def _values(key: ConversionKey) -> dict[str, str]:
    return {name: getattr(key, name) for name in key.__struct_fields__}


def _is(key: ConversionKey) -> list[ColumnElement[bool]]:
    return [pending_conversions.c[name] == value for name, value in _values(key).items()]
