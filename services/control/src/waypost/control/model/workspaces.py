"""Workspaces: who owns links, and the plan that bounds them."""

from typing import Any

import msgspec
from msgspec import Struct

UNLIMITED_PLAN = "unlimited"


class Workspace(Struct, frozen=True, kw_only=True):
    """One stored workspace."""

    id: str
    slug: str
    name: str
    plan: str = UNLIMITED_PLAN
    timezone: str = "UTC"
    suspended: bool = False
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int
    version: int = 1
