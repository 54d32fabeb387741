"""What a destination says of itself, asked for on request and through the guarded client only."""

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import UNSET, Struct

from waypost.control.api.routes.links import TAGS, etag_of
from waypost.control.api.routes.parameters import Id
from waypost.control.api.schemas.links import LinkOut, to_link
from waypost.control.core import links
from waypost.control.core.destination import canonical_url
from waypost.control.core.page_metadata import PageMetadata, fetch_metadata, guarded_client
from waypost.control.model.links import LinkView, Preview, UpdateLink
from waypost.control.surface.call import Call, Caller


class MetadataOut(Struct, frozen=True, kw_only=True):
    """What a page says of itself."""

    url: str
    title: str | None
    description: str | None
    image: str | None


class MetadataBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The page to ask."""

    url: str


class LinkMetadataBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether what the link says already is replaced; otherwise only what is empty is filled."""

    overwrite: bool = False


@post("/v1/metadata", scope="links:write", operation_id="fetchMetadata", tags=TAGS, status_code=200)
async def fetch(call: Caller, data: JSONBody[MetadataBody]) -> MetadataOut:
    """Ask a page for its title, description and picture. Nothing is kept.

    Redirects are not followed; the error says where one leads.
    """
    url = canonical_url("url", data.url, call.control.database.installation)
    found = await _ask(call, url, "url")
    return MetadataOut(
        url=url,
        title=found.title or None,
        description=found.description or None,
        image=found.image or None,
    )


@post(
    "/v1/links/{link_id:str}/metadata",
    scope="links:write",
    operation_id="fillMetadata",
    tags=TAGS,
    status_code=200,
)
async def fill(
    call: Caller, link_id: Id, data: JSONBody[LinkMetadataBody | None] = None
) -> Response[LinkOut]:
    """Ask a link's destination for its title, description and picture, and keep them with the link.

    The picture becomes `preview.image`; whether the preview is shown is not changed.
    """
    before = await call.read(lambda tx: links.get_link(tx, call.actor, link_id))
    found = await _ask(call, before.link.target_url, "target_url")
    command = _command(before, found, overwrite=data is not None and data.overwrite)
    if not command.given():
        return Response(to_link(before), headers={"ETag": etag_of(before)})
    return await call.write(
        lambda tx: links.update_link(tx, call.actor, link_id, command, expected_version=before.link.version),
        to_link,
        etag=etag_of,
    )


async def _ask(call: Call, url: str, field: str) -> PageMetadata:
    installation = call.control.database.installation
    async with call.control.fetches:
        return await fetch_metadata(guarded_client(installation), installation, url, field=field)


def _command(before: LinkView, found: PageMetadata, *, overwrite: bool) -> UpdateLink:
    link, preview = before.link, before.link.preview

    def chosen(old: str, new: str) -> str:
        return new if new and (overwrite or not old) else old

    image = chosen(preview.image, found.image)
    shown = Preview(preview.enabled, preview.title, preview.description, image, preview.video)
    title, description = chosen(link.title, found.title), chosen(link.description, found.description)
    return UpdateLink(
        title=title if title != link.title else UNSET,
        description=description if description != link.description else UNSET,
        preview=shown if shown != preview else UNSET,
    )


HANDLERS = [fetch, fill]
