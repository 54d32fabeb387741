"""Media in the vendor's words: what a file is by its first bytes, and where it came from."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import UNSET

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at
from waypost.control.dialects.linkbreakers.schemas.media import (
    MediaCreate,
    MediaImport,
    MediaOut,
    Reference,
    UploadCreate,
)
from waypost.control.model.assets import Asset, StartUpload
from waypost.control.model.faults import Invalid
from waypost.qr.vector import is_svg

KINDS = {
    "KIND_IMAGE": ("image/png", "image/jpeg", "image/webp", "image/svg+xml"),
    "KIND_DOCUMENT": ("application/pdf",),
    "KIND_VIDEO": ("video/mp4",),
}
ORIGINS = tuple(
    f"UPLOAD_ORIGIN_{word}"
    for word in (
        "MEDIA_LIBRARY", "QR_CODE_LOGO", "BACKGROUND_COVER", "BADGE", "FOOTER_LOGO", "OPEN_MEDIA", "ASSISTANT",
    )
)  # fmt: skip
_USAGES = ("CENTRAL_QRCODE_IMAGE", "BACKGROUND_COVER", "BADGE", "FOOTER_LOGO", "OPEN_MEDIA")
PUBLIC, PRIVATE = "VISIBILITY_PUBLIC", "VISIBILITY_PRIVATE"
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "video/mp4": "mp4",
}


def body_of(sent: MediaCreate) -> bytes:
    """The bytes of a file that came in a request. Raises Invalid."""
    text = sent.file_data.partition(",")[2] if sent.file_data.startswith("data:") else sent.file_data
    try:
        body = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("file_data", "is not base64") from error
    if not body or len(body) > limits.MEDIA_INLINE_BYTES_MAX:
        raise Invalid("file_data", f"has 1 to {limits.MEDIA_INLINE_BYTES_MAX} bytes")
    return body


def type_of(body: bytes, field: str = "file_data") -> str:
    """The media type that a file begins as. Raises Invalid for one that is not taken."""
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body.startswith(b"%PDF-"):
        return "application/pdf"
    if body[4:8] == b"ftyp":
        return "video/mp4"
    if is_svg(body):
        return "image/svg+xml"
    raise Invalid(field, "is neither PNG, JPEG, WebP, SVG, PDF nor MP4")


def to_start(sent: MediaCreate | MediaImport | UploadCreate, media_type: str, size: int) -> StartUpload:
    """The command that announces a file. Raises Invalid."""
    if media_type not in _ENDINGS:
        raise Invalid("mime_type", f"is none of {', '.join(_ENDINGS)}")
    name = sent.file_name or f"file.{_ENDINGS[media_type]}"
    kept: dict[str, Any] = {"uploaded_from": origin_of(sent), "visibility": PRIVATE}
    if sent.visibility == PUBLIC:
        kept["visibility"] = PUBLIC
    return StartUpload(filename=name, content_type=media_type, size_bytes=size, extras={DIALECT: kept})


def name_of(url: str, media_type: str) -> str:
    """What a file that was fetched from an address is called: the last part of its path, if that is a name."""
    last = unquote(urlsplit(url).path).rpartition("/")[2]
    stem = "".join(character for character in last if character.isprintable()).rpartition(".")[0].strip()
    return f"{stem[-150:]}.{_ENDINGS[media_type]}" if stem else ""


def origin_of(sent: MediaCreate | MediaImport | UploadCreate) -> str:
    """Where a file came from; an older client says what it is for. Raises Invalid."""
    if sent.uploaded_from and sent.uploaded_from not in ORIGINS:
        raise Invalid("uploaded_from", f"is none of {', '.join(ORIGINS)}")
    if sent.uploaded_from:
        return sent.uploaded_from
    word = (sent.usage or "").removeprefix("USAGE_")
    if word in _USAGES:
        return "UPLOAD_ORIGIN_" + ("QR_CODE_LOGO" if word == _USAGES[0] else word)
    return ORIGINS[0]


def is_public(asset: Asset) -> bool:
    """Whether everybody shall be able to read a file."""
    return bool(asset.extras.get(DIALECT, {}).get("visibility") == PUBLIC)


def kind_of(asset: Asset) -> str:
    """The vendor's kind of a file; what it does not know is unspecified."""
    return next((kind for kind, types in KINDS.items() if asset.content_type in types), "KIND_UNSPECIFIED")


def origin(asset: Asset) -> str:
    """Where a file came from; one that was uploaded elsewhere is in the library."""
    return str(asset.extras.get(DIALECT, {}).get("uploaded_from", ORIGINS[0]))


def to_media(asset: Asset, address: str, references: Sequence[Reference] = ()) -> MediaOut:
    """A file. `address` is where it can be read, "" while it waits for its bytes."""
    word = origin(asset).removeprefix("UPLOAD_ORIGIN_").replace("QR_CODE_LOGO", _USAGES[0])
    known = word in _USAGES
    return MediaOut(
        id=asset.id,
        workspace_id=asset.workspace_id,
        file_name=asset.filename,
        mime_type=asset.content_type,
        kind=kind_of(asset),
        size=asset.size_bytes,
        sha256=asset.sha256,
        status="STATUS_READY" if asset.state == "confirmed" else "STATUS_PENDING",
        visibility=PUBLIC if asset.published_ms else PRIVATE,
        signed_url=address,
        uploaded_from=origin(asset),
        media_type=f"TYPE_{word}" if known else UNSET,
        usage=f"USAGE_{word}" if known else UNSET,
        references=list(references),
        created_at=at(asset.created_ms),
        updated_at=at(asset.updated_ms),
    )
