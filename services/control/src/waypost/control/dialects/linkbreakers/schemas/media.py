"""Media: files of the workspace, and where they are used."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from waypost.control.dialects.linkbreakers.schemas.text import Text


class MediaCreate(Struct, frozen=True, kw_only=True):
    """A file in the request itself, in base64."""

    file_data: str
    file_name: Text = UNSET
    media_type: Text = UNSET
    usage: Text = UNSET
    uploaded_from: Text = UNSET
    visibility: Text = UNSET


class MediaImport(Struct, frozen=True, kw_only=True):
    """A file that is fetched from where it is."""

    url: str
    file_name: Text = UNSET
    uploaded_from: Text = UNSET
    usage: Text = UNSET
    visibility: Text = UNSET


class UploadCreate(Struct, frozen=True, kw_only=True):
    """A file that will be PUT where the answer says."""

    file_name: str
    mime_type: str
    size: int
    sha256: Text = UNSET
    usage: Text = UNSET
    uploaded_from: Text = UNSET
    visibility: Text = UNSET


class ReplaceUpload(Struct, frozen=True, kw_only=True):
    """The file that shall take the place of another, and will be PUT where the answer says."""

    file_name: str
    mime_type: str
    size: int
    sha256: Text = UNSET


class ReplaceImport(Struct, frozen=True, kw_only=True):
    """The same, fetched from where it is."""

    url: Text = UNSET
    file_name: Text = UNSET


class Reference(Struct, frozen=True, kw_only=True):
    """Where a file is used: by a step or a page theme of a link or a template, or as the logo of a QR code."""

    type: str
    link_id: str = ""
    link_name: str = ""
    workflow_step_id: str = ""
    page_theme_template_id: str = ""
    page_theme_template_name: str = ""
    qrcode_template_id: str = ""
    qrcode_template_name: str = ""


class MediaOut(Struct, frozen=True, kw_only=True):
    """A file."""

    id: str
    workspace_id: str
    file_name: str
    mime_type: str
    kind: str
    size: int
    sha256: str
    status: str
    visibility: str
    signed_url: str
    uploaded_from: str
    media_type: str | UnsetType = UNSET
    usage: str | UnsetType = UNSET
    references: list[Reference] = []
    uploaded_by: str = ""
    created_at: datetime
    updated_at: datetime


class MediaAnswer(Struct, frozen=True, kw_only=True):
    """One file."""

    media: MediaOut


class UploadAnswer(Struct, frozen=True, kw_only=True):
    """A file that waits for its bytes, and where they are PUT."""

    media: MediaOut
    upload_url: str
    upload_method: str = "PUT"
    upload_headers: dict[str, str]
    upload_expires_at: datetime


class ReplaceUploadAnswer(Struct, frozen=True, kw_only=True):
    """The file as it is, and where the new one is PUT; nowhere when the new one is the same."""

    media: MediaOut
    unchanged: bool = False
    replacement_id: str = ""
    upload_url: str = ""
    upload_method: str = ""
    upload_headers: dict[str, str] = {}
    upload_expires_at: datetime | None = None


class ReplaceAnswer(Struct, frozen=True, kw_only=True):
    """The file as it is now, and the QR codes that keep the old one as their logo."""

    media: MediaOut
    unchanged: bool = False
    detached_references: list[Reference] = []


class MediaList(Struct, frozen=True, kw_only=True):
    """A page of files."""

    media: list[MediaOut]
    next_page_token: str
    total_count: int
