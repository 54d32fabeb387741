"""Between TrimLink and the model. Pure."""

from base64 import b64encode
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET

from waypost.control.dialects.trimlink.schemas import (
    CUSTOM_CODE_CHARACTERS,
    LinkOut,
    LinkPatch,
    QrOptions,
    QrOut,
    Shorten,
)
from waypost.control.model.faults import Invalid, InvalidSlug, Malformed
from waypost.control.model.links import CreateLink, LinkView, Scans, UpdateLink
from waypost.control.model.qr import PictureWish, QrCode

_LEVELS = frozenset("LMQH")


def to_options(body: bytes) -> QrOptions:
    """The body of a QR request, which may be empty. Raises Malformed, and Invalid naming the member."""
    if not body.strip():
        return QrOptions()
    try:
        given = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed("", "The body is not readable JSON.") from error
    if not isinstance(given, dict):
        raise Malformed("", "The body must be a JSON object.")
    wanted = {name: given[name] for name in ("format", "size", "errorCorrection") if name in given}
    if isinstance(kind := wanted.get("format"), str):
        wanted["format"] = kind.lower()
    if isinstance(level := wanted.get("errorCorrection"), str):
        wanted["errorCorrection"] = level.upper()
    for name in list(wanted):
        try:
            msgspec.convert({name: wanted[name]}, QrOptions)
        except msgspec.ValidationError as error:
            raise Invalid(name, "out_of_range" if name == "size" else "not_supported") from error
    return msgspec.convert(wanted, QrOptions)


def to_wish(options: QrOptions) -> PictureWish:
    """What is drawn: the plain design at this level, whatever design the link has elsewhere."""
    design = {"error_correction": options.error_correction, "boost": False}
    return PictureWish(format=options.format, size_px=options.size, design=design)


def of_code(code: QrCode) -> QrOptions:
    """How a kept code was made."""
    return msgspec.convert(
        {
            "format": code.format if code.format in ("png", "svg") else "png",
            "size": min(max(code.size_px, 256), 2048),
            "errorCorrection": code.error_correction if code.error_correction in _LEVELS else "M",
        },
        QrOptions,
    )


def to_qr(code: QrCode, scans: Scans, options: QrOptions, picture: bytes) -> QrOut:
    """A code as TrimLink shows it."""
    return QrOut(
        id=code.id,
        format=options.format,
        data=b64encode(picture).decode(),
        size=options.size,
        download_count=code.download_count,
        scan_count=scans.qr,
    )


def to_create(body: Shorten) -> CreateLink:
    """The command of a new link. Raises InvalidSlug."""
    code = body.custom_code or ""
    least, most = CUSTOM_CODE_CHARACTERS
    if body.custom_code is not None and not least <= len(code) <= most:
        raise InvalidSlug("customCode", f"has {least} to {most} characters")
    return CreateLink(
        target_url=body.url,
        domain_id="",
        slug=code,
        title=body.title or "",
        description=body.description or "",
        expires_ms=_ms(body.expires_at),
        folder_id=body.folder_id,
        expiry_in_past=False,
    )


def to_update(body: LinkPatch) -> UpdateLink:
    """The command of a change; null clears."""
    return UpdateLink(
        target_url=body.url,
        title=body.title or "" if body.title is not UNSET else UNSET,
        description=body.description or "" if body.description is not UNSET else UNSET,
        expires_ms=_ms(body.expires_at) if body.expires_at is not UNSET else UNSET,
        folder_id=body.folder_id,
        expiry_in_past=False,
    )


def to_link(view: LinkView) -> LinkOut:
    """A link as TrimLink shows it."""
    link = view.link
    return LinkOut(
        id=link.id,
        short_code=link.slug,
        short_url=view.short_url,
        destination_url=link.target_url,
        title=link.title or None,
        description=link.description or None,
        clicks=view.scans.human,
        last_clicked=_time(view.scans.last_ms),
        expires_at=_time(link.expires_ms),
        folder_id=link.folder_id,
        created_at=datetime.fromtimestamp(link.created_ms / 1000, UTC),
    )


def _ms(at: datetime | None) -> int:
    if at is None:
        return 0
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _time(at_ms: int) -> datetime | None:
    return datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else None
