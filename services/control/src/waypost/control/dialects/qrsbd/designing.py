"""A code's `design`: kept as it was sent, and drawn where it is written as designs of Waypost are.

The vendor leaves its members open. Those of the native schema, in either of its spellings, style the pictures of
the code, as a design that belongs to this code alone. One that cannot be read, or that no camera would read, is kept
and not drawn: a client's own words are no mistake.
"""

import msgspec
from msgspec import UNSET, UnsetType

from waypost.control.core import qr_designs
from waypost.control.core.qr_studio import Studio
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid
from waypost.control.model.links import CreateLink, Json, Link, UpdateLink
from waypost.control.model.qr import CreateQrDesign, UpdateQrDesign
from waypost.control.store import qr
from waypost.control.store.tx import Tx
from waypost.qr.design import known


async def drawable(studio: Studio, design: Json | UnsetType | None) -> Json | UnsetType | None:
    """What of a design can be drawn; None for nothing, UNSET when none was sent."""
    if design is UNSET or design is None:
        return design
    if not (document := known(design)):
        return None
    try:
        whole = qr_designs.canonical(document)
        await qr_designs.prepared(studio, CreateQrDesign(design=whole))
    except Invalid:
        return None
    return whole


async def with_new_design(
    tx: Tx, actor: Actor, command: CreateLink, document: Json | UnsetType | None
) -> CreateLink:
    """The command of a code that is drawn in this document."""
    if document is None or document is UNSET:
        return command
    link_id = tx.new_id()
    made = await qr_designs.create_design(tx, actor, CreateQrDesign(design=document, link_id=link_id), None)
    return msgspec.structs.replace(command, id=link_id, qr_design_id=made.id)


async def with_design(
    tx: Tx, actor: Actor, link: Link, command: UpdateLink, document: Json | UnsetType | None
) -> UpdateLink:
    """The change of a code that is drawn in this document from now on; None takes its own design away."""
    if document is UNSET:
        return command
    current = (await qr.designs_by_id(tx, actor.workspace_id, [link.qr_design_id or ""])).get(
        link.qr_design_id or ""
    )
    own = current if current is not None and current.link_id == link.id else None
    if document is None:
        if own is None:
            return command  # a design that others chose for it stays
        await qr.remove_own_design(tx, link.id)
        return msgspec.structs.replace(command, qr_design_id=None)
    if own is not None:
        await qr_designs.update_design(tx, actor, own.id, UpdateQrDesign(design=document), None)
        return command
    made = await qr_designs.create_design(tx, actor, CreateQrDesign(design=document, link_id=link.id), None)
    return msgspec.structs.replace(command, qr_design_id=made.id)
