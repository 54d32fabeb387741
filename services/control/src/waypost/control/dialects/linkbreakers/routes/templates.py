"""QR code templates: kept, applied, published, imported; and the gallery of published ones."""

from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from waypost.control.core import documents, qr_designs
from waypost.control.dialects.linkbreakers import template_lists
from waypost.control.dialects.linkbreakers.asked import (
    case_of,
    gives,
    nothing,
    query_of,
    shown,
    takes,
)
from waypost.control.dialects.linkbreakers.logos import shown_design
from waypost.control.dialects.linkbreakers.mapping.templates import (
    KIND,
    changed_words,
    require_publishable,
    to_public_template,
    to_template,
)
from waypost.control.dialects.linkbreakers.schemas.designs import DesignAnswer
from waypost.control.dialects.linkbreakers.schemas.templates import (
    ApplyTemplateIn,
    ImportIn,
    PublicTemplate,
    PublicTemplates,
    TemplateAnswer,
    TemplateIn,
    TemplateOut,
    TemplatesAnswer,
    Thumbnails,
    ThumbnailsIn,
)
from waypost.control.dialects.linkbreakers.showing import ImageSigner
from waypost.control.dialects.linkbreakers.spelling import spell
from waypost.control.dialects.linkbreakers.templating import apply, look_of, template_of
from waypost.control.model.documents import Document
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import CreateQrDesign, QrDesign, UpdateQrDesign
from waypost.control.store import links as stored_links
from waypost.control.store import workspaces
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call, Caller

TAG = "QR code templates"
PATH = "/v1/qrcode-templates"
ONE = PATH + "/{template_id:str}"
GALLERY = "/v1/public/qrcode-templates"
SCOPES = ("QRCODE_TEMPLATE_SCOPE_WORKSPACE", "QRCODE_TEMPLATE_SCOPE_AVAILABLE")


@post(PATH, scope="qr:write", **takes(TemplateIn, TemplateAnswer, TAG))
async def create_template(call: Caller, data: JSONBody[TemplateIn]) -> Response[Any]:
    """Keep a design as a template: a copy of it, or the plain look."""

    async def work(tx: Tx) -> Document:
        design = await _copied(tx, call, data.qrcode_design_id or "")
        words = changed_words(data, {"design_id": design.id})
        return await documents.create_document(tx, call.actor, KIND, name=data.name or "", document=words)

    return await _answered(call, work)


@get(PATH, scope="qr:read", **gives(TemplatesAnswer, TAG))
async def list_templates(call: Caller) -> Response[Any]:
    """Templates of the workspace; with scope AVAILABLE those that others published too."""
    pager, wanted = template_lists.of_workspace(call, "templates", SCOPES)

    async def work(tx: Tx) -> TemplatesAnswer:
        page = await documents.list_documents(tx, KIND, wanted)
        return TemplatesAnswer(
            qrcode_templates=[await _template(tx, call, each) for each in page.items],
            total_count=page.total or 0,
            has_more=bool(page.next_cursor),
            next_page_token=pager.seal(page.next_cursor),
        )

    return shown(call, await call.read(work))


@get(ONE, scope="qr:read", **gives(TemplateOut, TAG))
async def read_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """One template; `include=qrcodeDesign` adds its design."""

    async def work(tx: Tx) -> TemplateOut:
        found = await documents.get_document(tx, call.actor, KIND, template_id)
        return await _template(tx, call, found)

    return shown(call, await call.read(work))


@patch(ONE, scope="qr:write", **takes(TemplateIn, TemplateAnswer, TAG))
async def update_template(
    call: Caller, template_id: FromPath[str], data: JSONBody[TemplateIn]
) -> Response[Any]:
    """Change the words of a template. Its look changes with its design."""
    return await _answered(call, lambda tx: template_lists.change_words(tx, call, KIND, template_id, data))


@delete(ONE, scope="qr:write", status_code=200, tags=[TAG])
async def delete_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """Delete a template. Links that look like it keep their look."""
    return await call.write(lambda tx: documents.delete_document(tx, call.actor, KIND, template_id), nothing)


@post(f"{ONE}/publish", scope="qr:write", **gives(TemplateAnswer, TAG))
async def publish_template(call: Caller, template_id: FromPath[str]) -> Response[Any]:
    """Show a template in the gallery; it needs a name, a slug and a description."""

    async def work(tx: Tx) -> Document:
        before = await documents.get_document(tx, call.actor, KIND, template_id)
        require_publishable(before)
        look = await look_of(tx, call, before)
        await qr_designs.update_design(tx, call.actor, look.id, UpdateQrDesign(is_public=True), None)
        published_ms = before.published_ms or tx.now_ms
        return await documents.change_document(tx, call.actor, before, published_ms=published_ms)

    return await _answered(call, work)


