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
    sandbox_of: str = ""
    """The workspace that made it to try things out; "" for a real one."""
    deleted_ms: int = 0
    """Since when it is closed: its keys open nothing and its links lead nowhere."""
    expires_ms: int = 0
    """When it is removed with everything in it; 0 is never."""
    settings: dict[str, Any] = msgspec.field(default_factory=dict)
    created_ms: int
    updated_ms: int
    version: int = 1

    def is_over(self, now_ms: int) -> bool:
        """Whether it is closed, or its time has come."""
        return bool(self.deleted_ms) or 0 < self.expires_ms <= now_ms
