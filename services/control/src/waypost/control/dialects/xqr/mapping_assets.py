"""Assets between xQR's words and the model. Pure."""

from waypost.control.core.assets import public_url
from waypost.control.dialects.xqr.mapping_values import always_time
from waypost.control.dialects.xqr.schemas_assets import AssetOut, PresignedOut
from waypost.control.model.assets import Asset, UploadTarget
from waypost.control.model.installation import Installation

_HEADERS = {"content-type": "Content-Type"}


def to_asset(asset: Asset, installation: Installation) -> AssetOut:
    """A file as xQR shows it."""
    return AssetOut(
        id=asset.id,
        filename=asset.filename,
        mime_type=asset.content_type,
        file_size=asset.size_bytes,
        status="confirmed" if asset.state == "confirmed" else "pending",
        is_public=bool(asset.published_ms),
        public_url=public_url(asset, installation) or None,
        tags=[],
        created_at=always_time(asset.created_ms),
        updated_at=always_time(asset.updated_ms),
    )


def to_presigned(asset: Asset, target: UploadTarget) -> PresignedOut:
    """Where the file goes, as xQR says it."""
    return PresignedOut(
        asset_id=asset.id,
        presigned_url=target.url,
        upload_url=target.url,
        method="PUT",
        headers={_HEADERS[name]: value for name, value in target.headers.items()},
        expires_at=always_time(target.expires_ms),
    )