@post(f"{PATH}/import", scope="qr:write", **takes(ImportIn, TemplateAnswer, TAG))
async def import_template(call: Caller, data: JSONBody[ImportIn]) -> Response[Any]:
    """Copy a published template into the workspace."""

    async def work(tx: Tx) -> Document:
        source = await documents.published_document(tx, KIND, data.slug)
        design = await qr_designs.duplicate_design(tx, call.actor, source.document["design_id"])
        words = {**source.document, "design_id": design.id, "duplicated_from": source.id}
        return await documents.create_document(tx, call.actor, KIND, name=source.name, document=words)

    return await _answered(call, work)


@post(f"{PATH}/images:resolve", scope="qr:read", **takes(ThumbnailsIn, Thumbnails, TAG))
async def resolve_thumbnails(call: Caller, data: JSONBody[ThumbnailsIn]) -> Response[Any]:
    """Fresh picture addresses of templates."""
    wanted = template_lists.of_ids(call, data.template_ids)
    signer = ImageSigner(call)

    async def work(tx: Tx) -> dict[str, str]:
        page = await documents.list_documents(tx, KIND, wanted)
        return {each.id: _thumbnail(signer, each) for each in page.items}

    return shown(call, Thumbnails(thumbnail_signed_urls=await call.read(work)))


@post("/v1/qrcode-designs/apply-template", scope="qr:write", **takes(ApplyTemplateIn, DesignAnswer, TAG))
async def apply_template(call: Caller, data: JSONBody[ApplyTemplateIn]) -> Response[Any]:
    """Give a link the look of a template, as a design of its own."""
    template_id, slug = data.qrcode_template_id or "", data.template_slug or ""
    if not template_id and not slug:
        raise Invalid("qrcode_template_id", "or template_slug is required")
    case = case_of(call)

    async def work(tx: Tx) -> QrDesign:
        template = await template_of(tx, call, template_id=template_id, slug=slug)
        return await apply(tx, call, data.link_id, template)

    return await call.write(
        work, lambda design: spell(DesignAnswer(qrcode_design=shown_design(call, design)), case)
    )


@get(GALLERY, scope="", limited=True, **gives(PublicTemplates, TAG))
async def gallery(call: Caller) -> Response[Any]:
    """Published templates, newest first: `search`, `workspace_id`."""
    pager, wanted = template_lists.of_gallery(call, "gallery")

    async def work(tx: Tx) -> PublicTemplates:
        page = await documents.list_documents(tx, KIND, wanted)
        return PublicTemplates(
            qrcode_templates=[await _public(tx, call, each) for each in page.items],
            has_more=bool(page.next_cursor),
            next_page_token=pager.seal(page.next_cursor),
        )

    return shown(call, await call.read(work))


@get(f"{GALLERY}/{{slug:str}}", scope="", limited=True, **gives(PublicTemplate, TAG))
async def public_template(call: Caller, slug: FromPath[str]) -> Response[Any]:
    """One published template."""

    async def work(tx: Tx) -> PublicTemplate:
        return await _public(tx, call, await documents.published_document(tx, KIND, slug))

    return shown(call, await call.read(work))


async def _answered(call: Call, work: Any) -> Response[Any]:
    """Run a use case that gives a template's document, and answer with the template."""
    case = case_of(call)

    async def whole(tx: Tx) -> TemplateOut:
        return await _template(tx, call, await work(tx))

    return await call.write(whole, lambda found: spell(TemplateAnswer(qrcode_template=found), case))


async def _template(tx: Tx, call: Call, template: Document) -> TemplateOut:
    design = None
    if "qrcode_design" in query_of(call).included():
        design = shown_design(call, await look_of(tx, call, template))
    usage = await stored_links.count_with_design(tx, call.actor.workspace_id, template.document["design_id"])
    thumbnail = _thumbnail(ImageSigner(call), template)
    return to_template(template, call.actor.workspace_id, thumbnail, usage, design)


async def _public(tx: Tx, call: Call, template: Document) -> PublicTemplate:
    workspace = await workspaces.get(tx, template.workspace_id)
    return to_public_template(template, workspace, _thumbnail(ImageSigner(call), template))


def _thumbnail(signer: ImageSigner, template: Document) -> str:
    return signer.sample(template.workspace_id, template.document["design_id"], template.id)


async def _copied(tx: Tx, call: Call, design_id: str) -> QrDesign:
    """A design of the template's own, which changes of the source leave alone."""
    if design_id:
        return await qr_designs.duplicate_design(tx, call.actor, design_id)
    return await qr_designs.create_design(tx, call.actor, CreateQrDesign(), None)


HANDLERS = [
    create_template,
    list_templates,
    resolve_thumbnails,
    import_template,
    read_template,
    update_template,
    delete_template,
    publish_template,
    apply_template,
    gallery,
    public_template,
]
