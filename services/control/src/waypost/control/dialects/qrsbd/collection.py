"""What both collections do: QR codes and short links are one thing, told apart by their kind.

An id of the other collection is an unknown id.
"""

from litestar import Response
from msgspec import UNSET

from waypost.control.core import links
from waypost.control.dialects.qrsbd import limits
from waypost.control.dialects.qrsbd.designing import drawable, with_design, with_new_design
from waypost.control.dialects.qrsbd.mapping import to_create, to_link, to_update
from waypost.control.dialects.qrsbd.schemas import (
    Create,
    Deleted,
    LinkOut,
    LinkPatch,
    QrCreate,
    QrPatch,
    Success,
)
from waypost.control.model.faults import LinkNotFound
from waypost.control.model.links import LinkFilter, LinkKind, LinkView
from waypost.control.model.page import PageRequest
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call


async def newest(call: Call, kind: LinkKind) -> Success[list[LinkOut]]:
    """The newest rows of a collection."""
    wanted = LinkFilter(kind=kind, page=PageRequest(limit=limits.LIST_ITEMS_MAX))
    page = await call.read(lambda tx: links.list_links(tx, call.actor, wanted))
    return Success([to_link(view) for view in page.items])


async def one(call: Call, kind: LinkKind, link_id: str) -> Success[LinkOut]:
    """One row. Raises LinkNotFound."""
    return Success(to_link(await call.read(lambda tx: _found(tx, call, kind, link_id))))


async def make(call: Call, body: Create) -> Response[Success[LinkOut]]:
    """A new row; the type of the body says in which collection."""
    command = to_create(body)
    document = await drawable(call.control.studio, body.design) if isinstance(body, QrCreate) else None

    async def work(tx: Tx) -> LinkView:
        designed = await with_new_design(tx, call.actor, command, document)
        return await links.create_link(tx, call.actor, designed)

    return await call.write(work, lambda view: Success(to_link(view)), status=201)


async def change(call: Call, kind: LinkKind, link_id: str, body: LinkPatch) -> Response[Success[LinkOut]]:
    """Change the given members. Raises LinkNotFound, Invalid."""

    document = await drawable(call.control.studio, body.design) if isinstance(body, QrPatch) else UNSET

    async def work(tx: Tx) -> LinkView:
        current = await _found(tx, call, kind, link_id)
        command = to_update(body, current)
        command = await with_design(tx, call.actor, current.link, command, document)
        return await links.update_link(tx, call.actor, link_id, command)

    return await call.write(work, lambda view: Success(to_link(view)))


async def remove(call: Call, kind: LinkKind, link_id: str) -> Response[Success[Deleted]]:
    """Stop a row; it is no longer listed. Raises LinkNotFound."""

    async def work(tx: Tx) -> LinkView:
        await _found(tx, call, kind, link_id)
        return await links.delete_link(tx, call.actor, link_id)

    return await call.write(work, lambda view: Success(Deleted(id=view.link.id)))


async def _found(tx: Tx, call: Call, kind: LinkKind, link_id: str) -> LinkView:
    view = await links.get_link(tx, call.actor, link_id)
    if view.link.kind != kind:
        raise LinkNotFound(link_id)
    return view
