"""Domains: hosts that answer short links, and how they prove who owns them."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from waypost.control.model.links import Json

DomainStatus: TypeAlias = Literal["pending", "active", "failed"]


class Domain(Struct, frozen=True, kw_only=True):
    """One stored domain. Empty targets mean the built-in page."""

    id: str
    workspace_id: str
    host: str
    status: DomainStatus = "pending"
    ssl_status: str = "pending"
    token: str = ""
    """What the TXT record must say."""
    root_url: str = ""
    not_found_url: str = ""
    expired_url: str = ""
    case_sensitive: bool = False
    robots_txt: str = ""
    association_files: dict[str, str] = msgspec.field(default_factory=dict)
    extras: Json = msgspec.field(default_factory=dict)
    """What only one dialect knows, by its name."""
    is_primary: bool = False
    archived: bool = False
    failure: str = ""
    checked_ms: int = 0
    verified_ms: int = 0
    failing_since_ms: int = 0
    created_ms: int
    updated_ms: int
    version: int = 1


class CreateDomain(Struct, frozen=True, kw_only=True):
    """Claim a host."""

    host: str
    root_url: str = ""
    not_found_url: str = ""
    expired_url: str = ""
    case_sensitive: bool = False
    robots_txt: str = ""
    association_files: dict[str, str] = msgspec.field(default_factory=dict)
    extras: Json = msgspec.field(default_factory=dict)
    is_primary: bool = False


class UpdateDomain(Struct, frozen=True, kw_only=True):
    """Change only the members that are set. The host stays: links are printed under it."""

    root_url: str | UnsetType = UNSET
    not_found_url: str | UnsetType = UNSET
    expired_url: str | UnsetType = UNSET
    robots_txt: str | UnsetType = UNSET
    association_files: dict[str, str] | UnsetType = UNSET
    extras: Json | UnsetType = UNSET
    is_primary: bool | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class DnsRecord(Struct, frozen=True):
    """One record the owner must set, and what it is for."""

    type: str
    name: str
    value: str
    purpose: Literal["routing", "ownership"]
