"""Links: create, list, read, change, delete."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import links
from waypost.control.core.qr_designs import get_design
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    pager_of,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.drawing import redrawn, settled
from waypost.control.dialects.linkbreakers.library import files_of, opened_media
from waypost.control.dialects.linkbreakers.mapping.links import SORTS, to_create, to_update
from waypost.control.dialects.linkbreakers.mapping.steps import page_link, to_steps
from waypost.control.dialects.linkbreakers.schemas.links import (
    ContactLinkCreate,
    LinkAnswer,
    LinkBasis,
    LinkCreate,
    LinkPatch,
    LinksAnswer,
    OpenMediaLinkCreate,
    ThankYouLinkCreate,
)
from waypost.control.dialects.linkbreakers.showing import Shown, look_up
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.templating import create_link as create
from waypost.control.dialects.linkbreakers.templating import kept_template, redressed
from waypost.control.dialects.linkbreakers.theming import theme_out, with_look
from waypost.control.dialects.linkbreakers.workflow.graph import Step
from waypost.control.model.links import LinkFilter, LinkView
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Links"


@post("/v1/links", scope="links:write", **takes(LinkCreate, LinkAnswer, TAG))
async def create_link(call: Caller, data: JSONBody[LinkCreate]) -> Response[Any]:
    """Create a link, its QR code and its two first workflow steps."""
    command = to_create(data)

    async def work(tx: Tx) -> Shown:
        return await look_up(tx, call, [await create(tx, call, command)])

    return await call.write(work, _one(call, with_steps=True))


@get("/v1/links", scope="links:read", **gives(LinksAnswer, TAG))
async def list_links(call: Caller) -> Response[Any]:
    """List links: `page_size`, `page_token`, `include`, `tags`, `search`, `sort_by`, `sort_direction`."""
    query = query_of(call)
    sort = SORTS[query.choice("sort_by", tuple(SORTS), "LINK_SORT_FIELD_UPDATED_AT")]
    directions = ("SORT_DIRECTION_ASC", "SORT_DIRECTION_DESC")
    descending = query.choice("sort_direction", directions, "SORT_DIRECTION_DESC") == "SORT_DIRECTION_DESC"
    tags, search = tuple(query.many("tags")), query.text("search")
    view = query.choice("view", ("LINK_VIEW_DIRECTORY", "LINK_VIEW_ALL"), "LINK_VIEW_ALL")
    in_directory = view == "LINK_VIEW_DIRECTORY"
    folder_id = query.text("directory_id") or None if in_directory else None
    at_top = in_directory and folder_id is None
    pager = pager_of(call, "links", sort, descending, tags, search, folder_id, at_top)
    wanted = LinkFilter(
        tags=tags,
        search=search,
        folder_id=folder_id,
        is_outside_folders=at_top,
        sort=sort,
        descending=descending,
        page=query.page(pager),
        count=True,
    )

    async def work(tx: Tx) -> LinksAnswer:
        page = await links.list_links(tx, call.actor, wanted)
        found = (await look_up(tx, call, page.items)).links(call)
        return LinksAnswer(
            links=found, next_page_token=pager.seal(page.next_cursor), total_count=page.total or 0
        )

    return shown(call, await call.read(work))


@get("/v1/links/{link_id:str}", scope="links:read", **gives(LinkAnswer, TAG))
async def get_link(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """Read one link; `include` adds qrcodeDesign and customDomain."""

    async def work(tx: Tx) -> Shown:
        return await look_up(tx, call, [await links.get_link(tx, call.actor, link_id)])

    return shown(call, LinkAnswer(link=(await call.read(work)).links(call)[0]))


@patch("/v1/links/{link_id:str}", scope="links:write", **takes(LinkPatch, LinkAnswer, TAG))
async def update_link(call: Caller, link_id: FromPath[str], data: JSONBody[LinkPatch]) -> Response[Any]:
    """Change the given members; codes that are printed lead to the new destination."""

    async def work(tx: Tx) -> Shown:
        current = await links.get_link(tx, call.actor, link_id)
        if data.qrcode_design_id:
            await get_design(tx, call.actor, data.qrcode_design_id)
        template_id = data.qrcode_template_id or ""
        if data.qrcode_enabled and not current.link.qr_enabled and data.qrcode_template_id is UNSET:
            template_id = await kept_template(tx, call, current.link)
        command = await redressed(tx, call, to_update(data, current), template_id)
        command = await redrawn(tx, call, current.link, command)
        if data.page_theme_id is not UNSET:
            await theme_out(tx, call.actor.workspace_id, data.page_theme_id or link_id)
            command = await with_look(tx, current.link, command)
        changed = await links.update_link(tx, call.actor, link_id, command)
        return await look_up(tx, call, [changed])

    return await call.write(work, _one(call, with_steps=False))


@delete("/v1/links/{link_id:str}", scope="links:write", status_code=200, tags=[TAG])
async def delete_link(call: Caller, link_id: FromPath[str]) -> Response[Any]:
    """Delete a link: scans stop at once, images that were handed out show until they expire."""

    async def work(tx: Tx) -> LinkView:
        return await links.delete_link(tx, call.actor, link_id)

    return await call.write(work, nothing)


def _one(call: Call, *, with_steps: bool) -> Any:
    case = case_of(call)

    def render(found: Shown) -> Any:
        link = found.links(call)[0]
        if not with_steps:
            return spell(LinkAnswer(link=link), case)
        return spell(LinkAnswer(link=link, workflow_steps=to_steps(found.views[0])), case)

    return render


@post("/v1/links/contact", scope="links:write", **takes(ContactLinkCreate, LinkAnswer, TAG))
async def create_contact_link(call: Caller, data: JSONBody[ContactLinkCreate]) -> Response[Any]:
    """Create a link that shows a contact card."""
    return await _page_link(call, data, "CONTACT_CARD", data.vcard_data)


@post("/v1/links/thank-you", scope="links:write", **takes(ThankYouLinkCreate, LinkAnswer, TAG))
async def create_thank_you_link(call: Caller, data: JSONBody[ThankYouLinkCreate]) -> Response[Any]:
    """Create a link that says thank you."""
    payload = {"title": data.title, "description": data.description or ""}
    return await _page_link(call, data, "THANK_YOU_PAGE", payload)


@post("/v1/links/open-media", scope="links:write", **takes(OpenMediaLinkCreate, LinkAnswer, TAG))
async def create_open_media_link(call: Caller, data: JSONBody[OpenMediaLinkCreate]) -> Response[Any]:
    """Create a link that opens a file of the media library."""
    await opened_media(call, data.media_id)
    return await _page_link(call, data, "OPEN_MEDIA", {"mediaId": data.media_id})


async def _page_link(call: Call, body: LinkBasis, action: str, payload: dict[str, Any]) -> Response[Any]:
    async def work(tx: Tx) -> Shown:
        shape = Step(id="", action=action, payload=payload)
        files = await files_of(tx, call, (shape,))
        link_id = body.id or tx.new_id()
        command = page_link(
            body, action, payload, link_id, tx.now_ms, files, lambda found: settled(tx, found)
        )
        return await look_up(tx, call, [await create(tx, call, command)])

    return await call.write(work, _one(call, with_steps=True))


HANDLERS = [
    create_link,
    list_links,
    get_link,
    update_link,
    delete_link,
    create_contact_link,
    create_thank_you_link,
    create_open_media_link,
]
