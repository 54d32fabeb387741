"""Who acts, and what a key may do."""

from typing import Literal, TypeAlias

from msgspec import Struct

from waypost.control.model.workspaces import UNLIMITED_PLAN

ActorKind: TypeAlias = Literal["key", "member", "system"]
Role: TypeAlias = Literal["owner", "admin", "editor", "viewer"]

RESOURCES = (
    "links", "qr", "analytics", "events", "webhooks", "domains", "tags", "bio", "assets", "workspace",
    "members", "keys", "conversions", "visitors", "workflows",
)  # fmt: skip
ALL_SCOPES = "*"
SCOPES: frozenset[str] = frozenset(
    [f"{resource}:{verb}" for resource in (*RESOURCES, "reports") for verb in ("read", "write")]
    + ["qr:render", ALL_SCOPES]
)
"""Every native scope. Dialects map theirs to these; only these are stored. No operation needs those of reports:
keys that are moved over from xQR may hold them."""

ROLE_SCOPES: dict[Role, frozenset[str]] = {
    "owner": frozenset({ALL_SCOPES}),
    "admin": frozenset({ALL_SCOPES}),
    "editor": SCOPES - {ALL_SCOPES, "members:write", "keys:write", "workspace:write", "domains:write"},
    "viewer": frozenset(scope for scope in SCOPES if scope.endswith(":read")) | {"qr:render"},
}


def narrowed(scopes: frozenset[str], role: Role | None) -> frozenset[str]:
    """What a key may that belongs to a person of this role; everything it says without one."""
    allowed = frozenset({ALL_SCOPES}) if role is None else ROLE_SCOPES[role]
    if ALL_SCOPES in allowed:
        return scopes
    return allowed if ALL_SCOPES in scopes else scopes & allowed


class Actor(Struct, frozen=True, kw_only=True):
    """Who makes a request, in which workspace, with which rights."""

    workspace_id: str
    kind: ActorKind
    id: str
    name: str = ""
    scopes: frozenset[str] = frozenset()
    domain_id: str | None = None
    """When set, only this domain's links are within reach."""
    own_links_only: bool = False
    member_id: str = ""
    """The person whose key asks; empty for the workspace's own keys."""
    plan: str = UNLIMITED_PLAN

    def may(self, scope: str) -> bool:
        """Whether this actor holds a scope. Writing does not imply reading."""
        return ALL_SCOPES in self.scopes or scope in self.scopes


def system_actor(workspace_id: str, name: str) -> Actor:
    """The installation itself, doing what it was told earlier."""
    return Actor(
        workspace_id=workspace_id, kind="system", id="system", name=name, scopes=frozenset({ALL_SCOPES})
    )
