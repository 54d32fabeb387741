"""Central images of QR codes: taken from a request or from the media library, shown at signed addresses."""

from msgspec import UNSET, UnsetType

from waypost.control.core import assets
from waypost.control.core.assets import kept_key
from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.designing import to_design
from waypost.control.dialects.linkbreakers.errors import MediaNotAllowed
from waypost.control.dialects.linkbreakers.mapping.designs import central_image
from waypost.control.dialects.linkbreakers.schemas.designs import DesignIn, DesignOut
from waypost.control.dialects.linkbreakers.signed import address
from waypost.control.model.assets import Asset, AssetNotFound
from waypost.control.model.qr import QrDesign
from waypost.control.surface.call import Call

LOGOS = "logos"
"""The shelf of signed addresses that logos are on."""


async def image_of(call: Call, body: DesignIn) -> tuple[bytes | UnsetType | None, str]:
    """The picture of a request and the file that it is a copy of. Without bytes they are read from the file.

    Raises Invalid and its kinds, AssetNotFound, MediaNotAllowed.
    """
    image, media_id = central_image(body), body.central_image_media_id or ""
    if not media_id:
        return image, ""
    asset = await call.read(lambda tx: assets.get_asset(tx, call.actor, media_id))
    require_picture(asset, "central_image_media_id")
    if image is UNSET:
        image = await call.control.assets.objects.read(kept_key(asset), limits.CENTRAL_IMAGE_BYTES_MAX)
        if image is None:
            raise AssetNotFound(media_id)
    return image, media_id


def require_picture(asset: Asset, field: str) -> None:
    """Raise MediaNotAllowed unless a file is a complete picture of at most 3 MB."""
    if asset.state != "confirmed" or not asset.is_picture:
        raise MediaNotAllowed(field, "KIND_NOT_ACCEPTED", "must be a picture that is uploaded")
    if asset.size_bytes > limits.CENTRAL_IMAGE_BYTES_MAX:
        raise MediaNotAllowed(field, "TOO_LARGE", "is larger than 3 MB")


def shown_design(call: Call, design: QrDesign) -> DesignOut:
    """A design with the address of its central image."""
    url = address(call, LOGOS, design.workspace_id, design.id) if design.logo else ""
    return to_design(design, url)
