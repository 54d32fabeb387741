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


class Reference(Struct, frozen=True, kw_only=True):
    """Where a file is used."""

    type: str
    link_id: str = ""
    link_name: str = ""
    workflow_step_id: str = ""


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


class MediaList(Struct, frozen=True, kw_only=True):
    """A page of files."""

    media: list[MediaOut]
    next_page_token: str
    total_count: int
