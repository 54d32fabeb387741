"""The reference page: written from the OpenAPI document, one page, no script, nothing from outside."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect

from waypost.control.api.openapi import complete
from waypost.control.api.problem import STATUSES

_STYLE = """
:root{color-scheme:light dark;--line:#8883;--soft:#8881;--accent:light-dark(#0a58b0,#79b8ff)}
*{box-sizing:border-box}html{scroll-padding-top:1rem}
body{font:16px/1.55 system-ui,sans-serif;margin:0;display:grid;grid-template-columns:17rem minmax(0,1fr)}
a{color:var(--accent);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem;font-size:14px;
border-right:1px solid var(--line)}
nav summary{cursor:pointer;padding:.2rem 0;font-weight:600}nav details a{display:block;padding:.1rem 0 .1rem 1rem}
nav>a{display:block;padding:.2rem 0;font-weight:600}
main{padding:1.5rem 2rem 6rem;max-width:62rem}h1{margin-top:0}h2{margin:4rem 0 1rem}
section{border-top:1px solid var(--line);padding:1.2rem 0}h3{margin:0 0 .4rem;font-size:1.1rem;overflow-wrap:anywhere}
h4{margin:1.2rem 0 .3rem;font-size:.8rem;letter-spacing:.05em;text-transform:uppercase;opacity:.75}
code,pre{font:14px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
pre{padding:.8rem;border-radius:.4rem;background:var(--soft);overflow:auto;overflow-wrap:normal}
table{border-collapse:collapse;width:100%}
td{border-top:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top}
td:first-child{width:15rem}td:nth-child(2){width:13rem;opacity:.85}
.method{color:var(--accent);font-weight:700}small{opacity:.75}p{margin:.4rem 0}
@media(max-width:56rem){body{display:block}
nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line)}
td,td:first-child,td:nth-child(2){display:block;width:auto;border:0;padding:.1rem 0}
tr{display:block;border-top:1px solid var(--line);padding:.4rem 0}main{padding:1rem}}
"""
_METHODS = ("get", "post", "put", "patch", "delete")
_OTHER = "Other"


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
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if operation := item.get(method):
                groups.setdefault((operation.get("tags") or [_OTHER])[0], []).append(
                    (method, path, operation)
                )
    title = escape(document["info"]["title"])
    parts = "".join(
        f'<h2 id="{_anchor(name)}">{escape(name)}</h2>'
        + "".join("".join(_operation(*each)) for each in operations)
        for name, operations in groups.items()
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><nav>{''.join(_contents(groups))}</nav><main><h1>{title}</h1>"
        f"{_paragraphs(document['info'].get('description', ''))}"
        f"{parts}{''.join(_objects(document['components']['schemas']))}{_errors()}</main></html>"
    )


def _contents(groups: dict[str, list[tuple[str, str, dict[str, Any]]]]) -> Iterator[str]:
    for name, operations in groups.items():
        yield f"<details><summary>{escape(name)}</summary>"
        for _, _, operation in operations:
            yield f'<a href="#{_anchor(operation["operationId"])}">{escape(_words(operation["operationId"]))}</a>'
        yield "</details>"
    yield '<a href="#objects">Objects</a><a href="#errors">Errors</a><a href="/openapi.json">OpenAPI document</a>'


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    name = operation["operationId"]
    yield f'<section id="{_anchor(name)}"><h3><span class="method">{method.upper()}</span> '
    yield f"<code>{escape(path)}</code></h3>{_paragraphs(operation.get('description', ''))}"
    if scope := operation.get("x-scope"):
        yield f"<p><small>Scope: <code>{escape(scope)}</code></small></p>"
    if parameters := operation.get("parameters"):
        yield "<h4>Parameters</h4><table>"
        for each in parameters:
            where = "" if each["in"] == "query" else f" <small>in the {each['in']}</small>"
            yield _row(each["name"], each["schema"], each.get("description", ""), each.get("required"), where)
        yield "</table>"
    body = operation.get("requestBody", {}).get("content", {})
    for media_type, content in body.items():
        yield f"<h4>Body</h4><p>{_type(content['schema'])} <small>{escape(media_type)}</small></p>"
        if example := content.get("example"):
            text = json.dumps(example, indent=2, ensure_ascii=False)
            yield f"<pre>{escape(_curl(method, path, bool(scope), text))}</pre>"
    yield "<h4>Answers</h4><table>"
    for status, response in sorted(operation.get("responses", {}).items()):
        kinds = {_type(each["schema"]) for each in response.get("content", {}).values() if each.get("schema")}
        yield f"<tr><td><code>{status}</code><td>{' | '.join(sorted(kinds))}"
        yield f"<td>{_prose(response.get('description', ''))}</tr>"
    yield "</table>"
    for status, response in sorted(operation.get("responses", {}).items()):
        if example := response.get("content", {}).get("application/json", {}).get("example"):
            text = escape(json.dumps(example, indent=2, ensure_ascii=False))
            yield f"<details><summary><small>An answer, {status}</small></summary><pre>{text}</pre></details>"
    yield "</section>"


def _curl(method: str, path: str, is_keyed: bool, body: str) -> str:
    """How the call looks in a shell; text in single quotes stays as it is there."""
    key = ' \\\n  -H "Authorization: Bearer $KEY"' if is_keyed else ""
    quoted = body.replace("'", "'\\''")
    return (
        f"curl -X {method.upper()} http://localhost:8000{path}{key} \\\n"
        f"  -H 'Content-Type: application/json' -d '{quoted}'"
    )


def _objects(schemas: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield '<h2 id="objects">Objects</h2>'
    for name, schema in sorted(schemas.items()):
        required = set(schema.get("required", ()))
        yield f'<section id="object-{escape(name)}"><h3>{escape(name)}</h3>'
        yield f"<p>{_prose(schema.get('description', ''))}</p><table>"
        for member, shape in schema.get("properties", {}).items():
            yield _row(member, shape, shape.get("description", ""), member in required, "")
        yield "</table></section>"


def _row(name: str, schema: dict[str, Any], description: str, is_required: object, note: str) -> str:
    required = " <small>required</small>" if is_required else ""
    return (
        f"<tr><td><code>{escape(name)}</code>{required}{note}<td>{_type(schema)}{_default(schema)}"
        f"<td>{_prose(description)}</tr>"
    )


def _default(schema: dict[str, Any]) -> str:
    """What is taken when nothing is given, where that says something."""
    default = schema.get("default")
    is_telling = default not in (None, "", [], {})
    return f"<br><small>default {escape(json.dumps(default))}</small>" if is_telling else ""


def _type(schema: dict[str, Any]) -> str:
    """A type in HTML; one that the page describes is a link to there."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"].rsplit("/", 1)[1]))
        return f'<a href="#object-{name}">{name}</a>'
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(each))}</code>" for each in schema["enum"])
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        return " | ".join(map(_type, choices))
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " | ".join(map(escape, kind))
    if kind == "array":
        items = _type(schema.get("items", {}))
        return f"({items})[]" if " | " in items else f"{items}[]"
    return escape(str(schema.get("format", kind)))


def _prose(text: str) -> str:
    """A text whose backticks mark code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)  # one of them marks nothing
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_prose(each)}</p>" for each in text.split("\n\n"))


def _errors() -> str:
    rows = "".join(
        f'<tr id="error-{code}"><td><code>{code}</code><td>{status}<td>{_prose(meaning)}</tr>'
        for code, status, meaning in sorted(error_codes())
    )
    return f'<h2 id="errors">Errors</h2><table>{rows}</table>'


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


def _words(name: str) -> str:
    """`bulkCreateLinks` as `Bulk create links`."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced[:1].upper() + spaced[1:]
