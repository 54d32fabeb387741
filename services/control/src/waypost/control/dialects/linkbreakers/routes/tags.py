"""Tags: list and delete. They are born on links."""

from typing import Any

from litestar import Response, delete, get

from waypost.control.core.organisation import delete_tag
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import gives, nothing, pager_of, query_of, shown
from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.links import TagOut, TagsAnswer
from waypost.control.model.faults import TagNotFound
from waypost.control.model.organisation import Tag
from waypost.control.store import tags as stored
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Tags"


@get("/v1/tags", scope="tags:read", **gives(TagsAnswer, TAG))
async def list_tags(call: Caller) -> Response[Any]:
    """Tags of the workspace, newest first; `search` narrows to a part of the name."""
    query = query_of(call)
    search = query.text("search").casefold()[: limits.SEARCH_CHARACTERS_MAX]
    pager = pager_of(call, "tags", search)
    wanted = query.page(pager)
    conditions = [stored.tags.c.name_key.contains(search, autoescape=True)] if search else []
    page = await call.read(lambda tx: stored.rows.page(tx, call.actor.workspace_id, wanted, *conditions))
    found = [_to_tag(tag) for tag in page.items]
    return shown(call, TagsAnswer(tags=found, next_page_token=pager.seal(page.next_cursor)))


@delete("/v1/tags", scope="links:write", status_code=200, tags=[TAG])
async def remove_tag(call: Caller) -> Response[Any]:
    """Take the tag with this exact `name` off all its links."""
    name = query_of(call).text("name")

    async def work(tx: Tx) -> None:
        found = await stored.by_keys(tx, call.actor.workspace_id, [name.casefold()])
        tag = found.get(name.casefold())
        if tag is None or tag.name != name:
            raise TagNotFound(name)
        await delete_tag(tx, call.actor, tag.id)

    return await call.write(work, nothing)


def _to_tag(tag: Tag) -> TagOut:
    return TagOut(id=tag.id, name=tag.name, created_at=at(tag.created_ms), updated_at=at(tag.created_ms))


HANDLERS = [list_tags, remove_tag]
