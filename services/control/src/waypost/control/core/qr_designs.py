"""QR designs and templates: create, read, list, change, delete. A change restyles every code that uses it."""

from typing import Any

import msgspec
from msgspec import UNSET

from waypost.control import limits
from waypost.control.core.qr_studio import Studio, read_design
from waypost.control.core.record_change import record_change
from waypost.control.model.access import Actor
from waypost.control.model.faults import Invalid, QuotaReached, VersionMismatch, WorkspaceNotFound
from waypost.control.model.page import Page, PageRequest
from waypost.control.model.qr import (
    CreateQrDesign,
    PictureOrder,
    QrDesign,
    QrDesignNotFound,
    UpdateQrDesign,
)
from waypost.control.store import qr, workspaces
from waypost.control.store.tx import Tx
from waypost.qr.design import to_document
from waypost.qr.guard import Report
from waypost.qr.logo import Logo
from waypost.qr.repair import Change

SAMPLE_TEXT = "https://example.com/abcdefghi?qr=1"
"""Designs are judged with a text as long as short URLs are."""


OWNERLESS = "public"
"""Who made designs that came without a key."""


class Judged(msgspec.Struct, frozen=True):
    """A logo that was decoded, and a design that draws, with what the guard says and what was changed."""

    logo: Logo | None
    design: dict[str, Any]
    report: Report
    changes: tuple[Change, ...]


async def prepared(
    studio: Studio, command: CreateQrDesign | UpdateQrDesign, current: QrDesign | None = None
) -> Logo | None:
    """The logo of a command that `judged` finds good. Raises the same."""
    return (await judged(studio, command, current)).logo


async def judged(
    studio: Studio,
    command: CreateQrDesign | UpdateQrDesign,
    current: QrDesign | None = None,
    *,
    kept_logo_png: bytes = b"",
    repair: bool = False,
) -> Judged:
    """Decode the logo of a command and judge the design before any transaction.

    Raises Invalid, and Unscannable with the findings when no code in this design would scan. The
    current design, and the logo it has, give what a change does not say. `repair` asks the automatic
    mode to change what would be refused.
    """
    upload = b"" if command.logo is UNSET else command.logo
    logo = await studio.prepare_logo(upload) if upload else None
    document = command.design if command.design is not UNSET else (current.design if current else {})
    size_px = command.size_px if command.size_px is not UNSET else (current.size_px if current else 0)
    height_px = command.height_px if command.height_px is not UNSET else (current.height_px if current else 0)
    order = PictureOrder(
        text=SAMPLE_TEXT,
        design=document,
        format="png",
        size_px=size_px or limits.QR_SIZE_PX_DEFAULT,
        height_px=height_px,
        logo_png=logo.png if logo else (kept_logo_png if command.logo is UNSET else b""),
    )
    order, changes = await studio.repair(order) if repair else (order, ())
    await studio.draw(order)
    return Judged(logo, order.design, await studio.assess(order), changes)


async def create_design(tx: Tx, actor: Actor, command: CreateQrDesign, logo: Logo | None) -> QrDesign:
    """Make a design; `logo` is what `prepared` gave. Raises Invalid, QuotaReached."""
    if not command.link_id:
        await _check_room(tx, actor)
    _check_words(command.name, command.description)
    design = QrDesign(
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        name=command.name,
        description=command.description,
        is_template=command.is_template,
        is_public=command.is_public,
        link_id=command.link_id,
        design=canonical(command.design),
        format=command.format,
        size_px=command.size_px,
        height_px=command.height_px,
        logo=await _keep(tx, logo),
        extras=command.extras,
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        created_by=actor.id,
    )
    await qr.insert_design(tx, design)
    await record_change(tx, actor, "qr_design.create", design.id, None, design)
    return design


async def create_public_design(tx: Tx, command: CreateQrDesign, logo: Logo | None) -> QrDesign:
    """Make a design for whoever knows its id, kept by the installation. Raises Invalid, QuotaReached."""
    if await qr.count_ownerless(tx, OWNERLESS) >= limits.PUBLIC_DESIGNS_MAX:
        raise QuotaReached("public QR designs", limits.PUBLIC_DESIGNS_MAX)
    first = await workspaces.first(tx)
    if first is None:
        raise WorkspaceNotFound("")
    nobody = Actor(workspace_id=first.id, kind="system", id=OWNERLESS)
    return await create_design(tx, nobody, msgspec.structs.replace(command, is_public=True), logo)


