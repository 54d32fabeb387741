"""Tags, folders, domains and webhooks in CodeQR's words."""

from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from waypost.control.dialects.codeqr import limits

Color: TypeAlias = Literal["red", "yellow", "green", "blue", "purple", "brown", "gray", "pink"]
Name = Annotated[str, Meta(min_length=1, max_length=50)]
Text = str | UnsetType | None
Line = Annotated[str, Meta(max_length=limits.WORKSPACE_TEXT_CHARACTERS_MAX)]


class TagWrite(Struct, frozen=True, kw_only=True):
    """A tag to make or change; `tag` is the older word for `name`."""

    name: Name | UnsetType = UNSET
    tag: Name | UnsetType = UNSET
    color: Color | UnsetType | None = UNSET


class FolderWrite(Struct, frozen=True, kw_only=True):
    """A folder to make or change."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    description: Line | UnsetType | None = UNSET
    access_level: Literal["write", "read"] | UnsetType | None = msgspec.field(
        name="accessLevel", default=UNSET
    )


class FolderOut(Struct, frozen=True, kw_only=True, rename="camel"):
    """A folder."""

    id: str
    name: str
    description: str | None
    type: str = "default"
    access_level: str
    created_at: str
    updated_at: str


class DomainWrite(Struct, frozen=True, kw_only=True, rename="camel"):
    """A domain to claim or change; files are JSON as text."""

    slug: str | UnsetType = UNSET
    expired_url: Text = UNSET
    not_found_url: Text = UNSET
    archived: bool | UnsetType | None = UNSET
    placeholder: Line | UnsetType | None = UNSET
    logo: Line | UnsetType | None = UNSET
    asset_links: Text = UNSET
    apple_app_site_association: Text = UNSET


class DomainOut(Struct, frozen=True, kw_only=True, rename="camel"):
    """A domain."""

    id: str
    slug: str
    verified: bool
    primary: bool
    archived: bool
    placeholder: str | None
    expired_url: str | None
    not_found_url: str | None
    logo: str | None
    created_at: str
    updated_at: str
    registered_domain: None = None
    asset_links: str | None
    apple_app_site_association: str | None
    link_retention_days: None = None
    deep_linking: None = None


class WebhookWrite(Struct, frozen=True, kw_only=True, rename="camel"):
    """An endpoint to make or change."""

    name: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    triggers: list[str] | UnsetType = UNSET
    link_ids: list[str] | UnsetType | None = UNSET
    disabled: bool | UnsetType = UNSET


class WebhookOut(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """An endpoint. The secret is shown once, when it is made."""

    id: str
    name: str
    url: str
    triggers: list[str]
    link_ids: list[str]
    disabled_at: str | None
    created_at: str
    updated_at: str
    secret: str | UnsetType = UNSET


class SlugOut(Struct, frozen=True):
    """The host of a domain that is gone."""

    slug: str
