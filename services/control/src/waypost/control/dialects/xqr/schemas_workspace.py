"""The workspace in xQR's words."""

from datetime import datetime

from msgspec import Struct


class Owner(Struct, frozen=True):
    """The first member with the role of an owner."""

    id: str
    email: str
    name: str


class WorkspaceOut(Struct, frozen=True, kw_only=True):
    """A workspace. `owner` is null where the operator has named nobody."""

    id: str
    name: str
    description: str | None
    plan: str
    owner: Owner | None
    created_at: datetime


class MemberOut(Struct, frozen=True):
    """Somebody who works in the workspace."""

    id: str
    email: str
    name: str
    role: str


class Amounts(Struct, frozen=True, kw_only=True):
    """What is used of each resource."""

    links: int
    qr_templates: int
    assets: int
    bio_pages: int
    api_calls: int
    members: int
    storage_bytes: int


class Limits(Struct, frozen=True, kw_only=True):
    """What the plan allows of each resource; null is no limit."""

    links: int | None
    qr_templates: int | None
    assets: int | None
    bio_pages: int | None
    api_calls: int | None
    members: int | None
    storage_bytes: int | None


class UsageOut(Struct, frozen=True, kw_only=True):
    """Usage beside limits, and what the plan includes."""

    plan: str
    usage: Amounts
    limits: Limits
    features: dict[str, bool]
