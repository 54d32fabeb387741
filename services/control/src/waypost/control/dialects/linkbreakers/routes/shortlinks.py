"""Small questions around links: is a shortlink free, give me one, where are the images."""

from typing import Any

from litestar import Response, get, post
from litestar.params import JSONBody

from waypost.control.core.link_slugs import free_random, is_free, place_of
from waypost.control.core.links import get_link
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.asked import gives, query_of, shown, takes
from waypost.control.dialects.linkbreakers.mapping.links import shortlink
from waypost.control.dialects.linkbreakers.schemas.links import (
    Availability,
    ImagesAnswer,
    ImagesWanted,
    RandomShortlink,
)
from waypost.control.dialects.linkbreakers.showing import ImageSigner
from waypost.control.model.faults import Invalid, LinkNotFound
from waypost.control.model.installation import DEFAULT_DOMAIN
from waypost.control.model.links import LinkView
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Caller

TAG = "Links"


@get("/v1/links/shortlink-availability", scope="links:read", **gives(Availability, TAG))
async def shortlink_availability(call: Caller) -> Response[Any]:
    """Whether `shortlink` could be had on `custom_domain_id`, or on the default domain."""
    query = query_of(call)
    wanted = shortlink(query.text("shortlink"))
    domain_id = query.text("custom_domain_id") or DEFAULT_DOMAIN

    async def work(tx: Tx) -> bool:
        return await is_free(tx, await place_of(tx, call.actor.workspace_id, domain_id), wanted)

    return shown(call, Availability(available=await call.read(work)))


@get("/v1/links/shortlink-random", scope="links:read", **gives(RandomShortlink, TAG))
async def shortlink_random(call: Caller) -> Response[Any]:
    """A shortlink that nobody has. It is not kept: a link asks for it, or takes another."""

    async def work(tx: Tx) -> str:
        return await free_random(tx, await place_of(tx, call.actor.workspace_id, DEFAULT_DOMAIN))

    return shown(call, RandomShortlink(shortlink=await call.read(work)))


@post("/v1/links/qrcode-images:resolve", scope="links:read", **takes(ImagesWanted, ImagesAnswer, TAG))
async def resolve_images(call: Caller, data: JSONBody[ImagesWanted]) -> Response[Any]:
    """Fresh image addresses of links; unknown links are left out."""
    if not 1 <= len(data.link_ids) <= limits.IMAGE_IDS_MAX:
        raise Invalid("link_ids", f"must be 1 to {limits.IMAGE_IDS_MAX}")

    async def work(tx: Tx) -> list[LinkView]:
        found = []
        for link_id in dict.fromkeys(data.link_ids):
            try:
                found.append(await get_link(tx, call.actor, link_id))
            except LinkNotFound:
                continue
        return found

    signer = ImageSigner(call)
    views = [view for view in await call.read(work) if view.link.qr_enabled]
    return shown(
        call, ImagesAnswer(qrcode_signed_urls={view.link.id: signer.address(view) for view in views})
    )


HANDLERS = [shortlink_availability, shortlink_random, resolve_images]
