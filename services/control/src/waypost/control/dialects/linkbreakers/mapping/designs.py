"""QR designs: the vendor's members to the look of `waypost.qr`, and back."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers import limits
from waypost.control.dialects.linkbreakers.errors import CentralImageInvalid, CentralImageTooLarge
from waypost.control.dialects.linkbreakers.mapping import paint
from waypost.control.dialects.linkbreakers.mapping.links import DIALECT, at
from waypost.control.dialects.linkbreakers.schemas.designs import DesignIn, DesignOut
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import QrDesign

Format = Literal["svg", "png", "jpeg", "webp"]

PARTS = {
    "dots_options": "dots",
    "corners_square_options": "corner_square",
    "corners_dot_options": "corner_dot",
    "background_options": "background",
}
"""The vendor's options and the parts of a `waypost.qr` design they speak of."""

FORMATS: dict[str, Format] = {
    "OUTPUT_FILE_FORMAT_PNG": "png",
    "OUTPUT_FILE_FORMAT_SVG": "svg",
    "OUTPUT_FILE_FORMAT_JPEG": "jpeg",
    "OUTPUT_FILE_FORMAT_WEBP": "webp",
}
_FORMAT_NAMES: dict[str, str] = {kind: name for name, kind in FORMATS.items()}
_SHAPES = {"SHAPE_SQUARE": "square", "SHAPE_CIRCLE": "circle"}
_SHAPE_NAMES = {kind: name for name, kind in _SHAPES.items()}
_DATA_URL = re.compile(r"data:[\w.+/-]*;base64,")
_IMAGE_SIZE_DEFAULT = 0.3
_IMAGE_SIZE_MAX = 0.6
_IMAGE_MARGIN_MAX = 8.0
_MODULES_TYPICAL = 37
"""A short URL with a quiet zone: 29 modules and twice four."""


class Look(Struct, frozen=True, kw_only=True):
    """A design: the document `waypost.qr.design.parse` reads, and how large and in which format it is drawn."""

    design: dict[str, Any] = msgspec.field(default_factory=dict)
    format: Format = "png"
    width: int = limits.SIZE_PX_DEFAULT
    height: int = limits.SIZE_PX_DEFAULT
    central_image_margin: int = 0
    """Pixels; `waypost.qr` counts in modules, so it is turned into those when a code is drawn."""

    @property
    def side_px(self) -> int:
        """The code is square, as large as the shorter side of what was asked."""
        return min(self.width, self.height)


def to_native(look: Look) -> dict[str, Any]:
    """The document that `waypost.qr` draws: pixels of margin as modules, an image of at most 60 %."""
    design = dict(look.design)
    logo = dict(design.get("logo", {}))
    if logo.get("width_share"):
        logo["width_share"] = min(logo["width_share"], _IMAGE_SIZE_MAX)
    if look.central_image_margin:
        module_px = look.side_px / _MODULES_TYPICAL
        logo["margin"] = min(round(look.central_image_margin / module_px, 2), _IMAGE_MARGIN_MAX)
    return {**design, "logo": logo} if logo else design


def extras_of(look: Look, made: dict[str, Any], media_id: str = "") -> dict[str, Any]:
    """What is kept beside a design: the look as it was asked, the document it became, and the file that its
    central image is a copy of."""
    own = {"look": msgspec.to_builtins(look), "made": made}
    return {DIALECT: {**own, "media_id": media_id} if media_id else own}


def media_of(design: QrDesign) -> str:
    """The id of the file that the central image is a copy of, "" for none."""
    return str(design.extras.get(DIALECT, {}).get("media_id", "")) if design.logo else ""


def without_media(design: QrDesign) -> dict[str, Any]:
    """What is kept beside a design, without where its central image came from."""
    own = {name: value for name, value in design.extras.get(DIALECT, {}).items() if name != "media_id"}
    return {**design.extras, DIALECT: own}


def stored_look(design: QrDesign) -> Look:
    """The look as it was asked; as it is when another API made it or changed it since."""
    own = design.extras.get(DIALECT)
    if own is not None and own["made"] == design.design:
        return msgspec.convert(own["look"], Look)
    kind = FORMATS.get(f"OUTPUT_FILE_FORMAT_{design.format.upper()}", "png")
    document = _without_nulls(design.design)
    height_px = design.height_px or design.size_px
    return Look(design=document, format=kind, width=design.size_px, height=height_px)


def _without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if value is not None
    }


