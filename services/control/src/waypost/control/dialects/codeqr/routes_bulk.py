"""`/links/bulk`: up to a hundred links at once. Bulks tell no webhook and take no custom previews."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, TypeAlias, TypeVar

from litestar import Response, delete, patch, post
from litestar.params import JSONBody, QueryParameter
from msgspec import UNSET

from waypost.control.core import links
from waypost.control.dialects.codeqr import limits, writing
from waypost.control.dialects.codeqr.errors import code_of, sentence
from waypost.control.dialects.codeqr.finding import domain_for_new, link_by_external_id, link_by_id
from waypost.control.dialects.codeqr.reading import camel_members, listed, read
from waypost.control.dialects.codeqr.routes_links import TAGS, shown
from waypost.control.dialects.codeqr.schemas_links import (
    BulkError,
    BulkPatch,
    DeletedCount,
    LinkCreate,
    LinkOut,
    LinkPatch,
)
from waypost.control.model.access import Actor
from waypost.control.model.faults import Fault, Invalid, LinkNotFound, Malformed
from waypost.control.model.links import LinkView
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

Result: TypeAlias = LinkView | BulkError
BodyT = TypeVar("BodyT", bound=LinkPatch)
Make: TypeAlias = Callable[[Tx, Actor, BodyT], Awaitable[LinkView]]
_FIXED = ("domain", "key", "externalId", "prefix", "keyLength")
"""Members that cannot be the same for many links."""


@post("/links/bulk", scope="links:write", operation_id="bulkCreateLinks", tags=TAGS, status_code=200)
async def create_links(call: Caller, data: JSONBody[list[Any]]) -> Response[list[LinkOut | BulkError]]:
    """Create up to 100 links. What fails is told behind the links that were made."""
    check_count("links", len(data))

    async def create(tx: Tx) -> list[Result]:
        taken: set[tuple[str, str]] = set()
        make = partial(writing.create, webhooks=False)
        results = [await created(tx, call.actor, item, taken, LinkCreate, make) for item in data]
        return sorted(results, key=lambda result: isinstance(result, BulkError))

    return await call.write(create, lambda results: [_answer(shown(call), each) for each in results])


@patch("/links/bulk", scope="links:write", operation_id="bulkUpdateLinks", tags=TAGS)
async def update_links(call: Caller, data: JSONBody[dict[str, Any]]) -> Response[list[LinkOut | BulkError]]:
    """Change up to 100 links in the same way. Ids that are not found are told behind the links."""
    body = read(data, BulkPatch)
    texts = body.link_ids or body.external_ids
    if texts is None:
        raise Malformed("", "Send `linkIds` or `externalIds`.")
    check_count("linkIds" if body.link_ids else "externalIds", len(texts))
    find = link_by_id if body.link_ids else link_by_external_id
    members = camel_members(body.data)
    change = read({name: value for name, value in members.items() if name not in _FIXED}, LinkPatch)
    refuse_page_features(change)

    async def update(tx: Tx) -> list[Result]:
        done: list[Result] = []
        unknown: list[Result] = []
        for text in dict.fromkeys(texts):
            try:
                current = await find(tx, call.actor, text)
            except LinkNotFound:
                unknown.append(BulkError({"id": text}, "Link not found", "not_found"))
                continue
            done.append(await writing.change(tx, call.actor, current, change, webhooks=False))
        return done + unknown

    return await call.write(update, lambda results: [_answer(shown(call), each) for each in results])


@delete("/links/bulk", scope="links:write", operation_id="bulkDeleteLinks", tags=TAGS, status_code=200)
async def delete_links(
    call: Caller,
    link_ids: Annotated[list[str] | None, QueryParameter(name="linkIds")] = None,
    link_ids_: Annotated[list[str] | None, QueryParameter(name="link_ids")] = None,
) -> Response[DeletedCount]:
    """Delete up to 100 links. Ids that are not found are passed over."""
    texts = listed(link_ids or link_ids_)
    if not texts:
        raise Malformed("", "Send `linkIds`.")
    check_count("linkIds", len(texts))

    async def remove(tx: Tx) -> int:
        gone = 0
        for text in texts:
            try:
                found = await link_by_id(tx, call.actor, text)
            except LinkNotFound:
                continue
            await links.delete_link(tx, call.actor, found.link.id, webhooks=False)
            gone += 1
        return gone

    return await call.write(remove, DeletedCount)


async def created(
    tx: Tx, actor: Actor, item: Any, taken: set[tuple[str, str]], kind: type[BodyT], make: Make[BodyT]
) -> Result:
    """One link or code of a bulk. Raises Malformed when the bulk itself is wrong."""
    if not isinstance(item, dict):
        raise Malformed("", "Every item must be an object.")
    try:
        body = read(item, kind)
        refuse_page_features(body)
        if body.key:
            place = (await domain_for_new(tx, actor, body.domain), body.key.casefold())
            if place in taken:
                raise Malformed("", f"Two links of this request have the key `{body.key}`.")
            taken.add(place)
        async with tx.savepoint():
            return await make(tx, actor, body)
    except Malformed:
        raise
    except Fault as fault:
        return BulkError(item, sentence(fault), code_of(fault))


def refuse_page_features(body: LinkPatch) -> None:
    """Raises Invalid for what the vendor does not take in bulk."""
    if body.proxy is True and body.image is not UNSET and body.image:
        raise Invalid("image", "custom previews are not available in bulk")
    if body.rewrite is True:
        raise Invalid("rewrite", "link cloaking is not available in bulk")


def check_count(field: str, count: int) -> None:
    """Raises Invalid for more than one bulk takes, or for nothing."""
    if not 1 <= count <= limits.BULK_LINKS_MAX:
        raise Invalid(field, f"takes 1 to {limits.BULK_LINKS_MAX} entries")


def _answer(show: Any, result: Result) -> LinkOut | BulkError:
    return result if isinstance(result, BulkError) else show(result)


HANDLERS = [create_links, update_links, delete_links]
