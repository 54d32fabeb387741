"""Page theme templates: looks with a name, applied to links, published, imported; and their gallery."""

from collections import Counter
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET

from waypost.control.core import assets, documents
from waypost.control.core.assets import kept_key, upload_key
from waypost.control.dialects.linkbreakers import limits, template_lists
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.library import opened
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT
from waypost.control.dialects.linkbreakers.mapping.templates import changed_words, require_publishable
from waypost.control.dialects.linkbreakers.mapping.themes import (
    PICTURES,
    TEMPLATE,
    changed,
    files_of_styling,
    styling_of,
    to_public_template,
    to_template,
)
from waypost.control.dialects.linkbreakers.schemas.templates import ImportIn, ThumbnailsIn
from waypost.control.dialects.linkbreakers.schemas.themes import (
    PublicThemeTemplate,
    PublicThemeTemplates,
    Styling,
    StylingIn,
    TemplateImages,
    TemplateImagesAnswer,
    ThemeTemplateAnswer,
    ThemeTemplateIn,
    ThemeTemplateOut,
    ThemeTemplatesAnswer,
)
from waypost.control.dialects.linkbreakers.spelling import read, spell
from waypost.control.dialects.linkbreakers.theming import (
    change_theme,
    find_theme,
    images_of,
    open_pictures,
    put_theme,
    theme_out,
)
from waypost.control.model.assets import Asset, StartUpload
from waypost.control.model.documents import Document
from waypost.control.model.faults import Invalid
from waypost.control.store import assets as stored_assets
from waypost.control.store import links as stored_links
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "Page theme templates"
PATH = "/v1/page-theme-templates"
ONE = PATH + "/{template_id:str}"
GALLERY = "/v1/public/page-theme-templates"
SCOPES = ("PAGE_THEME_TEMPLATE_SCOPE_WORKSPACE", "PAGE_THEME_TEMPLATE_SCOPE_AVAILABLE")
_USED = "page_theme_template_id"
"""The member of a link that names the template it is styled by."""
ARRANGED = 1000
"""Templates that are looked at to find one or to put them in order."""


@post(PATH, scope="bio:write", **takes(ThemeTemplateIn, ThemeTemplateAnswer, TAG))
async def create_template(call: Caller, data: JSONBody[ThemeTemplateIn]) -> Response[Any]:
    """Keep a look as a template: the one that is sent, a copy of a theme, or the plain one."""
    workspace_id, source = call.actor.workspace_id, data.source_page_theme_id or ""
    before = Styling()
    if source:
        await call.read(lambda tx: theme_out(tx, workspace_id, source))
        before = styling_of(await call.read(lambda tx: find_theme(tx, workspace_id, source)))
    styling = changed(Styling(), read(data.styling, StylingIn)) if data.styling else before
    await open_pictures(call, styling, before)

    async def work(tx: Tx) -> Document:
        theme = await put_theme(tx, call, tx.new_id(), styling)
        words = changed_words(_words(data), {"theme_id": theme.id})
        return await documents.create_document(tx, call.actor, TEMPLATE, name=data.name or "", document=words)

    return await _answered(call, work)


@get(PATH, scope="bio:read", **gives(ThemeTemplatesAnswer, TAG))
async def list_templates(call: Caller) -> Response[Any]:
    """Templates of the workspace; with scope AVAILABLE those that others published too."""
    pager, wanted = template_lists.of_workspace(call, "theme templates", SCOPES)

    async def work(tx: Tx) -> ThemeTemplatesAnswer:
        page = await documents.list_documents(tx, TEMPLATE, wanted)
        usage = await _usage(tx, call)
        return ThemeTemplatesAnswer(
            page_theme_templates=[await _shown(tx, call, each, usage) for each in page.items],
            total_count=page.total or 0,
            has_more=bool(page.next_cursor),
            next_page_token=pager.seal(page.next_cursor),
        )

    return shown(call, await call.read(work))


@get(ONE, scope="bio:read", **gives(ThemeTemplateOut, TAG))
async def read_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """One template; `include=pageTheme` adds its look."""

    async def work(tx: Tx) -> ThemeTemplateOut:
        found = await documents.get_document(tx, call.actor, TEMPLATE, template_id)
        return await shown_template(tx, call, found)

    return shown(call, await call.read(work))