def lower(body: DesignIn, current: Look | None = None) -> Look:
    """The look that a request asks for, on top of the current one. Raises Invalid."""
    before = current or Look()
    design = dict(before.design)
    for name, part in PARTS.items():
        options = getattr(body, name)
        if options is None:
            design.pop(part, None)
        elif options is not UNSET:
            design[part] = _joined(design.get(part, {}), paint.lower(name, options))
    if level := body.error_correction_level or None:
        if level not in ("L", "M", "Q", "H"):
            raise Invalid("error_correction_level", "is none of L, M, Q, H")
        design["error_correction"] = level
    if shape := _enumerated("shape", body.shape, _SHAPES):
        design["shape"] = shape
    logo = dict(design.get("logo", {}))
    if body.central_image_size is not UNSET:
        logo["width_share"] = _image_size(body.central_image_size)
    if body.hide_background_dots is not UNSET:
        logo["hide_background_dots"] = body.hide_background_dots is not False
    if logo:
        design["logo"] = logo
    margin = (
        before.central_image_margin if body.central_image_margin is UNSET else body.central_image_margin or 0
    )
    if not 0 <= margin <= limits.SIZE_PX_MAX:
        raise Invalid("central_image_margin", f"must lie between 0 and {limits.SIZE_PX_MAX}")
    return Look(
        design=design,
        format=_enumerated("output_file_format", body.output_file_format, FORMATS) or before.format,
        width=_size("width", body.width, before.width),
        height=_size("height", body.height, before.height),
        central_image_margin=margin,
    )


def central_image(body: DesignIn) -> bytes | UnsetType | None:
    """The picture in a request, None to take it away, UNSET to leave it. Raises Invalid and its kinds."""
    data = body.central_image_data
    if body.central_image_delete:
        if data or body.central_image_media_id:
            raise Invalid("central_image_delete", "cannot come with a central image")
        return None
    if data is UNSET or not data:
        return UNSET
    text = _DATA_URL.sub("", data.strip(), count=1)
    if len(text) > limits.CENTRAL_IMAGE_BYTES_MAX * 4 // 3 + 4:
        raise CentralImageTooLarge("central_image_data", "is larger than 3 MB")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CentralImageInvalid("central_image_data", "is not base64") from error
    if len(raw) > limits.CENTRAL_IMAGE_BYTES_MAX:
        raise CentralImageTooLarge("central_image_data", "is larger than 3 MB")
    return raw


def lift(
    design_id: str,
    look: Look,
    *,
    created_ms: int,
    updated_ms: int,
    image_url: str = "",
    media_id: str = "",
) -> DesignOut:
    """A design as the vendor answers it; `image_url` shows its central image."""
    design, logo = look.design, look.design.get("logo", {})
    parts: dict[str, Any] = {name: paint.lift(name, _shown(name, design)) for name in PARTS}
    return DesignOut(
        id=design_id,
        output_file_format=_FORMAT_NAMES[look.format],
        width=look.width,
        height=look.height,
        central_image_size=logo.get("width_share", _IMAGE_SIZE_DEFAULT),
        central_image_margin=look.central_image_margin,
        central_image_media_id=media_id,
        central_image_signed_url=image_url,
        hide_background_dots=logo.get("hide_background_dots", True),
        error_correction_level=design.get("error_correction") or ("H" if image_url else "M"),
        shape=_SHAPE_NAMES[design.get("shape", "square")],
        created_at=at(created_ms),
        updated_at=at(updated_ms),
        **parts,
    )


def _shown(name: str, design: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part with the defaults that an answer spells out."""
    part: Mapping[str, Any] = design.get(PARTS[name], {})
    if name == "background_options" and not part:
        return {"color": "#ffffff"}
    if name == "dots_options":
        plain = {} if part.get("color") or part.get("gradient") else {"color": "#000000"}
        return {"type": "square", **plain, **part}
    return part


def _joined(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    # A colour replaces a gradient and the other way round; a type alone leaves the paint.
    repainted = "color" in given or "gradient" in given
    kept = {
        name: value for name, value in before.items() if not (repainted and name in ("color", "gradient"))
    }
    return {**kept, **given}


def _enumerated(field: str, value: str | UnsetType | None, words: Mapping[str, Any]) -> Any:
    if value is UNSET or not value or value.endswith("_UNSPECIFIED"):
        return None
    if value not in words:
        raise Invalid(field, f"is none of {', '.join(words)}")
    return words[value]


def _size(field: str, value: int | UnsetType | None, before: int) -> int:
    if value is UNSET or value is None:
        return before
    if not limits.SIZE_PX_MIN <= value <= limits.SIZE_PX_MAX:
        raise Invalid(field, f"must lie between {limits.SIZE_PX_MIN} and {limits.SIZE_PX_MAX}")
    return value


def _image_size(value: float | UnsetType | None) -> float:
    if value is UNSET or value is None or value == 0:
        return _IMAGE_SIZE_DEFAULT
    if not 0 < value <= 1:
        raise Invalid("central_image_size", "must lie between 0 and 1")
    return float(value)
