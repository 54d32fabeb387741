"""What uses a file of the media library, and what becomes of that when the file is replaced."""

from collections.abc import Sequence

from waypost.control.core import links, qr_designs
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.drawing import drawn
from waypost.control.dialects.linkbreakers.errors import ReplaceNotAllowed
from waypost.control.dialects.linkbreakers.mapping.designs import media_of, without_media
from waypost.control.dialects.linkbreakers.mapping.steps import graph_of
from waypost.control.dialects.linkbreakers.mapping.templates import KIND as QR_TEMPLATE
from waypost.control.dialects.linkbreakers.mapping.themes import (
    TEMPLATE,
    THEME,
    files_of_styling,
    styling_of,
    theme_id_of,
)
from waypost.control.dialects.linkbreakers.schemas.media import Reference
from waypost.control.model.assets import Asset
from waypost.control.model.documents import DocumentFilter
from waypost.control.model.links import Link
from waypost.control.model.page import PageRequest
from waypost.control.model.qr import QrDesign, UpdateQrDesign
from waypost.control.store import documents, qr
from waypost.control.store import links as stored_links
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call

LOGO = "TYPE_QR_CODE_LOGO"
STEP = "TYPE_OPEN_MEDIA_STEP"
_THEME_TYPES = {
    "canvas_cover": "TYPE_PAGE_THEME_COVER",
    "badge": "TYPE_PAGE_THEME_BADGE",
    "footer_logo": "TYPE_PAGE_THEME_FOOTER_LOGO",
}


async def references(tx: Tx, call: Call, asset: Asset) -> list[Reference]:
    """Every use of a file."""
    found = [
        Reference(type=STEP, link_id=link.id, link_name=link.title or link.slug, workflow_step_id=step.id)
        for link in await _opening(tx, asset)
        for step in graph_of(link)
        if step.payload.get("mediaId") == asset.id
    ]
    shown = await _themes(tx, asset)
    return [*found, *shown, *await _logos(tx, asset, await _designs(tx, asset))]


async def check_uses(tx: Tx, call: Call, asset: Asset, content_type: str, size_bytes: int) -> None:
    """Raise ReplaceNotAllowed when something that shows a file could not show one of this type and size.

    Steps open every file; QR codes keep their logo; page themes show pictures of at most 3 MB.
    """
    why = ""
    if not content_type.startswith("image/"):
        why = "KIND_NOT_ACCEPTED"
    elif size_bytes > limits.CENTRAL_IMAGE_BYTES_MAX:
        why = "TOO_LARGE"
    if not why:
        return
    showing = [use for use in await references(tx, call, asset) if use.type not in (STEP, LOGO)]
    if showing:
        named = ((use.link_name or use.page_theme_template_name or use.type, why) for use in showing)
        raise ReplaceNotAllowed(tuple(named))


async def detach_logos(tx: Tx, call: Call, asset: Asset) -> list[Reference]:
    """Let QR codes forget that their logo came from a file: they keep a copy of what it was."""
    designs = await _designs(tx, asset)
    found = await _logos(tx, asset, designs)
    for design in designs:
        command = UpdateQrDesign(extras=without_media(design))
        await qr_designs.update_design(tx, call.actor, design.id, command, None)
    return found


async def reopen(tx: Tx, call: Call, asset: Asset) -> None:
    """Publish the links that open a file anew: it may be of another kind than before."""
    for link in await _opening(tx, asset):
        await links.update_link(tx, call.actor, link.id, await drawn(tx, call, link, graph_of(link)))


async def _opening(tx: Tx, asset: Asset) -> list[Link]:
    named = await stored_links.keeping(tx, asset.workspace_id, asset.id)
    return [link for link in named if any(step.payload.get("mediaId") == asset.id for step in graph_of(link))]


async def _themes(tx: Tx, asset: Asset) -> list[Reference]:
    """The page themes that show a file, each named by the links or the template that it belongs to."""
    found = []
    workspace_id = asset.workspace_id
    for theme in await documents.naming(tx, workspace_id, THEME, asset.id):
        types = [
            _THEME_TYPES[name]
            for name, media_id in files_of_styling(styling_of(theme)).items()
            if media_id == asset.id
        ]
        own = await stored_links.get_many(tx, workspace_id, [theme.id])
        sharing = await stored_links.keeping(tx, workspace_id, theme.id)
        linked = {link.id: link for link in (*own, *sharing) if theme_id_of(link) == theme.id}
        owners = [{"link_id": link.id, "link_name": link.title or link.slug} for link in linked.values()] + [
            {"page_theme_template_id": template.id, "page_theme_template_name": template.name}
            for template in await documents.naming(tx, workspace_id, TEMPLATE, theme.id)
        ]
        found += [Reference(type=kind, **owner) for kind in types for owner in owners or [{}]]
    return found


async def _designs(tx: Tx, asset: Asset) -> list[QrDesign]:
    named = await qr.designs_naming(tx, asset.workspace_id, asset.id)
    return [design for design in named if media_of(design) == asset.id]


async def _logos(tx: Tx, asset: Asset, designs: Sequence[QrDesign]) -> list[Reference]:
    """The uses as a logo, each named by the links or templates that the design belongs to."""
    if not designs:
        return []
    ids = [design.id for design in designs]
    found = [
        Reference(type=LOGO, link_id=link.id, link_name=link.title or link.slug)
        for link in await stored_links.with_designs(tx, asset.workspace_id, ids)
    ]
    wanted = DocumentFilter(workspace_id=asset.workspace_id, page=PageRequest(limit=1000))
    found += [
        Reference(type=LOGO, qrcode_template_id=template.id, qrcode_template_name=template.name)
        for template in (await documents.find(tx, QR_TEMPLATE, wanted)).items
        if template.document["design_id"] in ids
    ]
    return found or [Reference(type=LOGO)]
