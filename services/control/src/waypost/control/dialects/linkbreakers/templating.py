"""QR code templates: found by id or slug, and the look they give to links."""

import msgspec
from msgspec import UNSET

from waypost.control.core import documents, links, qr_designs
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT
from waypost.control.dialects.linkbreakers.mapping.templates import KIND
from waypost.control.model.documents import Document, DocumentNotFound
from waypost.control.model.links import CreateLink, Link, LinkView, UpdateLink
from waypost.control.model.qr import QrDesign, QrDesignNotFound
from waypost.control.store import qr
from waypost.control.store.tx import Tx
from waypost.control.surface.call import Call


async def template_of(tx: Tx, call: Call, *, template_id: str, slug: str) -> Document:
    """One's own template by its id, or anybody's published one by its slug. Raises DocumentNotFound."""
    if template_id:
        return await documents.get_document(tx, call.actor, KIND, template_id)
    return await documents.published_document(tx, KIND, slug)


async def look_of(tx: Tx, call: Call, template: Document) -> QrDesign:
    """The design that a template gives. Raises DocumentNotFound when it is gone."""
    try:
        return await qr.get_design(tx, template.workspace_id, template.document["design_id"])
    except QrDesignNotFound as error:
        raise DocumentNotFound(template.id) from error


async def create_link(tx: Tx, call: Call, command: CreateLink) -> LinkView:
    """Make a link in its look. Raises what `dressed` and `links.create_link` do."""
    return await links.create_link(tx, call.actor, await dressed(tx, call, command))


async def dressed(tx: Tx, call: Call, command: CreateLink) -> CreateLink:
    """The command of a new link with the design that it shall have: its own, or that of its template.

    Raises QrDesignNotFound, DocumentNotFound for an unknown template.
    """
    if command.qr_design_id:
        await qr_designs.get_design(tx, call.actor, command.qr_design_id)
    elif template_id := command.extras.get(DIALECT, {}).get("qrcode_template_id"):
        template = await template_of(tx, call, template_id=template_id, slug="")
        if command.qr_enabled:
            return msgspec.structs.replace(command, qr_design_id=template.document["design_id"])
    return command


async def redressed(tx: Tx, call: Call, command: UpdateLink, template_id: str) -> UpdateLink:
    """The command of a change with the design of a template that it names. Raises DocumentNotFound."""
    if not template_id or command.qr_design_id is not UNSET:
        return command
    template = await template_of(tx, call, template_id=template_id, slug="")
    return msgspec.structs.replace(command, qr_design_id=template.document["design_id"])


async def kept_template(tx: Tx, call: Call, link: Link) -> str:
    """The template that a link was made from, "" without one, or when it is gone."""
    template_id = str(link.extras.get(DIALECT, {}).get("qrcode_template_id") or "")
    if not template_id:
        return ""
    try:
        await template_of(tx, call, template_id=template_id, slug="")
    except DocumentNotFound:
        return ""
    return template_id


async def apply(tx: Tx, call: Call, link_id: str, template: Document) -> QrDesign:
    """Give a link a copy of a template's look, which is the link's own from then on."""
    link = (await links.get_link(tx, call.actor, link_id)).link
    look = await look_of(tx, call, template)
    copy = await qr_designs.duplicate_design(tx, call.actor, look.id)
    own = {**link.extras.get(DIALECT, {}), "qrcode_template_id": template.id}
    command = UpdateLink(qr_design_id=copy.id, qr_enabled=True, extras={**link.extras, DIALECT: own})
    await links.update_link(tx, call.actor, link_id, command)
    return copy