@patch(ONE, scope="bio:write", **takes(ThemeTemplateIn, ThemeTemplateAnswer, TAG))
async def update_template(
    call: Caller, template_id: FromPath[str], data: JSONBody[ThemeTemplateIn]
) -> Response[Any]:
    """Change the words of a template."""
    return await _answered(
        call, lambda tx: template_lists.change_words(tx, call, TEMPLATE, template_id, _words(data))
    )


@patch(f"{ONE}/styling", scope="bio:write", **takes(StylingIn, ThemeTemplateAnswer, TAG))
async def update_styling(
    call: Caller, template_id: FromPath[str], data: JSONBody[StylingIn]
) -> Response[Any]:
    """Change the look of a template. Links that were styled from it keep theirs."""

    async def current(tx: Tx) -> tuple[Document, Styling]:
        template = await documents.get_document(tx, call.actor, TEMPLATE, template_id)
        return template, styling_of(await theme_of(tx, template))

    _, before = await call.read(current)
    await open_pictures(call, changed(before, data), before)

    async def work(tx: Tx) -> Document:
        template, styling = await current(tx)
        await change_theme(tx, call, template.document["theme_id"], changed(styling, data))
        return await documents.change_document(tx, call.actor, template)

    return await _answered(call, work)


@delete(ONE, scope="bio:write", status_code=200, tags=[TAG])
async def delete_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """Delete a template. Pages that were styled from it keep their look."""

    async def work(tx: Tx) -> None:
        template = await documents.delete_document(tx, call.actor, TEMPLATE, template_id)
        await documents.delete_document(tx, call.actor, "page_theme", template.document["theme_id"])

    return await call.write(work, nothing)


@post(f"{ONE}/publish", scope="bio:write", **gives(ThemeTemplateAnswer, TAG))
async def publish_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """Show a template in the gallery; it needs a name, a slug and a description."""

    async def work(tx: Tx) -> Document:
        before = await documents.get_document(tx, call.actor, TEMPLATE, template_id)
        require_publishable(before)
        published_ms = before.published_ms or tx.now_ms
        return await documents.change_document(tx, call.actor, before, published_ms=published_ms)

    return await _answered(call, work)


@post(f"{PATH}/import", scope="bio:write", **takes(ImportIn, ThemeTemplateAnswer, TAG))
async def import_template(call: Caller, data: JSONBody[ImportIn]) -> Response[Any]:
    """Copy a published template, its pictures too, into the workspace."""
    source = await call.read(lambda tx: documents.published_document(tx, TEMPLATE, data.slug))
    styling = await bring_pictures(call, source)

    async def work(tx: Tx) -> Document:
        theme = await put_theme(tx, call, tx.new_id(), styling)
        words = {**source.document, "theme_id": theme.id, "duplicated_from": source.id}
        return await documents.create_document(tx, call.actor, TEMPLATE, name=source.name, document=words)

    return await _answered(call, work)


@post(f"{PATH}/images:resolve", scope="bio:read", **takes(ThumbnailsIn, TemplateImagesAnswer, TAG))
async def resolve_images(call: Caller, data: JSONBody[ThumbnailsIn]) -> Response[Any]:
    """Fresh addresses of the pictures of templates."""
    wanted = template_lists.of_ids(call, data.template_ids)

    async def work(tx: Tx) -> dict[str, TemplateImages]:
        found = (await documents.list_documents(tx, TEMPLATE, wanted)).items
        return {each.id: await _images(tx, call, each) for each in found}

    return shown(call, TemplateImagesAnswer(images=await call.read(work)))


@get(GALLERY, scope="", limited=True, **gives(PublicThemeTemplates, TAG))
async def gallery(call: Caller) -> Response[Any]:
    """Published templates, newest first: `search`, `workspace_id`; `include=workspace` says whose they are."""
    pager, wanted = template_lists.of_gallery(call, "theme gallery")

    async def work(tx: Tx) -> PublicThemeTemplates:
        page = await documents.list_documents(tx, TEMPLATE, wanted)
        return PublicThemeTemplates(
            page_theme_templates=[await _public(tx, call, each) for each in page.items],
            has_more=bool(page.next_cursor),
            next_page_token=pager.seal(page.next_cursor),
        )

    return shown(call, await call.read(work))


@get(f"{GALLERY}/{{slug:str}}", scope="", limited=True, **gives(PublicThemeTemplate, TAG))
async def public_template(call: Caller, slug: FromPath[str]) -> Response[Any]:
    """One published template."""

    async def work(tx: Tx) -> PublicThemeTemplate:
        return await _public(tx, call, await documents.published_document(tx, TEMPLATE, slug))

    return shown(call, await call.read(work))


