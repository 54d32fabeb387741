"""The JSON of QR designs, codes and checks."""

from base64 import b64decode
from binascii import Error as Base64Error
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, field

from waypost.control import limits
from waypost.control.api.mapping import always_time, to_time
from waypost.control.core.qr_codes import QrCodeView
from waypost.control.model.faults import Invalid
from waypost.control.model.qr import CreateQrDesign, PictureFormat, QrDesign, UpdateQrDesign
from waypost.qr.guard import Report
from waypost.qr.repair import Change

LOGO_CHARACTERS_MAX = limits.QR_LOGO_BYTES_MAX * 4 // 3 + 8
Base64 = Annotated[
    str, Meta(max_length=LOGO_CHARACTERS_MAX, description="A PNG, JPEG, WebP or SVG in base64.")
]
LogoUrl = Annotated[str, Meta(max_length=2048, description="Where a PNG, JPEG, WebP or SVG is fetched from.")]
SizePx = Annotated[int, Meta(ge=64, le=4096, description="Width in pixels.")]
HeightPx = Annotated[
    int, Meta(ge=0, le=4096, description="Height in pixels; 0 is as high as wide, or as the frame needs.")
]


class QrDesignCreate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A design to keep. `design` takes the members of qr-code-styling, in either spelling."""

    name: str = ""
    description: str = ""
    template: bool = False
    design: dict[str, Any] = field(default_factory=dict)
    format: PictureFormat = "png"
    size_px: SizePx = limits.QR_SIZE_PX_DEFAULT
    height_px: HeightPx = 0
    logo: Base64 | None = None
    logo_url: LogoUrl = ""
    """Fetched once, instead of `logo`."""
    repair: bool = False
    """Raise error correction or shrink the logo instead of refusing."""


class QrDesignPatch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change; a `logo` of null removes it."""

    name: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    template: bool | UnsetType = UNSET
    design: dict[str, Any] | UnsetType = UNSET
    format: PictureFormat | UnsetType = UNSET
    size_px: SizePx | UnsetType = UNSET
    height_px: HeightPx | UnsetType = UNSET
    logo: Base64 | UnsetType | None = UNSET
    logo_url: LogoUrl = ""
    repair: bool = False


class QrCodeOut(Struct, frozen=True, kw_only=True):
    """The code of a link and what became of it."""

    id: str
    link_id: str
    text: str
    format: PictureFormat
    size_px: int
    scans: int
    downloads: int
    last_download_at: datetime | None


class QrRender(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to draw: a `text` or a typed `content` (`type`: url, text, vcard, wifi, event, geo, sms, phone, mail)."""

    text: str = ""
    content: dict[str, Any] | None = None
    format: PictureFormat | None = None
    size_px: Annotated[int, Meta(ge=0, le=4096)] = 0
    height_px: HeightPx = 0
    width_mm: Annotated[float, Meta(ge=0, le=2000)] = 0.0
    dpi: Annotated[int, Meta(ge=36, le=2400)] = 300


class QrGenerate(QrRender, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to draw, and how: over a stored design or from nothing."""

    design_id: str = ""
    design: dict[str, Any] | None = None
    logo: Base64 | None = None
    logo_url: LogoUrl = ""
    repair: bool = False
    """Raise error correction or shrink the logo instead of refusing."""


class QrFinding(Struct, frozen=True):
    """One thing to change; `suggestion` is a patch of the design that cures it."""

    severity: str
    code: str
    field: str
    message: str
    suggestion: dict[str, Any] | None


class QrChange(Struct, frozen=True):
    """One member of a design that the automatic mode changed."""

    field: str
    before: Any
    after: Any


class QrReport(Struct, frozen=True):
    """Whether a design will scan, and the figures behind it."""

    ok: bool
    score: int
    findings: list[QrFinding]
    contrast: float | None
    logo_budget: float | None
    module_px: float | None
    min_print_mm: float | None
    changes: list[QrChange]
    """What the automatic mode changed before, when `repair` was asked for."""


class QrDesignOut(Struct, frozen=True, kw_only=True):
    """A stored design with every member."""

    id: str
    name: str
    description: str
    template: bool
    design: dict[str, Any]
    format: PictureFormat
    size_px: int
    height_px: int
    has_logo: bool
    version: int
    created_at: datetime
    updated_at: datetime
    report: QrReport | None = None
    """What the guard says of it; when it was just created or changed."""


class QrDesignList(Struct, frozen=True):
    """A page of designs."""

    data: list[QrDesignOut]
    next_cursor: str | None


class SignedUrlCreate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An address of a link's picture that needs no key for a while."""

    expires_in_s: Annotated[int, Meta(ge=1, le=limits.QR_URL_SECONDS_MAX)] = 3600
    format: PictureFormat | None = None
    size_px: Annotated[int, Meta(ge=0, le=4096)] = 0


class SignedUrl(Struct, frozen=True):
    """The address and when it ends."""

    url: str
    expires_at: datetime


def decoded(text: str | None) -> bytes:
    """A base64 upload. Raises Invalid."""
    if not text:
        return b""
    try:
        return b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
    except (Base64Error, ValueError) as error:
        raise Invalid("logo", "is not base64") from error


def to_create(body: QrDesignCreate) -> CreateQrDesign:
    """The command of a body. Raises Invalid."""
    return CreateQrDesign(
        name=body.name,
        description=body.description,
        is_template=body.template,
        design=body.design,
        format=body.format,
        size_px=body.size_px,
        height_px=body.height_px,
        logo=decoded(body.logo),
    )


def to_update(body: QrDesignPatch) -> UpdateQrDesign:
    """The command of a patch. Raises Invalid."""
    return UpdateQrDesign(
        name=body.name,
        description=body.description,
        is_template=body.template,
        design=body.design,
        format=body.format,
        size_px=body.size_px,
        height_px=body.height_px,
        logo=UNSET if body.logo is UNSET else decoded(body.logo),
    )


def to_design(design: QrDesign, report: QrReport | None = None) -> QrDesignOut:
    """A design as JSON."""
    return QrDesignOut(
        id=design.id,
        name=design.name,
        description=design.description,
        template=design.is_template,
        design=design.design,
        format=design.format,
        size_px=design.size_px,
        height_px=design.height_px,
        has_logo=bool(design.logo),
        version=design.version,
        created_at=always_time(design.created_ms),
        updated_at=always_time(design.updated_ms),
        report=report,
    )


def to_code(text: str, view: QrCodeView) -> QrCodeOut:
    """A code as JSON."""
    code = view.code
    return QrCodeOut(
        id=code.id,
        link_id=code.link_id,
        text=text,
        format=code.format,
        size_px=code.size_px,
        scans=view.link.scans.qr,
        downloads=code.download_count,
        last_download_at=to_time(code.last_download_ms),
    )


def to_report(report: Report, changes: tuple[Change, ...] = ()) -> QrReport:
    """A report as JSON."""
    findings = [QrFinding(f.severity, f.code, f.field, f.message, f.suggestion) for f in report.findings]
    return QrReport(
        ok=not any(finding.severity == "error" for finding in findings),
        score=report.score,
        findings=findings,
        contrast=report.contrast,
        logo_budget=report.logo_budget,
        module_px=report.module_px,
        min_print_mm=report.min_print_mm,
        changes=to_changes(changes),
    )


def to_changes(changes: tuple[Change, ...]) -> list[QrChange]:
    """What the automatic mode changed, as JSON."""
    return [QrChange(change.field, change.before, change.after) for change in changes]
