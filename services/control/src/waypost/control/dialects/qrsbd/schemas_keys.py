"""The vendor's names for API keys."""

from datetime import datetime
from typing import Literal

from msgspec import Struct


class KeyCreate(Struct, frozen=True, kw_only=True):
    """A key to make."""

    name: str | None = None
    workspace_id: str | None = None


class KeyOut(Struct, frozen=True, kw_only=True):
    """A key in force."""

    id: str
    name: str
    key_prefix: str
    created_at: datetime
    last_used_at: datetime | None


class MintedOut(KeyOut, frozen=True, kw_only=True):
    """A new key with, this once, its text."""

    key: str


class Revoked(Struct, frozen=True, kw_only=True):
    """A key that no longer opens anything."""

    id: str
    revoked: Literal[True] = True
