"""Finishing the OpenAPI document: what every operation shares is added in one place."""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from waypost.control.api.problem import Problem

_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_SHARED = {
    "400": "The request cannot be read.",
    "422": "A member cannot be accepted; `field` names it.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
}
_KEYED = {"401": "No valid API key.", "403": "The key may not do this."}


def complete(app: Litestar) -> dict[str, Any]:
    """The document of an application: scopes, security and problem details on every operation."""
    cached: dict[str, Any] | None = app.state.get("openapi_complete")
    if cached is not None:
        return cached
    # Through JSON: the generated document holds objects that only its own encoder knows.
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    _, schemas = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    document["components"].setdefault("schemas", {}).update(schemas)
    scopes = scopes_by_operation(app)
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                _finish(item[method], path, scopes[item[method]["operationId"]])
    app.state["openapi_complete"] = document
    return document


def scopes_by_operation(app: Litestar) -> dict[str, str]:
    """The declared scope of every operation, by its id; "" for public ones."""
    found = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and isinstance(handler.operation_id, str):
                found[handler.operation_id] = str(handler.opt["scope"])
    return found


def _finish(operation: dict[str, Any], path: str, scope: str) -> None:
    operation["x-scope"] = scope
    operation["security"] = [{"key": []}] if scope else []
    shared = {**_SHARED, **(_KEYED if scope else {}), **({"404": "No such resource."} if "{" in path else {})}
    for status, description in shared.items():
        operation["responses"][status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        }
