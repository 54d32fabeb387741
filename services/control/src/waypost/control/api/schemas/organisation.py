"""Tags, folders, UTM templates, members, workspaces and keys as JSON."""

from datetime import datetime
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType

from waypost.control.api.mapping import always_time, command_values, to_time
from waypost.control.model.access import Role
from waypost.control.model.keys import Key, KeyFormat, MintedKey
from waypost.control.model.organisation import Folder, Member, Tag, UtmTemplate
from waypost.control.model.plans import Plan, Usage
from waypost.control.model.workspaces import Workspace

CommandT = TypeVar("CommandT", bound=Struct)


def to_command(body: Struct, kind: type[CommandT], **cleared: Any) -> CommandT:
    """A body as the command of the same members; null gives the cleared value. Raises Invalid."""
    return kind(**command_values(body, cleared))


class TagBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tag's name and colour."""

    name: str | UnsetType = UNSET
    color: str | UnsetType | None = UNSET


class TagOut(Struct, frozen=True, kw_only=True):
    """A tag."""

    id: str
    name: str
    color: str | None
    created_at: datetime


class TagList(Struct, frozen=True, kw_only=True):
    """A page of tags."""

    data: list[TagOut]
    next_cursor: str | None


class FolderBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A folder's name and the folder it stands in."""

    name: str | UnsetType = UNSET
    parent_id: str | UnsetType | None = UNSET


class FolderOut(Struct, frozen=True, kw_only=True):
    """A folder."""

    id: str
    parent_id: str | None
    name: str
    created_at: datetime
    updated_at: datetime


class UtmTemplateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A UTM template's name and values."""

    name: str | UnsetType = UNSET
    utm: dict[str, str] | UnsetType = UNSET


class UtmTemplateOut(Struct, frozen=True, kw_only=True):
    """A UTM template."""

    id: str
    name: str
    utm: dict[str, str]
    created_at: datetime
    updated_at: datetime


class UtmTemplateList(Struct, frozen=True, kw_only=True):
    """A page of UTM templates."""

    data: list[UtmTemplateOut]
    next_cursor: str | None


class MemberBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A member's address, name and role."""

    email: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    role: Role | UnsetType = UNSET


class MemberOut(Struct, frozen=True, kw_only=True):
    """A member of the workspace."""

    id: str
    email: str
    name: str
    role: Role
    access_revoked_at: datetime | None
    """Since when their keys do nothing."""
    created_at: datetime
    updated_at: datetime


class MemberList(Struct, frozen=True, kw_only=True):
    """A page of members."""

    data: list[MemberOut]
    next_cursor: str | None


class WorkspaceCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new workspace."""

    slug: str
    name: str
    plan: str | None = None


class WorkspaceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a workspace. `plan` and `suspended` are the operator's."""

    name: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    deleted: bool | UnsetType = UNSET
    """Only false: the operator brings back what was deleted, until it is removed."""


class SandboxCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A workspace to try things out."""

    name: str | None = None


class WorkspaceOut(Struct, frozen=True, kw_only=True):
    """A workspace."""

    id: str
    slug: str
    name: str
    plan: str
    timezone: str
    suspended: bool
    sandbox_of: str | None
    deleted_at: datetime | None
    expires_at: datetime | None
    """When it is removed with everything in it."""
    created_at: datetime
    updated_at: datetime


class WorkspaceList(Struct, frozen=True, kw_only=True):
    """A page of workspaces."""

    data: list[WorkspaceOut]
    next_cursor: str | None


class WorkspaceMade(Struct, frozen=True, kw_only=True):
    """A new workspace and its first key, which is shown this once."""

    workspace: WorkspaceOut
    key: str


class UsageOut(Struct, frozen=True, kw_only=True):
    """The workspace's plan, and how much of each of its limits is used; 0 is no limit, -1 allows none."""

    plan: Plan
    usage: dict[str, Usage]


class KeyCreate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new API key. `format` gives it the form that a vendor's client expects."""

    name: str
    scopes: list[str]
    format: KeyFormat = "waypost"
    domain_id: str | None = None
    own_links_only: bool = False
    member_id: str | None = None
    """Whose key it is: it may no more than they may, and stops and ends with their access."""
    expires_at: datetime | None = None


class KeyBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a key."""

    name: str | UnsetType = UNSET
    scopes: list[str] | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET


class KeyRotate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the old key goes on beside its successor."""

    overlap_s: int = 24 * 3600


class KeyOut(Struct, frozen=True, kw_only=True):
    """An API key, without its text."""

    id: str
    name: str
    shown: str
    scopes: list[str]
    format: KeyFormat
    domain_id: str | None
    own_links_only: bool
    member_id: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class KeyMade(Struct, frozen=True, kw_only=True):
    """A new key with its text, which is shown this once."""

    key: KeyOut
    text: str


def to_tag(tag: Tag) -> TagOut:
    """A tag as JSON."""
    return TagOut(id=tag.id, name=tag.name, color=tag.color or None, created_at=always_time(tag.created_ms))


def to_folder(folder: Folder) -> FolderOut:
    """A folder as JSON."""
    return FolderOut(
        id=folder.id,
        parent_id=folder.parent_id,
        name=folder.name,
        created_at=always_time(folder.created_ms),
        updated_at=always_time(folder.updated_ms),
    )


def to_utm_template(template: UtmTemplate) -> UtmTemplateOut:
    """A UTM template as JSON."""
    return UtmTemplateOut(
        id=template.id,
        name=template.name,
        utm=template.utm,
        created_at=always_time(template.created_ms),
        updated_at=always_time(template.updated_ms),
    )


def to_member(member: Member) -> MemberOut:
    """A member as JSON."""
    return MemberOut(
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        access_revoked_at=to_time(member.access_revoked_ms),
        created_at=always_time(member.created_ms),
        updated_at=always_time(member.updated_ms),
    )


def to_workspace(workspace: Workspace) -> WorkspaceOut:
    """A workspace as JSON."""
    return WorkspaceOut(
        id=workspace.id,
        slug=workspace.slug,
        name=workspace.name,
        plan=workspace.plan,
        timezone=workspace.timezone,
        suspended=workspace.suspended,
        sandbox_of=workspace.sandbox_of or None,
        deleted_at=to_time(workspace.deleted_ms),
        expires_at=to_time(workspace.expires_ms),
        created_at=always_time(workspace.created_ms),
        updated_at=always_time(workspace.updated_ms),
    )


def to_key(key: Key) -> KeyOut:
    """A key as JSON."""
    return KeyOut(
        id=key.id,
        name=key.name,
        shown=key.shown,
        scopes=list(key.scopes),
        format=key.format,
        domain_id=key.domain_id,
        own_links_only=key.own_links_only,
        member_id=key.member_id or None,
        created_at=always_time(key.created_ms),
        expires_at=to_time(key.expires_ms),
        revoked_at=to_time(key.revoked_ms),
        last_used_at=to_time(key.last_used_ms),
    )


def to_key_made(minted: MintedKey) -> KeyMade:
    """A new key as JSON."""
    return KeyMade(key=to_key(minted.key), text=minted.text)
