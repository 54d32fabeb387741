"""Page themes: found, changed, and put on the pages of links."""

from collections.abc import Sequence

import msgspec

from waypost.control.core import assets, documents, links
from waypost.control.dialects.linkbreakers.library import opened, shown_media
from waypost.control.dialects.linkbreakers.logos import require_picture
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT
from waypost.control.dialects.linkbreakers.mapping.themes import (
    THEME,
    dressed,
    files_of_styling,
    look_of,
    styling_of,
    theme_id_of,
    to_document,
    to_theme,
)
from waypost.control.dialects.linkbreakers.schemas.themes import Styling, TemplateImages, ThemeOut
from waypost.control.model.documents import Document, DocumentNotFound
from waypost.control.model.faults import LinkNotFound
from waypost.control.model.links import Json, Link, UpdateLink
from waypost.control.store import assets as stored_assets
from waypost.control.store import documents as stored_documents
from waypost.control.store import links as stored_links
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call


async def find_theme(tx: Tx, workspace_id: str, theme_id: str) -> Document | None:
    """A theme that somebody chose; None for one that is plain."""
    try:
        return await stored_documents.get(tx, workspace_id, THEME, theme_id)
    except DocumentNotFound:
        return None


async def theme_out(tx: Tx, workspace_id: str, theme_id: str) -> ThemeOut:
    """A theme by its id, which is the link's where it is a link's own. Raises DocumentNotFound."""
    theme = await find_theme(tx, workspace_id, theme_id)
    if theme is not None:
        return to_theme(theme.id, workspace_id, styling_of(theme), theme.created_ms, theme.updated_ms)
    try:
        link = await stored_links.get(tx, workspace_id, theme_id)
    except LinkNotFound as error:
        raise DocumentNotFound(theme_id) from error
    return to_theme(link.id, workspace_id, Styling(), link.created_ms, link.created_ms)


async def put_theme(tx: Tx, call: Call, theme_id: str, styling: Styling, link_id: str = "") -> Document:
    """Keep a look under an id, over the one that was there."""
    before = await find_theme(tx, call.actor.workspace_id, theme_id)
    if before is not None:
        return await documents.change_document(tx, call.actor, before, document=to_document(styling))
    return await documents.create_document(
        tx,
        call.actor,
        THEME,
        name="",
        document=to_document(styling),
        link_id=link_id,
        document_id=theme_id,
    )


async def change_theme(tx: Tx, call: Call, theme_id: str, styling: Styling) -> ThemeOut:
    """Give a theme another look, and the pages of every link that has it. Raises DocumentNotFound."""
    known = await theme_out(tx, call.actor.workspace_id, theme_id)
    own = await stored_links.get_many(tx, call.actor.workspace_id, [theme_id])
    await put_theme(tx, call, known.id, styling, own[0].id if own else "")
    sharing = await stored_links.keeping(tx, call.actor.workspace_id, theme_id)
    for link in {each.id: each for each in (*own, *sharing)}.values():
        if theme_id_of(link) == theme_id:
            await links.update_link(tx, call.actor, link.id, await with_look(tx, link, UpdateLink()))
    return await theme_out(tx, call.actor.workspace_id, theme_id)


async def with_look(tx: Tx, link: Link, command: UpdateLink) -> UpdateLink:
    """A change of a link after which its pages look as its theme says; pages of a plain theme stay as they are."""
    after = link if command.extras is msgspec.UNSET else msgspec.structs.replace(link, extras=command.extras)
    theme = await find_theme(tx, link.workspace_id, theme_id_of(after))
    if theme is None:
        return command if theme_id_of(after) == theme_id_of(link) else dressed(link, command, {})
    return dressed(link, command, await _look(tx, link.workspace_id, styling_of(theme)))


async def _look(tx: Tx, workspace_id: str, styling: Styling) -> Json:
    pictures = {}
    for media_id in files_of_styling(styling).values():
        asset = await stored_assets.find(tx, workspace_id, media_id)
        if asset is not None and asset.published_ms:
            pictures[media_id] = assets.public_url(asset, tx.installation)
    return look_of(styling, pictures)


async def apply_styling(tx: Tx, call: Call, link_id: str, styling: Styling, template_id: str) -> ThemeOut:
    """Give a link the look of a template as its own theme. Raises LinkNotFound."""
    link = (await links.get_link(tx, call.actor, link_id)).link
    await put_theme(tx, call, link.id, styling, link.id)
    own = {name: value for name, value in link.extras.get(DIALECT, {}).items() if name != "page_theme_id"}
    own["page_theme_template_id"] = template_id
    command = UpdateLink(extras={**link.extras, DIALECT: own})
    await links.update_link(tx, call.actor, link.id, await with_look(tx, link, command))
    return await theme_out(tx, call.actor.workspace_id, link.id)


async def open_pictures(call: Call, styling: Styling, before: Styling) -> None:
    """Let visitors read the pictures that a look names newly. Raises AssetNotFound, MediaNotAllowed."""
    known = set(files_of_styling(before).values())
    for name, media_id in files_of_styling(styling).items():
        if media_id not in known:
            async with call.control.database.read() as tx:
                asset = await assets.get_asset(tx, call.actor, media_id)
            require_picture(asset, f"{name}.id")
            await opened(call, asset)


async def images_of(tx: Tx, call: Call, workspace_id: str, styling: Styling) -> TemplateImages:
    """The addresses of a look's pictures."""
    found = {}
    for name, media_id in files_of_styling(styling).items():
        asset = await stored_assets.find(tx, workspace_id, media_id)
        found[name] = shown_media(call, asset).signed_url if asset is not None else ""
    return TemplateImages(
        cover_signed_url=found.get("canvas_cover", ""),
        badge_signed_url=found.get("badge", ""),
        footer_logo_signed_url=found.get("footer_logo", ""),
    )


async def themes_by_id(tx: Tx, workspace_id: str, linked: Sequence[Link]) -> dict[str, ThemeOut]:
    """The themes of links, by the link's id."""
    return {link.id: await theme_out(tx, workspace_id, theme_id_of(link)) for link in linked}
