"""Golden exchanges: documented requests with the answers they must get, as JSON files beside the tests.

A file is a list of exchanges played in order against one Waypost:

    {"about": "…", "request": {"method": "POST", "path": "/api/v1/links", "body": {…}, "headers": {…}},
     "response": {"status": 201, "headers": {…}, "body": {…}}, "keep": {"link_id": "data.id"}}

Answers are compared whole. Where a value cannot be known, the file has a word in its place: `<uuid>`,
`<time>`, `<text>`, `<integer>`, `<any>`, or `<matches …>` with a regular expression. `{name}` in paths and
bodies stands for what an earlier exchange kept. A `response.body` that is missing means: no body at all, or,
with a `content-type` among the headers, one that is not compared.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

_WORD = re.compile(r"<(uuid|time|text|integer|any|matches (?P<pattern>.+))>", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def read_exchanges(file: Path) -> list[dict[str, Any]]:
    """The exchanges of a file."""
    exchanges: list[dict[str, Any]] = json.loads(file.read_text())
    return exchanges


async def play(
    client: httpx.AsyncClient, exchanges: list[dict[str, Any]], known: Mapping[str, str] | None = None
) -> int:
    """Play exchanges and compare every answer; return how many were played. `known` was kept before the first."""
    kept: dict[str, str] = dict(known or {})
    for exchange in exchanges:
        request, wanted = _filled(exchange["request"], kept), _filled(exchange["response"], kept)
        answer = await client.request(
            request["method"],
            request["path"],
            json=request.get("body"),
            headers=request.get("headers"),
        )
        about = f"{exchange['about']}: {request['method']} {request['path']}: {answer.text[:500]}"
        assert answer.status_code == wanted["status"], about
        for name, value in wanted.get("headers", {}).items():
            _compare(answer.headers.get(name), value, f"{about}: header {name}")
        if "body" in wanted:
            _compare(answer.json(), wanted["body"], about)
        elif "content-type" in wanted.get("headers", {}):
            assert answer.content, about
        else:
            assert answer.content == b"", about
        for name, path in exchange.get("keep", {}).items():
            found = answer.json()
            for part in path.split("."):
                found = found[int(part)] if part.isdecimal() else found[part]
            kept[name] = found
    return len(exchanges)


def _filled(value: Any, kept: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in kept.items():
            value = value.replace(f"{{{name}}}", text)
        return value
    if isinstance(value, dict):
        return {key: _filled(each, kept) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, kept) for each in value]
    return value


def _compare(found: Any, wanted: Any, where: str) -> None:
    if isinstance(wanted, dict) and isinstance(found, dict):
        assert sorted(found) == sorted(wanted), f"{where}: members"
        for key, value in wanted.items():
            _compare(found[key], value, f"{where}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list):
        assert len(found) == len(wanted), f"{where}: length"
        for index, value in enumerate(wanted):
            _compare(found[index], value, f"{where}[{index}]")
    elif isinstance(wanted, str) and (word := _WORD.fullmatch(wanted)):
        assert _fits(found, word), f"{where}: {found!r} is not {wanted}"
    else:
        assert found == wanted, where
        assert type(found) is type(wanted), where


def _fits(found: Any, word: re.Match[str]) -> bool:
    if word["pattern"] is not None:
        return isinstance(found, str) and re.fullmatch(word["pattern"], found) is not None
    match word[1]:
        case "uuid":
            return isinstance(found, str) and str(UUID(found)) == found
        case "time":
            return isinstance(found, str) and _TIME.fullmatch(found) is not None
        case "text":
            return isinstance(found, str) and found != ""
        case "integer":
            return type(found) is int
    return True
