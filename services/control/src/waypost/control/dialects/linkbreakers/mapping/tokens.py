"""Workspace tokens: scopes in the vendor's words."""

from waypost.control.dialects.linkbreakers.mapping.links import at
from waypost.control.dialects.linkbreakers.schemas.tokens import ScopeOut, TokenOut
from waypost.control.model.access import ALL_SCOPES
from waypost.control.model.faults import Invalid
from waypost.control.model.keys import Key

NATIVE: dict[str, tuple[str, ...]] = {
    "LINKS": ("links", "tags"),
    "WORKFLOWS": ("workflows",),
    "QRCODES": ("qr",),
    "PAGE_THEMES": ("bio",),
    "MEDIA": ("assets",),
    "DOMAINS": ("domains",),
    "VISITORS": ("visitors",),
    "ANALYTICS": ("analytics", "events"),
    "WEBHOOKS": ("webhooks",),
    "INTEGRATIONS": ("conversions",),
    "WORKSPACE": ("workspace",),
    "MEMBERS": ("members",),
    "TOKENS": ("keys",),
}
"""The vendor's resources and the native ones they stand for; BILLING and ASSISTANT have none here."""


def _catalogue() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for resource, natives in NATIVE.items():
        readable = frozenset(f"{native}:read" for native in natives)
        found[f"API_SCOPE_{resource}_READ"] = readable
        found[f"API_SCOPE_{resource}_WRITE"] = readable | {f"{native}:write" for native in natives}
    return found


SCOPES = _catalogue()
"""Each scope and the native ones it grants; writing implies reading, as the vendor says."""

KEY_TYPES = ("WORKSPACE_TOKEN_KEY_TYPE_SECRET", "WORKSPACE_TOKEN_KEY_TYPE_PUBLISHABLE")

PUBLISHABLE = ("links:read", "visitors:write")
"""What a key that stands in a web page may do: nothing that changes a link or tells who visits."""


def to_native(scopes: list[str]) -> tuple[str, ...]:
    """Native scopes of the vendor's; none are full access. Raises Invalid."""
    if not scopes:
        return (ALL_SCOPES,)
    granted: set[str] = set()
    for scope in scopes:
        if scope not in SCOPES:
            raise Invalid("scopes", f"there is no scope `{scope[:64]}`")
        granted |= SCOPES[scope]
    return tuple(sorted(granted))


def from_native(scopes: tuple[str, ...]) -> list[str]:
    """The vendor's scopes that native ones cover; full access shows none."""
    if ALL_SCOPES in scopes:
        return []
    held = frozenset(scopes)
    covered = [scope for scope, needed in SCOPES.items() if needed <= held]
    return [
        scope for scope in covered if scope.replace("_READ", "_WRITE") not in covered or "_WRITE" in scope
    ]


def to_token(key: Key) -> TokenOut:
    """A token as the vendor answers it."""
    publishable = key.scopes == PUBLISHABLE
    return TokenOut(
        id=key.id,
        workspace_id=key.workspace_id,
        name=key.name,
        key_type=f"WORKSPACE_TOKEN_KEY_TYPE_{'PUBLISHABLE' if publishable else 'SECRET'}",
        scopes=[] if publishable else from_native(key.scopes),
        full_access=ALL_SCOPES in key.scopes,
        last_used_at=at(key.last_used_ms) if key.last_used_ms else None,
        created_by=key.member_id or key.created_by,
        created_at=at(key.created_ms),
        updated_at=at(key.created_ms),
    )


def catalogue() -> list[ScopeOut]:
    """Every scope that a token may carry."""
    result = []
    for scope in SCOPES:
        resource, _, access = scope.removeprefix("API_SCOPE_").rpartition("_")
        verb = "Read" if access == "READ" else "Read and change"
        result.append(
            ScopeOut(
                scope=scope,
                name=f"{resource.lower()}:{access.lower()}",
                resource=resource.lower(),
                access=f"API_SCOPE_ACCESS_{access}",
                description=f"{verb} {resource.lower().replace('_', ' ')}.",
            )
        )
    return result
