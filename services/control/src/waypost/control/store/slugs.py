"""Who holds which slug on which domain: links, their aliases, and slugs held back after a delete.

One row is one claim. The primary key is what makes slugs unique, whoever asks at the same time.
"""

from collections.abc import Sequence
from functools import cache

from msgspec import Struct
from sqlalchemy import Column, Index, Table, bindparam, delete, func, select, update

from waypost.control.model.faults import LinkNotFound
from waypost.control.store.prepared import Prepared
from waypost.control.store.schema import Flag, Number, Plain, metadata
from waypost.control.store.tx import Tx, insert_into, read, read_all

slugs = Table(
    "slugs",
    metadata,
    Column("domain_id", Plain, primary_key=True),
    Column("slug_key", Plain, primary_key=True),
    Column("slug", Plain, nullable=False),
    Column("workspace_id", Plain, nullable=False),
    Column("link_id", Plain),
    Column("is_alias", Flag, nullable=False),
    Column("held_until_ms", Number, nullable=False),
    Index(None, "link_id"),
)

_KEYS_PER_QUERY = 400
_CLAIMS = (
    select(slugs).where(slugs.c.link_id.in_(bindparam("ids", expanding=True))).order_by(slugs.c.slug_key)
)
_OF_LINKS = Prepared(_CLAIMS)
_ALIASES = Prepared(_CLAIMS.where(slugs.c.is_alias))
_ONE = Prepared(
    select(slugs).where(
        slugs.c.domain_id == bindparam("domain_id"), slugs.c.slug_key == bindparam("slug_key")
    )
)
_TAKEN_OVER = ("slug", "workspace_id", "link_id", "is_alias", "held_until_ms")


class Claim(Struct, frozen=True, kw_only=True):
    """A slug in use, or held back for its workspace when `link_id` is None (0: for ever)."""

    domain_id: str
    slug_key: str
    slug: str
    workspace_id: str
    link_id: str | None
    is_alias: bool = False
    held_until_ms: int = 0


async def claim(tx: Tx, wanted: Claim) -> bool:
    """Take a slug; True when it was free, or held back for this workspace, or held long enough."""
    values = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return bool(await tx.run(_claim(tx.is_postgres), {**values, "now_ms": tx.now_ms}))


@cache
def _claim(is_postgres: bool) -> Prepared:
    statement = insert_into(slugs, is_postgres)
    over = (
        slugs.c.link_id.is_(None)
        & (
            (slugs.c.workspace_id == statement.excluded.workspace_id)
            | ((slugs.c.held_until_ms > 0) & (slugs.c.held_until_ms <= bindparam("now_ms", type_=Number)))
        )
    )  # fmt: skip
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=[slugs.c.domain_id, slugs.c.slug_key],
            set_={name: statement.excluded[name] for name in _TAKEN_OVER},
            where=over,
        )
    )


async def get(tx: Tx, domain_id: str, slug_key: str) -> Claim | None:
    """Who holds a slug."""
    row = await tx.row(_ONE, {"domain_id": domain_id, "slug_key": slug_key})
    return None if row is None else read(row, Claim)


async def link_id_of(tx: Tx, domain_id: str, slug_key: str) -> str:
    """The link behind a slug. Raises LinkNotFound."""
    found = await get(tx, domain_id, slug_key)
    if found is None or found.link_id is None:
        raise LinkNotFound(slug_key)
    return found.link_id


async def of_links(tx: Tx, link_ids: Sequence[str]) -> list[Claim]:
    """All claims of some links, the primary ones and the aliases."""
    return read_all(await tx.rows(_OF_LINKS, {"ids": link_ids}), Claim)


async def aliases_of(tx: Tx, link_ids: Sequence[str]) -> list[Claim]:
    """The further claims of some links, of which most links have none."""
    return read_all(await tx.rows(_ALIASES, {"ids": link_ids}), Claim)


async def release(tx: Tx, domain_id: str, slug_key: str) -> None:
    """Give a slug up at once, for anybody."""
    await tx.run(delete(slugs).where(slugs.c.domain_id == domain_id, slugs.c.slug_key == slug_key))


async def hold_back(tx: Tx, link_id: str, until_ms: int) -> None:
    """Keep all slugs of a deleted link for its workspace, until then or for ever (0)."""
    await tx.run(update(slugs).where(slugs.c.link_id == link_id).values(link_id=None, held_until_ms=until_ms))


async def hold_one(tx: Tx, domain_id: str, slug_key: str, until_ms: int) -> None:
    """Keep one slug that its link no longer uses."""
    statement = update(slugs).where(slugs.c.domain_id == domain_id, slugs.c.slug_key == slug_key)
    await tx.run(statement.values(link_id=None, held_until_ms=until_ms))


async def release_domain(tx: Tx, domain_id: str) -> None:
    """Forget the slugs held back on a domain that is given up."""
    await tx.run(delete(slugs).where(slugs.c.domain_id == domain_id))


async def existing(tx: Tx, domain_id: str, keys: Sequence[str]) -> set[str]:
    """Which of these slugs have a claim of any kind."""
    found: set[str] = set()
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        part = keys[start : start + _KEYS_PER_QUERY]
        statement = select(slugs.c.slug_key).where(slugs.c.domain_id == domain_id, slugs.c.slug_key.in_(part))
        found |= {row["slug_key"] for row in await tx.rows(statement)}
    return found


async def claim_many(tx: Tx, wanted: Sequence[Claim]) -> int:
    """Take slugs that were free a moment ago; return how many were taken, fewer when another was faster."""
    if not wanted:
        return 0
    values = [{name: getattr(each, name) for name in each.__struct_fields__} for each in wanted]
    await tx.run_many(tx.insert(slugs).on_conflict_do_nothing(), values)
    ids = [each.link_id for each in wanted]
    count = 0
    for start in range(0, len(ids), _KEYS_PER_QUERY):
        part = ids[start : start + _KEYS_PER_QUERY]
        count += await tx.number(select(func.count()).where(slugs.c.link_id.in_(part)))
    return count
