"""The reference page: written from the OpenAPI document, one page, no script, nothing from outside."""

from collections.abc import Iterator
from html import escape
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect

from waypost.control.api.openapi import complete
from waypost.control.api.problem import STATUSES

_STYLE = """
:root{color-scheme:light dark;--line:#8884;--accent:#0a66c2}
body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code,pre{font:14px/1.5 ui-monospace,monospace}pre{padding:.8rem;border:1px solid var(--line);overflow:auto}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid var(--line);padding:.35rem .5rem;
text-align:left;vertical-align:top}h2{margin-top:3rem}h3{margin-top:2rem}.method{color:var(--accent);font-weight:700}
nav a{margin-right:1rem}small{opacity:.75}
"""
_METHODS = ("get", "post", "put", "patch", "delete")


@get("/docs", scope="", include_in_schema=False, sync_to_thread=False)
def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """The reference as a page for people."""
    page = render(complete(request.app))
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(page, media_type="text/html", headers=headers)


@get("/", scope="", include_in_schema=False, sync_to_thread=False)
def front_door() -> Redirect:
    """Whoever opens the bare address in a browser is shown what there is."""
    return Redirect("/docs")


def render(document: dict[str, Any]) -> str:
    """The page of an OpenAPI document."""
    groups: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if operation := item.get(method):
                part = "".join(_operation(method, path, operation, document))
                groups.setdefault((operation.get("tags") or ["Other"])[0], []).append(part)
    title = escape(document["info"]["title"])
    links = "".join(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in groups)
    body = "".join(
        f'<h2 id="{_anchor(name)}">{escape(name)}</h2>{"".join(parts)}' for name, parts in groups.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f"<p>{escape(document['info'].get('description', ''))}</p>"
        f'<nav>{links}<a href="#errors">Errors</a><a href="/openapi.json">OpenAPI</a></nav>'
        f"{body}{_errors()}</html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{_anchor(operation["operationId"])}"><span class="method">{method.upper()}</span> '
    yield f"<code>{escape(path)}</code></h3><p>{escape(operation.get('description', ''))}</p>"
    if scope := operation.get("x-scope"):
        yield f"<p><small>Scope: <code>{escape(scope)}</code></small></p>"
    if parameters := operation.get("parameters"):
        yield "<table><tr><th>Parameter<th>In<th>Meaning</tr>"
        for each in parameters:
            yield f"<tr><td><code>{escape(each['name'])}</code><td>{each['in']}"
            yield f"<td>{escape(each.get('description', ''))}</tr>"
        yield "</table>"
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body:
        yield "<p>Body:</p>" + _members(body["schema"], document)
    for status, response in sorted(operation.get("responses", {}).items()):
        yield f"<p><b>{status}</b> {escape(response.get('description', ''))}</p>"
        content = response.get("content", {}).get("application/json")
        if content and status.startswith("2"):
            yield _members(content["schema"], document)


def _members(schema: dict[str, Any], document: dict[str, Any]) -> str:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    required = set(schema.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code>{' <small>required</small>' if name in required else ''}"
        f"<td><code>{escape(_type(each))}</code><td>{escape(each.get('description', ''))}</tr>"
        for name, each in schema.get("properties", {}).items()
    )
    return f"<table>{rows}</table>" if rows else ""


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "oneOf" in schema:
        return " | ".join(_type(each) for each in schema["oneOf"])
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(kind)
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    return str(schema.get("format", kind))


def _errors() -> str:
    rows = "".join(
        f'<tr id="error-{code}"><td><code>{code}</code><td>{status}<td>{escape(meaning)}</tr>'
        for code, status, meaning in sorted(error_codes())
    )
    return f'<h2 id="errors">Errors</h2><table><tr><th>Code<th>Status<th>Meaning</tr>{rows}</table>'


def error_codes() -> set[tuple[str, int, str]]:
    """Every code this API can answer, with its status and what it means."""
    from waypost.control.model.faults import Fault
    from waypost.control.surface import faults as _surface_faults

    assert _surface_faults  # imported so that its faults are known
    found: set[tuple[str, int, str]] = set()
    waiting: list[type[Fault]] = list(Fault.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        status = next(STATUSES[base][0] for base in kind.__mro__ if base in STATUSES)
        if all(code != kind.code for code, _, _ in found):
            found.add((kind.code, status, (kind.__doc__ or "").strip().splitlines()[0]))
    return found


def _anchor(name: str) -> str:
    return escape(name.lower().replace(" ", "-"))
