"""QR codes: designs that links share, the code of a link with its counters, and pictures to draw."""

from typing import Any, ClassVar, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control import limits
from waypost.control.model.faults import Invalid, NotFound

PictureFormat: TypeAlias = Literal["png", "svg", "pdf", "eps", "webp", "jpeg"]
MEDIA_TYPES: dict[str, str] = {
    "png": "image/png",
    "svg": "image/svg+xml",
    "pdf": "application/pdf",
    "eps": "application/postscript",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
}


class QrDesignNotFound(NotFound):
    """No such design in this workspace."""

    code: ClassVar[str] = "qr_design_not_found"
    kind: ClassVar[str] = "QR design"


class QrCodeNotFound(NotFound):
    """This link has no QR code of its own yet."""

    code: ClassVar[str] = "qr_code_not_found"
    kind: ClassVar[str] = "QR code"


class Unscannable(Invalid):
    """A design that would not scan; `findings` say what to change."""

    code: ClassVar[str] = "unscannable"

    def __init__(self, field: str, why: str, findings: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__(field, why)
        self.findings = findings


class QrDesign(Struct, frozen=True, kw_only=True):
    """A stored design. `design` is the document of `waypost.qr.design`; `logo` names a stored picture."""

    id: str
    workspace_id: str
    name: str = ""
    description: str = ""
    is_template: bool = False
    is_public: bool = False
    link_id: str = ""
    """Set when the design belongs to one link alone and goes with it."""
    design: dict[str, Any] = msgspec.field(default_factory=dict)
    format: PictureFormat = "png"
    size_px: int = limits.QR_SIZE_PX_DEFAULT
    height_px: int = 0
    """0 is as high as wide, or as the frame needs."""
    logo: str = ""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int
    version: int = 1
    created_by: str = ""


class CreateQrDesign(Struct, frozen=True, kw_only=True):
    """Make a design. `logo` is the uploaded picture as it came."""

    name: str = ""
    description: str = ""
    is_template: bool = False
    is_public: bool = False
    link_id: str = ""
    design: dict[str, Any] = msgspec.field(default_factory=dict)
    format: PictureFormat = "png"
    size_px: int = limits.QR_SIZE_PX_DEFAULT
    height_px: int = 0
    logo: bytes = b""
    extras: dict[str, Any] = msgspec.field(default_factory=dict)


class UpdateQrDesign(Struct, frozen=True, kw_only=True):
    """Change only the members that are set; an empty `logo` removes it."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    is_template: bool | UnsetType = UNSET
    is_public: bool | UnsetType = UNSET
    design: dict[str, Any] | UnsetType = UNSET
    format: PictureFormat | UnsetType = UNSET
    size_px: int | UnsetType = UNSET
    height_px: int | UnsetType = UNSET
    logo: bytes | UnsetType = UNSET
    extras: dict[str, Any] | UnsetType = UNSET


class QrCode(Struct, frozen=True, kw_only=True):
    """The code of one link as it was last made, and how often it was downloaded."""

    id: str
    workspace_id: str
    link_id: str
    format: PictureFormat = "png"
    size_px: int = limits.QR_SIZE_PX_DEFAULT
    error_correction: str = "M"
    download_count: int = 0
    last_download_ms: int = 0
    created_ms: int
    updated_ms: int


class PictureWish(Struct, frozen=True, kw_only=True):
    """What a caller wants drawn for a link; what is not said comes from the design."""

    design_id: str = ""
    design: dict[str, Any] | None = None
    """Laid over the stored design, member by member."""
    format: PictureFormat | None = None
    size_px: int = 0
    height_px: int = 0
    width_mm: float = 0.0
    dpi: int = 300


class PictureOrder(Struct, frozen=True, kw_only=True):
    """Everything a picture is made from. Equal orders give equal bytes."""

    text: str
    design: dict[str, Any]
    format: PictureFormat
    size_px: int = 0
    height_px: int = 0
    """0 is as high as wide, or as the frame needs. The code is square and centred."""
    width_mm: float = 0.0
    dpi: int = 300
    logo_png: bytes = b""


class Picture(Struct, frozen=True):
    """A finished picture that has been read back."""

    body: bytes
    media_type: str
    etag: str
