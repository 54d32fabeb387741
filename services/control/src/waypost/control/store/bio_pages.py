"""What is stored of link-in-bio pages beside their links: the draft, and when they went on."""

from collections.abc import Sequence

from sqlalchemy import Column, Table, select, type_coerce, update

from waypost.control.model.bio import BioState
from waypost.control.model.links import Json as JsonObject
from waypost.control.store.links import links
from waypost.control.store.schema import Json, Number, Plain, metadata
from waypost.control.store.tx import Tx, read

bio_pages = Table(
    "bio_pages",
    metadata,
    Column("link_id", Plain, primary_key=True),
    Column("draft", Json),
    Column("edits", Number, nullable=False),
    Column("published_ms", Number, nullable=False),
)
_NEW = {"draft": None, "edits": 0, "published_ms": 0}


async def of_links(tx: Tx, link_ids: Sequence[str]) -> dict[str, BioState]:
    """What is stored beside some links; one with nothing is left out."""
    statement = select(bio_pages).where(bio_pages.c.link_id.in_(link_ids))
    columns = (bio_pages.c.draft, bio_pages.c.edits, bio_pages.c.published_ms)
    found = await tx.rows(statement.with_only_columns(bio_pages.c.link_id, *columns))
    return {row["link_id"]: read(row, BioState) for row in found}


async def drafts_naming(tx: Tx, workspace_id: str, part: str) -> list[tuple[str, JsonObject]]:
    """The drafts of living pages that name something, with the ids of their links."""
    joined = bio_pages.join(links, links.c.id == bio_pages.c.link_id)
    statement = (
        select(bio_pages.c.link_id, bio_pages.c.draft)
        .select_from(joined)
        .where(
            links.c.workspace_id == workspace_id,
            links.c.deleted_ms == 0,
            type_coerce(bio_pages.c.draft, Plain).contains(part, autoescape=True),
        )
    )
    return [(row["link_id"], row["draft"]) for row in await tx.rows(statement)]


async def put_draft(tx: Tx, link_id: str, draft: JsonObject) -> None:
    """Keep a draft over the one that was there."""
    new = tx.insert(bio_pages).values({**_NEW, "link_id": link_id, "draft": draft, "edits": 1})
    changed = {"draft": new.excluded.draft, "edits": bio_pages.c.edits + 1}
    await tx.run(new.on_conflict_do_update(index_elements=[bio_pages.c.link_id], set_=changed))


async def drop_draft(tx: Tx, link_id: str) -> None:
    """Forget the draft, if there is one."""
    mine = (bio_pages.c.link_id == link_id) & bio_pages.c.draft.is_not(None)
    await tx.run(update(bio_pages).where(mine).values(draft=None, edits=bio_pages.c.edits + 1))


async def put_published(tx: Tx, link_id: str) -> None:
    """Note that the page went on now."""
    new = tx.insert(bio_pages).values({**_NEW, "link_id": link_id, "published_ms": tx.now_ms})
    changed = {"published_ms": new.excluded.published_ms}
    await tx.run(new.on_conflict_do_update(index_elements=[bio_pages.c.link_id], set_=changed))
