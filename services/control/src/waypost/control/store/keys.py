"""API keys: never their text, only its HMAC."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Column, ForeignKey, Index, Table, bindparam, func, select, update

from waypost.control.model.access import Role
from waypost.control.model.faults import KeyNotFound
from waypost.control.model.keys import Key
from waypost.control.store.members import members
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read
from waypost.control.store.workspaces import workspaces

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Plain, nullable=False),
    Column("shown", Plain, nullable=False),
    Column("digest", Plain, nullable=False, unique=True),
    Column("scopes", Json, nullable=False),
    Column("format", Plain, nullable=False),
    Column("domain_id", Plain),
    Column("own_links_only", Flag, nullable=False),
    Column("created_ms", Number, nullable=False),
    Column("created_by", Plain, nullable=False),
    Column("member_id", Plain, nullable=False),
    Column("expires_ms", Number, nullable=False),
    Column("revoked_ms", Number, nullable=False),
    Column("last_used_ms", Number, nullable=False),
    Index(None, "workspace_id", "created_ms", "id"),
)

_OVER = (workspaces.c.deleted_ms > 0) | (
    (workspaces.c.expires_ms > 0) & (workspaces.c.expires_ms <= bindparam("now_ms"))
)
_HOLDER = Prepared(
    select(
        api_keys,
        workspaces.c.plan.label("plan"),
        workspaces.c.suspended.label("suspended"),
        _OVER.label("deleted"),
        members.c.role.label("role"),
        members.c.access_revoked_ms.label("access_revoked_ms"),
    )
    .join(workspaces, workspaces.c.id == api_keys.c.workspace_id)
    .outerjoin(members, members.c.id == api_keys.c.member_id)
    .where(api_keys.c.digest.in_(bindparam("digests", expanding=True)))
)


def _row(key: Key) -> dict[str, object]:
    return {name: getattr(key, name) for name in key.__struct_fields__}


async def insert(tx: Tx, key: Key) -> None:
    """Store a key; its digest is 256 bits and does not meet another."""
    await tx.run(api_keys.insert().values(_row(key)))


async def save(tx: Tx, key: Key) -> None:
    """Store all members anew."""
    await tx.run(update(api_keys).where(api_keys.c.id == key.id).values(_row(key)))


class Holder(Struct, frozen=True):
    """A key with what its workspace and its person add to it."""

    key: Key
    plan: str
    suspended: bool
    deleted: bool
    role: Role | None
    """Of the person whose key it is."""
    is_shut_out: bool
    """Whether that person has no access now."""


async def holder(tx: Tx, digests: Sequence[str]) -> Holder | None:
    """The key with one of these digests, whatever its state, and the plan of its workspace."""
    row = await tx.row(_HOLDER, {"digests": digests, "now_ms": tx.now_ms})
    return (
        None
        if row is None
        else Holder(
            read(row, Key),
            row["plan"],
            bool(row["suspended"]),
            bool(row["deleted"]),
            row["role"],
            bool(row["access_revoked_ms"]),
        )
    )


async def by_digest(tx: Tx, digests: Sequence[str]) -> Key | None:
    """The key with one of these digests, whatever its state."""
    row = await tx.row(select(api_keys).where(api_keys.c.digest.in_(digests)))
    return None if row is None else read(row, Key)


async def get(tx: Tx, workspace_id: str, key_id: str) -> Key:
    """A key of a workspace. Raises KeyNotFound."""
    row = await tx.row(
        select(api_keys).where(api_keys.c.id == key_id, api_keys.c.workspace_id == workspace_id)
    )
    if row is None:
        raise KeyNotFound(key_id)
    return read(row, Key)


async def of_workspace(tx: Tx, workspace_id: str, limit: int) -> list[Key]:
    """The keys of a workspace, newest first."""
    statement = select(api_keys).where(api_keys.c.workspace_id == workspace_id)
    order = (api_keys.c.created_ms.desc(), api_keys.c.id.desc())
    return [read(row, Key) for row in await tx.rows(statement.order_by(*order).limit(limit))]


async def living_of_member(tx: Tx, workspace_id: str, member_id: str) -> list[Key]:
    """The keys of a person that are not revoked."""
    own = (api_keys.c.workspace_id == workspace_id, api_keys.c.member_id == member_id)
    return [read(row, Key) for row in await tx.rows(select(api_keys).where(*own, api_keys.c.revoked_ms == 0))]


async def touch(tx: Tx, used: dict[str, int]) -> None:
    """Keep when keys were last used."""
    statement = update(api_keys).where(api_keys.c.id == bindparam("key_id"))
    await tx.run_many(
        statement.values(last_used_ms=bindparam("used_ms")),
        [{"key_id": key_id, "used_ms": at_ms} for key_id, at_ms in sorted(used.items())],
    )


async def admin_keys(tx: Tx, workspace_id: str) -> list[Key]:
    """The keys that came from the installation's own settings, of which one is in force."""
    statement = select(api_keys).where(api_keys.c.workspace_id == workspace_id, api_keys.c.format == "given")
    return [read(row, Key) for row in await tx.rows(statement)]


async def count_living(tx: Tx, workspace_id: str) -> int:
    """How many keys of a workspace are not revoked."""
    living = (api_keys.c.workspace_id == workspace_id, api_keys.c.revoked_ms == 0)
    return await tx.number(select(func.count()).where(*living))
