"""Directories: nested folders for links."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class DirectoryIn(Struct, frozen=True, kw_only=True):
    """A directory or a change of one; without a parent it stands at the top."""

    name: str | UnsetType = UNSET
    parent_directory_id: str | UnsetType | None = UNSET
    parent_directory_id_delete: bool | UnsetType | None = UNSET


class DirectoryOut(Struct, frozen=True, kw_only=True):
    """A directory; `path` joins the names from the top with slashes."""

    id: str
    workspace_id: str
    name: str
    parent_directory_id: str
    path: str
    created_at: datetime
    updated_at: datetime


class DirectoryAnswer(Struct, frozen=True, kw_only=True):
    """One directory."""

    directory: DirectoryOut


class DirectoriesAnswer(Struct, frozen=True, kw_only=True):
    """Directories."""

    directories: list[DirectoryOut]
    next_page_token: str
    total_count: int
