"""Workspace tokens and the scopes they may carry."""

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType


class TokenCreate(Struct, frozen=True, kw_only=True):
    """A new token. No scopes mean full access."""

    name: str | UnsetType = UNSET
    key_type: str = "WORKSPACE_TOKEN_KEY_TYPE_SECRET"
    scopes: list[str] | UnsetType | None = UNSET


class TokenPatch(Struct, frozen=True, kw_only=True):
    """Another name, other scopes, or full access again."""

    name: str | UnsetType = UNSET
    scopes: list[str] | UnsetType | None = UNSET
    full_access: bool | UnsetType | None = UNSET


class TokenOut(Struct, frozen=True, kw_only=True):
    """A token without its text."""

    id: str
    workspace_id: str
    name: str
    key_type: str
    scopes: list[str]
    full_access: bool
    last_used_at: datetime | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    support: bool = False


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """One token; its text only when it was just made."""

    token: TokenOut
    access_token: str | UnsetType = UNSET


class TokensAnswer(Struct, frozen=True, kw_only=True):
    """Tokens in force."""

    tokens: list[TokenOut]
    next_page_token: str = ""
    total_count: int = 0


class ScopeOut(Struct, frozen=True, kw_only=True):
    """One scope that a token may carry."""

    scope: str
    name: str
    resource: str
    access: str
    description: str


class ScopesAnswer(Struct, frozen=True, kw_only=True):
    """Every scope."""

    scopes: list[ScopeOut]
