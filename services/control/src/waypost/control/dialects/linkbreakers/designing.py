"""Accepting designs: what was asked is kept, what is drawn can be scanned."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from waypost.control.core import qr_designs
from waypost.control.core.qr_studio import Studio
from waypost.control.dialects.linkbreakers.errors import CentralImageInvalid
from waypost.control.dialects.linkbreakers.mapping.designs import (
    Look,
    extras_of,
    lift,
    media_of,
    stored_look,
    to_native,
)
from waypost.control.dialects.linkbreakers.schemas.designs import DesignOut
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import CreateQrDesign, PictureOrder, QrDesign, Unscannable, UpdateQrDesign
from waypost.qr.logo import Logo


class Accepted(Struct, frozen=True, kw_only=True):
    """A look that may be stored. `logo` is the decoded central image when one was sent."""

    look: Look
    document: dict[str, Any]
    upload: bytes | UnsetType
    logo: Logo | None
    media_id: str = ""

    def creation(self) -> CreateQrDesign:
        """The command of a new design."""
        return CreateQrDesign(
            design=self.document,
            format=self.look.format,
            size_px=self.look.width,
            height_px=self.look.height,
            logo=b"" if self.upload is UNSET else self.upload,
            extras=extras_of(self.look, self.document, self.media_id),
        )

    def change(self) -> UpdateQrDesign:
        """The command of a change."""
        return UpdateQrDesign(
            design=self.document,
            format=self.look.format,
            size_px=self.look.width,
            height_px=self.look.height,
            logo=self.upload,
            extras=extras_of(self.look, self.document, self.media_id),
        )


async def accepted(
    studio: Studio,
    look: Look,
    image: bytes | UnsetType | None,
    current: QrDesign | None = None,
    media_id: str = "",
) -> Accepted:
    """The look as it may be stored; `media_id` names the file that the image is a copy of.

    One that would not scan is mended (more error correction, a smaller image, a quiet zone) where that
    is enough. Raises Invalid, CentralImageInvalid, and Unscannable when nothing helps.
    """
    upload: bytes | UnsetType = UNSET if image is UNSET else image or b""
    logo = await _decoded(studio, upload) if upload else None
    document = qr_designs.canonical(to_native(look))
    try:
        await _judge(studio, look, document, upload, current)
    except Unscannable:
        order = PictureOrder(
            text=qr_designs.SAMPLE_TEXT,
            design=document,
            format="png",
            size_px=look.width,
            height_px=look.height,
            logo_png=logo.png if logo else b"",
        )
        document = qr_designs.canonical((await studio.repaired(order)).design)
        await _judge(studio, look, document, upload, current)
    if upload is UNSET and current is not None:
        media_id = media_of(current)
    return Accepted(look=look, document=document, upload=upload, logo=logo, media_id=media_id)


async def _judge(
    studio: Studio,
    look: Look,
    document: dict[str, Any],
    upload: bytes | UnsetType,
    current: QrDesign | None,
) -> None:
    command = UpdateQrDesign(design=document, size_px=look.width, height_px=look.height, logo=upload)
    await qr_designs.prepared(studio, command, current)


async def _decoded(studio: Studio, upload: bytes) -> Logo:
    try:
        return await studio.prepare_logo(upload)
    except Invalid as fault:
        raise CentralImageInvalid("central_image_data", fault.why) from fault


def to_design(design: QrDesign, image_url: str) -> DesignOut:
    """A design as the vendor answers it, with the address of its central image where it has one."""
    return lift(
        design.id,
        stored_look(design),
        created_ms=design.created_ms,
        updated_ms=design.updated_ms,
        image_url=image_url,
        media_id=media_of(design),
    )