async def template_of(tx: Tx, call: Call, template_id: str, slug: str) -> Document:
    """One's own template by its id, or anybody's published one by its slug. Raises DocumentNotFound."""
    if template_id:
        return await documents.get_document(tx, call.actor, TEMPLATE, template_id)
    return await documents.published_document(tx, TEMPLATE, slug)


async def theme_of(tx: Tx, template: Document) -> Document | None:
    """The theme that holds the look of a template."""
    return await find_theme(tx, template.workspace_id, template.document["theme_id"])


async def shown_template(tx: Tx, call: Call, template: Document) -> ThemeTemplateOut:
    """A template as the caller's workspace sees it; with its look where that was asked for."""
    return await _shown(tx, call, template, await _usage(tx, call))


async def _shown(tx: Tx, call: Call, template: Document, usage: Counter[str]) -> ThemeTemplateOut:
    theme = None
    if "page_theme" in query_of(call).included():
        theme = await theme_out(tx, template.workspace_id, template.document["theme_id"])
    images = await _images(tx, call, template)
    return to_template(template, call.actor.workspace_id, images, usage[template.id], theme)


async def _usage(tx: Tx, call: Call) -> Counter[str]:
    """How many links of the caller's workspace use each template."""
    kept = await stored_links.extras_with(tx, call.actor.workspace_id, _USED)
    return Counter(extras.get(DIALECT, {}).get(_USED) for extras in kept)


async def bring_pictures(call: Call, template: Document) -> Styling:
    """The look of a template with pictures that are the caller's own: those of another workspace are copied.

    Raises what taking files in raises.
    """
    styling = styling_of(await call.read(lambda tx: theme_of(tx, template)))
    if template.workspace_id == call.actor.workspace_id:
        return styling
    own = {}
    for name, media_id in files_of_styling(styling).items():
        async with call.control.database.read() as tx:
            asset = await stored_assets.find(tx, template.workspace_id, media_id)
        own[PICTURES[name]] = "" if asset is None else (await _copied(call, asset)).id
    return msgspec.structs.replace(styling, **own)


async def _copied(call: Call, asset: Asset) -> Asset:
    """A file of another workspace in the caller's library, readable by visitors."""
    known = await call.read(lambda tx: stored_assets.by_digest(tx, call.actor.workspace_id, asset.sha256))
    if known is not None:
        return await opened(call, known)
    control = call.control
    body = await control.assets.objects.read(kept_key(asset), limits.CENTRAL_IMAGE_BYTES_MAX) or b""
    command = StartUpload(filename=asset.filename, content_type=asset.content_type, size_bytes=len(body))
    async with control.database.write() as tx:
        copy = await assets.start_upload(tx, call.actor, command)
    await control.assets.objects.write(upload_key(copy), body, {"content-type": copy.content_type})
    kept = await control.assets.keep(copy)
    async with control.database.write() as tx:
        copy = await assets.confirm(tx, call.actor, copy.id, kept)
    await control.assets.forget_upload(copy)
    return await opened(call, copy)


async def _images(tx: Tx, call: Call, template: Document) -> TemplateImages:
    return await images_of(tx, call, template.workspace_id, styling_of(await theme_of(tx, template)))


async def _public(tx: Tx, call: Call, template: Document) -> PublicThemeTemplate:
    theme = await theme_out(tx, template.workspace_id, template.document["theme_id"])
    workspace = None
    if "workspace" in query_of(call).included():
        workspace = await workspaces.get(tx, template.workspace_id)
    return to_public_template(template, theme, await _images(tx, call, template), workspace)


async def _answered(call: Call, work: Any) -> Response[Any]:
    """Run a use case that gives a template's document, and answer with the template."""
    case = case_of(call)

    async def whole(tx: Tx) -> ThemeTemplateOut:
        return await shown_template(tx, call, await work(tx))

    return await call.write(whole, lambda found: spell(ThemeTemplateAnswer(page_theme_template=found), case))


def _words(data: ThemeTemplateIn) -> ThemeTemplateIn:
    if data.name is not UNSET and len(data.name or "") > limits.SEARCH_CHARACTERS_MAX:
        raise Invalid("name", f"longer than {limits.SEARCH_CHARACTERS_MAX} characters")
    return data


HANDLERS = [
    create_template,
    list_templates,
    resolve_images,
    import_template,
    read_template,
    update_template,
    update_styling,
    delete_template,
    publish_template,
    gallery,
    public_template,
]