async def get_design(tx: Tx, actor: Actor, design_id: str) -> QrDesign:
    """One design. Raises QrDesignNotFound."""
    return await qr.get_design(tx, actor.workspace_id, design_id)


async def logo_png(tx: Tx, digest: str) -> bytes:
    """The stored logo that a design names; b"" for none."""
    return await qr.logo_png(tx, digest)


async def list_designs(
    tx: Tx, actor: Actor, page: PageRequest, *, templates: bool = False, count: bool = False
) -> Page[QrDesign]:
    """Designs, or templates, newest first. Raises InvalidCursor."""
    return await qr.find_designs(tx, actor.workspace_id, page, templates=templates, count=count)


async def update_design(
    tx: Tx,
    actor: Actor,
    design_id: str,
    command: UpdateQrDesign,
    logo: Logo | None,
    *,
    expected_version: int | None = None,
) -> QrDesign:
    """Change the given members. Raises QrDesignNotFound, VersionMismatch, Invalid."""
    before = await _own(tx, actor, design_id)
    if expected_version is not None and expected_version != before.version:
        raise VersionMismatch(str(before.version))
    given: dict[str, Any] = {
        name: value
        for name in command.__struct_fields__
        if (value := getattr(command, name)) is not UNSET and name != "logo"
    }
    if "design" in given:
        given["design"] = canonical(given["design"])
    if command.logo is not UNSET:
        given["logo"] = await _keep(tx, logo)
    after = msgspec.structs.replace(before, **given, version=before.version + 1, updated_ms=tx.now_ms)
    _check_words(after.name, after.description)
    await qr.save_design(tx, after)
    await record_change(tx, actor, "qr_design.update", after.id, before, after)
    return after


async def delete_design(tx: Tx, actor: Actor, design_id: str) -> QrDesign:
    """Delete a design; links that used it get the plain one. Raises QrDesignNotFound."""
    design = await _own(tx, actor, design_id)
    await qr.remove_design(tx, design.id)
    await record_change(tx, actor, "qr_design.delete", design.id, design, None)
    return design


async def _own(tx: Tx, actor: Actor, design_id: str) -> QrDesign:
    """A design that the actor's workspace made; a public one of others may be used, never changed."""
    design = await qr.get_design(tx, actor.workspace_id, design_id)
    if design.workspace_id != actor.workspace_id:
        raise QrDesignNotFound(design_id)
    return design


async def duplicate_design(tx: Tx, actor: Actor, design_id: str) -> QrDesign:
    """A copy of one's own, with the same look and logo. Raises QrDesignNotFound, QuotaReached."""
    source = await qr.get_design(tx, actor.workspace_id, design_id)
    await _check_room(tx, actor)
    copy = msgspec.structs.replace(
        source,
        id=tx.new_id(),
        workspace_id=actor.workspace_id,
        is_public=False,
        link_id="",
        created_ms=tx.now_ms,
        updated_ms=tx.now_ms,
        version=1,
        created_by=actor.id,
    )
    await qr.insert_design(tx, copy)
    await record_change(tx, actor, "qr_design.create", copy.id, None, copy)
    return copy


def canonical(document: dict[str, Any]) -> dict[str, Any]:
    """A document in native names with every member. Raises Invalid naming the member."""
    return to_document(read_design(document))


async def _check_room(tx: Tx, actor: Actor) -> None:
    if await qr.count_designs(tx, actor.workspace_id) >= limits.QR_DESIGNS_PER_WORKSPACE_MAX:
        raise QuotaReached("qr_designs", limits.QR_DESIGNS_PER_WORKSPACE_MAX)


async def _keep(tx: Tx, logo: Logo | None) -> str:
    if logo is None:
        return ""
    await qr.keep_logo(tx, logo.digest, logo.png)
    return logo.digest


def _check_words(name: str, description: str) -> None:
    if len(name) > limits.NAME_CHARACTERS_MAX:
        raise Invalid("name", f"more than {limits.NAME_CHARACTERS_MAX} characters")
    if len(description) > limits.TEXT_CHARACTERS_MAX:
        raise Invalid("description", f"more than {limits.TEXT_CHARACTERS_MAX} characters")
