"""Finishing the OpenAPI document: what every operation shares is added in one place."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from waypost.control.api.descriptions import describe_parameters, describe_schemas
from waypost.control.api.examples import EXAMPLES
from waypost.control.api.problem import Problem
from waypost.control.api.samples import sample
from waypost.control.model.assets import ENDINGS
from waypost.control.model.qr import MEDIA_TYPES

_METHODS = ("get", "post", "put", "patch", "delete")
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_SHARED = {
    "400": "The request cannot be read.",
    "422": "A member cannot be accepted; `field` names it.",
    "429": "Too many requests; `Retry-After` says how many seconds to wait.",
}
_DONE = {
    "200": "Done.",
    "201": "Made.",
    "202": "Begun; it goes on after the answer.",
    "204": "Done; there is nothing to send.",
}
_NOTHING = {"type": "null"}
_KEYED = {"401": "No valid API key.", "403": "The key may not do this."}
_ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request has one effect and one answer, for a day.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag that was read; 412 when somebody changed it since.",
    "schema": {"type": "string", "pattern": '^(\\*|"[0-9]{1,18}")$'},
}
_CSV_BODY = {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}
_FILE_BODY = {
    "required": True,
    "content": {
        media_type: {"schema": {"type": "string", "contentMediaType": media_type}} for media_type in ENDINGS
    },
}
_CSV, _NDJSON = "text/csv", "application/x-ndjson"
_PICTURES = tuple(MEDIA_TYPES.values())
_NOT_JSON = {
    "exportLinks": (_CSV,),
    "exportChanges": (_NDJSON,),
    "exportEvents": (_CSV, _NDJSON),
    "exportFormSubmissions": (_CSV, _NDJSON),
    "streamEvents": ("text/event-stream",),
    "drawLinkQr": _PICTURES,
    "getSignedQr": _PICTURES,
    "generateQr": _PICTURES,
    "renderQrDesign": _PICTURES,
    "batchQr": ("application/zip",),
    "batchQrFromCsv": ("application/zip",),
}
"""What answers with something else than JSON; text has no media type in its schema, files do."""
_MORE = {
    "createLink": ("409",),
    "updateLink": ("409", "412"),
    "deleteLink": ("412",),
    "upsertLink": ("409",),
    "duplicateLink": ("409",),
    "rollBackLink": ("409",),
    "scheduleChange": ("409",),
    "createTag": ("409",),
    "updateTag": ("409",),
    "createUtmTemplate": ("409",),
    "updateUtmTemplate": ("409",),
    "createMember": ("409",),
    "createDomain": ("409",),
    "createWorkspace": ("409",),
    "bulkCreateLinks": ("202", "409"),
    "bulkUpdateLinks": ("202", "409"),
    "bulkDeleteLinks": ("202", "409"),
    "importLinks": ("202", "409"),
    "getSummary": ("503",),
    "confirmAsset": ("503",),
    "publishAsset": ("503",),
    "ready": ("503",),
    "createBioPage": ("409",),
    "updateBioPage": ("409", "412"),
    "deleteBioPage": ("412",),
    "publishBioPage": ("412",),
    "unpublishBioPage": ("412",),
    "getBioPageStats": ("503",),
}
_MEANINGS = {
    "409": "The state of things says no; `code` says why.",
    "412": "It was changed since it was read.",
    "503": "A part that this needs is away; try again soon.",
}
_NAMES_A_THING = frozenset({"createLink", "lookUpLink", "listLinks", "upsertLink", "createFolder", "createKey",
    "slugAvailable", "randomSlug", "getSummary", "askTls", "reportLink", "createBioPage",
    "listFormSubmissions", "exportFormSubmissions"})  # fmt: skip


def complete(app: Litestar) -> dict[str, Any]:
    """The document of an application: scopes, security and problem details on every operation."""
    cached: dict[str, Any] | None = app.state.get("openapi_complete")
    if cached is not None:
        return cached
    # Through JSON: the generated document holds objects that only its own encoder knows.
    document: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    _, problem = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    document["components"].setdefault("schemas", {}).update(problem)
    schemas = document["components"]["schemas"]
    describe_schemas(schemas)
    scopes = scopes_by_operation(app)
    for path, item in document["paths"].items():
        operations = {method: item[method] for method in _METHODS if method in item}
        describe_parameters(operations.values())
        for method, operation in operations.items():
            _finish(operation, method, path, scopes[operation["operationId"]], schemas)
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


def _finish(
    operation: dict[str, Any], method: str, path: str, scope: str, schemas: Mapping[str, dict[str, Any]]
) -> None:
    operation["x-scope"] = scope
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    example = EXAMPLES.get(operation["operationId"])
    if body is not None and example is not None:
        body["example"] = example
    if operation["operationId"] in {"importLinks", "batchQrFromCsv"}:
        operation["requestBody"] = _CSV_BODY
    if operation["operationId"] == "uploadAsset":
        operation["requestBody"] = _FILE_BODY
    _finish_answers(operation, schemas)
    if method != "get" and scope:
        operation.setdefault("parameters", []).append(_ONCE)
    if "412" in _MORE.get(operation["operationId"], ()):
        operation["parameters"].append(_IF_MATCH)
    operation["security"] = [{"key": []}] if scope else []
    shared = {**_SHARED, **(_KEYED if scope else {}), **_extra(operation, path)}
    for status, description in shared.items():
        if status == "202":
            operation["responses"]["202"] = {**operation["responses"]["200"], "description": description}
            continue
        operation["responses"][status] = {
            "description": description,
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        }


def _finish_answers(operation: dict[str, Any], schemas: Mapping[str, dict[str, Any]]) -> None:
    """What comes back when all went well: its media type, and one to look at where it is JSON."""
    for status, meaning in _DONE.items():
        if (answer := operation["responses"].get(status)) is None:
            continue
        answer["description"] = meaning
        if kinds := _NOT_JSON.get(operation["operationId"]):
            answer["content"] = {kind: {"schema": _file(kind)} for kind in kinds}
        elif (content := answer.get("content", {}).get("application/json")) is None:
            continue
        elif content["schema"] == _NOTHING:
            del answer["content"]
        else:
            content["example"] = sample(content["schema"], schemas)


def _file(media_type: str) -> dict[str, str]:
    is_text = media_type.startswith("text/") or media_type == _NDJSON
    return {"type": "string"} if is_text else {"type": "string", "contentMediaType": media_type}


def _extra(operation: dict[str, Any], path: str) -> dict[str, str]:
    """The answers that only some operations give."""
    name = operation["operationId"]
    found = {status: _MEANINGS.get(status, "A job does the rows.") for status in _MORE.get(name, ())}
    if "{" in path or name in _NAMES_A_THING:
        found["404"] = "No such resource."
    if "requestBody" in operation:
        found |= {"413": "The body is too large.", "415": "The body is not JSON."}
    return found
