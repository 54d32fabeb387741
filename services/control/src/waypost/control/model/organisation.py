"""What keeps links in order: tags, folders, UTM templates; and who works in a workspace."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.access import Role
from waypost.control.model.links import Json


class Tag(Struct, frozen=True, kw_only=True):
    """One stored tag. Its name is unique in the workspace, in any case."""

    id: str
    workspace_id: str
    name: str
    name_key: str
    color: str = ""
    created_ms: int


class Folder(Struct, frozen=True, kw_only=True):
    """One stored folder; without a parent it stands at the top."""

    id: str
    workspace_id: str
    parent_id: str | None = None
    name: str
    extras: Json = msgspec.field(default_factory=dict)
    """What only one dialect knows, by its name."""
    created_ms: int
    updated_ms: int


class UtmTemplate(Struct, frozen=True, kw_only=True):
    """UTM values to start links from."""

    id: str
    workspace_id: str
    name: str
    utm: dict[str, str] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int


class Member(Struct, frozen=True, kw_only=True):
    """A person in a workspace. The address is unique there."""

    id: str
    workspace_id: str
    email: str
    name: str = ""
    role: Role = "viewer"
    access_revoked_ms: int = 0
    """Since when this person's keys do nothing; 0 while they work."""
    created_ms: int
    updated_ms: int


class WriteTag(Struct, frozen=True, kw_only=True):
    """Make or change a tag."""

    name: str | UnsetType = UNSET
    color: str | UnsetType = UNSET


class WriteFolder(Struct, frozen=True, kw_only=True):
    """Make or change a folder."""

    name: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET
    extras: Json | UnsetType = UNSET


class WriteUtmTemplate(Struct, frozen=True, kw_only=True):
    """Make or change a UTM template."""

    name: str | UnsetType = UNSET
    utm: dict[str, str] | UnsetType = UNSET


class WriteMember(Struct, frozen=True, kw_only=True):
    """Add or change a member."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET
