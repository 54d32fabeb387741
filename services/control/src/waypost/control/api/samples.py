"""An answer of each shape to look at, made from its schema: the reference shows them, and tools may play server with
them. Members have a value by their name where a name says what stands there, else by their type."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_ID = "01900000-0000-7000-8000-000000000000"
_TIME = "2027-01-31T12:00:00.000000Z"
_KINDS: Mapping[type, str] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "array",
    dict: "object",
}
_DEPTH_MAX = 6
"""Objects that hold objects of their own kind end here."""

_BY_NAME: Mapping[str, Any] = {
    "action": "link.update",
    "active": True,
    "actor_kind": "key",
    "actor_name": "admin",
    "amount": 1250,
    "available": True,
    "bot": 11,
    "browser": "Chrome",
    "city": "Berlin",
    "content_type": "image/jpeg",
    "continent": "EU",
    "country": "DE",
    "currency": "eur",
    "decides": True,
    "device": "mobile",
    "diff": {"title": ["Spring", "Summer"]},
    "domain": "go.example.org",
    "email": "ada@example.com",
    "enabled": True,
    "end": "2027-02-01T00:00:00.000000Z",
    "event_type": "link.created",
    "events": ["link.created", "link.scanned"],
    "filename": "photo.jpg",
    "granularity": "day",
    "holds": True,
    "host": "go.example.org",
    "human": 31,
    "kind": "link",
    "language": "en",
    "leads": 3,
    "limit": 0,
    "links": 2,
    "matched": True,
    "month": "2027-01",
    "name": "Spring",
    "ok": True,
    "os": "iOS",
    "outcome": "redirect",
    "path": "when[0]",
    "plan": "unlimited",
    "qr": 19,
    "reason": "human",
    "region": "DE-BE",
    "role": "editor",
    "rows_total": 1,
    "sales": 1,
    "scopes": ["links:read", "links:write"],
    "score": 100,
    "secret": "whsec_c2VjcmV0IG9mIHRoZSB3ZWJob29r",
    "share": 73.8,
    "short_url": "https://go.example.org/spring",
    "size_bytes": 48213,
    "slug": "spring",
    "source": "qr",
    "start": "2027-01-01T00:00:00.000000Z",
    "status": "active",
    "subject_id": _ID,
    "succeeded": 42,
    "tags": [{"id": _ID, "name": "print", "color": "#0a66c2"}],
    "target_url": "https://example.com/spring",
    "timezone": "Europe/Berlin",
    "title": "Spring campaign",
    "total": 42,
    "unique": 27,
    "url": "https://example.com/",
    "utm": {"source": "poster", "medium": "print"},
    "values": {"country": "DE"},
    "verdict": "human",
    "version": 1,
    "zone": "UTC",
}


def sample(schema: Schema, schemas: Mapping[str, Schema], name: str = "", depth: int = 0) -> Any:
    """A value that the schema takes. `name` is the member's."""
    if "$ref" in schema:
        return sample(schemas[str(schema["$ref"]).rsplit("/", 1)[1]], schemas, name, depth)
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    known = _BY_NAME.get(name)
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return _chosen(choices, schemas, name, depth, is_known=known is not None)
    kind = schema.get("type")
    return known if _KINDS.get(type(known)) == kind else _of_kind(kind, schema, schemas, name, depth)


def _of_kind(kind: object, schema: Schema, schemas: Mapping[str, Schema], name: str, depth: int) -> Any:
    match kind:
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            items = schema.get("items", {})
            is_shown = depth < _DEPTH_MAX and ("$ref" in items or items.get("type") == "object")
            return [sample(items, schemas, "", depth + 1)] if is_shown else []
        case "string":
            return _text(schema, name)
        case "integer" | "number":
            return schema.get("default", 0)
        case "boolean":
            return schema.get("default", False)
    return None


def _chosen(
    choices: list[Schema],
    schemas: Mapping[str, Schema],
    name: str,
    depth: int,
    *,
    is_known: bool,
) -> Any:
    """Null where that may be and nothing better is known."""
    may_be_null = any(choice.get("type") == "null" for choice in choices)
    if may_be_null and not is_known:
        return None
    return sample(next(choice for choice in choices if choice.get("type") != "null"), schemas, name, depth)


def _object(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> dict[str, Any]:
    if depth >= _DEPTH_MAX:
        return {}
    required = set(schema.get("required", ()))
    return {
        member: sample(shape, schemas, member, depth + 1)
        for member, shape in schema.get("properties", {}).items()
        if member in required
    }


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") == "date-time":
        return _TIME
    if schema.get("examples"):
        return str(schema["examples"][0])
    return _ID if name == "id" or name.endswith("_id") else str(schema.get("default", ""))
