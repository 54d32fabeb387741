"""Tags and which links carry them. Names are unique in a workspace, in any case."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import Column, ForeignKey, Index, Table, bindparam, delete, func, select

from waypost.control.model.faults import TagNotFound
from waypost.control.model.links import Link, TagName
from waypost.control.model.organisation import Tag
from waypost.control.store.prepared import Prepared
from waypost.control.store.rows import Rows
from waypost.control.store.schema import Number, Plain, metadata
from waypost.control.store.tx import Tx, read

tags = Table(
    "tags",
    metadata,
    Column("id", Plain, primary_key=True),
    Column("workspace_id", Plain, ForeignKey("workspaces.id"), nullable=False),
    Column("name", Plain, nullable=False),
    Column("name_key", Plain, nullable=False),
    Column("color", Plain, nullable=False),
    Column("created_ms", Number, nullable=False),
    Index("uq_tags_name_key", "workspace_id", "name_key", unique=True),
)
link_tags = Table(
    "link_tags",
    metadata,
    Column("link_id", Plain, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("tag_id", Plain, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True),
    # As the link has it, which never changes: a list of what carries a tag is read in its order.
    Column("created_ms", Number, nullable=False),
    Index(None, "tag_id", "created_ms", "link_id"),
)
rows = Rows(tags, Tag, TagNotFound)
_CARRIED = Prepared(
    select(link_tags.c.link_id, tags.c.id, tags.c.name, tags.c.color)
    .join(tags, tags.c.id == link_tags.c.tag_id)
    .where(link_tags.c.link_id.in_(bindparam("ids", expanding=True)))
    .order_by(tags.c.name_key)
)


class _Carried(Struct, frozen=True):
    link_id: str
    id: str
    name: str
    color: str


async def ensure(tx: Tx, workspace_id: str, names: Sequence[str]) -> dict[str, TagName]:
    """The tags of these names, made where they are missing, by folded name."""
    keys = {name.strip().casefold(): name.strip() for name in names}
    found = await by_keys(tx, workspace_id, list(keys))
    for key in [key for key in keys if key not in found]:
        values = {
            "id": tx.new_id(),
            "workspace_id": workspace_id,
            "name": keys[key],
            "name_key": key,
            "color": "",
            "created_ms": tx.now_ms,
        }
        await tx.run(tx.insert(tags).values(values).on_conflict_do_nothing())
    return found if len(found) == len(keys) else await by_keys(tx, workspace_id, list(keys))


async def by_keys(tx: Tx, workspace_id: str, keys: Sequence[str]) -> dict[str, TagName]:
    """The tags with these folded names."""
    if not keys:
        return {}
    statement = select(tags).where(tags.c.workspace_id == workspace_id, tags.c.name_key.in_(keys))
    return {
        row["name_key"]: TagName(row["id"], row["name"], row["color"]) for row in await tx.rows(statement)
    }


async def known_ids(tx: Tx, workspace_id: str, tag_ids: Sequence[str]) -> set[str]:
    """Which of these ids are tags of the workspace."""
    if not tag_ids:
        return set()
    statement = select(tags.c.id).where(tags.c.workspace_id == workspace_id, tags.c.id.in_(tag_ids))
    return {row["id"] for row in await tx.rows(statement)}


async def replace(tx: Tx, link: Link, tag_ids: Sequence[str]) -> None:
    """Let a link carry exactly these tags."""
    await tx.run(delete(link_tags).where(link_tags.c.link_id == link.id))
    await tx.run_many(
        tx.insert(link_tags).on_conflict_do_nothing(),
        [
            {"link_id": link.id, "tag_id": tag_id, "created_ms": link.created_ms}
            for tag_id in dict.fromkeys(tag_ids)
        ],
    )


async def of_links(tx: Tx, link_ids: Sequence[str]) -> dict[str, tuple[TagName, ...]]:
    """The tags of some links, by link, in order of name."""
    result: dict[str, tuple[TagName, ...]] = {}
    for row in await tx.rows(_CARRIED, {"ids": link_ids}):
        carried = read(row, _Carried)
        tag = TagName(carried.id, carried.name, carried.color)
        result[carried.link_id] = (*result.get(carried.link_id, ()), tag)
    return result


async def usage(tx: Tx, tag_ids: Sequence[str]) -> dict[str, int]:
    """How many links carry each tag."""
    statement = select(link_tags.c.tag_id, func.count().label("n")).where(link_tags.c.tag_id.in_(tag_ids))
    return {row["tag_id"]: row["n"] for row in await tx.rows(statement.group_by(link_tags.c.tag_id))}


async def carriers(tx: Tx, tag_id: str, limit: int) -> list[str]:
    """The ids of links that carry a tag."""
    statement = select(link_tags.c.link_id).where(link_tags.c.tag_id == tag_id).limit(limit)
    return [row["link_id"] for row in await tx.rows(statement)]
